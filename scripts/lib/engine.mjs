// QuickJS as Debian has it, but that what is in the snapshot is not counted, and that shapes can be kept for it (docs/adr/0008-static-host.md,
// addon/quickjs/immortal.h).
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { step } from "./stamps.mjs";
import { Missing } from "./tools.mjs";

/** Each is there so many times, or this is not the version that they were written for. */
const changes = {
  "quickjs.h": [
    [/\bp->ref_count\+\+;/g, "JS_INCREMENT(p);", 2],
    [/--p->ref_count\b/g, "JS_DECREMENT(p)", 2],
    [/^typedef struct JSRefCountHeader/gm, '#include "quickjs/immortal.h"\n\n$&', 1],
  ],
  "quickjs.c": [
    [/([\w.>-]+->header)\.ref_count\+\+;/g, "JS_INCREMENT(&$1);", 16],
    [/--([a-z]\w*(?:->\w+)*->header)\.ref_count\b/g, "JS_DECREMENT(&$1)", 6],
    // A new shape: of an object without properties, and of one with one more.
    [/^ +js_shape_hash_link\(ctx->rt, sh\);\n(?= +return sh;)/gm, "$&JS_KEEP_SHAPE(sh);\n", 1],
    [/^ +return &p->prop\[p->shape->prop_count - 1\];/gm, "JS_KEEP_SHAPE(p->shape);\n$&", 1],
    // Room for four properties, then eight: most objects are never moved.
    [/^#define JS_PROP_INITIAL_SIZE 2$/gm, "#define JS_PROP_INITIAL_SIZE 4", 1],
    [/sh->prop_size \* 3 \/ 2/g, "sh->prop_size * 2", 1],
    // The table of shapes is as long as there are shapes: a run writes to all of its pages.
    [/2 \* (?=\(rt->shape_hash_count \+ 1\) > )/g, "", 1],
  ],
};

function changed(name, text) {
  return changes[name].reduce((before, [pattern, replacement, times]) => {
    const found = [...before.matchAll(pattern)].length;
    if (found !== times) throw new Missing(`${name} of QuickJS has ${pattern} ${found} times, not ${times}: it is another version.`);
    return before.replace(pattern, replacement);
  }, text);
}

/** What knows the engine's objects is compiled with it. */
const appended = { "quickjs.h": "", "quickjs.c": '\n#include "quickjs/immortal.c"\n' };

/** TO/quickjs.c and TO/quickjs.h from the sources in FROM. */
export async function adaptEngine(out, from, to) {
  const names = Object.keys(changes);
  const inputs = [...names.map((name) => join(from, name)), fileURLToPath(import.meta.url)];
  await step(out, "engine", { inputs, outputs: names.map((name) => join(to, name)) }, () => {
    mkdirSync(to, { recursive: true });
    for (const name of names) writeFileSync(join(to, name), changed(name, readFileSync(join(from, name), "utf8")) + appended[name]);
  });
}
