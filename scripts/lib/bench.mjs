// What scripts/bench.mjs measures, and how.
import { spawn, spawnSync } from "node:child_process";
import { readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { Missing } from "./tools.mjs";

/** What `runc spec` writes, without a terminal. */
export function benchConfig(rootfs, args) {
  const caps = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];
  const mount = (destination, type, source, ...options) => ({ destination, type, source, options });
  return {
    ociVersion: "1.0.2",
    process: {
      user: { uid: 0, gid: 0 },
      args,
      env: ["PATH=/usr/bin:/bin", "TERM=xterm"],
      cwd: "/",
      capabilities: { bounding: caps, effective: caps, permitted: caps },
      rlimits: [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: rootfs, readonly: true },
    hostname: "bench",
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
      mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
      mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
      mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
      mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
      mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro"),
    ],
    linux: {
      resources: { devices: [{ allow: false, access: "rwm" }] },
      namespaces: ["pid", "network", "ipc", "uts", "mount"].map((type) => ({ type })),
      maskedPaths: ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/scsi", "/sys/firmware"],
      readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
    },
  };
}

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The five commands that an engine calls in a container's life. */
export function lifecycleScript(base, bundle, id) {
  const runtime = base.map(quote).join(" ");
  return `#!/bin/sh
set -e
${runtime} create --bundle ${quote(bundle)} ${id} </dev/null >/dev/null 2>&1
${runtime} start ${id}
${runtime} state ${id} >/dev/null
${runtime} kill ${id} KILL
${runtime} delete --force ${id}
`;
}

function run(command, args) {
  const result = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 26 });
  if (result.status !== 0) throw new Missing(`${command} ${args.join(" ")} failed:\n${result.stdout}${result.stderr}${result.error ?? ""}`);
  return result.stdout;
}

const quoteAll = (argv) => argv.map(quote).join(" ");

/** Medians in ms: `run/RUNTIME`, `lifecycle/RUNTIME` and `node`. One hyperfine for all, so that they share the machine's state. */
export function measureAll(commands, directory, runs) {
  const named = [
    ["node", [process.execPath, "-e", "0"]],
    ...commands.flatMap(({ runtime, run, lifecycle }) => [
      [`run/${runtime}`, run],
      [`lifecycle/${runtime}`, lifecycle],
    ]),
  ];
  const json = join(directory, "hyperfine.json");
  const options = ["-N", "--style", "none", "--warmup", "3", "--runs", String(runs), "--export-json", json];
  run("hyperfine", [...options, ...named.flatMap(([name, argv]) => ["--command-name", name, quoteAll(argv)])]);
  return Object.fromEntries(JSON.parse(readFileSync(json, "utf8")).results.map(({ command, median }) => [command, median * 1000]));
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Starts a command; resolves to ms from before the start to its end, and to the first directory made in `watched` (inotify). */
function time(argv, watched) {
  return new Promise((done, fail) => {
    const found = { first: undefined, end: undefined };
    const begin = performance.now();
    const watcher = watch(watched, () => (found.first ??= performance.now() - begin));
    const child = spawn(argv[0], argv.slice(1), { stdio: "ignore" });
    child.on("error", fail);
    child.on("exit", (code) => {
      found.end = performance.now() - begin;
      watcher.close();
      if (code === 0) done(found);
      else fail(new Missing(`${argv.join(" ")} failed with exit code ${code}`));
    });
  });
}

/**
 * ms: `before.tsrunc` to the first system call of the set-up, which is the mkdir of the container's state directory; `before.node` to the
 * end of `node -e 0`; `after` from that mkdir to the end. Tracing would slow some calls down more than others: inotify does not.
 */
export async function splitRun(argv, runs) {
  const samples = { tsrunc: [], node: [], after: [] };
  const state = argv[argv.indexOf("--root") + 1];
  for (let i = 0; i < runs; i++) {
    samples.node.push((await time([process.execPath, "-e", "0"], state)).end);
    const { first, end } = await time(argv, state);
    if (first === undefined) throw new Missing(`${argv[0]} made no directory in ${state}: is it tsrunc?`);
    samples.tsrunc.push(first);
    samples.after.push(end - first);
  }
  return { before: { tsrunc: median(samples.tsrunc), node: median(samples.node) }, after: median(samples.after) };
}
