// tsrunc-systemd: one request of the systemd cgroup driver, from stdin to systemd and its answer to stdout (docs/protocol.md). A program of
// its own because the static host cannot load libsystemd, and because what that does to a process (threads, memory, signals) stays out of
// the runtime. No part of it sees a container.
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "systemd/manager.h"

namespace tsrunc::systemd {
namespace {

bool carry_out(Manager& manager, const char* verb, const char* unit, Tokens& tokens) {
  if (equal(verb, "set")) return manager.set(unit, tokens);
  if (equal(verb, "stop")) return manager.stop(unit, tokens.next());
  if (equal(verb, "start")) return manager.start(unit, tokens.next(), tokens);
  const char* path = tokens.next();
  return manager.attach(unit, path, static_cast<unsigned>(tokens.count()));
}

int run() {
  // A runtime that was killed asks for nothing any more: what it wanted would come after `delete --force` has cleaned up.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  char* request = read_request();
  if (!request) return 1;
  if (const char* missing = load_library()) {
    answer("missing");
    answer(missing);
    return 1;
  }
  Tokens tokens(request);
  const char* address = tokens.next();
  const char* direct = tokens.next();
  const char* verb = tokens.next();
  const char* unit = tokens.next();
  Manager manager;
  if (!tokens.ok() || !manager.connect(address, direct)) return 1;
  if (!carry_out(manager, verb, unit, tokens)) return 1;
  answer("ok");
  return 0;
}

}  // namespace
}  // namespace tsrunc::systemd

int main() {
  const int status = tsrunc::systemd::run();
  return fflush(stdout) == 0 ? status : 1;
}
