// How Node is started: quiet. Nothing else that was measured (--single-threaded, --v8-pool-size=0, --jitless, --no-opt, semi-space
// sizes, --openssl-config, --preserve-symlinks-main, a start-up snapshot) starts it quicker by more than the noise of 0.5 ms;
// a snapshot is 2 ms slower. scripts/lib/bundle.mjs reads these lines, because V8 takes a code cache only under the flags that it was
// made with.
#pragma once

namespace tsrunc::launcher {

constexpr const char* kNodeFlags[] = {
    "--no-warnings",
};

}  // namespace tsrunc::launcher
