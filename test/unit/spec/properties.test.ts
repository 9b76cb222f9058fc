// No property of config.json is ignored: each one of the schema changes a plan, or is refused, or is named here with the reason why it does not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TsruncError } from "../../../src/errors/errors.js";
import { compileCreate } from "../../../src/plan/compile.js";
import { compileDelete } from "../../../src/plan/delete.js";
import { compileExec } from "../../../src/plan/exec.js";
import type { Facts } from "../../../src/plan/facts.js";
import { compileStart } from "../../../src/plan/start.js";
import { parseConfig } from "../../../src/spec/load.js";
import { checkRules } from "../../../src/spec/rules/index.js";
import { configProperties, withProperty } from "../../support/config-properties.js";
import { propertyFacts, propertyRows, specimen } from "./properties.js";

/** All plans that a container with this config.json gets, or why it is refused. */
function outcome(config: object, facts: Facts): string {
  const loaded = parseConfig(new TextEncoder().encode(JSON.stringify(config)), "config.json");
  try {
    checkRules(loaded, { facts, id: "c1", bundle: "/bundle", noPivot: false });
    return JSON.stringify(plans(loaded.config, facts), (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
  } catch (error) {
    if (error instanceof TsruncError) return `refused: ${error.message}`;
    throw error;
  }
}

function plans(config: ReturnType<typeof parseConfig>["config"], facts: Facts): unknown[] {
  const options = { noPivot: false, noNewKeyring: false, preserveFds: 0, listenFds: 0, foreground: false, consoleSocket: "/tty" };
  const create = compileCreate({ id: "c1", bundle: "/bundle", stateDir: "/run/c1", config, facts, options });
  const state = { id: "c1", bundle: "/bundle", pid: 4711, cgroups: [], config };
  const exec = compileExec({
    state,
    process: config.process as NonNullable<typeof config.process>,
    origins: {},
    facts,
    target: { namespaces: ["mount"], pidfdJoins: true },
    options: { preserveFds: 0, foreground: false, cgroups: [], consoleSocket: "/tty" },
  });
  const { hooks, annotations } = config;
  const saved = { id: "c1", bundle: "/bundle", summary: { ...(hooks && { hooks }), ...(annotations && { annotations }) } };
  const rest = [compileStart(saved), compileDelete(saved, { version: 1, id: "c1", undo: [] })];
  // Not who asked for a step: only what it does.
  return [create, exec, ...rest].map(({ steps }) => steps.map(({ who, op, tolerate, orElse }) => ({ who, op, tolerate, orElse })));
}

const byName = /^refused: .* is not supported by this version of tsrunc/;

test("every property of the schema has a row, and every row a property", () => {
  assert.deepEqual(Object.keys(propertyRows).sort(), [...configProperties().keys()].sort());
});

for (const [path, row] of Object.entries(propertyRows)) {
  test(`${path}: ${row.ignored === undefined ? "acts, or is refused" : `has no effect: ${row.ignored}`}`, () => {
    const facts = propertyFacts[row.on ?? "v1"];
    const before = specimen();
    row.beside?.(before);
    const plain = outcome(before, facts);
    const now = outcome(withProperty(before, path, row.value), facts);
    // By its name, or that of what it belongs to.
    if (byName.test(now)) return;
    assert.doesNotMatch(plain, /^refused/);
    if (row.ignored !== undefined) assert.equal(now, plain);
    else assert.notEqual(now, plain);
    if (row.refused !== undefined) assert.match(now, row.refused);
    else assert.doesNotMatch(now, /^refused/);
  });
}
