// device.node
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "init/fs/attach.h"
#include "init/fs/mountapi.h"
#include "init/fs/procfs.h"
#include "init/fs/resolve.h"
#include "init/ops/ops.h"
#include "init/ops/path_error.h"

namespace tsrunc::init {
namespace {

struct Place {
  Fd dir;
  char name[fs::kNameSize];
};

bool right_node(const op::DeviceNode& op, const struct stat& st) {
  if ((st.st_mode & S_IFMT) != op.type) return false;
  return op.type == S_IFIFO || st.st_rdev == makedev(op.major, op.minor);
}

// What was made is opened again and checked: between mknod and here it can have been replaced.
Status finish_node(const op::DeviceNode& op, const Place& place) {
  Fd node(openat(place.dir.get(), place.name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!node) return failed(errno, "openat", op.path, "O_PATH");
  struct stat st;
  if (fstat(node.get(), &st) != 0) return failed(errno, "fstat", op.path);
  if (!right_node(op, st)) return refuse(op.path, {"device node ", Quoted{op.path}, " was replaced while it was made"});
  // chown first: it drops setuid and setgid.
  if (fchownat(node.get(), "", op.uid, op.gid, AT_EMPTY_PATH) != 0) return failed(errno, "fchownat", op.path);
  if (int err = fs::chmod_fd(node.get(), op.mode & 07777)) return failed(err, "fchmodat2", op.path);
  return done();
}

// The host's node, before pivot_root; what config.json asks for decides, not what the host happens to have at that
// path.
Status open_host_node(const op::DeviceNode& op, Fd* out) {
  const char* path = op.path.c_str();
  int fd = fs::open_tree(AT_FDCWD, path, OPEN_TREE_CLONE);
  if (fd == -ENOSYS) {
    fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) fd = -errno;
  }
  if (fd < 0) return failed(fd, "open_tree", op.path);
  out->reset(fd);
  struct stat st;
  if (fstat(fd, &st) != 0) return failed(errno, "fstat", op.path);
  if (!right_node(op, st))
    return refuse(op.path, {"the host's ", Quoted{op.path}, " is not the device that config.json asks for"});
  return done();
}

// An empty file to bind on. What is there already serves, unless it is a symlink or a directory.
Status open_empty_file(const op::DeviceNode& op, const Place& place, Fd* out) {
  for (int i = 0; i < 2; i++) {
    int fd = openat(place.dir.get(), place.name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
      fd = fs::walk(place.dir.get(), place.name, fs::Last::nofollow, fs::Missing::file, 0644, nullptr);
      if (fd < 0) return failed(fd, "openat", op.path, "O_CREAT | O_EXCL");
    }
    if (fd < 0) return failed(errno, "openat", op.path, "O_PATH");
    out->reset(fd);
    struct stat st;
    if (fstat(fd, &st) != 0) return failed(errno, "fstat", op.path);
    if (S_ISDIR(st.st_mode)) return failed(EISDIR, "openat", op.path, "O_CREAT");
    if (!S_ISLNK(st.st_mode)) return done();
    if (unlinkat(place.dir.get(), place.name, 0) != 0) return failed(errno, "unlinkat", op.path);
  }
  return failed(ELOOP, "openat", op.path, "O_NOFOLLOW");
}

Status bind_node(Context& context, const op::DeviceNode& op, const Place& place) {
  if (context.inside) return refuse(op.path, {"device node ", Quoted{op.path}, " can only be bound before pivot_root"});
  Fd source, target;
  TSRUNC_TRY(open_host_node(op, &source));
  TSRUNC_TRY(open_empty_file(op, place, &target));
  int err = fs::move_mount(source.get(), target.get());
  if (err == -ENOSYS) err = fs::mount_on(target.get(), source.get(), nullptr, nullptr, MS_BIND, nullptr);
  return err ? failed(err, "move_mount", op.path) : done();
}

// 0, or -errno of mknodat; a wrong node in the way is removed first.
int make_node(const op::DeviceNode& op, const Place& place) {
  for (int i = 0; i < 2; i++) {
    if (mknodat(place.dir.get(), place.name, op.type, makedev(op.major, op.minor)) == 0) return 0;
    if (errno != EEXIST) return -errno;
    struct stat st;
    if (fstatat(place.dir.get(), place.name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;
      return -errno;
    }
    if (right_node(op, st)) return 0;
    if (unlinkat(place.dir.get(), place.name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) != 0 && errno != ENOENT)
      return -errno;
  }
  return -EEXIST;
}

}  // namespace

Status run(Context& context, const op::DeviceNode& op) {
  Place place;
  int dir = fs::resolve_parent(context.rootfs.get(), op.path.c_str(), place.name, true);
  if (dir < 0) return failed(dir, "openat2", op.path);
  place.dir.reset(dir);
  if (op.bind) return bind_node(context, op, place);
  int err = make_node(op, place);
  if (err == -EPERM && !context.inside) return bind_node(context, op, place);
  if (err) return failed(err, "mknodat", op.path);
  return finish_node(op, place);
}

}  // namespace tsrunc::init
