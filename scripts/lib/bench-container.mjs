// Containers that stay while others are measured: made, asked and removed without being measured.
import { spawnSync } from "node:child_process";
import { closeSync, cpSync, openSync, readFileSync, readSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Missing } from "./tools.mjs";

/** Standard error goes to a file: a container's init would keep a pipe open. Returns standard output where `output` is set. */
export function call({ path, base }, args, { output = false, timeout = 60_000 } = {}) {
  const errors = join(base[2], "..", "call.stderr");
  const stderr = openSync(errors, "w+");
  try {
    const result = spawnSync(path, [...base.slice(1), ...args], {
      stdio: ["ignore", output ? "pipe" : "ignore", stderr],
      timeout,
      encoding: "utf8",
    });
    return { ok: result.status === 0, stdout: result.stdout ?? "", stderr: readFileSync(errors, "utf8") };
  } finally {
    closeSync(stderr);
  }
}

function must(runtime, args, options) {
  const { ok, stdout, stderr } = call(runtime, args, options);
  if (!ok) throw new Missing(`${[...runtime.base, ...args].join(" ")} failed: ${stderr.trim()}`);
  return stdout;
}

export const create = (runtime, bundle) => must(runtime, ["create", "--bundle", bundle, runtime.id]);

export function createAndStart(runtime, bundle) {
  create(runtime, bundle);
  must(runtime, ["start", runtime.id]);
}

export const stateOf = (runtime) => JSON.parse(must(runtime, ["state", runtime.id], { output: true }));

export const listedIds = (runtime) =>
  must(runtime, ["list", "--quiet"], { output: true })
    .split("\n")
    .filter((line) => line !== "");

/** What is not there is fine. */
export const remove = (runtime, id = runtime.id) => call(runtime, ["delete", "--force", id]);

/**
 * Copies the state directory of the running container so that `count` containers are there, of which all have its process. Real ones cost runc
 * 10 MB each, and thousands of cgroups, which would slow down all that is measured afterwards; `list` reads the same files of either.
 */
export function copyContainers({ base, id }, count) {
  const source = join(base[2], id);
  const width = id.length;
  for (let i = 1; i < count; i++) {
    // Of the same length: no format notices.
    const copy = String(i).padStart(width, "0");
    const target = join(base[2], copy);
    cpSync(source, target, { recursive: true, filter: (path) => statSync(path).isFile() || statSync(path).isDirectory() });
    for (const name of readdirSync(target)) {
      const path = join(target, name);
      if (!statSync(path).isFile() || !isText(path)) continue;
      writeFileSync(path, readFileSync(path, "utf8").replaceAll(id, copy));
    }
  }
}

function isText(path) {
  const fd = openSync(path, "r");
  const head = Buffer.alloc(256);
  const length = readSync(fd, head);
  closeSync(fd);
  return !head.subarray(0, length).includes(0);
}

/** What copyContainers made goes away as files: deleting it as a container would end the process that all of them have. */
export function removeCopies({ base, id }) {
  for (const name of readdirSync(base[2])) {
    if (/^\d+$/.test(name) && name.length === id.length) rmSync(join(base[2], name), { recursive: true, force: true });
  }
}

/** Deletes every container below a runtime's state root, which a failed row left there. */
export function removeAll(runtime) {
  let names;
  try {
    names = readdirSync(runtime.base[2], { withFileTypes: true });
  } catch {
    return;
  }
  for (const entry of names) {
    if (entry.isDirectory() && !entry.name.startsWith(".")) remove(runtime, entry.name);
  }
}
