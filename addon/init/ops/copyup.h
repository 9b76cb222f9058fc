// tmpcopyup: a tmpfs starts with what the directory it covers holds.
#pragma once

#include <string_view>

#include "init/status.h"

namespace tsrunc::init {

// Copies the contents of directory `from` into directory `to`: directories, regular files with their extended
// attributes, symlinks, device nodes and fifos, with modes, owners and times; sockets are left out. Symlinks are never
// followed. At most fs::kMaxDepth levels.
Status copy_up(int from, int to, std::string_view path);

}  // namespace tsrunc::init
