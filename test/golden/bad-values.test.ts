// One value that is wrong for each property of config.json, and all that an operator is told: bad-values.txt. `UPDATE_GOLDEN=1 npm test golden/bad`
// writes it anew: read the diff.
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TsruncError } from "../../src/errors/errors.js";
import { formatError } from "../../src/errors/format.js";
import { parseConfig } from "../../src/spec/load.js";
import { checkRules } from "../../src/spec/rules/index.js";
import { configProperties, type SchemaNode, withProperty } from "../support/config-properties.js";
import { propertyFacts, propertyRows, specimen } from "../unit/spec/properties.js";

const file = join(process.cwd(), "test/golden/bad-values.txt");

/** What nothing of that kind may be. */
function badValue({ type, enum: known }: SchemaNode): unknown {
  if (known !== undefined) return "nonsense";
  if (type === "integer" || type === "number") return "1";
  if (type === "boolean") return "true";
  if (type === "object") return ["a"];
  return 17;
}

/** The message of the refusal; undefined: it was taken. */
function refusal(config: object): string | undefined {
  try {
    const loaded = parseConfig(new TextEncoder().encode(JSON.stringify(config, null, 2)), "config.json");
    checkRules(loaded, { facts: propertyFacts.v1, id: "c1", bundle: "/bundle", noPivot: false });
    return undefined;
  } catch (error) {
    if (error instanceof TsruncError) return formatError(error);
    throw error;
  }
}

test("a wrong value of each property is refused, with its place and the reason", () => {
  const lines = [...configProperties()].map(([path, node]) => {
    const config = specimen();
    propertyRows[path]?.beside?.(config);
    const bad = badValue(node);
    const message = refusal(withProperty(config, path, path.endsWith("[]") ? [bad] : bad));
    assert.ok(message !== undefined, `${path}: ${JSON.stringify(bad)} was taken`);
    assert.match(message, /config\.json:\d+:\d+/, path);
    return `${path} ${JSON.stringify(bad)}\n    ${message}\n`;
  });
  const text = lines.join("");
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  assert.equal(text, readFileSync(file, "utf8"));
});
