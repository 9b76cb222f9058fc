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

/** ajv's standalone code (CommonJS) of one schema. */
export async function validatorCode(name, strict = false) {
  const [{ Ajv2020 }, { default: standalone }, codegen] = await Promise.all([
    import("ajv/dist/2020.js"),
    import("ajv/dist/standalone/index.js"),
    import("ajv"),
  ]);
  const ajv = new Ajv2020({
    code: { source: true, esm: false, optimize: true },
    inlineRefs: false,
    messages: false,
    discriminator: true,
    validateFormats: false,
  });
  const { _, and, or, not } = { ...codegen.default, ...codegen, ...(await import("ajv/dist/compile/codegen/index.js")) };
  ajv.addKeyword(exactIntegerKeyword({ _, and, or, not }));
  const validate = ajv.compile(validatorSchema(readSchema(name), strict));
  return (standalone.default ?? standalone)(ajv, validate);
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

// ------------------------------------------------------------------------------------------------ the plan's schema

const fieldSchemas = {
  u32: { type: "integer", minimum: 0, maximum: 4294967295 },
  i32: { type: "integer", minimum: -2147483648, maximum: 2147483647 },
  u64: { $ref: "#/$defs/u64" },
  i64: { $ref: "#/$defs/i64" },
  bool: { type: "boolean" },
  str: { type: "string" },
  path: { type: "string" },
  cpath: { type: "string" },
  bytes: { type: "string", pattern: "^[A-Za-z0-9+/]*={0,2}$" },
  strs: { type: "array", items: { type: "string" } },
  u64s: { type: "array", items: { $ref: "#/$defs/u64" } },
  u32s: { type: "array", items: { type: "integer", minimum: 0, maximum: 4294967295 } },
  slot: { type: "integer", minimum: 0, maximum: 4294967295 },
  idmaps: { type: "array", items: { $ref: "#/$defs/idmap" } },
};

function opSchema(verb, row) {
  const properties = { verb: { const: verb } };
  for (const [name, type] of Object.entries(row.fields)) properties[name] = fieldSchemas[type.replace("?", "")];
  const required = ["verb", ...Object.entries(row.fields).flatMap(([name, type]) => (type.endsWith("?") ? [] : [name]))];
  return { description: row.doc, type: "object", required, additionalProperties: false, properties };
}

/** spec-schemas/plan.json: the op table as a JSON Schema. */
async function planSchema() {
  const { transform } = await import("esbuild");
  const { code } = await transform(readFileSync(path("src/plan/optable.ts"), "utf8"), { loader: "ts", format: "esm" });
  const { optable } = await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`);
  const ops = Object.fromEntries(Object.entries(optable).map(([verb, row]) => [verb, opSchema(verb, row)]));
  const uint32 = fieldSchemas.u32;
  const schema = {
    $comment: "Generated from src/plan/optable.ts by scripts/gen-spec.mjs. Do not edit.",
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "urn:tsrunc:plan",
    title: "Plan",
    description: "What `tsrunc plan --json` prints: every step of a command in order.",
    type: "object",
    required: ["command", "id", "steps"],
    additionalProperties: false,
    properties: {
      command: { description: "What the plan carries out.", enum: ["create", "start", "delete", "kill"] },
      id: { description: "ID of the container.", type: "string" },
      steps: { type: "array", items: { $ref: "#/$defs/step" } },
    },
    $defs: {
      step: {
        type: "object",
        required: ["id", "at", "who", "op"],
        additionalProperties: false,
        properties: {
          id: { description: "Name of the step, unique in its plan: mounts/3/bind.", type: "string" },
          at: {
            description: "Who asked: a JSON pointer in config.json, cli:--flag or default:/path.",
            type: "string",
            pattern: "^(/|cli:|default:)",
          },
          who: { description: "Who carries it out.", enum: ["runtime", "stage", "init"] },
          op: { $ref: "#/$defs/op" },
          tolerate: { description: "errno numbers after which the plan goes on.", type: "array", items: uint32 },
          orElse: { description: "Carried out once when op fails with another errno.", $ref: "#/$defs/op" },
        },
      },
      op: {
        description: "One verb and its fields. Binary fields are base64.",
        type: "object",
        required: ["verb"],
        discriminator: { propertyName: "verb" },
        oneOf: Object.keys(ops).map((verb) => ({ $ref: `#/$defs/${verb}` })),
      },
      u64: { type: "integer", format: "uint64", minimum: 0, maximum: "@18446744073709551615" },
      i64: { type: "integer", format: "int64", minimum: "@-9223372036854775808", maximum: "@9223372036854775807" },
      idmap: {
        type: "object",
        required: ["containerId", "hostId", "size"],
        additionalProperties: false,
        properties: { containerId: uint32, hostId: uint32, size: uint32 },
      },
      ...ops,
    },
  };
  return JSON.stringify(schema, null, 2).replace(/"@(-?\d+)"/g, "$1") + "\n";
}

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

/** Committed files that are not what would be generated now. */
async function staleFiles() {
  const expected = [
    ["src/spec/types.gen.ts", await typesSource()],
    ["spec-schemas/plan.json", await planSchema()],
  ];
  return expected.filter(([file, text]) => !existsSync(path(file)) || readFileSync(path(file), "utf8") !== text).map(([file]) => file);
}

/** Writes what is out of date; with nothing changed it takes a few milliseconds. */
export async function generateSpec(outDir) {
  writeChanged(path("spec-schemas/plan.json"), await planSchema());
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
