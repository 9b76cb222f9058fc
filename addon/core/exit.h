// The end of the process, without the host's farewell.
#pragma once

#include "core/result.h"

namespace tsrunc::core {

// _exit(2). Everything has been written by then (host.stdout is synchronous); Node's own teardown takes milliseconds.
Status exit_process(int code);

}  // namespace tsrunc::core
