// The op table as a JSON Schema: spec-schemas/plan.json.
import { readFileSync } from "node:fs";
import { join } from "node:path";

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

/** Its text. Integers beyond 2^53 are written digit by digit. */
export async function planSchema(root) {
  const { transform } = await import("esbuild");
  const { code } = await transform(readFileSync(join(root, "src/plan/optable.ts"), "utf8"), { loader: "ts", format: "esm" });
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
      command: {
        description: "What the plan carries out.",
        enum: ["create", "start", "exec", "update", "delete", "kill", "checkpoint", "restore"],
      },
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
  return JSON.stringify(schema, null, 2).replace(/"@(-?\d+)"/g, "$1");
}
