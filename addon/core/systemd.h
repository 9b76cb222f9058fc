// Requests to systemd, by a program of our own (addon/systemd).
#pragma once

#include "core/types.h"

namespace tsrunc::core {

// Runs tsrunc-systemd with `request` on stdin, for at most two minutes. Its answer is its stdout (docs/protocol.md).
Result<HookResult> systemd_request(const std::string& request);

}  // namespace tsrunc::core
