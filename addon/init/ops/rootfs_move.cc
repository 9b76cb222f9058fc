// rootfs.move: --no-pivot, for a root that pivot_root(2) refuses (an initramfs).
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "init/fs/mountapi.h"
#include "init/fs/mountinfo.h"
#include "init/fs/resolve.h"
#include "init/ops/ops.h"
#include "init/ops/path_error.h"

namespace tsrunc::init {
namespace {

// The old root stays in the mount namespace, and with it every full /proc and /sys of the host: the kernel would then
// let the container mount new ones without the masks (mount_too_revealing()). Gone or covered, they no longer count.
Status hide(const fs::MountEntry& entry) {
  int err = fs::mount_old(nullptr, entry.point, nullptr, MS_SLAVE | MS_REC, nullptr);
  if (err == -ENOENT || err == -EINVAL) return done();  // went away with one above it, or is covered
  if (err) return failed(err, "mount", entry.point, "MS_SLAVE | MS_REC");
  if (umount2(entry.point, MNT_DETACH) == 0) return done();
  if (errno != EINVAL && errno != EPERM) return failed(errno, "umount2", entry.point, "MNT_DETACH");
  err = fs::mount_old("tmpfs", entry.point, "tmpfs", MS_RDONLY, nullptr);
  return err ? failed(err, "mount", entry.point, "\"tmpfs\"") : done();
}

bool reveals(const fs::MountEntry& entry, const char* rootfs, size_t length) {
  if (strcmp(entry.root, "/") != 0) return false;
  if (strcmp(entry.type, "proc") != 0 && strcmp(entry.type, "sysfs") != 0) return false;
  bool below = strncmp(entry.point, rootfs, length) == 0 && (entry.point[length] == '/' || entry.point[length] == 0);
  return !below;
}

// The mount number `skip` of those that reveal.
bool find_revealing(fs::MountReader& reader, const char* rootfs, size_t length, unsigned skip, fs::MountEntry* out) {
  reader.rewind();
  while (reader.next(out)) {
    if (!reveals(*out, rootfs, length)) continue;
    if (skip == 0) return true;
    skip--;
  }
  return false;
}

// One at a time from the start: each umount changes the list. `skip` counts those that could only be covered, which
// stay in it.
Status hide_all(const char* rootfs) {
  constexpr unsigned kMost = 4096;
  size_t length = strlen(rootfs);
  fs::MountReader reader;
  if (int err = reader.open()) return failed(err, "open", "/proc/self/mountinfo");
  fs::MountEntry entry;
  for (unsigned skip = 0, round = 0; round < kMost; round++) {
    if (!find_revealing(reader, rootfs, length, skip, &entry)) return done();
    long long id = entry.id;
    TSRUNC_TRY(hide(entry));
    reader.rewind();
    bool left = false;
    while (!left && reader.next(&entry)) left = entry.id == id;
    if (left) skip++;
  }
  return refuse("/", {"more than ", kMost, " mounts of proc and sysfs"});
}

}  // namespace

Status run(Context& context, const op::RootfsMove&) {
  if (fchdir(context.rootfs.get()) != 0) return fail(errno, "/", {"fchdir(rootfs)"});
  char rootfs[fs::kPathSize];
  if (!getcwd(rootfs, sizeof rootfs)) return fail(errno, "/", {"getcwd()"});
  TSRUNC_TRY(hide_all(rootfs));
  if (int err = fs::mount_old(".", "/", nullptr, MS_MOVE, nullptr))
    return fail(-err, "/", {"mount(\".\", \"/\", MS_MOVE)"});
  if (chroot(".") != 0) return failed(errno, "chroot", ".");
  if (chdir("/") != 0) return failed(errno, "chdir", "/");
  context.inside = true;
  return done();
}

}  // namespace tsrunc::init
