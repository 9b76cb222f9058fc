// What must be on the machine. Each thing missing is one sentence that names the Debian package.
import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";

/** An error for the user: printed as one line. */
export class Missing extends Error {}

/** The end of every script: what the user can mend is one line, `NAME: what`, and exit code 1; any other error is a bug and keeps its stack. */
export async function asProgram(name, main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    process.stderr.write(`${name}: ${error.message}\n`);
    process.exitCode = 1;
  }
}

function inPath(name) {
  return (process.env.PATH ?? "").split(":").some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const install = (what, debian) => new Missing(`${what} is missing: install the Debian package ${debian} (apt-get install ${debian}).`);

/** Throws Missing. `only` as for build(). */
export function checkTools({ root }, only) {
  for (const name of ["esbuild", "node-api-headers", "node-addon-api", "cmake-js"]) {
    if (!existsSync(join(root, "node_modules", name))) {
      throw new Missing(`the npm package ${name} is missing: run \`npm ci\` first.`);
    }
  }
  if (only === "ts") return;
  if (!inPath("cmake")) throw install("cmake", "cmake");
  if (!inPath(process.env.CXX ?? "c++") && !inPath("g++")) throw install("A C++ compiler", "g++");
  if (!inPath("make") && !inPath("ninja")) throw install("make", "make");
  if (!["/usr/include", "/usr/local/include"].some((directory) => existsSync(join(directory, "seccomp.h")))) {
    throw install("libseccomp's header seccomp.h", "libseccomp-dev");
  }
}
