// mount.fs: a new filesystem.
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>

#include "core/fd.h"
#include "core/weak.h"
#include "init/fs/attach.h"
#include "init/fs/mountapi.h"
#include "init/fs/newfs.h"
#include "init/fs/options.h"
#include "init/fs/procfs.h"
#include "init/ops/copyup.h"
#include "init/ops/mount_target.h"
#include "init/ops/ops.h"
#include "init/ops/path_error.h"

namespace tsrunc::init {
namespace {

// mount(2) takes at most a page of data.
constexpr size_t kDataSize = 4096;

// Whether the tmpfs takes over the mode of the directory it covers; a new mount point leaves the kernel's 1777.
bool inherits_mode(const op::MountFs& op, const MountTarget& target) {
  return !target.made && op.fstype.view() == "tmpfs" && !fs::has_option(op.data.c_str(), "mode");
}

Status mode_of(const op::MountFs& op, const MountTarget& target, mode_t* out) {
  struct stat st;
  if (fstat(target.fd.get(), &st) != 0) return failed(errno, "fstat", op.target);
  *out = st.st_mode & 07777;
  return done();
}

// Set after the mount rather than by mode=, which /proc/self/mountinfo would show.
Status inherit_mode(const op::MountFs& op, const MountTarget& target, int mount) {
  if (!inherits_mode(op, target) || (op.flags & MS_RDONLY)) return done();
  mode_t mode;
  TSRUNC_TRY(mode_of(op, target, &mode));
  Fd dir(openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!dir || fchmod(dir.get(), mode) != 0) return failed(errno, "fchmod", op.target);
  return done();
}

// Only a read-only one can not be changed afterwards.
Status data_of(const op::MountFs& op, const MountTarget& target, char* out) {
  char option[] = "mode=0000,";
  if (inherits_mode(op, target) && (op.flags & MS_RDONLY)) {
    mode_t mode;
    TSRUNC_TRY(mode_of(op, target, &mode));
    for (int digit = 0; digit < 4; digit++) option[8 - digit] = static_cast<char>('0' + ((mode >> (3 * digit)) & 7));
  } else {
    option[0] = 0;
  }
  size_t length = strlen(option) + op.data.size();
  if (length >= kDataSize)
    return fail(EINVAL, op.target, {"mount(", Quoted{op.target}, ") with ", length, " bytes of options"});
  print(out, kDataSize, {option, op.data});
  return done();
}

Status recursive_attributes(const op::MountFs& op, int mount) {
  if (op.rec_set == 0 && op.rec_clear == 0) return done();
  int err = fs::mount_setattr(mount, op.rec_set, op.rec_clear, 0, true);
  if (err) return failed(err, "mount_setattr", op.target, "AT_RECURSIVE");
  return done();
}

Status copy_covered(const op::MountFs& op, int covered, int mount) {
  if (!op.copy_up) return done();
  return copy_up(covered, mount, op.target.c_str());
}

Status propagate(const op::MountFs& op, int mount) {
  int err = fs::set_propagation(mount, op.propagation.data(), static_cast<unsigned>(op.propagation.size()));
  if (err) return failed(err, "mount_setattr", op.target, "propagation");
  return done();
}

// Propagation comes after the mount is in place: beneath a shared parent it becomes shared by being attached.
Status mount_new(Context& context, const op::MountFs& op, const MountTarget& target, core::Fd mount) {
  const char* path = op.target.c_str();
  TSRUNC_TRY(inherit_mode(op, target, mount.get()));
  TSRUNC_TRY(copy_covered(op, target.fd.get(), mount.get()));
  TSRUNC_TRY(recursive_attributes(op, mount.get()));
  int err = fs::move_mount(mount.get(), target.fd.get());
  if (err) return failed(err, "move_mount", path);
  core::Fd there(fs::reopen_mounted(context.rootfs.get(), path, target.object.mount, fs::mount_id(mount.get())));
  if (!there) return fail(ESTALE, path, {"openat2(", Quoted{path}, ") after mounting"});
  return propagate(op, mount.get());
}

Status mount_old_way(Context& context, const op::MountFs& op, const MountTarget& target, const char* data) {
  const char* path = op.target.c_str();
  int err = fs::mount_on(target.fd.get(), -1, op.source.c_str(), op.fstype.c_str(), op.flags, data);
  if (err)
    return fail(-err, path,
                {"mount(", Quoted{op.source}, ", ", Quoted{path}, ", ", Quoted{op.fstype}, ", ", Hex{op.flags}, ", ",
                 Quoted{data}, ")"});
  int fd = fs::reopen_mounted(context.rootfs.get(), path, target.object.mount, fs::kAnyMount);
  if (fd < 0) return fail(-fd, path, {"openat2(", Quoted{path}, ") after mounting"});
  core::Fd mount(fd);
  TSRUNC_TRY(inherit_mode(op, target, fd));
  TSRUNC_TRY(copy_covered(op, target.fd.get(), fd));
  TSRUNC_TRY(recursive_attributes(op, fd));
  return propagate(op, fd);
}

}  // namespace

Status run(Context& context, const op::MountFs& op) {
  const char* path = op.target.c_str();
  const char* type = op.fstype.c_str();
  MountTarget target;
  if (op.ordinary_dir && !weakened("ordinary-directory")) {
    TSRUNC_TRY(open_ordinary_directory(context, path, type, &target));
  } else {
    TSRUNC_TRY(open_target(context, path, fs::Missing::directory, &target));
  }
  TSRUNC_TRY(check_proc(context, path, target, strcmp(type, "proc") == 0, -1, false));
  if (op.copy_up && op.fstype.view() != "tmpfs")
    return refuse(path, {"tmpcopyup is only for tmpfs, not for ", Quoted{type}});
  char data[kDataSize];
  TSRUNC_TRY(data_of(op, target, data));

  fs::NewFsError error;
  int mount = fs::new_filesystem({type, op.source.c_str(), op.flags, data}, &error);
  if (mount == -ENOSYS) return mount_old_way(context, op, target, data);
  if (mount < 0) return fail(-mount, path, {error.call, error.log[0] ? ": " : "", error.log});
  core::Fd owned(mount);
  struct stat st;
  if (fstat(mount, &st) != 0) return failed(errno, "fstat", path);
  if (!fs::same_kind(st.st_mode, target.object.mode)) return failed(ENOTDIR, "move_mount", path);
  return mount_new(context, op, target, std::move(owned));
}

}  // namespace tsrunc::init
