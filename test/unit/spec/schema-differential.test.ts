// Everything the official schema accepts ours accepts, and the reverse. Random changes of real config.json files, and values
// grown from the official schema, go through both. TSRUNC_SEED repeats a run.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { validate as shipped } from "tsrunc:validate-config";
import { parseJson } from "../../../src/spec/json.js";
import { Grower, Random, mutate } from "./random.js";
import { type Check, absent, bundleNames, bundles, ociSchema, officialCheck, readJson, strictCheck, unknownPlatforms } from "./shared.js";

type Json = Parameters<typeof mutate>[1];

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

function* grown(file: string, count: number): Generator<Json> {
  const grower = new Grower(new Random(seed), (ref, base) => {
    const [name = "", path = ""] = ref.split("#");
    const document = name === "" ? base : name;
    if (unknownPlatforms.some((platform) => document === `config-${platform}.json`)) return { schema: { enum: [{}] }, base };
    let schema = readCached(document) as Record<string, unknown>;
    for (const part of path.split("/").slice(1)) schema = schema[part] as Record<string, unknown>;
    return { schema, base: document };
  });
  for (let i = 0; i < count; i++) {
    const value = grower.grow(readCached(file) as Record<string, unknown>, file);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) for (const name of unknownPlatforms) delete value[name];
    yield value;
  }
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

test("the shipped validator differs only where engines do", { skip }, async (t) => {
  const strict = await strictCheck("config");
  const random = new Random(seed);
  let more = 0;
  for (const value of mutations(2000)) {
    const linux = (value as { linux?: { rootfsPropagation?: unknown; devices?: unknown } } | null)?.linux;
    if (typeof linux === "object" && random.chance(30)) linux.rootfsPropagation = random.pick(["rslave", "slave", "x"]);
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
