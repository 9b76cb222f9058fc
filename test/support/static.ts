// The static host of this build, for tests that are about it and not about whatever TSRUNC names.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { outDirectory } from "./paths.js";

export const staticPath = join(outDirectory, "tsrunc-static");

/** The same without the heap snapshot, with its symbols; and the compiler of bytecode. */
export const stagePath = join(outDirectory, "native-static/tsrunc-stage");
export const compilerPath = join(outDirectory, "native-static/tsrunc-qjsc");
export const bytecodePath = join(outDirectory, "static/tsrunc.bytecode");

export const needsStatic = [staticPath, stagePath, compilerPath, bytecodePath].every((path) => existsSync(path))
  ? false
  : `${staticPath} is not built (npm run build:static)`;
