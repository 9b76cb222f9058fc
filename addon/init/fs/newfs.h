// A new filesystem as a mount that is attached nowhere yet.
#pragma once

#include <stdint.h>

namespace tsrunc::fs {

struct NewFs {
  const char* type;
  const char* source;
  uint64_t flags;  // MS_*
  const char* data;
};

// Where it failed: the call as made and what the kernel's log of the context says (`tmpfs: Bad value for 'size'`), else
// empty.
struct NewFsError {
  char call[320];
  char log[256];
};

// Descriptor of the detached mount, or -errno with `error` filled. -ENOSYS: mount(2) has to do it (no fsopen here, or
// an option that fsconfig can not carry: longer than 255 bytes, iversion, a type that splits its data in its own way).
int new_filesystem(const NewFs& fs, NewFsError* error);

}  // namespace tsrunc::fs
