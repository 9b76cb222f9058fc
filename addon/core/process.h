// Processes, limits, time.
#pragma once

#include "core/types.h"

namespace tsrunc::core {

Result<int> process_id();
Result<uint32_t> effective_uid();
Result<uint32_t> effective_gid();
Status send_signal(int pid, int signal);
Result<int> pidfd_open(int pid);
Status pidfd_send(int pidfd, int signal);
// Nothing: still running and `block` false.
Result<std::optional<WaitStatus>> wait_process(int pid, bool block);
Status set_rlimit(int pid, uint32_t resource, uint64_t soft, uint64_t hard);
Status set_subreaper(bool on);
// CLONE_NEW* bit of a namespace descriptor (ioctl_ns(2)); ENOTTY when it is none.
Result<double> namespace_type(int fd);
Status sleep_ms(uint32_t ms);
// ms since the epoch.
Result<double> now_ms();
Result<uint64_t> monotonic_ns();
// What the process has computed so far, in ns (CLOCK_PROCESS_CPUTIME_ID): execve does not set it back.
Result<uint64_t> cpu_ns();
// From /etc/passwd alone: NSS has no place in a static executable.
Result<std::optional<std::string>> user_name(uint32_t uid);

// What wait(2) said, in the port's terms.
WaitStatus wait_status(int pid, int status);

}  // namespace tsrunc::core
