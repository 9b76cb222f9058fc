// exec into a container that runs: ns.enter, rootfs.adopt, sched.cpus, process.release
#include <fcntl.h>
#include <linux/sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/ops/ops.h"
#include "init/sys.h"

extern "C" int setns(int fd, int kind);

namespace tsrunc::init {

Status run(Context& context, const op::NsEnter& op) {
  int pidfd = context.slot(op.slot);
  if (pidfd < 0) return refuse("", {"ns.enter: nothing is at slot ", op.slot.index});
  // Whoever is in there must not get hold of us (CVE-2016-9962).
  TSRUNC_TRY(become_undumpable());
  if (setns(pidfd, static_cast<int>(op.flags)) != 0) {
    int err = errno;
    char names[128];
    return fail(err, "", {"setns(pidfd of the container's init, ", namespace_names(op.flags, names), ")"});
  }
  // The root and the working directory are then those of the mount namespace (setns(2)).
  if (op.flags & CLONE_NEWNS) context.inside = true;
  context.slots[op.slot.index].reset();
  // Joining a user namespace can gain capabilities, and that clears the death signal (prctl(2)).
  return die_with_parent();
}

Status run(Context& context, const op::RootfsAdopt& op) {
  if (op.slot) {
    int fd = context.slot(*op.slot);
    if (fd < 0) return refuse("", {"rootfs.adopt: nothing is at slot ", op.slot->index});
    context.rootfs = static_cast<Fd&&>(context.slots[op.slot->index]);
    return done();
  }
  // Else this is the host's.
  if (!context.inside) return refuse("/", {"rootfs.adopt outside of the container's mount namespace"});
  context.rootfs.reset(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!context.rootfs) return fail(errno, "/", {"open(\"/\", O_PATH|O_DIRECTORY)"});
  return done();
}

Status run(Context&, const op::SchedCpus& op) {
  if (syscall(SYS_sched_setaffinity, 0, op.mask.size() * sizeof(uint64_t), op.mask.data()) < 0) {
    return fail(errno, "", {"sched_setaffinity(0, execCPUAffinity)"});
  }
  return done();
}

Status run(Context& context, const op::ProcessRelease&) {
  TSRUNC_TRY(prctl_set(1 /* PR_SET_PDEATHSIG */, 0, "PR_SET_PDEATHSIG, 0"));
  // A runtime that ended before that has killed us; one that ended just now has left an end of file.
  char byte;
  if (recv(context.control.get(), &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT) == 0) _exit(1);
  return done();
}

}  // namespace tsrunc::init
