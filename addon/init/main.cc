// tsrunc-init: the process between the runtime and the container's program, that is init, which becomes the program; where
// it takes a process of its own to get there (docs/adr/0009-one-clone.md) the stage, which clones init. What it does is the plan it is sent (docs/protocol.md); what follows here is what no plan
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

extern "C" int unshare(int flags);

namespace tsrunc::init {
namespace {

[[noreturn]] void not_by_hand() {
  static constexpr char kText[] = "tsrunc-init is not to be run by hand: tsrunc starts it to set up a container\n";
  (void)!write(2, kText, sizeof kText - 1);
  _exit(1);
}

// -1: not a number.
int64_t number(const char* text) {
  int64_t value = 0;
  for (const char* digit = text; *digit; digit++) {
    if (*digit < '0' || *digit > '9' || value > 0xffffffff) return -1;
    value = value * 10 + (*digit - '0');
  }
  return value;
}

// The descriptor of `text`, if it is the control socket.
int control_socket(const char* text) {
  int fd = static_cast<int>(number(text));
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
  set_name(context.who == Actor::stage ? "tsrunc:[stage]" : "tsrunc:[init]");
  // Nothing that is opened from here on, and not the control socket, survives execve; descriptors 3 to 3 + preserveFds
  // do.
  TSRUNC_TRY(cloexec_from(static_cast<unsigned>(context.control.get())));
  TSRUNC_TRY(die_with_parent());
  // Writing to a hook that does not read, or to a runtime that is gone, is an error and not the end. Undone by
  // default_signals().
  (void)signal(SIGPIPE, SIG_IGN);
  umask(0);
  return done();
}

// What init.spawn's clone has left to init: a network namespace can take milliseconds, while another is being taken down,
// and the runtime has other things to do meanwhile.
Status begin_init(uint64_t flags) {
  TSRUNC_TRY(become_undumpable());
  if (flags == 0 || unshare(static_cast<int>(flags)) == 0) return done();
  int err = errno;
  char names[128];
  return fail(err, "", {"unshare(", namespace_names(flags, names), ")"});
}

Status live(Context& context, uint64_t flags) {
  TSRUNC_TRY(harden(context));
  if (context.who == Actor::init) TSRUNC_TRY(begin_init(flags));
  auto blob = receive_plan(context);
  if (!blob) return blob.status();
  return run_plan(context, *blob);
}

}  // namespace
}  // namespace tsrunc::init

int main(int argc, char** argv) {
  using namespace tsrunc::init;
  Context& context = the_context;
  // FD of the stage; FD FLAGS of init.
  int fd = argc == 2 || argc == 3 ? control_socket(argv[1]) : -1;
  int64_t flags = argc == 3 ? number(argv[2]) : 0;
  if (fd < 0 || flags < 0) not_by_hand();
  context.control.reset(fd);
  context.who = argc == 3 ? Actor::init : Actor::stage;
  // It comes back with a failure or not at all.
  (void)live(context, static_cast<uint64_t>(flags));
  send_failure(context);
  _exit(1);
}
