// checkpoint and restore: criu.exec
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/fs/attach.h"
#include "init/fs/mountapi.h"
#include "init/init.h"
#include "init/ops/ops.h"
#include "init/ops/path_error.h"

namespace tsrunc::init {

Status run(Context& context, const op::CriuExec& op) {
  // The reverse of process.exec: in there it would be the image's program with our rights.
  if (context.inside) return refuse(op.path, {"criu.exec in the container's rootfs"});
  if (context.preserve_fds < 1 || op.preserve_fds != context.preserve_fds) {
    return refuse(op.path, {"criu.exec without its RPC socket"});
  }
  TSRUNC_TRY(ready_for_exec(context));
  const char* const args[] = {"criu", "swrk", "3", nullptr};
  execve(op.path.c_str(), const_cast<char* const*>(args), const_cast<char* const*>(op.env.argv()));
  return failed(errno, "execve", op.path);
}

}  // namespace tsrunc::init
