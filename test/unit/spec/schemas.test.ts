import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { validate as validateConfig } from "tsrunc:validate-config";
import { validate as validateFeatures } from "tsrunc:validate-features";
import { validate as validatePlan } from "tsrunc:validate-plan";
import { validate as validateState } from "tsrunc:validate-state";
import { parseJson } from "../../../src/spec/json.js";
import { absent, ociSchema } from "./shared.js";

const validators = { config: validateConfig, features: validateFeatures, state: validateState };

test("the official good and bad samples", { skip: absent(ociSchema) }, () => {
  let count = 0;
  for (const [name, validate] of Object.entries(validators)) {
    for (const kind of ["good", "bad"] as const) {
      const directory = join(ociSchema, "test", name, kind);
      for (const file of readdirSync(directory)) {
        count++;
        const check = (): unknown => validate(parseJson(readFileSync(join(directory, file), "utf8")));
        if (file === "invalid-json.json") assert.throws(check, /expected a property name/);
        else assert.equal(check() === undefined, kind === "good", `${name}/${kind}/${file}: ${JSON.stringify(check(), bigints)}`);
      }
    }
  }
  assert.ok(count >= 14, `${count} samples`);
});

test("64-bit bounds are exact where a double is not", () => {
  const rlimit = (text: string) =>
    validateConfig(parseJson(`{"ociVersion":"1","process":{"cwd":"/","rlimits":[{"type":"RLIMIT_AS","soft":0,"hard":${text}}]}}`));
  for (const text of ["0", "9223372036854775808", "18446744073709551615"]) assert.equal(rlimit(text), undefined, text);
  for (const text of ["-1", "18446744073709551616", "-18446744073709551615", "1.5", "9007199254740993.5", "null", '"1"', "true"]) {
    assert.equal(rlimit(text)?.keyword, "exactInteger", text);
  }
  const pids = (text: string) => validateConfig(parseJson(`{"ociVersion":"1","linux":{"resources":{"pids":{"limit":${text}}}}}`));
  for (const text of ["-9223372036854775808", "9223372036854775807", "-1"]) assert.equal(pids(text), undefined, text);
  for (const text of ["-9223372036854775809", "9223372036854775808"]) assert.equal(pids(text)?.keyword, "exactInteger", text);
});

test("property names of Object.prototype are no properties", () => {
  assert.equal(validateConfig(parseJson('{"ociVersion":"1","annotations":{"__proto__":"x","constructor":"y","toString":"z"}}')), undefined);
  assert.equal(validateConfig(parseJson('{"ociVersion":"1","annotations":{"__proto__":1}}'))?.instancePath, "/annotations/__proto__");
});

test("plans: verbs and fields of the op table, nothing else", () => {
  const plan = (op: object, step: object = {}) =>
    validatePlan({ command: "create", id: "a", steps: [{ id: "x", at: "/hostname", who: "init", op, tolerate: [1], ...step }] });
  assert.equal(plan({ verb: "uts.hostname", name: "h" }), undefined);
  assert.equal(plan({ verb: "ns.unshare", flags: 18446744073709551615n }), undefined);
  assert.equal(plan({ verb: "console.open", slot: 1, uid: 0, devConsole: true }), undefined);
  assert.equal(
    plan({ verb: "idmap.write", uid: [{ containerId: 0, hostId: 1, size: 1 }], gid: [], denySetgroups: true, direct: true }),
    undefined,
  );
  assert.equal(plan({ verb: "session.new" }, { orElse: { verb: "uts.hostname", name: "h" }, at: "cli:--x" }), undefined);
  assert.equal(plan({ verb: "uts.hostname" })?.keyword, "required");
  assert.equal(plan({ verb: "uts.hostname", name: "h", more: 1 })?.keyword, "additionalProperties");
  assert.equal(plan({ verb: "uts.hostname", name: 1 })?.keyword, "type");
  assert.equal(plan({ verb: "nothing" })?.keyword, "discriminator");
  assert.equal(plan({ verb: "session.new" }, { who: "nobody" })?.keyword, "enum");
  assert.equal(plan({ verb: "session.new" }, { at: "somewhere" })?.keyword, "pattern");
});

function bigints(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
