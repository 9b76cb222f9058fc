// A virtual machine with a pure cgroup v2 hierarchy (the harness in TSRUNC_SHARED/vm), and the source tree as it is needed in there: few
// files, in one archive, as its share is slow and is no place for root file systems and sockets.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative, resolve } from "node:path";
import { Missing } from "./tools.mjs";

/** Packages of the guest: what the tests call, and what the engine suites do. */
const packages = {
  tests: ["python3", "bsdutils", "bsdextrautils", "gcc", "libc6-dev"],
  engines: [
    ...[
      "containerd",
      "docker.io",
      "podman",
      "conmon",
      "buildah",
      "catatonit",
      "tini",
      "netavark",
      "iptables",
      "nftables",
      "python3-grpcio",
    ],
    ...["golang-github-containers-common", "golang-github-containers-image", "containernetworking-plugins"],
    ...["rootlesskit", "slirp4netns", "ca-certificates"],
  ],
};

export const sharedDirectory = (root) => resolve(process.env.TSRUNC_SHARED ?? join(root, "../shared"));
export const imageDirectory = () =>
  resolve(process.env.TSRUNC_VM ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tsrunc/vm"));
const harness = (root, name) => join(sharedDirectory(root), "vm", name);

/** undefined, or why no machine can be started. */
export function whyNoMachine(root) {
  if (!existsSync(harness(root, "run.sh"))) return `${harness(root, "run.sh")} is not there (TSRUNC_SHARED names another place)`;
  if (spawnSync("qemu-system-x86_64", ["--version"]).status !== 0) return `qemu is missing: run ${harness(root, "install.sh")} as root`;
  const image = imageDirectory();
  return existsSync(join(image, "rootfs.ext4"))
    ? undefined
    : `${image} has no image (TSRUNC_VM names another place): run \`npm run test:vm -- --setup\` as root, which takes some minutes`;
}

/** Installs qemu and makes the image, or brings it up to date. */
export function setupMachine(root, { engines }) {
  if (!existsSync(harness(root, "build.sh")))
    throw new Missing(`${harness(root, "build.sh")} is not there (TSRUNC_SHARED names another place)`);
  if (process.getuid() !== 0) throw new Missing("the image of the machine is made as root.");
  const env = { ...process.env, CGVM_PACKAGES: [...packages.tests, ...(engines ? packages.engines : [])].join(",") };
  mkdirSync(imageDirectory(), { recursive: true });
  for (const [name, args] of [
    ["install.sh", []],
    ["build.sh", [imageDirectory()]],
  ]) {
    const { status } = spawnSync(harness(root, name), args, { stdio: ["ignore", "inherit", "inherit"], env });
    if (status !== 0) throw new Missing(`${harness(root, name)} failed (${status}).`);
  }
}

/** What of the build and of the tree the guest gets. Compiled probes, and the injector of faults where there is one, go with it: it has no compiler for C++. */
const built = [
  "tsrunc",
  "tsrunc.cjs",
  "tsrunc.boot.cjs",
  "tsrunc.cache",
  "tsrunc.node",
  "tsrunc-init",
  "tsrunc-static",
  "probe",
  "test",
  "weak",
  "inject",
];
const trees = ["test", "scripts", "bundle-examples", "docs", "spec-schemas", "package.json"];
const heavy = (path) => /\/(rootfs|node_modules)(\/|$)|\.test\.ts$/.test(path);

/** Where the build lies in the guest, from the tree's root: as here, so that source maps lead to the sources' names. */
export function builtIn({ root, out }) {
  const path = relative(root, out);
  return path.startsWith("..") ? "build" : path;
}

/** Programs that tests compile where there is a compiler (test/support/probe.ts, seccomp.test.ts): name -> source. */
const probes = { probe: "test/support/probe/probe.c", "seccomp-probe": "test/integration/seccomp/probe.c" };

function buildProbes({ root, out }) {
  mkdirSync(join(out, "probe"), { recursive: true });
  for (const [name, source] of Object.entries(probes)) {
    const path = join(out, "probe", name);
    if (existsSync(path) && statSync(path).mtimeMs >= statSync(join(root, source)).mtimeMs) continue;
    run("gcc", ["-O1", "-static", "-o", `${path}.${process.pid}`, join(root, source)]);
    renameSync(`${path}.${process.pid}`, path);
  }
}

/** A directory to share, with tree.tar in it. */
export function packTree({ root, out }) {
  buildProbes({ root, out });
  const share = mkdtempSync(join(out, "vm-"));
  const tree = join(share, "tree");
  const copy = (from, to) =>
    existsSync(from) &&
    cpSync(from, to, { recursive: true, preserveTimestamps: true, filter: (path) => !heavy(relative(from, path) === "" ? "" : path) });
  for (const name of built) copy(join(out, name), join(tree, builtIn({ root, out }), name));
  for (const name of trees) copy(join(root, name), join(tree, name));
  for (const name of ["bundles", "engines", "hooks"]) copy(join(sharedDirectory(root), name), join(tree, "shared", name));
  run("tar", ["--create", "--owner=0", "--group=0", "--file", join(share, "tree.tar"), "--directory", tree, "."]);
  rmSync(tree, { recursive: true });
  return share;
}

function run(command, args) {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
}

// /var/tmp rather than /tmp: what a test leaves in the latter is seen as such. relatime, as on any host: tests compare the options of mounts.
// mount(8) adds the options that there are, noatime among them, which atime takes back.
const unpack =
  "mount -o remount,atime,relatime / && mkdir -p /var/tmp/tsrunc && tar -xf tree.tar -C /var/tmp/tsrunc && cd /var/tmp/tsrunc && chmod 755 . && . /mnt/share/job.sh";

/**
 * Runs a shell script in a fresh guest, in the unpacked tree, as root. Standard error is passed on; each line of standard output goes to `line`.
 * Resolves to the exit status: the script's, 124 at the timeout, 125 when the machine failed.
 */
export function runInMachine({ root, share, mode, script, seconds, memory, cpus, line }) {
  writeFileSync(join(share, "job.sh"), script);
  const options = [
    `--${mode}`,
    "--share",
    share,
    "--timeout",
    String(seconds),
    ...(memory === undefined ? [] : ["--memory", memory]),
    ...(cpus === undefined ? [] : ["--cpus", cpus]),
  ];
  const child = spawn(harness(root, "run.sh"), [imageDirectory(), ...options, "--", "bash", "-c", unpack], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const end = () => void child.kill("SIGTERM");
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, end);
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const text of lines) line(text);
  });
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => {
      for (const signal of ["SIGINT", "SIGTERM"]) process.removeListener(signal, end);
      if (rest !== "") line(rest);
      done(code ?? 125);
    });
  });
}
