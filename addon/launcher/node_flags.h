// How Node is started: what makes it quicker and quiet, measured in docs/performance.md. scripts/lib/bundle.mjs reads
// the same lines, because V8 takes a code cache only under the flags that it was made with.
#pragma once

namespace tsrunc::launcher {

constexpr const char* kNodeFlags[] = {
    "--no-warnings",
    "--single-threaded",
};

}  // namespace tsrunc::launcher
