// The stage: joins and unshares namespaces, then clones init and is gone.
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/channel.h"
#include "init/init.h"
#include "init/ops/ops.h"
#include "init/sys.h"

#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

namespace tsrunc::init {
namespace {

// As fork(2): 0 in the child, -1 with errno.
long clone_init(uint64_t flags, int* pidfd) {
  // Every field of clone_args up to version 0 (5.3).
  struct {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
  } args = {};
  // CLONE_PARENT: init is a child of the runtime and later of the engine's subreaper, not of this process, which ends
  // here. The exit signal is then the one this process has (SIGCHLD).
  args.flags = flags | CLONE_PARENT | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<uintptr_t>(pidfd);
  long pid = syscall(SYS_clone3, &args, sizeof args);
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

Status run(Context& context, const op::ProcessClone& op) {
  int pidfd = -1;
  long pid = clone_init(op.flags, &pidfd);
  if (pid < 0) {
    int err = errno;
    char names[128];
    return fail(err, "", {"clone3(CLONE_PARENT|", namespace_names(op.flags, names), ")"});
  }
  if (pid == 0) return become_init(context);
  Status sent = send_cloned(context, static_cast<pid_t>(pid), pidfd);
  // With nobody to tell of it the child has to go; it would notice by itself that the control socket is at its end.
  if (!sent && pidfd >= 0) syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0);
  _exit(sent ? 0 : 1);
}

}  // namespace tsrunc::init
