// mount.bind: a piece of the host, or of the container, seen at another place.
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fd.h"
#include "init/fs/attach.h"
#include "init/fs/mountapi.h"
#include "init/fs/procfs.h"
#include "init/ops/mount_target.h"
#include "init/ops/ops.h"
#include "init/ops/path_error.h"

namespace tsrunc::init {
namespace {

// What is bound: a detached clone of the source's mount tree, or on kernels without open_tree only the source.
struct Source {
  core::Fd fd;
  fs::Object object;
  bool detached = false;
};

Status open_source(Context& context, const op::MountBind& op, Source* out) {
  if (op.source_slot) {
    out->fd.reset(fcntl(context.slot(*op.source_slot), F_DUPFD_CLOEXEC, 3));
    if (!out->fd) return fail(errno, op.target, {"fcntl(slot ", op.source_slot->index, ", F_DUPFD_CLOEXEC)"});
    out->detached = true;
    return done();
  }
  const char* path = op.source.c_str();
  bool link = op.copy_link.value_or(false);
  unsigned flags = OPEN_TREE_CLONE | (op.recursive ? AT_RECURSIVE : 0) | (link ? AT_SYMLINK_NOFOLLOW : 0);
  int fd = fs::open_tree(AT_FDCWD, path, flags);
  out->detached = fd >= 0;
  if (fd == -ENOSYS) {
    fd = open(path, O_PATH | O_CLOEXEC | (link ? O_NOFOLLOW : 0));
    if (fd < 0) return failed(errno, "open", path, "O_PATH");
  }
  if (fd < 0) return failed(fd, "open_tree", path);
  out->fd.reset(fd);
  return done();
}

// crun's copy-symlink, which podman sends for `no-dereference`.
Status copy_link(Context& context, const op::MountBind& op, int source) {
  const char* path = op.target.c_str();
  char to[fs::kPathSize] = {}, there[fs::kPathSize] = {}, name[fs::kNameSize];
  if (readlinkat(source, "", to, sizeof to - 1) < 0) return failed(errno, "readlinkat", op.source);
  core::Fd parent(fs::resolve_parent(context.rootfs.get(), path, name, true));
  if (!parent) return fail(ENOENT, path, {"openat2(parent of ", Quoted{path}, ")"});
  if (symlinkat(to, parent.get(), name) == 0) return done();
  int err = errno;
  if (err == EEXIST && readlinkat(parent.get(), name, there, sizeof there - 1) >= 0 && strcmp(to, there) == 0) {
    return done();
  }
  return fail(err, path, {"symlinkat(", Quoted{to}, ", ", Quoted{path}, ")"});
}

// As `mount -o bind,...`: with any option of a mount given or cleared, all of them become as given; with none, they
// stay as the source has them.
Status apply_flags(const op::MountBind& op, int mount) {
  constexpr uint64_t kOwn = fs::kLockable | MS_NOSYMFOLLOW;
  const char* path = op.target.c_str();
  if ((op.flags & kOwn) || op.cleared) {
    uint64_t locked;
    int err = fs::set_flags(mount, op.flags, op.cleared, &locked);
    if (err && locked) {
      char names[96];
      fs::flag_names(locked, names);
      return fail(-err, path, {"mount_setattr(", Quoted{path}, "): cannot clear locked flags ", names});
    }
    if (err) return failed(err, "mount_setattr", path);
  }
  if (op.rec_set || op.rec_clear) {
    int err = fs::mount_setattr(mount, op.rec_set, op.rec_clear, 0, true);
    if (err) return failed(err, "mount_setattr", path, "AT_RECURSIVE");
  }
  return done();
}

Status propagate(const op::MountBind& op, int mount) {
  int err = fs::set_propagation(mount, op.propagation.data(), static_cast<unsigned>(op.propagation.size()));
  if (err) return failed(err, "mount_setattr", op.target, "propagation");
  return done();
}

Status attach_tree(Context& context, const op::MountBind& op, const Source& tree, const MountTarget& target) {
  const char* path = op.target.c_str();
  TSRUNC_TRY(apply_flags(op, tree.fd.get()));
  int err = fs::move_mount(tree.fd.get(), target.fd.get());
  if (err) return failed(err, "move_mount", path);
  core::Fd there(fs::reopen_mounted(context.rootfs.get(), path, target.object.mount, tree.object.mount));
  if (!there) return fail(ESTALE, path, {"openat2(", Quoted{path}, ") after mounting"});
  return propagate(op, tree.fd.get());
}

Status bind_old_way(Context& context, const op::MountBind& op, const Source& source, const MountTarget& target) {
  const char* path = op.target.c_str();
  int err =
      fs::mount_on(target.fd.get(), source.fd.get(), nullptr, nullptr, MS_BIND | (op.recursive ? MS_REC : 0), nullptr);
  if (err) return fail(-err, path, {"mount(", Quoted{op.source}, ", ", Quoted{path}, ", MS_BIND)"});
  int fd = fs::reopen_mounted(context.rootfs.get(), path, target.object.mount, fs::kAnyMount);
  if (fd < 0) return fail(-fd, path, {"openat2(", Quoted{path}, ") after mounting"});
  core::Fd mount(fd);
  fs::Object have;
  if (fs::identify(fd, &have) != 0 || source.object.device != have.device || source.object.inode != have.inode) {
    return fail(ESTALE, path, {"openat2(", Quoted{path}, ") after mounting"});
  }
  TSRUNC_TRY(apply_flags(op, fd));
  return propagate(op, fd);
}

}  // namespace

Status run(Context& context, const op::MountBind& op) {
  const char* path = op.target.c_str();
  Source source;
  TSRUNC_TRY(open_source(context, op, &source));
  if (int err = fs::identify(source.fd.get(), &source.object)) return failed(err, "statx", op.source);
  const uint32_t mode = source.object.mode;
  if (S_ISLNK(mode)) return copy_link(context, op, source.fd.get());
  MountTarget target;
  TSRUNC_TRY(open_target(context, path, S_ISDIR(mode) ? fs::Missing::directory : fs::Missing::file, &target));
  TSRUNC_TRY(check_proc(context, path, target, false, source.fd.get(), op.on_proc));
  // move_mount says EINVAL here; engines look for the text of ENOTDIR.
  if (!fs::same_kind(mode, target.object.mode)) {
    return fail(ENOTDIR, path, {"move_mount(", Quoted{op.source}, ", ", Quoted{path}, ")"});
  }
  return source.detached ? attach_tree(context, op, source, target) : bind_old_way(context, op, source, target);
}

}  // namespace tsrunc::init
