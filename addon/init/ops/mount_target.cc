#include "init/ops/mount_target.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/weak.h"
#include "init/fs/procfs.h"
#include "init/ops/path_error.h"

namespace tsrunc::init {
namespace {

// Also looks at what was opened: all later questions about it are answered from that.
Status refuse_rootfs(Context& context, const char* path, MountTarget* target) {
  fs::Object root;
  if (int err = fs::identify(target->fd.get(), &target->object)) return failed(err, "statx", path);
  if (int err = fs::identify(context.rootfs.get(), &root)) return failed(err, "statx", "/");
  if (!fs::same_object(root, target->object)) return done();
  return refuse(path, {"mountpoint ", Quoted{path}, " is on the top of rootfs"});
}

bool lxcfs_file(const char* path) {
  static constexpr const char* files[] = {"/proc/cpuinfo",
                                          "/proc/diskstats",
                                          "/proc/meminfo",
                                          "/proc/stat",
                                          "/proc/swaps",
                                          "/proc/uptime",
                                          "/proc/loadavg",
                                          "/proc/slabinfo",
                                          "/proc/sys/kernel/ns_last_pid",
                                          "/proc/sys/crypto/fips_enabled"};
  char clean[fs::kPathSize];
  if (fs::clean_path(path, clean) != 0) return false;
  for (const char* file : files) {
    if (strcmp(clean, file) == 0) return true;
  }
  return false;
}

}  // namespace

Status open_target(Context& context, const char* path, fs::Missing missing, MountTarget* out) {
  mode_t mode = missing == fs::Missing::file ? 0644 : 0755;
  int fd = fs::resolve_or_make(context.rootfs.get(), path, missing, mode, &out->made);
  if (fd < 0) return failed(fd, "openat2", path);
  out->fd.reset(fd);
  return refuse_rootfs(context, path, out);
}

Status open_ordinary_directory(Context& context, const char* path, const char* fstype, MountTarget* out) {
  char name[fs::kNameSize];
  int parent = fs::resolve_parent(context.rootfs.get(), path, name, true);
  if (parent == -EBUSY) return refuse(path, {"mountpoint ", Quoted{path}, " is on the top of rootfs"});
  if (parent < 0) return failed(parent, "openat2", path);
  core::Fd dir(parent);
  // Beneath a parent that was resolved beneath the rootfs a single name leads nowhere else. resolve_or_make makes it
  // when it is missing, and what is opened afterwards is checked, whoever made it.
  int fd = openat(dir.get(), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) {
    fd = fs::walk(dir.get(), name, fs::Last::nofollow, fs::Missing::directory, 0755, &out->made);
    if (fd < 0) return failed(fd, "mkdirat", path);
  }
  if (fd < 0) return failed(errno, "openat", path);
  out->fd.reset(fd);
  TSRUNC_TRY(refuse_rootfs(context, path, out));
  if (S_ISDIR(out->object.mode)) return done();
  return refuse(path, {"filesystem ", Quoted{fstype}, " must be mounted on ordinary directory"});
}

Status check_proc(Context& context, const char* path, const MountTarget& target, bool is_proc, int source, bool lxcfs) {
  int fd = fs::resolve(context.rootfs.get(), "/proc", fs::Last::nofollow);
  if (fd < 0) return done();  // no /proc at all
  core::Fd opened(fd);
  fs::Object proc;
  if (int err = fs::identify(fd, &proc)) return failed(err, "statx", "/proc");
  if (fs::same_object(proc, target.object)) {
    if (is_proc || (source >= 0 && fs::on_procfs(source))) return done();
    return refuse(path, {Quoted{path}, " cannot be mounted because it is not of type proc"});
  }
  // Another procfs (the host's, bound elsewhere on purpose) is none of our business.
  if (target.object.mount != proc.mount || !fs::on_procfs(target.fd.get())) return done();
  if ((lxcfs && lxcfs_file(path)) || weakened("proc-mounts")) return done();
  return refuse(path, {Quoted{path}, " cannot be mounted because it is inside /proc"});
}

}  // namespace tsrunc::init
