// What the stage's child does to be init.
#pragma once

#include "init/context.h"

namespace tsrunc::init {

// First thing in the child: the name, the death signal (fork cleared it), and non-dumpable, since from here on
// processes of a joined pid namespace can see us.
Status become_init(Context& context);

// Last thing before execve, made once and before the seccomp filter is loaded, so that a profile needs to allow little
// more than execve: umask, signals, and every descriptor from 3 + `preserve_fds` closed, but for the one that carries
// the error.
Status ready_for_exec(Context& context);

}  // namespace tsrunc::init
