#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "core/fd.h"
#include "core/notify.h"
#include "core/sockets.h"
#include "fuzz/target.h"
// The core and init have one each.
#undef TSRUNC_TRY
#include "init/channel.h"
#include "init/context.h"

namespace tsrunc::fuzz {
namespace {

using core::Fd;

// The number that the next descriptor gets: the same afterwards, or something was left open.
int next_descriptor() {
  const Fd fd(fcntl(0, F_DUPFD_CLOEXEC, 3));
  return fd.get();
}

// With `count` descriptors, as somebody else's program would send it.
void send_with(int fd, Input data, size_t count) {
  std::vector<int> fds(count, 0);
  std::vector<char> control(CMSG_SPACE(sizeof(int) * (count + 1)));
  iovec part = {const_cast<uint8_t*>(data.data()), data.size()};
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (count > 0) {
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(rights), fds.data(), sizeof(int) * count);
  }
  (void)sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

// The first byte says how many descriptors come with the rest.
size_t descriptors(Input& input) {
  const size_t count = input[0] % 24;
  input = input.subspan(1);
  return count;
}

}  // namespace

void channel(Input input) {
  // An empty packet is the end of the file, at which init ends as well.
  if (input.size() < 2) return;
  const int before = next_descriptor();
  {
    const size_t count = descriptors(input);
    Fd ends[2];
    int pair[2];
    require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0, "no socket pair");
    ends[0].reset(pair[0]);
    static init::Context context;
    context.control.reset(pair[1]);
    send_with(ends[0].get(), input, count);
    // Where the packet was too large to be sent, this is what is received.
    char end[2] = {};
    send_with(ends[0].get(), {reinterpret_cast<uint8_t*>(end), sizeof end}, 0);
    (void)static_cast<bool>(init::await_go(context));
    context.control.reset();
    for (Fd& slot : context.slots) slot.reset();
  }
  require(next_descriptor() == before, "a descriptor was left open");
}

void notify(Input input) {
  if (input.empty()) return;
  const int before = next_descriptor();
  {
    const size_t count = descriptors(input);
    int inside[2];
    int host[2];
    require(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, inside) == 0, "no socket pair");
    require(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, host) == 0, "no socket pair");
    const Fd ends[] = {Fd(inside[0]), Fd(inside[1]), Fd(host[0]), Fd(host[1])};
    send_with(inside[1], input, count);
    core::relay_notification(inside[0], host[1]);
    static char out[128 * 1024];
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * 32)];
    iovec part = {out, sizeof out};
    msghdr header = {};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    const ssize_t got = recvmsg(host[0], &header, MSG_DONTWAIT);
    require(got < 0 || CMSG_FIRSTHDR(&header) == nullptr, "a descriptor of the container went to the host");
    std::string_view rest(out, got > 0 ? static_cast<size_t>(got) : 0);
    while (!rest.empty()) {
      for (std::string_view name : {"MAINPID=", "BARRIER=", "FDSTORE=", "FDNAME=", "FDPOLL="}) {
        require(!rest.starts_with(name), "a line went to the host that is not the container's to say");
      }
      const size_t end = rest.find('\n');
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
  }
  require(next_descriptor() == before, "a descriptor was left open");
}

}  // namespace tsrunc::fuzz
