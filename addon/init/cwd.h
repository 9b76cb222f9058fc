// The working directory of the container's program.
#pragma once

#include "init/context.h"

namespace tsrunc::init {

// chdir(2), then the proof that we are inside: a path through a leaked descriptor of a host directory would lead out
// (CVE-2024-21626).
Status change_directory(Context& context, const char* path);

}  // namespace tsrunc::init
