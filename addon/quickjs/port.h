// What the bundle gets of its host: the global object `tsrunc` (src/host/quickjs/index.ts).
#pragma once

#include "quickjs/arena.h"

namespace tsrunc::quickjs {

// Defines the global object.
bool define_port(JSContext* context);

// From now on the bundle can ask how it was called.
void set_arguments(int argc, char** argv);

}  // namespace tsrunc::quickjs
