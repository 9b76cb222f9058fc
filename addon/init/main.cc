// tsrunc-init: the process between the runtime and the container's program. It begins as the stage, clones init, and
// init becomes the program. What it does is the plan it is sent (docs/protocol.md); what follows here is what no plan
// can switch off.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/channel.h"
#include "init/loop.h"
#include "init/sys.h"

namespace tsrunc::init {
namespace {

[[noreturn]] void not_by_hand() {
  static constexpr char kText[] = "tsrunc-init is not to be run by hand: tsrunc starts it to set up a container\n";
  (void)!write(2, kText, sizeof kText - 1);
  _exit(1);
}

// The descriptor of `text`, if it is the control socket.
int control_socket(const char* text) {
  int fd = 0;
  for (const char* digit = text; *digit; digit++) {
    if (*digit < '0' || *digit > '9' || fd > 100000) return -1;
    fd = fd * 10 + (*digit - '0');
  }
  int type = 0;
  socklen_t size = sizeof type;
  if (fd < 3 || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_SEQPACKET) return -1;
  return fd;
}

// Not on the stack: that keeps the stack of a waiting init small. Nobody runs its destructor, the process ends by _exit
// or execve.
Context the_context;

// Before anything else, and in particular before anything that a container could see or reach.
Status harden(Context& context) {
  set_name("tsrunc:[stage]");
  // Nothing that is opened from here on, and not the control socket, survives execve; descriptors 3 to 3 + preserveFds
  // do.
  TSRUNC_TRY(cloexec_from(static_cast<unsigned>(context.control.get())));
  TSRUNC_TRY(die_with_parent());
  // Writing to a hook that does not read, or to a runtime that is gone, is an error and not the end. Undone by
  // default_signals().
  signal(SIGPIPE, SIG_IGN);
  umask(0);
  return done();
}

Status live(Context& context) {
  TSRUNC_TRY(harden(context));
  auto blob = receive_plan(context);
  if (!blob) return blob.status();
  return run_plan(context, *blob);
}

}  // namespace
}  // namespace tsrunc::init

int main(int argc, char** argv) {
  using namespace tsrunc::init;
  Context& context = the_context;
  int fd = argc == 2 ? control_socket(argv[1]) : -1;
  if (fd < 0) not_by_hand();
  context.control.reset(fd);
  // It comes back with a failure or not at all.
  (void)live(context);
  send_failure(context);
  _exit(1);
}
