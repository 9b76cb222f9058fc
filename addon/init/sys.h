// System calls that more than one place makes, one function each. The text of the call is made only when it failed.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "init/context.h"
#include "init/status.h"

namespace tsrunc::init {

// prctl(2) with up to two arguments; `call` as it is written: "PR_SET_DUMPABLE, 0".
Status prctl_set(int option, unsigned long argument, const char* call);

// Not ptraced nor looked into through /proc by what already runs in a namespace that we join (CVE-2016-9962). Also
// makes /proc/self belong to root: whatever the runtime has to write there comes before.
Status become_undumpable();
// SIGKILL when the runtime ends. Whoever calls it checks afterwards, by the control socket's end of file, that it had
// not ended before.
Status die_with_parent();

// What ps shows: at most 15 bytes.
void set_name(const char* name);

// Marks every descriptor from `first` on as close-on-exec, or closes it. Without close_range(2) (before 5.9) one by
// one.
Status cloexec_from(unsigned first);
Status close_from(unsigned first);

// All dispositions to default and nothing blocked, as a program expects to be started.
void default_signals();

// Memory of its own, zeroed; never given back.
Result<void*> allocate(size_t size);

// The whole of a regular file or memfd into fresh memory. `size` as fstat says.
struct Mapped {
  void* data = nullptr;
  size_t size = 0;
};
Result<Mapped> read_all(int fd, const char* what);

// One packet on a socket, with a descriptor or -1. `what` is the socket's name in an error.
Status send_packet(int fd, const void* data, size_t size, int descriptor, const char* what);

struct CapabilitySets {
  uint64_t effective;
  uint64_t permitted;
  uint64_t inheritable;
};
// capget(2), capset(2) with version 3: bit n is capability n.
Result<CapabilitySets> get_capabilities();
Status set_capabilities(const CapabilitySets& sets);

// The CLONE_NEW* bits by name: "CLONE_NEWNS|CLONE_NEWPID". `out` has at least 128 bytes.
const char* namespace_names(uint64_t flags, char* out);

}  // namespace tsrunc::init
