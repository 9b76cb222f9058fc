// How Node is started: quiet, and with one thread of V8's own instead of four, which are only started and ended (0.4 ms of 21). Nothing else that
// was measured (--single-threaded, --jitless, --no-opt, semi-space sizes, --openssl-config, --preserve-symlinks-main, a start-up snapshot)
// starts it quicker by more than the noise; a snapshot is 2 ms slower. scripts/lib/bundle.mjs reads these lines, because V8 takes a code cache only
// under the flags that it was made with.
#pragma once

namespace tsrunc::launcher {

constexpr const char* kNodeFlags[] = {
    "--no-warnings",
    "--v8-pool-size=1",
};

}  // namespace tsrunc::launcher
