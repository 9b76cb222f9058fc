// Compiled seccomp filters, kept by content: libseccomp takes some 10 ms for the profile of an engine, and every container has
// the same.
#pragma once

#include "core/types.h"

namespace tsrunc::core {

// The filter that seccomp_store() put into `directory` for `profile`, or nothing. Never fails: whatever is wrong with the cache, there is
// libseccomp. `profile` is any text that decides what the filter is, as the caller makes it; libseccomp's version, the architecture and the
// format are part of the key already.
//
// Whoever can write to the directory can decide what a container may do. It is made 0700 and used only when it and the file are the
// caller's own and nobody else may write to them, no link is followed, and the content must have the hash that is written before it, which
// holds the key too: a torn, swapped or renamed file is removed, and compiled anew. Against the owner himself (root, or the user of a
// rootless container, who writes config.json and state.json as well) nothing could help.
Result<Bytes> seccomp_lookup(const std::string& directory, const std::string& profile);

// Best effort: a read-only or full file system leaves no cache, and no trace. Written under another name and renamed, so that of several at
// once each finds a whole file. The oldest files beyond 64 are removed.
Result<Unit> seccomp_store(const std::string& directory, const std::string& profile, ByteView filter);

}  // namespace tsrunc::core
