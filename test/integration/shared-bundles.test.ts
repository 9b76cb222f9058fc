// config.json files that Docker, containerd and podman wrote: each validates, plans, and runs in a busybox rootfs; or is refused with an
// error that names the property which is not supported yet.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { assertNothingLeft } from "../support/leaks.js";
import { type HeldNamespaces, holdNamespaces } from "../support/namespaces.js";
import { needs, needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";
import { adaptBundle, sharedBundlePath, sharedBundles, sharedBundlesMissing } from "../support/shared-bundles.js";

/** What later versions bring, by the words of the refusal. */
const notYet = /not supported by this version of tsrunc/;
const refused: Readonly<Record<string, RegExp>> = {};

const missing = sharedBundlesMissing();

describe("real bundles plan without privileges and without their rootfs", { skip: missing || needs("tsrunc") }, () => {
  for (const name of sharedBundles()) {
    test(name, async (t) => {
      const scratch = new Scratch(t);
      const bundle = scratch.path("bundle");
      mkdirSync(bundle);
      copyFileSync(sharedBundlePath(name), join(bundle, "config.json"));
      const { code, stdout, stderr } = await scratch.runtime().run(["plan", "--json", "--bundle", bundle]);
      const refusal = refused[name];
      if (refusal !== undefined) {
        assert.notEqual(code, 0);
        assert.match(stderr, refusal);
        assert.match(stderr, notYet);
        return;
      }
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
      const plan = JSON.parse(stdout) as { steps: { id: string; at: string }[] };
      assert.ok(plan.steps.length > 20);
      assert.equal(new Set(plan.steps.map(({ id }) => id)).size, plan.steps.length);
    });
  }
});

describe("real bundles run", { skip: missing || needsContainers("unshare") }, () => {
  let held: HeldNamespaces;
  before(async () => (held = await holdNamespaces()));
  after(() => held.end());

  for (const name of sharedBundles().filter((bundle) => refused[bundle] === undefined)) {
    test(name, async (t) => {
      const scratch = new Scratch(t);
      const bundle = adaptBundle(name, scratch, held, ["sh", "-c", "echo ran as $(id -u); exit 7"]);
      const runtime = scratch.runtime();
      const { code, stdout, stderr } = await runtime.run(["run", "--bundle", bundle.dir, `${scratch.marker}-1`]);
      assert.deepEqual({ code, stdout, stderr }, { code: 7, stdout: `ran as ${bundle.config.process.user.uid}\n`, stderr: "" });
      await assertNothingLeft(scratch.marker, [runtime.root]);
    });
  }
});
