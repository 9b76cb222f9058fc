// Memory files: sealed ones for data, and the executable one that becomes stage and init.
#pragma once

#include "core/fd.h"
#include "core/types.h"

namespace tsrunc::core {

// Executable, sealed copy of `image`: a container can reach /proc/PID/exe of its init, and must not be able to change
// what the next container is started from (CVE-2019-5736). Where vm.memfd_noexec=2 forbids it, an unlinked file
// instead.
Result<Fd> executable_memfd(const char* name, ByteView image);

}  // namespace tsrunc::core
