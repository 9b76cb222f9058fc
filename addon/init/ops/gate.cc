// gate.wait
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init/ops/ops.h"
#include "init/sys.h"
#include "wire/protocol.h"

namespace tsrunc::init {
namespace {

// Four bytes that say START. Anything else, and the end of file of a starter that died, ends the container: the socket
// has been unlinked.
bool read_start(int fd) {
  uint8_t bytes[4];
  size_t have = 0;
  while (have < sizeof bytes) {
    ssize_t n = recv(fd, bytes + have, sizeof bytes - have, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    have += static_cast<size_t>(n);
  }
  uint32_t kind = 0;
  memcpy(&kind, bytes, sizeof kind);
  return kind == static_cast<uint32_t>(wire::Kind::start);
}

}  // namespace

Status run(Context& context, const op::GateWait& op) {
  int listener = context.slot(op.slot);
  if (listener < 0) return refuse("", {"gate.wait: nothing is at slot ", op.slot.index});
  // Nothing after this is resolved beneath the rootfs; a waiting init holds no directories.
  context.rootfs.reset();
  context.dev_null.reset();
  context.mask_dir.reset();
  // RLIMIT_NOFILE is the program's by now, and may be too small for accept(2): said while the runtime still listens.
  Fd reserved(fcntl(listener, F_DUPFD_CLOEXEC, 0));
  if (!reserved) return fail(errno, "gate", {"fcntl(", listener, ", F_DUPFD_CLOEXEC)"});
  // In this order: with the end of file the runtime may exit, which would kill us before.
  TSRUNC_TRY(prctl_set(PR_SET_PDEATHSIG, 0, "PR_SET_PDEATHSIG, 0"));
  context.control.reset();
  reserved.reset();
  int fd;
  do {
    fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  } while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
  if (fd < 0) return fail(errno, "gate", {"accept4(", listener, ")"});
  context.slots[op.slot.index].reset();
  if (!read_start(fd)) _exit(1);
  context.gate.reset(fd);
  return done();
}

}  // namespace tsrunc::init
