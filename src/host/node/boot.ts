// Runs the bundle with V8's code cache: what would be parsed and compiled at every start is read from a file that the build made. A cache
// of another Node or another bundle is rejected by V8 itself, and the bundle is compiled as ever.
import { readFileSync } from "node:fs";
import { Script } from "node:vm";

const file = `${__dirname}/tsrunc.cjs`;
const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, "latin1")}\n})`;
// A variable of the launcher's caller never has this name: it would have a prefix.
const output = process.env["TSRUNC_WRITE_CACHE"];
const script = output === undefined ? fromCache() : compiled(output);
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

/** What the rehearsal of index.ts calls is compiled by the time that it ends, and so is in the cache. */
function compiled(cache: string): Script {
  const { writeFileSync } = require("node:fs") as typeof import("node:fs");
  const whole = new Script(source, { filename: file });
  // Node's own exit handlers do not run (host.exit is _exit), so the host calls this one.
  Object.assign(globalThis, { tsruncBeforeExit: () => writeFileSync(cache, whole.createCachedData()) });
  return whole;
}
