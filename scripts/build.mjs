// Builds everything into one directory: node scripts/build.mjs [--out DIR] [--only ts|native|static] [--static] [--tests [--sanitize]] [--weaken] [--werror]
//
//   DIR/tsrunc           the program: a static launcher that starts Node with the files below, which lie next to it
//   DIR/tsrunc.cjs       the bundle of src/main.ts; DIR/tsrunc.boot.cjs runs it with V8's code cache DIR/tsrunc.cache
//   DIR/tsrunc.node      the addon, with tsrunc-init inside
//   DIR/tsrunc-init      the same executable as a file, for tests and debuggers
//   DIR/tsrunc-static    the whole program as one static executable (--static, or --only static; --no-snapshot: docs/adr/0008-static-host.md)
//   DIR/weak/            the program with weak points, for test/attack (--weaken; addon/core/weak.h)
//   DIR/gen/             generated C++ headers and validators
//   DIR/native/          CMake's own
// A second build with nothing changed does nothing.
import { mkdirSync, realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle, codeCache } from "./lib/bundle.mjs";
import { generateHeaders, generateValidators } from "./lib/generate.mjs";
import { buildNative, buildNativeTests } from "./lib/native.mjs";
import { buildStatic } from "./lib/static.mjs";
import { asProgram, checkTools } from "./lib/tools.mjs";
import { buildWeak } from "./lib/weak.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Builds into `out`. `only` is undefined, "ts", "native" or "static"; `alone` adds tsrunc-static to the others. */
export async function build({
  out,
  only,
  tests = false,
  sanitize = false,
  werror = false,
  alone = false,
  weaken = false,
  snapshot = true,
}) {
  const where = { root, out: resolve(root, out) };
  mkdirSync(where.out, { recursive: true });
  checkTools(where, only);
  await generateHeaders(where);
  if (only !== "native") await generateValidators(where);
  if (only === "static") return buildStatic(where, { werror, snapshot });
  await Promise.all([only === "ts" ? undefined : buildNative(where, { werror }), only === "native" ? undefined : bundle(where)]);
  if (only === undefined) await codeCache(where);
  if (weaken) await buildWeak(where, { werror });
  if (alone) await buildStatic(where, { werror, snapshot });
  if (tests) await buildNativeTests(where, { sanitize, werror });
}

// Through a symbolic link too: import.meta.url has none.
if (realpathSync(process.argv[1] ?? ".") === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      out: { type: "string", default: "build" },
      only: { type: "string" },
      static: { type: "boolean" },
      "no-snapshot": { type: "boolean" },
      tests: { type: "boolean" },
      sanitize: { type: "boolean" },
      weaken: { type: "boolean" },
      werror: { type: "boolean" },
    },
  });
  await asProgram("build", () => build({ ...values, alone: values.static === true, snapshot: values["no-snapshot"] !== true }));
}
