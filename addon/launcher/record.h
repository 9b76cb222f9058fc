// The launch record: LaunchRecord of src/host/port.ts, as one environment variable.
#pragma once

#include <cstddef>

namespace tsrunc::launcher {

constexpr size_t kRecordSize = size_t{64} * 1024;

// Opens /dev/null on those of 0-2 that are closed: the next file that is opened would get the number, and a message to stderr would go
// into it. False with errno when that failed.
bool fill_stdio();

// Writes
//   TSRUNC_LAUNCH=1;soft;hard;umask;ignored;blocked;fds;argv0
// into `out` (kRecordSize bytes): limits in decimal, umask and the two signal sets (bit n-1: signal n) in hexadecimal,
// descriptors from 3 up in decimal with commas (only those without close-on-exec: inherited ones), argv0 last as it is. False with errno when a system call failed.
bool write_record(const char* argv0, char* out, bool with_fds = true);

// The field of descriptors alone, `kRecordSize` bytes at most: for who does not go on to another program, the same at
// any time, and seldom asked for.
void write_fds(char* out);

}  // namespace tsrunc::launcher
