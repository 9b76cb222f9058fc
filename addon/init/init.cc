#include "init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/sys.h"

namespace tsrunc::init {

Status become_init(Context& context) {
  context.who = Actor::init;
  set_name("tsrunc:[init]");
  TSRUNC_TRY(die_with_parent());
  return become_undumpable();
}

namespace {

// The descriptor that `next` was, if any, is one of ours that nobody needs any more.
Status move_to(Fd& fd, int& next) {
  if (!fd) return done();
  if (fd.get() != next) {
    if (dup3(fd.get(), next, O_CLOEXEC) < 0) return fail(errno, "", {"dup3(", fd.get(), ", ", next, ", O_CLOEXEC)"});
    (void)fd.release();
    fd.reset(next);
  }
  next++;
  return done();
}

}  // namespace

Status ready_for_exec(Context& context) {
  if (context.ready) return done();
  if (!context.umask_set) umask(context.umask);
  default_signals();
  int next = static_cast<int>(3 + context.preserve_fds);
  // Not to be closed by the one that goes to its place before it.
  if (context.agent) {
    int fd = fcntl(context.agent.get(), F_DUPFD_CLOEXEC, next + 2);
    if (fd < 0) return fail(errno, "", {"fcntl(", context.agent.get(), ", F_DUPFD_CLOEXEC, ", next + 2, ")"});
    context.agent.reset(fd);
  }
  TSRUNC_TRY(move_to(context.gate ? context.gate : context.control, next));
  TSRUNC_TRY(move_to(context.agent, next));
  // All others of ours are CLOEXEC from birth; closing them makes it certain (CVE-2024-21626). Their owners never run
  // again.
  TSRUNC_TRY(close_from(static_cast<unsigned>(next)));
  context.ready = true;
  return done();
}

}  // namespace tsrunc::init
