// Readers of the C++ side, each to be called with any bytes: `npm run fuzz` (docs/fuzzing.md). AddressSanitizer and UndefinedBehaviorSanitizer say
// what went wrong in memory, `require` what else must hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

namespace tsrunc::fuzz {

using Input = std::span<const uint8_t>;

inline std::string_view text_of(Input input) { return {reinterpret_cast<const char*>(input.data()), input.size()}; }

inline void require(bool holds, const char* what) {
  if (holds) return;
  fprintf(stderr, "fuzz: %s\n", what);
  abort();
}

// The bytes as an open file; closed by the caller.
int file_of(Input input);

// `good` (TSRUNC_FUZZ_GOOD in the environment): it is from the TypeScript side, and must be taken.
void plan(Input input, bool good);
void seccomp(Input input, bool good);
// The fields of one verb, whose code comes first.
void step(Input input);
void message(Input input);
void channel(Input input);
void notify(Input input);
void netlink(Input input);
void mountinfo(Input input);
void passwd(Input input);
void options(Input input);
void utf8(Input input);
void systemd(Input input);

}  // namespace tsrunc::fuzz
