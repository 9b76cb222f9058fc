// What the mutations start from: config.json files of engines, those of the golden cases and of the examples, and a large one.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseJson } from "../../src/spec/json.js";
import { baseConfig } from "../support/config.js";
import { sourceRoot } from "../support/paths.js";
import { sharedBundlePath, sharedBundles } from "../support/shared-bundles.js";
import type { Seed } from "./mutate.js";
import type { Schema } from "./schema.js";

function configsBelow(directory: string): string[] {
  const root = join(sourceRoot, directory);
  return readdirSync(root)
    .sort()
    .map((name) => join(root, name, "config.json"))
    .filter((path) => existsSync(path));
}

const paths = (): string[] => [
  ...configsBelow("test/golden/cases"),
  ...configsBelow("bundle-examples"),
  ...sharedBundles().map(sharedBundlePath),
];

export function configSeeds(): Seed[] {
  const files = paths().map((path): Seed => ({ name: path, value: parseJson(readFileSync(path, "utf8")) }));
  return [{ name: "base", value: baseConfig() }, { name: "smallest", value: { ociVersion: "1.0.2" } }, ...files];
}

export const configSchema = (): Schema => JSON.parse(readFileSync(join(sourceRoot, "spec-schemas/config.json"), "utf8")) as Schema;
