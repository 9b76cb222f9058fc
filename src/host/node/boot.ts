// Runs the bundle with V8's code cache: what would be parsed and compiled at every start is read from a file that the build made. A cache
// of another Node or another bundle is rejected by V8 itself, and the bundle is compiled as ever.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";

const file = `${__dirname}/tsrunc.cjs`;
const output = process.env["TSRUNC_WRITE_CACHE"];

function cachedData(): Buffer | undefined {
  try {
    return output === undefined ? readFileSync(`${__dirname}/tsrunc.cache`) : undefined;
  } catch {
    return undefined;
  }
}

const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, "latin1")}\n})`;
const cache = cachedData();
const script = compile();
// Node's own exit handlers do not run (host.exit is _exit), so the host calls this one.
if (output !== undefined) Object.assign(globalThis, { tsruncBeforeExit: () => writeFileSync(output, script.createCachedData()) });
const run = script.runInThisContext() as (exports: object, require: NodeJS.Require, module: object, name: string, directory: string) => void;
const bundle = { exports: {} };
run(bundle.exports, createRequire(file), bundle, file, __dirname);

function compile(): Script {
  if (output === undefined) return new Script(source, cache === undefined ? { filename: file } : { filename: file, cachedData: cache });
  // Every function, not only those that this run calls. The flag is taken back at once, because V8 rejects a cache made under others.
  setFlagsFromString("--no-lazy");
  const whole = new Script(source, { filename: file });
  setFlagsFromString("--lazy");
  return whole;
}
