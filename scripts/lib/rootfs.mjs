// A small root filesystem from Debian's static busybox. Idempotent; used by the demo, the examples and the tests.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
