// What a process sees of its container must be the same under Debian's runc and under tsrunc. Differences that have a reason are in
// differential/allowed.json and, with the same id, in docs/compatibility.md; any other fails.
// DIFFERENTIAL_REFERENCE names another reference than runc; DIFFERENTIAL_PRINT=1 prints every difference.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { applyPatch, baseConfig } from "../support/config.js";
import { type HeldNamespaces, holdNamespaces } from "../support/namespaces.js";
import { sourceRoot, tsruncPaths } from "../support/paths.js";
import { installProbe } from "../support/probe.js";
import { adaptBundle, sharedBundles, sharedBundlesMissing } from "../support/shared-bundles.js";
import { needs, needsContainers } from "../support/requirements.js";
import { type Bundle, Scratch } from "../support/scratch.js";
import { type Case, cases } from "./differential/cases.js";
import { type Allowed, type Difference, compare, explain, print } from "./differential/compare.js";
import { type Observed, type ObserveOptions, observe } from "./differential/observe.js";

const everywhere = JSON.parse(readFileSync(join(sourceRoot, "test/integration/differential/allowed.json"), "utf8")) as Allowed[];
const allowed = everywhere.filter(({ cgroup }) => cgroup === undefined || cgroup === (needs("cgroup2") === false ? 2 : 1));
const reference = process.env["DIFFERENTIAL_REFERENCE"] ?? "/usr/sbin/runc";
const skip = needsContainers("runc", "gcc", "python3", "unshare");
const used = new Set<string>();
/** Shows only when runc is slow. */
const sometimes = new Set(["terminal-size"]);
let held: HeldNamespaces;

before(async () => {
  if (skip === false) held = await holdNamespaces();
});
after(() => held?.end());

type Make = (scratch: Scratch) => Bundle;

/** One observation in a new directory; `dir` is that of the other runtime's, so that both see the same paths. */
async function look(runtime: string, make: Make, options: Omit<ObserveOptions, "id">, dir?: string): Promise<Observed & { dir: string }> {
  const scratch = new Scratch(undefined, dir);
  try {
    const bundle = make(scratch);
    installProbe(bundle.rootfs);
    const id = `${scratch.marker}-1`;
    return { dir: scratch.dir, ...(await observe(runtime, scratch, bundle, { ...options, id, knownNamespaces: held.known })) };
  } finally {
    await scratch.cleanup();
  }
}

/** runc 1.1.5 without a pid namespace now and then ends the container, or its stdout, early: it gets more tries. */
async function lookAtReference(make: Make, options: Omit<ObserveOptions, "id">): Promise<Observed & { dir: string }> {
  for (let tries = 0; ; tries++) {
    try {
      const seen = await look(reference, make, options);
      if (tries === 5 || !seen.message.startsWith("exit code 141")) return seen;
    } catch (error) {
      if (tries === 5) throw error;
    }
  }
}

/** `refused`: whether the reference is expected to refuse; undefined: either. */
async function check(name: string, make: Make, options: Omit<ObserveOptions, "id">, refused?: boolean): Promise<void> {
  const before = await lookAtReference(make, options);
  if (refused !== undefined) assert.equal(before.seen["refused"] !== undefined, refused, `${reference}: ${before.message}`);
  for (const path of tsruncPaths) explainAll(name, before, path, await look(path, make, options, before.dir));
}

function explainAll(name: string, before: Observed, tested: string, after: Observed): void {
  const unexplained: Difference[] = [];
  const differences = compare(before.seen, after.seen);
  for (const difference of differences) {
    const entry = explain(difference, name, allowed, differences);
    if (entry === undefined) unexplained.push(difference);
    else used.add(entry.id);
  }
  if (unexplained.length === 0) return;
  const refusals = [before, after].map(({ seen: { refused }, message }, i) =>
    refused === undefined ? "" : `\n${i === 0 ? "reference" : "tested"}: ${message}`,
  );
  assert.fail(`${unexplained.length} differences (- ${reference}, + ${tested})\n${unexplained.map(print).join("\n")}${refusals.join("")}`);
}

function makeCase({ patch }: Case, scratch: Scratch): Bundle {
  const sources = scratch.path("sources");
  mkdirSync(join(sources, "dir/sub"), { recursive: true });
  for (const name of ["file", "dir/file", "dir/sub/file"]) writeFileSync(join(sources, name), "content\n");
  const bundle = scratch.makeBundle();
  mkdirSync(join(bundle.dir, "shared-dir"));
  const config = Object.assign(bundle.config, applyPatch(baseConfig(), { process: { args: ["/probe", "hold"] } }));
  config.linux.cgroupsPath = `/${scratch.marker}-1`;
  patch(config, { sources, bundle: bundle.dir, rootfs: bundle.rootfs, held });
  bundle.save();
  return bundle;
}

describe("differential", { skip }, () => {
  for (const one of cases) {
    test(one.name, () =>
      check(one.name, (scratch) => makeCase(one, scratch), one, one.refused === "either" ? undefined : one.refused === true),
    );
  }
});

describe("differential, real bundles", { skip: skip || sharedBundlesMissing() }, () => {
  for (const name of sharedBundles()) {
    test(name, () => check(name, (scratch) => adaptBundle(name, scratch, held, ["/probe", "hold"]), {}));
  }
});

test("every allowed difference is in docs/compatibility.md", () => {
  const text = readFileSync(join(sourceRoot, "docs/compatibility.md"), "utf8");
  for (const { id } of everywhere) assert.ok(text.includes(`\`${id}\``), id);
});

test(
  "every allowed difference still exists",
  { skip: skip || sharedBundlesMissing() || process.env["DIFFERENTIAL_REFERENCE"] !== undefined },
  () => {
    assert.deepEqual(
      [...new Set(allowed.map(({ id }) => id))].filter((id) => !used.has(id) && !sometimes.has(id)),
      [],
    );
  },
);
