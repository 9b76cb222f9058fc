// identity.root, identity.set, process.umask, process.no-new-privs
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/cwd.h"
#include "init/ops/ops.h"
#include "init/sys.h"

#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT 47
#define PR_CAP_AMBIENT_RAISE 2
#define PR_CAP_AMBIENT_CLEAR_ALL 4
#endif

namespace tsrunc::init {
namespace {

// By system call: libc's wrappers bring every thread along, and there is one.
Status set_groups(std::span<const uint32_t> groups) {
  if (syscall(SYS_setgroups, groups.size(), groups.data()) != 0)
    return fail(errno, "", {"setgroups(", groups.size(), " groups)"});
  return done();
}

Status set_ids(uint32_t uid, uint32_t gid) {
  if (syscall(SYS_setresgid, gid, gid, gid) != 0) return fail(errno, "", {"setresgid(", gid, ")"});
  if (syscall(SYS_setresuid, uid, uid, uid) != 0) return fail(errno, "", {"setresuid(", uid, ")"});
  return done();
}

// `had`: what was in it, no more than the runtime has itself.
Status drop_bounding(uint64_t keep, uint64_t* had) {
  for (unsigned long cap = 0; cap < 64; cap++) {
    int has = prctl(PR_CAPBSET_READ, cap, 0UL, 0UL, 0UL);
    // Beyond the kernel's last capability. Refused (a seccomp profile around us) is another matter: all that follow would stay.
    if (has < 0 && errno == EINVAL) break;
    if (has < 0) return fail(errno, "", {"prctl(PR_CAPBSET_READ, ", cap, ")"});
    if (has == 1) *had |= uint64_t{1} << cap;
    if (has == 0 || (keep >> cap & 1)) continue;
    if (prctl(PR_CAPBSET_DROP, cap, 0UL, 0UL, 0UL) != 0) return fail(errno, "", {"prctl(PR_CAPBSET_DROP, ", cap, ")"});
  }
  return done();
}

Status set_ambient(uint64_t ambient) {
  // EINVAL before 4.3, which has no ambient set: fine while none is wanted.
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0UL, 0UL, 0UL) != 0 && (ambient != 0 || errno != EINVAL)) {
    return fail(errno, "", {"prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)"});
  }
  for (unsigned long cap = 0; cap < 64; cap++) {
    if (!(ambient >> cap & 1)) continue;
    // EPERM: it is not both permitted and inheritable. As with runc it is then not ambient, and no error: configs of
    // old engines have this.
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0UL, 0UL) != 0 && errno != EPERM) {
      return fail(errno, "", {"prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, ", cap, ")"});
    }
  }
  return done();
}

// What the runtime itself has not cannot be granted, and is no error (config.md, "capabilities"): the runtime logs it.
Status set_sets(const op::IdentitySet& op, uint64_t bounding) {
  auto have = get_capabilities();
  if (!have) return have.status();
  uint64_t kept = op.keep_sys_admin ? have->permitted & (uint64_t{1} << CAP_SYS_ADMIN) : 0;
  uint64_t inheritable = op.inheritable & (have->permitted | have->inheritable | bounding);
  TSRUNC_TRY(set_capabilities(
      {(op.effective & have->permitted) | kept, (op.permitted & have->permitted) | kept, inheritable}));
  return set_ambient(op.ambient);
}

}  // namespace

Status run(Context&, const op::IdentityRoot&) {
  // EPERM: the user namespace denies setgroups (user_namespaces(7)); what we have then stays, as it must.
  Status groups = set_groups({});
  if (!groups && groups.err() != EPERM) return groups;
  TSRUNC_TRY(set_ids(0, 0));
  return die_with_parent();
}

Status run(Context&, const op::ProcessNoNewPrivs&) {
  return prctl_set(PR_SET_NO_NEW_PRIVS, 1, "PR_SET_NO_NEW_PRIVS, 1");
}

Status run(Context&, const op::RlimitSet& op) {
  const uint64_t limit[2] = {op.soft, op.hard};
  if (syscall(SYS_prlimit64, 0, op.resource, limit, nullptr) == 0) return done();
  return fail(errno, "", {"prlimit(0, ", op.resource, ", ", op.soft, ", ", op.hard, ")"});
}

Status run(Context& context, const op::ProcessUmask& op) {
  umask(op.mask & 0777);
  context.umask_set = true;
  return done();
}

// The order matters: dropping from the bounding set takes CAP_SETPCAP and setgroups CAP_SETGID, which are gone after
// setresuid; the sets come last, because setresuid empties the effective one.
Status run(Context& context, const op::IdentitySet& op) {
  TSRUNC_TRY(prctl_set(PR_SET_KEEPCAPS, 1, "PR_SET_KEEPCAPS, 1"));
  uint64_t bounding = 0;
  TSRUNC_TRY(drop_bounding(op.bounding, &bounding));
  if (op.set_groups) TSRUNC_TRY(set_groups(op.groups));
  TSRUNC_TRY(set_ids(op.uid, op.gid));
  TSRUNC_TRY(set_sets(op, bounding));
  TSRUNC_TRY(prctl_set(PR_SET_KEEPCAPS, 0, "PR_SET_KEEPCAPS, 0"));
  // setresuid cleared the first and set the second to fs.suid_dumpable, which may be 1.
  TSRUNC_TRY(die_with_parent());
  TSRUNC_TRY(become_undumpable());
  return context.cwd_pending ? change_directory(context, context.cwd) : done();
}

}  // namespace tsrunc::init
