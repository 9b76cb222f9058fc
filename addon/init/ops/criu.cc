// checkpoint and restore: rootfs.expose, criu.exec
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

Status run(Context& context, const op::RootfsExpose& op) {
  if (!context.rootfs) return refuse(op.at, {"rootfs.expose without rootfs.enter"});
  if (mkdir(op.at.c_str(), 0700) != 0 && errno != EEXIST) return failed(errno, "mkdir", op.at);
  Fd at(open(op.at.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!at) return failed(errno, "open", op.at, "O_PATH | O_DIRECTORY | O_NOFOLLOW");
  int tree = fs::open_tree(context.rootfs.get(), "", AT_EMPTY_PATH | OPEN_TREE_CLONE);
  if (tree >= 0) {
    Fd owned(tree);
    int err = fs::move_mount(tree, at.get());
    return err ? failed(err, "move_mount", op.at) : done();
  }
  if (tree != -ENOSYS) return failed(tree, "open_tree", "rootfs", "OPEN_TREE_CLONE");
  int err = fs::mount_on(at.get(), context.rootfs.get(), nullptr, nullptr, MS_BIND, nullptr);
  return err ? failed(err, "mount", op.at, "MS_BIND") : done();
}

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
