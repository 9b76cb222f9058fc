// Where a mount goes: opened once beneath the rootfs, checked on the descriptor, used by that descriptor.
#pragma once

#include "core/fd.h"
#include "init/context.h"
#include "init/fs/resolve.h"

namespace tsrunc::init {

struct MountTarget {
  core::Fd fd;
  fs::Object object;
  // It was not there before.
  bool made = false;
};

// Opens `path`, which may be missing and is then made: a directory (0755) or an empty file (0644). Refuses the rootfs
// itself (a symlink can lead there too).
Status open_target(Context& context, const char* path, fs::Missing missing, MountTarget* out);

// The same for proc and sysfs: the last component must be a real directory, no symlink (CVE-2019-19921,
// CVE-2023-27561).
Status open_ordinary_directory(Context& context, const char* path, const char* fstype, MountTarget* out);

// /proc of the container may hold a procfs and nothing else, and nothing may be mounted inside it (CVE-2019-16884), but
// for the few files that LXCFS emulates when `lxcfs`. `is_proc`: what will be mounted is a procfs, as it is also when the
// mount `source` is one (-1: there is none yet).
Status check_proc(Context& context, const char* path, const MountTarget& target, bool is_proc, int source, bool lxcfs);

}  // namespace tsrunc::init
