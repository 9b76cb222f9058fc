// Everything the official schema accepts ours accepts, and the reverse. Random changes of real config.json files, and values
// grown from the official schema, go through both. TSRUNC_SEED repeats a run.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { validate as shipped } from "tsrunc:validate-config";
import { parseJson } from "../../../src/spec/json.js";
import { Random } from "../../support/random.js";
import { Grower, type Json, type Resolve, type Schema, fullInstance, mutate, positions, scalars } from "./schema-values.js";
import { type Check, absent, bundleNames, bundles, ociSchema, officialCheck, readJson, strictCheck, unknownPlatforms } from "./shared.js";

const seed = Number(process.env["TSRUNC_SEED"] ?? 20240229);
const skip = absent(ociSchema) || absent(bundles);

function compare(t: TestContext, official: Check, ours: Check, values: Iterable<Json>): void {
  const count = { accepted: 0, refused: 0 };
  for (const value of values) {
    const text = JSON.stringify(value);
    const expected = official(JSON.parse(text));
    count[expected ? "accepted" : "refused"]++;
    assert.equal(ours(parseJson(text)), expected, `seed ${seed}: official ${expected ? "accepts" : "refuses"} ${text}`);
  }
  t.diagnostic(`seed ${seed}: ${count.accepted} accepted by both, ${count.refused} refused by both`);
  assert.ok(count.accepted > 200 && count.refused > 200, "too few of one kind");
}

/** Names of all properties of the official schema but of platforms that are not at hand. */
function propertyNames(): string[] {
  const names = new Set<string>(["unknown", "", "a.b"]);
  const walk = (schema: unknown): void => {
    if (typeof schema !== "object" || schema === null) return;
    for (const [key, value] of Object.entries(schema)) {
      if (key === "properties") for (const name of Object.keys(value as object)) names.add(name);
      walk(value);
    }
  };
  for (const file of ["config-schema.json", "config-linux.json", "defs.json", "defs-linux.json"]) walk(readJson(join(ociSchema, file)));
  return [...names].filter((name) => !unknownPlatforms.includes(name));
}

/** Each real config.json, small parts of it changed 1 to 4 times. */
function* mutations(count: number): Generator<Json> {
  const random = new Random(seed);
  const names = propertyNames();
  const texts = bundleNames().map((name) => shorten(readFileSync(join(bundles, name), "utf8")));
  for (let i = 0; i < count; i++) {
    let value = JSON.parse(random.pick(texts)) as Json;
    for (let changes = random.below(4); changes >= 0; changes--) value = mutate(random, value, names);
    yield value;
  }
}

/** Long lists (seccomp rules, devices) would take nearly all changes. */
function shorten(text: string): string {
  return JSON.stringify(JSON.parse(text, (_key, value: unknown) => (Array.isArray(value) ? value.slice(0, 3) : value)));
}

const resolve: Resolve = (ref, base) => {
  const [name = "", path = ""] = ref.split("#");
  const document = name === "" ? base : name;
  if (unknownPlatforms.some((platform) => document === `config-${platform}.json`)) return { schema: { enum: [{}] }, base };
  let schema = readCached(document) as Record<string, unknown>;
  for (const part of path.split("/").slice(1)) schema = schema[part] as Record<string, unknown>;
  return { schema, base: document };
};

function withoutPlatforms(value: Json): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) for (const name of unknownPlatforms) delete value[name];
  return value;
}

function* grown(file: string, count: number): Generator<Json> {
  const grower = new Grower(new Random(seed), resolve);
  for (let i = 0; i < count; i++) yield withoutPlatforms(grower.grow(readCached(file) as Schema, file));
}

/** All values of the official enums, and the like. */
function words(): string[] {
  const found = new Set([
    "64kB",
    "0KB",
    "KB",
    "RLIMIT_",
    "RLIMIT_cpu",
    "x RLIMIT_CPU",
    "cb",
    "u",
    "0-3;",
    "MB:\n",
    "CAP_",
    "cap_kill",
    "rslave",
  ]);
  const walk = (schema: unknown): void => {
    if (typeof schema !== "object" || schema === null) return;
    for (const [key, value] of Object.entries(schema)) {
      if (key === "enum") for (const word of value as string[]) found.add(word);
      walk(value);
    }
  };
  for (const file of readdirSync(ociSchema)) if (file.endsWith(".json")) walk(readCached(file));
  return [...found];
}

/** Each place of a value that has everything, with each of many values in it, and without it. */
function sweep(t: TestContext, file: string, official: Check, ours: Check): void {
  const make = (): Json => withoutPlatforms(fullInstance(readCached(file) as Schema, file, resolve));
  const theirs = make();
  const exact = make();
  assert.ok(official(theirs) && ours(exact), "the value that has everything is good");
  const others = [...scalars, ...words(), [], {}, ["x"], [1]];
  const integers = others.map((other) => parseJson(JSON.stringify(other)) as Json);
  const places = [...positions(exact)];
  let count = 0;
  for (const [index, [holder, key]] of [...positions(theirs)].entries()) {
    const [ourHolder, ourKey] = places[index] as (typeof places)[number];
    const kept = [holder[key], ourHolder[ourKey]] as [Json, Json];
    const agree = (what: string): void => {
      count++;
      assert.equal(ours(exact), official(theirs), `${file}: ${key} ${what} in ${JSON.stringify(theirs)}`);
    };
    for (const [i, other] of others.entries()) {
      holder[key] = other;
      ourHolder[ourKey] = integers[i] as Json;
      agree(JSON.stringify(other));
    }
    if (!Array.isArray(holder)) {
      delete holder[key];
      delete ourHolder[ourKey];
      agree("absent");
    }
    [holder[key], ourHolder[ourKey]] = kept;
  }
  t.diagnostic(`${file}: ${count} values`);
}

const cache = new Map<string, unknown>();
function readCached(name: string): unknown {
  if (!cache.has(name)) cache.set(name, readJson(join(ociSchema, name)));
  return cache.get(name);
}

test("config.json: changes of real files", { skip }, async (t) => {
  compare(t, officialCheck("config-schema.json"), await strictCheck("config"), mutations(4000));
});

test("config.json: grown from the schema", { skip }, async (t) => {
  compare(t, officialCheck("config-schema.json"), await strictCheck("config"), grown("config-schema.json", 4000));
});

test("features and state: grown from the schema", { skip }, async (t) => {
  compare(t, officialCheck("features-schema.json"), await strictCheck("features"), grown("features-schema.json", 2000));
  compare(t, officialCheck("state-schema.json"), await strictCheck("state"), grown("state-schema.json", 3000));
});

test("every place of the three documents, with everything wrong and right in it", { skip }, async (t) => {
  for (const name of ["config", "features", "state"]) {
    sweep(t, `${name}-schema.json`, officialCheck(`${name}-schema.json`), await strictCheck(name));
  }
});

test("the shipped validator differs only where engines do", { skip }, async (t) => {
  const strict = await strictCheck("config");
  const random = new Random(seed);
  let more = 0;
  for (const value of mutations(2000)) {
    const linux = (value as { linux?: { rootfsPropagation?: unknown; devices?: unknown } | null } | null)?.linux;
    if (typeof linux === "object" && linux !== null && random.chance(30)) linux.rootfsPropagation = random.pick(["rslave", "slave", "x"]);
    const checked = parseJson(JSON.stringify(value));
    if (strict(checked)) {
      assert.equal(shipped(checked), undefined);
    } else if (shipped(checked) === undefined) {
      more++;
      const also = ["rprivate", "rshared", "rslave", "runbindable"].includes(String(linux?.rootfsPropagation));
      assert.ok(also || JSON.stringify(linux?.devices ?? []).includes("fileMode"), JSON.stringify(value));
    }
  }
  t.diagnostic(`seed ${seed}: ${more} accepted for engines only`);
  assert.ok(more > 50);
});
