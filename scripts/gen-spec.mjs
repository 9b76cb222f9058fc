// What is generated from spec-schemas/: node scripts/gen-spec.mjs [--out DIR] [--check]
//
//   src/spec/types.gen.ts          TypeScript types of config.json (committed)
//   spec-schemas/plan.json         schema of plans, from src/plan/optable.ts (committed)
//   DIR/gen/validate-NAME.mjs      ajv validators, compiled ahead of time: `validate(data)` gives the first error or undefined
//
// --check writes nothing and exits with 1 when a committed file is stale.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { planSchema } from "./lib/plan-schema.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const names = ["config", "state", "features", "plan"];
const path = (...parts) => join(root, ...parts);

/** A schema as written, except that integers that a double cannot hold become `"@DIGITS"`. */
export function readSchema(name) {
  return JSON.parse(readFileSync(path("spec-schemas", `${name}.json`), "utf8").replace(/: (-?\d{16,})/g, ': "@$1"'));
}

// ------------------------------------------------------------------------------------------------ validators

/** The schema for ajv: no prose, integers checked exactly, and (`strict` false) what engines write beside the OCI's schema. */
function validatorSchema(node, strict, isMap = false) {
  if (Array.isArray(node)) return node.map((item) => validatorSchema(item, strict));
  if (typeof node !== "object" || node === null) return node;
  const result = {};
  for (const [key, value] of Object.entries(node)) {
    if (!isMap && ["description", "title", "$schema", "format"].includes(key)) continue;
    if (!isMap && key.startsWith("x-tsrunc-")) continue;
    result[key] = validatorSchema(value, strict, !isMap && ["properties", "$defs", "patternProperties"].includes(key));
  }
  if (isMap) return result;
  if (!strict && node["x-tsrunc-enum"]) result.enum = [...result.enum, ...node["x-tsrunc-enum"]];
  if (!strict && node["x-tsrunc-maximum"]) result.maximum = node["x-tsrunc-maximum"];
  if (result.type === "integer") return exactInteger(result);
  return result;
}

function exactInteger({ type: _, minimum, maximum, ...rest }) {
  const text = (bound) => (bound === undefined ? undefined : String(bound).replace("@", ""));
  return { ...rest, exactInteger: { minimum: text(minimum), maximum: text(maximum) } };
}

/** `typeof data == "bigint"` for what lies beyond 2^53: ajv's own "integer" knows only doubles. */
function exactIntegerKeyword({ _, and, or, not }) {
  const bounds = (data, { minimum, maximum }, constant) => {
    const conditions = [];
    if (minimum !== undefined) conditions.push(_`${data} >= ${constant(minimum)}`);
    if (maximum !== undefined) conditions.push(_`${data} <= ${constant(maximum)}`);
    return conditions;
  };
  return {
    keyword: "exactInteger",
    schemaType: "object",
    code(cxt) {
      const { data, schema } = cxt;
      const isSafe = (text) => Number.isSafeInteger(Number(text));
      // Beyond 2^53 a bound cannot fail for a safe integer.
      const near = {
        minimum: isSafe(schema.minimum) ? schema.minimum : undefined,
        maximum: isSafe(schema.maximum) ? schema.maximum : undefined,
      };
      const number = and(_`Number.isSafeInteger(${data})`, ...bounds(data, near, (text) => Number(text)));
      const big = and(_`typeof ${data} == "bigint"`, ...bounds(data, schema, (text) => _`BigInt(${text})`));
      cxt.fail(not(or(number, big)));
    },
    error: {
      message: "must be an integer",
      params: ({ schema }) => _`{minimum: ${schema.minimum ?? null}, maximum: ${schema.maximum ?? null}}`,
    },
  };
}

/**
 * ajv's standalone code (CommonJS) of one schema. ajv's draft-07 class knows all keywords that we use and, unlike its 2020-12
 * class, adds no bookkeeping for those that we do not use (unevaluatedProperties, dynamic anchors): half the code.
 */
export async function validatorCode(name, strict = false) {
  const [{ Ajv }, { default: standalone }, codegen] = await Promise.all([
    import("ajv"),
    import("ajv/dist/standalone/index.js"),
    import("ajv/dist/compile/codegen/index.js"),
  ]);
  const ajv = new Ajv({
    code: { source: true, optimize: true },
    messages: false,
    discriminator: true,
    inlineRefs: 4,
    validateFormats: false,
  });
  ajv.addKeyword(exactIntegerKeyword(codegen.default ?? codegen));
  const validate = ajv.compile(validatorSchema(readSchema(name), strict));
  // Nobody reads schemaPath, and it is a fifth of the code. Of what each validator is told beside the data, in an object for each call, only the
  // path is used: it becomes a parameter.
  return (standalone.default ?? standalone)(ajv, validate)
    .replace(/schemaPath:"[^"]*",/g, "")
    .replace(/, ?parentData(:\w+)?, ?parentDataProperty(: ?[^,{}]+)?, ?rootData(=data)?(?=})/g, "")
    .replace(/, ?{instancePath:([^{}]*)}\)/g, ",$1)")
    .replaceAll('{instancePath=""}={}', 'instancePath=""');
}

/** One self-contained module. Nothing of the validator is evaluated before the first call. */
export async function validatorModule(name, strict = false) {
  const { build } = await import("esbuild");
  const raw = await validatorCode(name, strict);
  const entry = `let check;
export function validate(data) {
  check ??= require("raw");
  return check(data) ? undefined : check.errors[0];
}`;
  const result = await build({
    stdin: { contents: entry, resolveDir: root, loader: "js" },
    plugins: [
      {
        name: "raw",
        setup(build) {
          build.onResolve({ filter: /^raw$/ }, () => ({ path: "raw", namespace: "raw" }));
          build.onLoad({ filter: /.*/, namespace: "raw" }, () => ({ contents: raw, loader: "js", resolveDir: root }));
        },
      },
    ],
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    minify: true,
    legalComments: "none",
  });
  return result.outputFiles[0].text;
}

// ------------------------------------------------------------------------------------------------ types

const inline = {
  Int64: { tsType: "Int64" },
  Uint64: { tsType: "Int64" },
  StringMap: { tsType: "Record<string, string>" },
};
const scalars = ["Int32", "Uint32", "Uint16", "Uint8", "FileMode"];

function typesSchema(node) {
  if (Array.isArray(node)) return node.map(typesSchema);
  if (typeof node !== "object" || node === null) return node;
  const target = node.$ref?.replace("#/$defs/", "");
  if (target in inline) return { ...inline[target], ...(node.description && { description: node.description }) };
  if (scalars.includes(target)) return { type: "integer", ...(node.description && { description: node.description }) };
  const result = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === "$defs")
      result.$defs = typesSchema(Object.fromEntries(Object.entries(value).filter(([n]) => !(n in inline) && !scalars.includes(n))));
    else if (key === "enum" && node["x-tsrunc-enum"]) result.enum = [...value, ...node["x-tsrunc-enum"]];
    else if (!["minItems", "minimum", "maximum", "pattern", "$id"].includes(key)) result[key] = typesSchema(value);
  }
  return result;
}

const typesHeader = (hash) => `// Generated from spec-schemas/config.json by scripts/gen-spec.mjs. Do not edit.
// source: ${hash}
import type { Int64 } from "./json.js";

`;

async function typesSource() {
  const { compile } = await import("json-schema-to-typescript");
  const body = await compile(typesSchema(readSchema("config")), "Config", {
    additionalProperties: false,
    bannerComment: "",
    declareExternallyReferenced: true,
    enableConstEnums: false,
    strictIndexSignatures: false,
    unreachableDefinitions: false,
    style: { printWidth: 140, semi: true, singleQuote: false, tabWidth: 2, trailingComma: "all" },
  });
  return typesHeader(typesHash()) + body.trimStart();
}

const typesHash = () => hashOf(readFileSync(path("spec-schemas/config.json")));

// ------------------------------------------------------------------------------------------------ files

const hashOf = (...parts) =>
  parts
    .reduce((hash, part) => hash.update(part), createHash("sha256"))
    .digest("hex")
    .slice(0, 32);

function writeChanged(file, text) {
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const sameJson = (a, b) => a.replace(/\s+/g, "") === b.replace(/\s+/g, "");

/** Committed files that are not what would be generated now. */
async function staleFiles() {
  const read = (file) => (existsSync(path(file)) ? readFileSync(path(file), "utf8") : "");
  const stale = [];
  if (read("src/spec/types.gen.ts") !== (await typesSource())) stale.push("src/spec/types.gen.ts");
  if (!sameJson(read("spec-schemas/plan.json"), await planSchema(root))) stale.push("spec-schemas/plan.json");
  return stale;
}

async function writePlanSchema() {
  const file = path("spec-schemas/plan.json");
  const text = await planSchema(root);
  if (existsSync(file) && sameJson(readFileSync(file, "utf8"), text)) return;
  const { format } = await import("prettier");
  writeFileSync(file, await format(text, { parser: "json", printWidth: 140 }));
}

/** Writes what is out of date; with nothing changed it takes a tenth of a second. */
export async function generateSpec(outDir) {
  await writePlanSchema();
  const types = path("src/spec/types.gen.ts");
  if (!existsSync(types) || !readFileSync(types, "utf8").startsWith(typesHeader(typesHash()))) writeChanged(types, await typesSource());
  const self = readFileSync(fileURLToPath(import.meta.url));
  for (const name of names) {
    const file = join(outDir, "gen", `validate-${name}.mjs`);
    const stamp = `// source: ${hashOf(readFileSync(path("spec-schemas", `${name}.json`)), self)}\n`;
    if (existsSync(file) && readFileSync(file, "utf8").startsWith(stamp)) continue;
    writeChanged(file, stamp + (await validatorModule(name)));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { out: { type: "string", default: "build" }, check: { type: "boolean" } } });
  if (values.check) {
    const stale = await staleFiles();
    for (const file of stale) process.stderr.write(`${file} is stale: run node scripts/gen-spec.mjs\n`);
    process.exitCode = stale.length === 0 ? 0 : 1;
  } else {
    await generateSpec(resolve(root, values.out));
  }
}
