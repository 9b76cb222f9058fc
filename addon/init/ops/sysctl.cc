// sysctl.write
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "init/fs/procfs.h"
#include "init/fs/resolve.h"
#include "init/ops/ops.h"

namespace tsrunc::init {

Status run(Context&, const op::SysctlWrite& op) {
  char path[fs::kPathSize];
  size_t length = print(path, sizeof path, {"sys/", op.path});
  if (length + 1 >= sizeof path) return fail(ENAMETOOLONG, op.path, {"openat2(\"/proc/sys/...\")"});
  int proc = fs::private_procfs();
  if (proc < 0) return fail(-proc, "/proc", {"fsopen(\"proc\")"});
  int fd = fs::open_beneath(proc, path, O_WRONLY);
  if (fd < 0) return fail(-fd, op.path, {"openat2(\"/proc/", path, "\", O_WRONLY)"});
  Fd file(fd);
  // One write: the kernel parses each by itself.
  ssize_t n = write(fd, op.value.c_str(), op.value.size());
  if (n < 0) return fail(errno, op.path, {"write(\"/proc/", path, "\", ", Quoted{op.value}, ")"});
  if (static_cast<size_t>(n) != op.value.size())
    return fail(EIO, op.path, {"write(\"/proc/", path, "\", ", Quoted{op.value}, ")"});
  return done();
}

}  // namespace tsrunc::init
