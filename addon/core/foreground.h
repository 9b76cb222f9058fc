// `run` without --detach: we stand between our caller and the container until it ends.
#pragma once

#include "core/types.h"

namespace tsrunc::core {

// From now on signals wait for run_foreground, which forwards them: one that comes while the container is being made
// must not end us and leave a container that nobody knows of.
Status catch_signals(const std::vector<int>& ignored);

// The container's terminal as its program should find it from its first byte on: our terminal's size, and no "\r\n" of
// its own.
Status prepare_terminal(int master);

// Forwards signals to the container's init (all but SIGCHLD, SIGURG, SIGWINCH, which resizes, and SIGTTIN, SIGTTOU,
// SIGPIPE, which are about us), copies stdio both ways, reaps what is reparented to us, and returns init's end once all
// that it wrote is written. Does not wait for our stdin. Closes `master`, `input`, `output` and `error_output`.
Result<WaitStatus> run_foreground(const ForegroundRequest& request);

}  // namespace tsrunc::core
