// Where things are. Tests run with the root of the source tree as working directory (scripts/test.mjs sees to it).
import { join } from "node:path";

export const sourceRoot = process.cwd();

/** The directory of the build: scripts/test.mjs --out. */
export const outDirectory = process.env["TSRUNC_OUT"] ?? join(sourceRoot, "build");

/** The tested executable; TSRUNC in the environment names another one. */
export const tsruncPath = process.env["TSRUNC"] ?? join(outDirectory, "tsrunc");

/** With those of TSRUNC_ALSO (separated by colons): for tests that compare, and would otherwise have the reference do the same twice. */
export const tsruncPaths: readonly string[] = [tsruncPath, ...(process.env["TSRUNC_ALSO"]?.split(":") ?? [])];
