// `run` without --detach: we stand between our caller and the container until it ends.
#pragma once

#include "core/types.h"

namespace tsrunc::core {

// Forwards signals to the container's init (all but SIGCHLD, SIGURG, SIGWINCH, which resizes, and SIGTTIN, SIGTTOU, SIGPIPE, which are
// about us), copies stdio both ways, reaps what is reparented to us, and returns init's end once all that it wrote is written. Does
// not wait for our stdin. Closes `master`, `input`, `output` and `error_output`.
Result<WaitStatus> run_foreground(const ForegroundRequest& request);

}  // namespace tsrunc::core
