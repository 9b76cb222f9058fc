// The plan of each case, as text, is the one that was reviewed. `UPDATE_GOLDEN=1 npm test golden` writes them anew: read the diff.
import { test } from "node:test";
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { compileCreate } from "../../src/plan/compile.js";
import { encodePlan } from "../../src/plan/encode.js";
import { renderJson, renderText } from "../../src/plan/render.js";
import { parseJson } from "../../src/spec/json.js";
import { parseConfig } from "../../src/spec/load.js";
import { checkRules } from "../../src/spec/rules/index.js";
import { configProperties, setProperties } from "../support/config-properties.js";
import { caseNames, casePath, createInput, observation } from "./cases.js";
import { hosts } from "./facts.js";

const update = process.env["UPDATE_GOLDEN"] === "1";

for (const name of caseNames()) {
  for (const host of observation(name).hosts ?? (["hybrid"] as const)) {
    test(`plan of ${name} on ${host}`, () => {
      const input = createInput(name, hosts[host]);
      const loaded = parseConfig(readFileSync(casePath(name, "config.json")), "config.json");
      checkRules(loaded, { facts: hosts[host], id: name, bundle: "/bundle", noPivot: input.options.noPivot });
      const plan = compileCreate(input);
      const text = renderText(plan);
      const path = casePath(name, `plan.${host}.txt`);
      if (update) writeFileSync(path, text);
      assert.ok(existsSync(path), `${path} is missing: UPDATE_GOLDEN=1`);
      assert.equal(text, readFileSync(path, "utf8"));
      assert.deepEqual(compileCreate(input), plan);
      assert.ok(encodePlan(plan).length > 0);
      assert.equal((parseJson(renderJson(plan)) as { steps: unknown[] }).steps.length, plan.steps.length);
      // What the plan asks for must not depend on where config.json was read.
      for (const { at } of plan.steps) {
        assert.match(at, /^(\/|cli:--|default:)/);
        if (at.startsWith("/")) assert.ok(points(loaded.config, at), `${at} is in config.json`);
      }
    });
  }
}

/** Whether a JSON pointer (RFC 6901) leads to something. */
function points(value: unknown, pointer: string): boolean {
  const names = pointer.split("/").slice(1);
  const found = names.reduce<unknown>(
    (at, name) => (at as Record<string, unknown> | undefined)?.[name.replace(/~1/g, "/").replace(/~0/g, "~")],
    value,
  );
  return found !== undefined;
}

/** Not in a plan of `create`, and why. */
const without: Readonly<Record<string, string>> = {
  "process.user.username": "of Windows",
  "process.commandLine": "of Windows",
  "linux.personality.flags[]": "refused: the specification has no value for it",
};

test("every property of config.json is in a case", () => {
  const set = new Set(caseNames().flatMap((name) => setProperties(JSON.parse(readFileSync(casePath(name, "config.json"), "utf8")))));
  const missing = [...configProperties().keys()].filter((path) => !set.has(path));
  assert.deepEqual(missing.sort(), Object.keys(without).sort());
});
