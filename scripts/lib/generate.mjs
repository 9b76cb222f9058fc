// The generated sources: C++ headers from the op table, validators and types from the schemas.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { progress, step } from "./stamps.mjs";

async function generator(root, script, name) {
  const path = join(root, "scripts", script);
  if (!existsSync(path)) {
    progress(script, "not there yet: skipped");
    return undefined;
  }
  return (await import(pathToFileURL(path).href))[name];
}

/** DIR/gen/ops.gen.h from src/plan/optable.ts. */
export async function generateHeaders({ root, out }) {
  mkdirSync(join(out, "gen"), { recursive: true });
  const generateOps = await generator(root, "gen-ops.mjs", "generateOps");
  if (!generateOps) return;
  const inputs = [join(root, "scripts/gen-ops.mjs"), join(root, "src/plan/optable.ts")];
  await step(out, "op table", { inputs, outputs: [join(out, "gen/ops.gen.h")] }, () => generateOps({ root, out }));
}

/** DIR/gen/validate-NAME.mjs from spec-schemas/. */
export async function generateValidators({ root, out }) {
  const generateSpec = await generator(root, "gen-spec.mjs", "generateSpec");
  if (!generateSpec) return;
  const inputs = [join(root, "scripts/gen-spec.mjs"), join(root, "spec-schemas"), join(root, "package-lock.json")];
  await step(out, "schemas", { inputs, outputs: [join(out, "gen/validate-config.mjs")] }, () => generateSpec(out));
}
