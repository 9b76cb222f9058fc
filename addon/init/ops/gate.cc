// gate.wait
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init/ops/ops.h"
#include "init/sys.h"
#include "init/times.h"
#include "wire/protocol.h"

namespace tsrunc::init {
namespace {

constexpr useconds_t kShortageMicroseconds = 10'000;

// What came with START.
struct Start {
  uint32_t word = 0;
  Fd fds[2];
  size_t count = 0;
};

void take_descriptors(msghdr& header, Start& start) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count && start.count < 2; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
      start.fds[start.count++].reset(fd);
    }
  }
}

// Four bytes that say START, and which descriptors come with it. Anything else, and the end of file of a starter that
// died, ends the container: the socket has been unlinked.
Status read_start(int fd, Start& start) {
  uint8_t bytes[4];
  size_t have = 0;
  while (have < sizeof bytes) {
    alignas(cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))];
    iovec vector = {bytes + have, sizeof bytes - have};
    msghdr header = {};
    header.msg_iov = &vector;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    ssize_t n = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(errno, "gate", {"recvmsg(", fd, ")"});
    if (n == 0) _exit(1);
    have += static_cast<size_t>(n);
    take_descriptors(header, start);
  }
  memcpy(&start.word, bytes, sizeof start.word);
  if ((start.word & ~(wire::kStartTimes | wire::kStartListener)) != static_cast<uint32_t>(wire::Kind::start)) _exit(1);
  return done();
}

// Nobody hears of an error any more. What the machine is short of for the moment (ENFILE, above all) must not end a
// container that has been reported as created; whoever connects waits with us.
Status accept_start(int listener, int& fd) {
  for (;;) {
    fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) return done();
    switch (errno) {
      case EINTR:
      case ECONNABORTED:
        break;
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        usleep(kShortageMicroseconds);
        break;
      default:
        return fail(errno, "gate", {"accept4(", listener, ")"});
    }
  }
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
  int fd = -1;
  TSRUNC_TRY(accept_start(listener, fd));
  context.slots[op.slot.index].reset();
  // From here on a failure has somebody to tell.
  context.gate.reset(fd);
  Start start;
  TSRUNC_TRY(read_start(fd, start));
  size_t next = 0;
  if (start.word & wire::kStartTimes) take_times(context, static_cast<Fd&&>(start.fds[next++]));
  if (start.word & wire::kStartListener) context.slots[kListenerSlot] = static_cast<Fd&&>(start.fds[next]);
  return done();
}

}  // namespace tsrunc::init
