// Programs that the runtime runs and waits for: hooks of config.json, and helpers such as newuidmap.
#pragma once

#include "core/types.h"

namespace tsrunc::core {

// Runs `path` in a process group of its own, writes `stdin` to it (a hook need not read it: EPIPE is no error) and
// captures what it writes, 64 KiB of each stream; more is read and dropped. After `timeout_ms` (0: never) the group
// gets SIGKILL. Returns when the program itself has ended: what it left behind may go on and keep the pipes open. A
// program that cannot be started is an error.
Result<HookResult> run_hook(const HookRequest& request);

// An absolute path, `args` with argv[0], no environment, nothing on stdin, one minute.
Result<HookResult> run_helper(const std::string& path, const std::vector<std::string>& args);

// The executable at a descriptor, called `name`; no arguments, no environment.
Result<HookResult> run_image(int image, const std::string& name, const std::string& input, double timeout_ms);

}  // namespace tsrunc::core
