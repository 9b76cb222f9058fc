// Values for a schema: of every kind, as random changes, grown from the schema.
import type { Random } from "../../support/random.js";

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Schema = Readonly<Record<string, unknown>>;

// Bounds of every integer type as far as a double can tell them apart: those of 64 bits are tested one by one.
export const scalars: readonly Json[] = [
  ...[null, true, false, "", "x", "\n", 0, 1, -1, 7, 10, 1.5, -0.5, 127, 128, 255, 256, 511, 512, 65535, 65536],
  ...[2147483647, 2147483648, -2147483648, -2147483649, 4294967295, 4294967296, 9007199254740991, 9007199254740992, 1e18, -1e18],
  ...[9e18, 1e19, -9e18, -1e19, 1.8e19, 1.9e19, 1e30, -1e30],
];

/** One random change somewhere in `root`. `names` are property names to add. */
export function mutate(random: Random, root: Json, names: readonly string[]): Json {
  const places = containers(root, []);
  const place = random.pick(places);
  const keys = Object.keys(place);
  const action = random.below(10);
  if (keys.length === 0 || action < 3) {
    if (Array.isArray(place)) place.push(anything(random));
    else place[random.pick(names)] = anything(random);
    return root;
  }
  const key = random.pick(keys);
  const holder = place as Record<string, Json>;
  const value = holder[key] as Json;
  if (action < 5) {
    if (Array.isArray(place)) place.splice(Number(key), 1);
    else delete holder[key];
  } else if (action < 8) {
    holder[key] = anything(random);
  } else if (action < 9) {
    const other = random.pick(places);
    const otherKeys = Object.keys(other);
    if (otherKeys.length > 0) holder[key] = structuredClone((other as Record<string, Json>)[random.pick(otherKeys)] as Json);
  } else {
    holder[random.pick(names)] = structuredClone(value);
  }
  return root;
}

function anything(random: Random): Json {
  if (random.chance(70)) return random.pick(scalars);
  const inner = random.pick(scalars);
  return random.pick<Json>([[], {}, [inner], { x: inner }, [[inner]], ["x", inner]]);
}

function containers(value: Json, found: (Json[] | Record<string, Json>)[]): (Json[] | Record<string, Json>)[] {
  if (typeof value !== "object" || value === null) return found;
  found.push(value);
  for (const item of Object.values(value)) containers(item, found);
  return found;
}

export type Resolve = (ref: string, base: string) => { schema: Schema; base: string };

const texts = ["a", "", "/p", "64KB", "2MB", "RLIMIT_CPU", "c", "p", "MB:1", "0-3,7", "CAP_KILL"];

/** A value that has every property of a schema once and fits it. */
export function fullInstance(schema: Schema, base: string, resolve: Resolve): Json {
  if (typeof schema["$ref"] === "string") {
    const target = resolve(schema["$ref"], base);
    return fullInstance(target.schema, target.base, resolve);
  }
  const grow = (inner: unknown): Json => fullInstance((inner ?? {}) as Schema, base, resolve);
  const first = (schema["enum"] as Json[] | undefined)?.[0];
  if (first !== undefined) return structuredClone(first);
  const parts = (schema["allOf"] ?? schema["anyOf"]) as Schema[] | undefined;
  if (parts !== undefined) return Object.assign({}, ...parts.map(grow)) as Json;
  switch (schema["type"]) {
    case "string":
      return texts.find((text) => new RegExp(String(schema["pattern"] ?? "")).test(text)) ?? "";
    case "integer":
      return 1;
    case "boolean":
      return true;
    case "array":
      return [grow(schema["items"])];
    default: {
      const named = Object.entries((schema["properties"] ?? {}) as Record<string, Schema>).map(([name, property]) => [
        name,
        grow(property),
      ]);
      const more = Object.values((schema["patternProperties"] ?? {}) as Record<string, Schema>)[0] ?? schema["additionalProperties"];
      return Object.fromEntries(more === undefined ? named : [...named, ["k", grow(more)], ["a.b", grow(more)]]) as Json;
    }
  }
}

/** Every object and array in `value` with each of its keys. */
export function* positions(value: Json): Generator<[holder: Record<string, Json>, key: string]> {
  for (const holder of containers(value, [])) for (const key of Object.keys(holder)) yield [holder as Record<string, Json>, key];
}

/** Grows values from a schema: most of them fit it, and every corner of it is reached. */
export class Grower {
  constructor(
    private readonly random: Random,
    private readonly resolve: Resolve,
  ) {}

  grow(schema: Schema, base: string, depth = 0): Json {
    const { random } = this;
    if (typeof schema["$ref"] === "string") {
      const target = this.resolve(schema["$ref"], base);
      return this.grow(target.schema, target.base, depth);
    }
    if (random.chance(1)) return random.pick(scalars);
    if (Array.isArray(schema["enum"])) return random.chance(90) ? random.pick(schema["enum"] as Json[]) : "other";
    const parts = (schema["allOf"] ?? schema["anyOf"]) as Schema[] | undefined;
    if (parts !== undefined) return Object.assign({}, ...parts.map((part) => this.grow(part, base, depth))) as Json;
    switch (schema["type"]) {
      case "string":
        return random.pick(texts);
      case "integer":
        return random.chance(85) ? random.below(300) : random.pick(scalars);
      case "boolean":
        return random.chance(50);
      case "array":
        return Array.from({ length: random.below(3) }, () => this.grow((schema["items"] ?? {}) as Schema, base, depth + 1));
      case "object":
        return this.object(schema, base, depth);
      default:
        return random.pick(scalars);
    }
  }

  private object(schema: Schema, base: string, depth: number): Json {
    const { random } = this;
    const result: Record<string, Json> = {};
    const required = (schema["required"] ?? []) as string[];
    for (const [name, property] of Object.entries((schema["properties"] ?? {}) as Record<string, Schema>)) {
      if (required.includes(name) ? random.chance(98) : random.chance(Math.max(15, 60 - 12 * depth))) {
        result[name] = this.grow(property, base, depth + 1);
      }
    }
    const patterns = Object.values((schema["patternProperties"] ?? {}) as Record<string, Schema>);
    const more = patterns[0] ?? (schema["additionalProperties"] as Schema | undefined);
    for (const name of more === undefined ? [] : ["k", "", "a.b"]) {
      if (random.chance(40)) result[name] = this.grow(more as Schema, base, depth + 1);
    }
    return result;
  }
}
