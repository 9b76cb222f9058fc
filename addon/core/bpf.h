// Device programs of cgroup v2 (BPF_PROG_TYPE_CGROUP_DEVICE), with bpf(2) alone.
#pragma once

#include "core/types.h"

namespace tsrunc::core {

// Loads `program` (struct bpf_insn[], little endian as the host) and attaches it to `cgroup_dir` with BPF_F_ALLOW_MULTI, so that a
// container's own children may add theirs. Device programs attached before by whoever are replaced: one is swapped atomically
// (BPF_F_REPLACE, Linux 5.6), several are detached once the new one is in place, so that there is no moment without a program.
Status cgroup_device_attach(const std::string& cgroup_dir, ByteView program);

}  // namespace tsrunc::core
