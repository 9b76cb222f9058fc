// Material beside the source tree: real config.json files and the OCI's own schemas. TSRUNC_SHARED names another place.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import Ajv4 from "ajv-draft-04";
import { sourceRoot } from "../../support/paths.js";

const shared = resolve(process.env["TSRUNC_SHARED"] ?? join(sourceRoot, "../shared"));
export const bundles = join(shared, "bundles");
export const ociSchema = join(shared, "oci-schema");

/** false, or the printed reason why a test is skipped. */
export function absent(path: string): string | false {
  return existsSync(path) ? false : `${path} is not there (TSRUNC_SHARED names another place)`;
}

export function bundleNames(): string[] {
  return readdirSync(bundles).filter((name) => name.endsWith(".json"));
}

const platforms = ["vm", "windows", "solaris", "zos", "freebsd"];

/** Names of platforms whose official schema is not at hand: anything is accepted there. */
export const unknownPlatforms = platforms.filter((name) => !existsSync(join(ociSchema, `config-${name}.json`)));

export type Check = (value: unknown) => boolean;

/** The official schemas (draft-04) as ajv reads them, `config-schema.json` and the like. */
export function officialCheck(file: string): Check {
  const ajv = new (Ajv4 as unknown as typeof Ajv4.default)({ strict: false, validateFormats: false });
  for (const name of readdirSync(ociSchema)) {
    if (name.endsWith(".json")) ajv.addSchema(readJson(join(ociSchema, name)) as object, name);
  }
  for (const name of unknownPlatforms) ajv.addSchema({ [name]: {} }, `config-${name}.json`);
  const validate = ajv.getSchema(file);
  if (validate === undefined) throw new Error(`no schema ${file}`);
  return (value) => validate(value) === true;
}

export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** One of our schemas without what is added for engines (`x-tsrunc-...`), compiled as the shipped validators are. */
export async function strictCheck(name: string): Promise<Check> {
  const generator = (await import(pathToFileURL(join(sourceRoot, "scripts/gen-spec.mjs")).href)) as {
    validatorModule(name: string, strict: boolean): Promise<string>;
  };
  const code = await generator.validatorModule(name, true);
  const module = (await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`)) as {
    validate: (value: unknown) => unknown;
  };
  return (value) => module.validate(value) === undefined;
}
