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

Status ready_for_exec(Context& context) {
  if (context.ready) return done();
  if (!context.umask_set) umask(context.umask);
  default_signals();
  int first = static_cast<int>(3 + context.preserve_fds);
  Fd& report = context.gate ? context.gate : context.control;
  // The descriptor that `first` was, if any, is one of ours that nobody needs any more.
  if (report && report.get() != first) {
    if (dup3(report.get(), first, O_CLOEXEC) < 0)
      return fail(errno, "", {"dup3(", report.get(), ", ", first, ", O_CLOEXEC)"});
    (void)report.release();
    report.reset(first);
  }
  // All others of ours are CLOEXEC from birth; closing them makes it certain (CVE-2024-21626). Their owners never run
  // again.
  TSRUNC_TRY(close_from(static_cast<unsigned>(report ? first + 1 : first)));
  context.ready = true;
  return done();
}

}  // namespace tsrunc::init
