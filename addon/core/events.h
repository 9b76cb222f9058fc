// Waiting for the kernel: cgroup notifications and whatever has a descriptor.
#pragma once

#include "core/types.h"

namespace tsrunc::core {

// eventfd(2), CLOEXEC, counting from 0; a read takes 8 bytes and blocks while it is 0.
Result<int> make_eventfd();
// Waits until a descriptor of `readable` has something to read (or its other end is gone), or the file of one of `changed` was
// notified as changed since it was last read through this descriptor (kernfs: POLLPRI). At most `timeout_ms`, -1: for ever.
// Returns those descriptors; none when the time is over. EINTR counts as the end of time: callers look again anyway.
Result<std::vector<int>> poll_fds(const std::vector<int>& readable, const std::vector<int>& changed, int timeout_ms);

}  // namespace tsrunc::core
