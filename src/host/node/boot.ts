// Runs the bundle with V8's code cache: what would be parsed and compiled at every start is read from a file that the build made. A cache
// of another Node or another bundle is rejected by V8 itself, and the bundle is compiled as ever.
import { readFileSync } from "node:fs";
import { Script } from "node:vm";

const file = `${__dirname}/tsrunc.cjs`;
const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, "latin1")}\n})`;
// A variable of the launcher's caller never has this name: it would have a prefix.
const output = process.env["TSRUNC_WRITE_CACHE"];
const script = output === undefined ? fromCache() : compileAll(output);
const run = script.runInThisContext() as (
  exports: object,
  require: NodeJS.Require,
  module: object,
  name: string,
  directory: string,
) => void;
const bundle = { exports: {} };
run(bundle.exports, require, bundle, file, __dirname);

function fromCache(): Script {
  try {
    return new Script(source, { filename: file, cachedData: readFileSync(`${__dirname}/tsrunc.cache`) });
  } catch {
    return new Script(source, { filename: file });
  }
}

/** Every function, not only those that this run calls. */
function compileAll(cache: string): Script {
  // Not imported: node:v8 takes 1.5 ms to load.
  const { setFlagsFromString } = require("node:v8") as typeof import("node:v8");
  const { writeFileSync } = require("node:fs") as typeof import("node:fs");
  setFlagsFromString("--no-lazy");
  const whole = new Script(source, { filename: file });
  // Taken back at once: V8 rejects a cache made under other flags than those of the start.
  setFlagsFromString("--lazy");
  // Node's own exit handlers do not run (host.exit is _exit), so the host calls this one.
  Object.assign(globalThis, { tsruncBeforeExit: () => writeFileSync(cache, whole.createCachedData()) });
  return whole;
}
