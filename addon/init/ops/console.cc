// console.open
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>

#include "core/weak.h"
#include "init/fs/attach.h"
#include "init/fs/mountapi.h"
#include "init/fs/resolve.h"
#include "init/ops/ops.h"
#include "init/sys.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441
#endif

namespace tsrunc::init {
namespace {

constexpr const char* kDirectory = "/dev/pts";
constexpr const char* kPtmx = "/dev/pts/ptmx";
constexpr const char* kConsole = "/dev/console";
constexpr long kDevptsMagic = 0x1cd1;
// Majors of Unix98 slaves (devices.txt).
constexpr unsigned kSlaveFirst = 136;
constexpr unsigned kSlaveLast = 143;

// `ptmx` of the devpts at `directory` itself: not a symlink, not something mounted on it.
int open_ptmx_in(int directory) {
  if (weakened("console-proof")) return openat(directory, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
  open_how how = {};
  how.flags = O_RDWR | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
  for (int tries = 0; tries < 64; tries++) {
    long fd = syscall(SYS_openat2, directory, "ptmx", &how, sizeof how);
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) {
      if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) return static_cast<int>(fd);
      break;
    }
  }
  // Before 5.6: what is opened is proven by the caller.
  return openat(directory, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

// An image that brings its own /dev/pts must not choose our terminal (CVE-2025-52565): the filesystem is devpts, and
// ptmx its own.
Result<Fd> open_master(const Context& context) {
  Fd directory(fs::resolve(context.rootfs.get(), kDirectory));
  if (directory.get() < 0) return fail(-directory.release(), kDirectory, {"openat2(", Quoted{kDirectory}, ", O_PATH)"});
  struct statfs filesystem = {};
  if (fstatfs(directory.get(), &filesystem) != 0) return fail(errno, kDirectory, {"fstatfs(", Quoted{kDirectory}, ")"});
  if (filesystem.f_type != kDevptsMagic && !weakened("console-proof"))
    return refuse(kDirectory, {"/dev/pts of the container is not a devpts: mount one for a terminal"});
  Fd master(open_ptmx_in(directory.get()));
  if (!master) return fail(errno, kPtmx, {"openat2(", Quoted{kPtmx}, ", O_RDWR|O_NOCTTY)"});
  struct stat stat = {};
  struct statfs proof = {};
  if (fstat(master.get(), &stat) != 0) return fail(errno, kPtmx, {"fstat(", Quoted{kPtmx}, ")"});
  if (fstatfs(master.get(), &proof) != 0) return fail(errno, kPtmx, {"fstatfs(", Quoted{kPtmx}, ")"});
  if (proof.f_type != kDevptsMagic || stat.st_ino != 2 || !S_ISCHR(stat.st_mode) || stat.st_rdev != makedev(5, 2)) {
    return refuse(kPtmx, {"/dev/pts/ptmx of the container is not the ptmx of a devpts"});
  }
  return master;
}

// By TIOCGPTPEER (4.13): the slave of this very master, whatever its name leads to.
Result<Fd> open_slave(int master) {
  int unlock = 0;
  if (ioctl(master, TIOCSPTLCK, &unlock) != 0) return fail(errno, kPtmx, {"ioctl(TIOCSPTLCK, 0)"});
  Fd slave(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!slave) return fail(errno, kPtmx, {"ioctl(TIOCGPTPEER)"});
  struct stat stat = {};
  if (fstat(slave.get(), &stat) != 0) return fail(errno, kPtmx, {"fstat(the terminal's slave)"});
  unsigned type = major(stat.st_rdev);
  if (!S_ISCHR(stat.st_mode) || type < kSlaveFirst || type > kSlaveLast)
    return refuse(kPtmx, {"the terminal's slave is no pseudoterminal"});
  return slave;
}

Status set_up_slave(int master, int slave, const op::ConsoleOpen& op) {
  if (op.width.value_or(0) != 0 && op.height.value_or(0) != 0) {
    winsize size = {};
    size.ws_col = static_cast<unsigned short>(*op.width);
    size.ws_row = static_cast<unsigned short>(*op.height);
    if (ioctl(master, TIOCSWINSZ, &size) != 0)
      return fail(errno, kPtmx, {"ioctl(TIOCSWINSZ, ", *op.width, "x", *op.height, ")"});
  }
  // The group stays what devpts made it (tty).
  if (fchown(slave, op.uid, static_cast<gid_t>(-1)) != 0)
    return fail(errno, kPtmx, {"fchown(the terminal's slave, ", op.uid, ")"});
  return done();
}

// The file that /dev/console of the container is; a symlink there is no place for a mount.
Result<Fd> console_target(const Context& context) {
  char name[fs::kNameSize];
  Fd directory(fs::resolve_parent(context.rootfs.get(), kConsole, name, false));
  if (directory.get() < 0) return fail(-directory.release(), kConsole, {"openat2(\"/dev\", O_PATH)"});
  Fd made(openat(directory.get(), name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                 0666));
  if (made && fchmod(made.get(), 0666) != 0) return fail(errno, kConsole, {"fchmod(", Quoted{kConsole}, ", 0666)"});
  if (!made && errno != EEXIST) return fail(errno, kConsole, {"openat(", Quoted{kConsole}, ", O_CREAT|O_EXCL)"});
  Fd target(openat(directory.get(), name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!target) return fail(errno, kConsole, {"openat(", Quoted{kConsole}, ", O_PATH|O_NOFOLLOW)"});
  struct stat stat = {};
  if (fstat(target.get(), &stat) != 0) return fail(errno, kConsole, {"fstat(", Quoted{kConsole}, ")"});
  if (S_ISLNK(stat.st_mode)) return refuse(kConsole, {"/dev/console of the container is a symlink"});
  return target;
}

Status bind_console(const Context& context, int slave) {
  auto target = console_target(context);
  if (!target) return target.status();
  Fd mount(fs::open_tree(slave, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH));
  if (mount.get() >= 0) {
    int err = fs::move_mount(mount.get(), target->get());
    if (err != 0) return fail(-err, kConsole, {"move_mount(the terminal's slave, ", Quoted{kConsole}, ")"});
    return done();
  }
  if (mount.get() != -ENOSYS)
    return fail(-mount.release(), kConsole, {"open_tree(the terminal's slave, OPEN_TREE_CLONE)"});
  int err = fs::mount_on(target->get(), slave, nullptr, nullptr, MS_BIND, nullptr);
  if (err != 0) return fail(-err, kConsole, {"mount(the terminal's slave, ", Quoted{kConsole}, ", MS_BIND)"});
  return done();
}

Status send_master(int socket, int master) {
  // Any name does, nobody reads it; runc sends this one.
  constexpr char kName[] = "/dev/ptmx";
  return send_packet(socket, kName, sizeof kName - 1, master, "console socket");
}

Status take_terminal(int slave) {
  for (int fd = 0; fd < 3; fd++) {
    if (dup3(slave, fd, 0) < 0) return fail(errno, kConsole, {"dup3(the terminal's slave, ", fd, ")"});
  }
  if (ioctl(0, TIOCSCTTY, 0) != 0) return fail(errno, kConsole, {"ioctl(TIOCSCTTY)"});
  return done();
}

}  // namespace

Status run(Context& context, const op::ConsoleOpen& op) {
  int socket = context.slot(op.slot);
  if (socket < 0) return refuse("", {"console.open: nothing is at slot ", op.slot.index});
  auto master = open_master(context);
  if (!master) return master.status();
  auto slave = open_slave(master->get());
  if (!slave) return slave.status();
  TSRUNC_TRY(set_up_slave(master->get(), slave->get(), op));
  if (op.dev_console) TSRUNC_TRY(bind_console(context, slave->get()));
  TSRUNC_TRY(send_master(socket, master->get()));
  context.slots[op.slot.index].reset();
  return take_terminal(slave->get());
}

}  // namespace tsrunc::init
