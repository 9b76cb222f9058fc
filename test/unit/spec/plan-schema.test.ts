import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { validate } from "tsrunc:validate-plan";
import { compileCreate } from "../../../src/plan/compile.js";
import type { Facts } from "../../../src/plan/facts.js";
import { renderJson } from "../../../src/plan/render.js";
import { parseJson } from "../../../src/spec/json.js";
import { parseConfig } from "../../../src/spec/load.js";
import { context } from "./rules/support.js";
import { absent, bundleNames, bundles } from "./shared.js";

const v1 = ["memory", "cpu", "pids", "devices", "blkio", "cpuset"].map(
  (name) => ({ version: 1, mountpoint: `/sys/fs/cgroup/${name}`, controllers: [name], own: "/" }) as const,
);
const v2 = [{ version: 2, mountpoint: "/sys/fs/cgroup", controllers: ["cpu", "memory", "pids", "io", "cpuset"], own: "/" }] as const;

test("the plan of every real config.json is what its schema says", { skip: absent(bundles) }, () => {
  for (const [mode, hierarchies] of [
    ["hybrid", v1],
    ["v2", v2],
  ] as const) {
    const facts: Facts = { ...context().facts, cgroup: { mode, hierarchies } };
    for (const name of bundleNames()) {
      const { config } = parseConfig(readFileSync(join(bundles, name)), name);
      const options = { noPivot: false, noNewKeyring: false, preserveFds: 0, listenFds: 0, consoleSocket: "/s", foreground: false };
      const plan = compileCreate({ id: "a", bundle: "/b", stateDir: "/run/tsrunc/a", config, facts, options });
      assert.equal(validate(parseJson(renderJson(plan))), undefined, name);
    }
  }
});
