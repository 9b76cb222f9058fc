// The other JSON documents that a command reads: --process of exec, --resources of update, the file of mounts add.
import { parseMountsFile, checkAddedMounts } from "../../../src/spec/mounts-file.js";
import { parseProcess } from "../../../src/spec/process.js";
import { parseResources } from "../../../src/spec/resources.js";
import type { Config } from "../../../src/spec/config.js";
import { hosts } from "../../golden/facts.js";
import { baseConfig } from "../../support/config.js";
import { configSchema, configSeeds } from "../corpus.js";
import { Mutator, type Seed } from "../mutate.js";
import type { Random } from "../../support/random.js";
import type { Schema } from "../schema.js";
import { Finding, type Target } from "../target.js";
import { checkError } from "./config.js";

interface Kind {
  readonly mutator: Mutator;
  read(input: Uint8Array): unknown;
}

const part = (of: (config: Config) => unknown): Seed[] =>
  configSeeds().flatMap(({ name, value }) => {
    const found = of(value as Config);
    return found === undefined ? [] : [{ name, value: found }];
  });

/** The same definitions, seen from another root. */
function below(root: Schema): (schema: Schema) => Schema {
  return (schema) => ({ ...schema, $defs: root.$defs ?? {} });
}

function kinds(): Kind[] {
  const schema = below(configSchema());
  const base = baseConfig() as Config;
  const facts = hosts.hybrid;
  return [
    {
      mutator: new Mutator(
        part((config) => config.process),
        schema({ $ref: "#/$defs/Process" }),
      ),
      read: (input) => parseProcess(input, "config.json", base, { facts }),
    },
    {
      mutator: new Mutator(
        part((config) => config.linux?.resources),
        schema({ $ref: "#/$defs/Resources" }),
      ),
      read: (input) => parseResources(input, "config.json"),
    },
    {
      mutator: new Mutator(
        part((config) => config.mounts),
        schema({ type: "array", items: { $ref: "#/$defs/Mount" } }),
      ),
      read: (input) =>
        checkAddedMounts(parseMountsFile(input, "config.json"), base, { facts, id: "fuzz", bundle: "/bundle", noPivot: false }),
    },
  ];
}

export function documentsTarget(): Target {
  const all = kinds();
  const chosen = (random: Random): Kind => random.pick(all);
  return {
    name: "documents",
    usual: 1000,
    make(random) {
      return chosen(random).mutator.make(random);
    },
    // Each kind takes the others' inputs too.
    examine(input, random) {
      try {
        chosen(random).read(input);
        return "taken";
      } catch (error) {
        if (error instanceof Finding) throw error;
        checkError(error, input);
        return "refused";
      }
    },
  };
}
