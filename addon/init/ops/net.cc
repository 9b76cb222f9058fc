// net.loopback
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "init/ops/ops.h"

namespace tsrunc::init {

Status run(Context&, const op::NetLoopback&) {
  Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return fail(errno, "lo", {"socket(AF_INET, SOCK_DGRAM)"});
  ifreq request = {};
  memcpy(request.ifr_name, "lo", 3);
  if (ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return fail(errno, "lo", {"ioctl(SIOCGIFFLAGS, \"lo\")"});
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  if (ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0)
    return fail(errno, "lo", {"ioctl(SIOCSIFFLAGS, \"lo\", IFF_UP)"});
  return done();
}

}  // namespace tsrunc::init
