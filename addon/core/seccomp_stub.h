// The -ENOSYS stub that goes before a compiled profile (runc has the same one).
//
// A profile whose default action is an error answers EPERM for system calls that are newer than the profile, and the C library then
// does not fall back to older ones as it does for ENOSYS (clone3, faccessat2, fchmodat2). So a call whose number is above the largest one
// that the profile names gets ENOSYS.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"

namespace tsrunc::core {

// `architectures`: SCMP_ARCH_* tokens of the filter, the native one included. `named`: every system call that the profile names, also in
// rules that were left out. Falls through to what follows for all other calls and for other architectures.
Result<std::vector<sock_filter>> seccomp_enosys_stub(const std::vector<uint32_t>& architectures,
                                                     const std::vector<std::string>& named);

}  // namespace tsrunc::core
