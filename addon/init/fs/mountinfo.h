// /proc/self/mountinfo, one line at a time (proc_pid_mountinfo(5)).
#pragma once

#include "init/fs/resolve.h"

namespace tsrunc::fs {

struct MountEntry {
  long long id = 0;
  char root[kPathSize] = {};
  char point[kPathSize] = {};
  // Has a `shared:N` field.
  bool shared = false;
  char type[64] = {};
};

class MountReader {
 public:
  MountReader() = default;
  ~MountReader();
  MountReader(const MountReader&) = delete;
  MountReader& operator=(const MountReader&) = delete;

  // 0 or -errno. The descriptor serves on when /proc is unmounted.
  int open();
  // The same of a file that is open, for tests; it becomes the reader's.
  void read_from(int fd);
  // Back to the first line.
  void rewind();
  // False at the end. Lines with a path longer than kPathSize are cut.
  bool next(MountEntry* out);

 private:
  int byte();
  void field(char* out, unsigned size, bool unescape);
  int fd_ = -1;
  char buffer_[1024];
  int size_ = 0;
  int at_ = 0;
  int last_ = 0;
};

// The mount with this id: 0, -ENOENT or another -errno.
int find_mount(long long id, MountEntry* out);

}  // namespace tsrunc::fs
