// Objects that are not counted (docs/adr/0008-static-host.md): their memory is that of the snapshot, which a write would copy. Included by the
// engine's quickjs.h, whose own counting scripts/lib/engine.mjs replaces by this.
#pragma once

#define JS_IMMORTAL 0x40000000

#define JS_INCREMENT(header) ((void)((header)->ref_count < JS_IMMORTAL && ++(header)->ref_count))
// The count that is left.
#define JS_DECREMENT(header) ((header)->ref_count < JS_IMMORTAL ? --(header)->ref_count : JS_IMMORTAL)

// Set while src/warm.ts runs, never in a snapshot: a shape that an object gets stays in the engine's table, which counts as one that has it. It is
// then copied and not changed when the object grows, so the shapes on the way to it are there as well: an object that is made by one property at a
// time finds each, where it would make and free them.
extern int js_keep_shapes;
#define JS_KEEP_SHAPE(shape) ((void)(js_keep_shapes && (shape)->is_hashed && ++(shape)->header.ref_count))

// All that there is now. The search for cycles goes on to count its edges, and gives back what it took.
void JS_MakeImmortal(JSRuntime* runtime);
