// ns.join, ns.unshare, session.new, sched.affinity, uts.*
#include <fcntl.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/ops/ops.h"
#include "init/sys.h"

extern "C" int setns(int fd, int kind);
extern "C" int unshare(int flags);

namespace tsrunc::init {

Status run(Context& context, const op::NsJoin& op) {
  int fd = context.slot(op.slot);
  if (fd < 0) return refuse("", {"ns.join: nothing is at slot ", op.slot.index});
  // Whoever is in there must not get hold of us (CVE-2016-9962).
  TSRUNC_TRY(become_undumpable());
  if (setns(fd, static_cast<int>(op.kind)) != 0) {
    int err = errno;
    char names[128];
    return fail(err, "", {"setns(slot ", op.slot.index, ", ", namespace_names(op.kind, names), ")"});
  }
  // A joined mount namespace comes with its own root and working directory (setns(2)).
  if (op.kind == CLONE_NEWNS) context.inside = true;
  context.slots[op.slot.index].reset();
  // Joining a user namespace can gain capabilities, and that clears the death signal (prctl(2)).
  return die_with_parent();
}

Status run(Context& context, const op::NsUnshare& op) {
  if (op.flags & CLONE_NEWUSER) {
    // An unprivileged runtime can write the id maps only while the files of /proc/PID are ours; loop.cc takes it back
    // after that turn.
    TSRUNC_TRY(prctl_set(4 /* PR_SET_DUMPABLE */, 1, "PR_SET_DUMPABLE, 1"));
    context.own_user_namespace = true;
  }
  if (unshare(static_cast<int>(op.flags)) != 0) {
    int err = errno;
    char names[128];
    return fail(err, "", {"unshare(", namespace_names(op.flags, names), ")"});
  }
  return die_with_parent();
}

Status run(Context&, const op::SessionNew&) {
  if (setsid() < 0) return fail(errno, "", {"setsid()"});
  return done();
}

Status run(Context&, const op::SchedAffinity&) {
  // 8192 CPUs, the most that Linux can be built for; the kernel takes those that exist and that the cpuset allows.
  uint8_t all[1024];
  memset(all, 0xff, sizeof all);
  if (syscall(SYS_sched_setaffinity, 0, sizeof all, all) != 0) return fail(errno, "", {"sched_setaffinity(0, all)"});
  return done();
}

Status run(Context&, const op::UtsHostname& op) {
  if (sethostname(op.name.c_str(), op.name.size()) != 0)
    return fail(errno, op.name, {"sethostname(", Quoted{op.name}, ")"});
  return done();
}

Status run(Context&, const op::UtsDomainname& op) {
  if (syscall(SYS_setdomainname, op.name.c_str(), size_t{op.name.size()}) != 0) {
    return fail(errno, op.name, {"setdomainname(", Quoted{op.name}, ")"});
  }
  return done();
}

}  // namespace tsrunc::init
