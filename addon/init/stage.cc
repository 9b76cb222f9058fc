// The stage: joins and unshares namespaces, then clones init and is gone.
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/channel.h"
#include "init/init.h"
#include "init/ops/ops.h"
#include "init/sys.h"

#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

namespace tsrunc::init {
namespace {

// Before 5.7 nobody is born in another cgroup: the stage goes there itself.
bool join_cgroup(int cgroup) {
  Fd file(openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC));
  return file && write(file.get(), "0", 1) == 1;
}

// As fork(2): 0 in the child, -1 with errno. `cgroup`: -1 for that of the stage.
long clone_init(uint64_t flags, int cgroup, int* pidfd) {
  // clone_args of 5.3, of 5.5 with set_tid, of 5.7 with cgroup. The kernel is told no more of it than is used.
  struct {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
  } args = {};
  // CLONE_PARENT: init is a child of the runtime and later of the engine's subreaper, not of this process, which ends
  // here. The exit signal is then the one this process has (SIGCHLD).
  args.flags = flags | CLONE_PARENT | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<uintptr_t>(pidfd);
  if (cgroup >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<uint64_t>(cgroup);
    long born = syscall(SYS_clone3, &args, sizeof args);
    if (born >= 0 || (errno != ENOSYS && errno != EPERM && errno != E2BIG)) return born;
    if (!join_cgroup(cgroup)) return -1;
    args.flags &= ~CLONE_INTO_CGROUP;
  }
  long pid = syscall(SYS_clone3, &args, offsetof(decltype(args), set_tid));
  if (pid >= 0 || (errno != ENOSYS && errno != EPERM)) return pid;
  // Before 5.3, or filtered by an older seccomp profile around us. No pidfd; the low byte holds the signal, so no
  // CLONE_NEWTIME either.
  *pidfd = -1;
  if (flags & 0xff) return -1;
#ifdef __s390x__
  return syscall(SYS_clone, nullptr, flags | CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr);
#else
  return syscall(SYS_clone, flags | CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
#endif
}

}  // namespace

Status run(Context&, const op::CgroupEnter& op) {
  for (const char* file : op.files) {
    Fd fd(open(file, O_WRONLY | O_CLOEXEC));
    if (!fd) return fail(errno, file, {"open(", Quoted{file}, ", O_WRONLY)"});
    if (write(fd.get(), "0", 1) != 1) return fail(errno, file, {"write(", Quoted{file}, ", \"0\")"});
  }
  return done();
}

Status run(Context& context, const op::ProcessClone& op) {
  int cgroup = op.cgroup ? context.slot(*op.cgroup) : -1;
  if (op.cgroup && cgroup < 0) return refuse("", {"process.clone: nothing is at slot ", op.cgroup->index});
  int pidfd = -1;
  long pid = clone_init(op.flags, cgroup, &pidfd);
  if (pid < 0) {
    int err = errno;
    char names[128];
    return fail(err, "", {"clone3(CLONE_PARENT|", namespace_names(op.flags, names), ")"});
  }
  if (pid == 0) {
    if (op.cgroup) context.slots[op.cgroup->index].reset();
    return become_init(context);
  }
  Status sent = send_cloned(context, static_cast<pid_t>(pid), pidfd);
  // With nobody to tell of it the child has to go; it would notice by itself that the control socket is at its end.
  if (!sent && pidfd >= 0) syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0);
  _exit(sent ? 0 : 1);
}

}  // namespace tsrunc::init
