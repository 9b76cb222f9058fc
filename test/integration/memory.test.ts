// A created container costs one small process, so that limits of a few hundred kB work.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { processesOf } from "../support/leaks.js";
import { needsContainers } from "../support/requirements.js";
import { runContainer } from "../support/run.js";
import { Scratch } from "../support/scratch.js";
import { sharedBundles, sharedBundlesMissing, sharedBundlePath } from "../support/shared-bundles.js";

function kilobytes(pid: number, file: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s*(\\d+) kB`, "m").exec(readFileSync(join("/proc", String(pid), file), "utf8"))?.[1]);
}

/** The one process of a created container, measured. */
async function createdInit(scratch: Scratch, seccomp?: unknown): Promise<void> {
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ process: { args: ["true"] }, ...(seccomp === undefined ? {} : { linux: { seccomp } }) });
  const id = scratch.id();
  assert.equal((await runtime.create(id, bundle.dir)).code, 0);
  const { pid } = await runtime.state(id);
  assert.deepEqual(
    processesOf(scratch.marker).map((found) => found.pid),
    [pid],
  );
  const rss = kilobytes(pid, "status", "VmRSS");
  const rollup = kilobytes(pid, "smaps_rollup", "Rss");
  assert.ok(rss > 0 && rss < 1024, `VmRSS ${rss} kB`);
  assert.ok(rollup > 0 && rollup < 1024, `Rss ${rollup} kB`);
}

test("init of a created container uses less than 1 MB", { skip: needsContainers() }, (t) => createdInit(new Scratch(t)));

test("so it does with Docker's seccomp profile", { skip: sharedBundlesMissing() || needsContainers() }, async (t) => {
  const name = sharedBundles().find((bundle) => bundle.startsWith("docker")) ?? "";
  const config = JSON.parse(readFileSync(sharedBundlePath(name), "utf8")) as { linux: { seccomp: unknown } };
  await createdInit(new Scratch(t), config.linux.seccomp);
});

test("true runs with a memory limit of 1 MB", { skip: needsContainers() }, async (t) => {
  const patch = { process: { args: ["/bin/true"] }, linux: { resources: { memory: { limit: 1 << 20, swap: 1 << 20 } } } };
  const { code, stderr } = await runContainer(t, "", patch);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
});
