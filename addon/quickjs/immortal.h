// Objects that are not counted (docs/adr/0008-static-host.md): their memory is that of the snapshot, which a write would copy. Included by the
// engine's quickjs.h, whose own counting scripts/lib/engine.mjs replaces by this.
#pragma once

#define JS_IMMORTAL 0x40000000

#define JS_INCREMENT(header) ((void)((header)->ref_count < JS_IMMORTAL && ++(header)->ref_count))
// The count that is left.
#define JS_DECREMENT(header) ((header)->ref_count < JS_IMMORTAL ? --(header)->ref_count : JS_IMMORTAL)

// All that there is now. The search for cycles goes on to count its edges, and gives back what it took.
void JS_MakeImmortal(JSRuntime* runtime);
