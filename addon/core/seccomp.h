// Seccomp profiles compiled to BPF with libseccomp, for whichever process loads them later.
#pragma once

#include "core/types.h"

namespace tsrunc::core {

// Compiles `text`, the JSON of SeccompRequest (src/seccomp/request.ts), and returns struct sock_filter[] as raw bytes: at most
// BPF_MAXINSNS (4096) instructions. Nothing is loaded. A request that cannot be compiled is a failure with errno 0 and a message, or
// with libseccomp's errno. Names of system calls that libseccomp does not know are left out, as runc does.
Result<Bytes> seccomp_compile(const std::string& text);

// Version of the libseccomp that is linked.
Result<SeccompInfo> seccomp_info();

}  // namespace tsrunc::core
