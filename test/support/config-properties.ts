// Every property of config.json, from our schema: what is common and what is Linux's.
import { readFileSync } from "node:fs";

export interface SchemaNode {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode | boolean;
}

type Schema = SchemaNode & { readonly $defs: Readonly<Record<string, SchemaNode>> };

const schema = JSON.parse(readFileSync("spec-schemas/config.json", "utf8")) as Schema;

/** Other platforms: "runtimes MUST ignore unknown properties" and what is not theirs (config.md, Platform-specific configuration). */
const elsewhere = ["vm", "windows", "solaris", "zos", "freebsd"];

function resolved(node: SchemaNode): SchemaNode {
  const name = node.$ref?.split("/").at(-1);
  return name === undefined ? node : resolved(schema.$defs[name] as SchemaNode);
}

/** `process.user.uid`, `mounts[].source`, `linux.netDevices{}.name` to what may stand there; lists of scalars end in `[]`. */
export function configProperties(node: SchemaNode = schema, path = ""): Map<string, SchemaNode> {
  const { properties, items, additionalProperties } = resolved(node);
  if (properties !== undefined) {
    const own = Object.entries(properties).filter(([name]) => path !== "" || !elsewhere.includes(name));
    return new Map(own.flatMap(([name, value]) => [...configProperties(value, path === "" ? name : `${path}.${name}`)]));
  }
  if (items !== undefined) return configProperties(items, `${path}[]`);
  const values = typeof additionalProperties === "object" ? resolved(additionalProperties) : undefined;
  return values?.properties === undefined ? new Map([[path, resolved(node)]]) : configProperties(values, `${path}{}`);
}

/** A copy with `value` at such a path: in the first item of each list on the way, the first member of each map; the whole list where the path ends in []. */
export function withProperty(config: object, path: string, value: unknown): object {
  const copy = structuredClone(config) as Record<string, unknown>;
  const names = path.replace(/\[\]$/, "").replaceAll("[]", ".0").replaceAll("{}", ".*").split(".");
  const last = names.pop() ?? "";
  let at: Record<string, unknown> = copy;
  for (const name of names) {
    const key = name === "*" ? (Object.keys(at)[0] ?? "") : name;
    at = (at[key] ??= {}) as Record<string, unknown>;
  }
  at[last] = value;
  return copy;
}

/** The properties, as configProperties names them, that a config.json sets. */
export function setProperties(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => setProperties(item, `${path}[]`));
  if (typeof value !== "object" || value === null) return [path];
  const below = Object.entries(value).flatMap(([name, item]) => setProperties(item, path === "" ? name : `${path}.${name}`));
  // Of a map the names are not the schema's.
  return [path, ...below, ...Object.values(value).flatMap((item: unknown) => setProperties(item, `${path}{}`))];
}
