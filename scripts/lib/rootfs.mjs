// Root filesystems: a small one from Debian's static busybox, and Debian itself. Idempotent; used by the demo, the examples and the tests.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Missing } from "./tools.mjs";

const directories = [
  "bin",
  "dev",
  "etc",
  "home/user",
  "mnt",
  "proc",
  "root",
  "run",
  "sbin",
  "srv",
  "sys",
  "tmp",
  "usr/bin",
  "usr/sbin",
  "var",
];

const files = {
  "etc/passwd": "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\nuser:x:1000:1000:user:/home/user:/bin/sh\n",
  "etc/group": "root:x:0:\ndaemon:x:1:\ntty:x:5:\nuser:x:1000:\n",
  "etc/hosts": "127.0.0.1 localhost\n",
};

let applets;

function busybox() {
  const path = ["/bin/busybox", "/usr/bin/busybox"].find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Missing("busybox is missing: install the Debian package busybox-static.");
  applets ??= spawnSync(path, ["--list"], { encoding: "utf8" })
    .stdout.split("\n")
    .filter((name) => name !== "" && name !== "busybox");
  return path;
}

/** Fills `directory`; what is already there stays. */
export function makeRootfs(directory) {
  const path = busybox();
  for (const name of directories) mkdirSync(join(directory, name), { recursive: true });
  // Whatever the caller's umask is: the container's user must be able to enter.
  for (const name of ["", ...directories, "home", "usr"]) chmodSync(join(directory, name), 0o755);
  chmodSync(join(directory, "tmp"), 0o1777);
  if (existsSync(join(directory, "etc/hosts"))) return;
  copyFileSync(path, join(directory, "bin/busybox"));
  chmodSync(join(directory, "bin/busybox"), 0o755);
  for (const name of applets) symlinkSync("busybox", join(directory, "bin", name));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content, { mode: 0o644 });
}

/**
 * Debian's minimal system with these packages, made once: a `directory` that is there is complete. Returns why it could not be made (no
 * debootstrap, no network), or undefined.
 */
export function makeDebianRootfs(directory, packages) {
  if (existsSync(directory)) return undefined;
  const unfinished = `${directory}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(dirname(directory), { recursive: true });
  const args = ["--variant=minbase", `--include=${packages.join(",")}`, debianSuite(), unfinished];
  const { status, error, stdout } = spawnSync("debootstrap", args, { encoding: "utf8" });
  if (error !== undefined) return "needs the program debootstrap";
  if (status !== 0) return `debootstrap ${args.join(" ")} failed: ${stdout.trim().split("\n").at(-1)}`;
  renameSync(unfinished, directory);
  return undefined;
}

function debianSuite() {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1];
  return /^ID=debian$/m.test(release) && codename !== undefined ? codename : "bookworm";
}
