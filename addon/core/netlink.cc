#include "core/netlink.h"

#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/fd.h"
#include "core/netlink_message.h"

namespace tsrunc::core {
namespace {

// A dump's messages fit in this (NLMSG_GOODSIZE and more; rtnetlink(7)): a short one would lose the rest of them.
constexpr size_t kBuffer = size_t{64} * 1024;

// A socket of one network namespace, whatever the thread is in later (network_namespaces(7)).
class Socket {
 public:
  Socket() = default;
  explicit Socket(Fd fd) : fd_(std::move(fd)) {}

  // Waits for the acknowledgement.
  int ask(NetRequest& request) {
    request.header().nlmsg_flags |= NLM_F_ACK;
    return exchange(request, [](const NetMessage&) {});
  }

  template <class Visit>
  int dump(NetRequest& request, Visit visit) {
    request.header().nlmsg_flags |= NLM_F_DUMP;
    return exchange(request, visit);
  }

  int links(std::vector<NetLink>& out) {
    NetRequest request(RTM_GETLINK, 0);
    ifinfomsg info = {};
    request.put(&info, sizeof info);
    return dump(request, [&out](const NetMessage& message) {
      NetLink link;
      if (read_link(message, link)) out.push_back(std::move(link));
    });
  }

 private:
  // 0 or errno.
  template <class Visit>
  int exchange(NetRequest& request, Visit visit) {
    Bytes& bytes = request.finished(++sequence_);
    sockaddr_nl kernel = {};
    kernel.nl_family = AF_NETLINK;
    if (sendto(fd_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&kernel), sizeof kernel) < 0)
      return errno;
    Bytes buffer(kBuffer);
    for (;;) {
      ssize_t size = recv(fd_.get(), buffer.data(), buffer.size(), MSG_TRUNC);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return errno;
      if (static_cast<size_t>(size) > buffer.size()) return EMSGSIZE;
      ByteView rest = {buffer.data(), static_cast<size_t>(size)};
      for (NetMessage message; next_message(rest, message);) {
        if (message.sequence != sequence_) continue;
        if (message.type == NLMSG_DONE) return 0;
        if (nlmsgerr error; message.type == NLMSG_ERROR) return message.fixed(error) ? -error.error : EBADMSG;
        visit(message);
      }
    }
  }

  Fd fd_;
  uint32_t sequence_ = 0;
};

Result<Fd> own_namespace() {
  Fd own(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!own) return failure(errno, "/proc/thread-self/ns/net", "open(\"/proc/thread-self/ns/net\", O_RDONLY)");
  return own;
}

// In the namespace at `ns`, by being there for one call: of all that a thread has, its network namespace alone can be changed in a
// process of many threads (setns(2)). Not to come back would leave the runtime in the container: there is no going on then.
Result<Socket> socket_in(int ns) {
  if (ns < 0) {
    Fd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (!fd) return failure(errno, "", "socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)");
    return Socket(std::move(fd));
  }
  auto own = own_namespace();
  if (!own) return own.failure();
  if (setns(ns, CLONE_NEWNET) != 0) return failure(errno, "", "setns(%d, CLONE_NEWNET)", ns);
  auto made = socket_in(-1);
  if (setns(own->get(), CLONE_NEWNET) != 0) abort();
  return made;
}

const NetLink* find(const std::vector<NetLink>& links, const std::string& name) {
  for (const NetLink& link : links) {
    if (link.name == name) return &link;
  }
  return nullptr;
}

Result<NetLink> device_in(Socket& socket, const std::string& device) {
  std::vector<NetLink> links;
  if (int err = socket.links(links); err != 0) return failure(err, device, "netlink(RTM_GETLINK)");
  const NetLink* found = find(links, device);
  if (found == nullptr) return failure(ENODEV, device, "netlink(RTM_GETLINK, \"%s\")", device.c_str());
  return *found;
}

Result<Bytes> from_hexadecimal(const std::string& text) {
  Bytes bytes;
  for (size_t at = 0; at + 1 < text.size(); at += 2) {
    char digits[3] = {text[at], text[at + 1], 0};
    bytes.push_back(static_cast<uint8_t>(strtoul(digits, nullptr, 16)));
  }
  if (bytes.size() < sizeof(ifaddrmsg)) return failure(EINVAL, text, "an address of %zu bytes", bytes.size());
  return bytes;
}

// Permanent addresses of global scope, ready to be given to another device: its index is filled in then.
Result<std::vector<std::string>> addresses_of(Socket& socket, const NetLink& link) {
  NetRequest request(RTM_GETADDR, 0);
  ifaddrmsg all = {};
  request.put(&all, sizeof all);
  std::vector<std::string> found;
  int err = socket.dump(request, [&found, &link](const NetMessage& message) {
    NetAddress address;
    if (read_address(message, address) && address.index == link.index && address.lasting) found.push_back(address.text);
  });
  if (err != 0) return failure(err, link.name, "netlink(RTM_GETADDR)");
  return found;
}

// To the namespace at descriptor `to`, as `name`. 0 or errno.
int relocate(Socket& socket, int index, int to, const std::string& name) {
  NetRequest request(RTM_NEWLINK, 0);
  ifinfomsg info = {};
  info.ifi_index = index;
  request.put(&info, sizeof info);
  request.attribute(IFLA_IFNAME, name.c_str(), name.size() + 1);
  request.attribute(IFLA_NET_NS_FD, &to, sizeof to);
  return socket.ask(request);
}

// The device that is there since `before`: with a template only the kernel knows its name.
std::string newcomer(const std::vector<NetLink>& before, const std::vector<NetLink>& after, const std::string& name) {
  size_t number = name.find("%d");
  if (number == std::string::npos) return name;
  std::string start = name.substr(0, number), end = name.substr(number + 2);
  for (const NetLink& link : after) {
    if (find(before, link.name) != nullptr || link.name.size() < start.size() + end.size() + 1) continue;
    if (link.name.starts_with(start) && link.name.ends_with(end)) return link.name;
  }
  return "";
}

}  // namespace

Result<MovedDevice> net_device_move(int from, int to, const std::string& device, const std::string& name) {
  auto source = socket_in(from);
  if (!source) return source.failure();
  auto target = socket_in(to);
  if (!target) return target.failure();
  auto own = own_namespace();
  if (!own) return own.failure();
  auto link = device_in(*source, device);
  if (!link) return link.failure();
  // Before the move: it takes them away; and before the device goes down, which takes those of IPv6.
  auto addresses = addresses_of(*source, *link);
  if (!addresses) return addresses.failure();
  std::vector<NetLink> before, after;
  if (int err = target->links(before); err != 0) return failure(err, name, "netlink(RTM_GETLINK)");
  // The kernel moves first and renames then (do_setlink): a name that is taken would leave the device there with its old one.
  int err = find(before, name) == nullptr ? relocate(*source, link->index, to < 0 ? own->get() : to, name) : EEXIST;
  SysFailure failed = failure(err, device, "netlink(RTM_NEWLINK, \"%s\", IFLA_NET_NS_FD, IFLA_IFNAME \"%s\")",
                              device.c_str(), name.c_str());
  MovedDevice moved{device, (link->flags & IFF_UP) != 0, *addresses};
  if (int list = target->links(after); list != 0 && err == 0) return failure(list, name, "netlink(RTM_GETLINK)");
  if (err != 0) {
    const NetLink* stray = find(before, device) == nullptr ? find(after, device) : nullptr;
    if (stray != nullptr && relocate(*target, stray->index, from < 0 ? own->get() : from, device) == 0) {
      TSRUNC_TRY(net_device_configure(from, device, moved.addresses, moved.up));
    }
    return failed;
  }
  moved.name = newcomer(before, after, name);
  if (moved.name.empty()) return failure(ENODEV, name, "netlink(RTM_GETLINK, \"%s\")", name.c_str());
  return moved;
}

Status net_device_configure(int ns, const std::string& device, const std::vector<std::string>& addresses, bool up) {
  auto socket = socket_in(ns);
  if (!socket) return socket.failure();
  auto link = device_in(*socket, device);
  if (!link) return link.failure();
  for (const std::string& text : addresses) {
    auto bytes = from_hexadecimal(text);
    if (!bytes) return bytes.failure();
    auto* address = reinterpret_cast<ifaddrmsg*>(bytes->data());
    address->ifa_index = static_cast<uint32_t>(link->index);
    NetRequest request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
    request.put(bytes->data(), bytes->size());
    if (int err = socket->ask(request); err != 0 && err != EEXIST) {
      return failure(err, device, "netlink(RTM_NEWADDR, \"%s\")", device.c_str());
    }
  }
  if (!up) return done();
  NetRequest request(RTM_NEWLINK, 0);
  ifinfomsg info = {};
  info.ifi_index = link->index;
  info.ifi_flags = IFF_UP;
  info.ifi_change = IFF_UP;
  request.put(&info, sizeof info);
  if (int err = socket->ask(request); err != 0)
    return failure(err, device, "netlink(RTM_NEWLINK, \"%s\", IFF_UP)", device.c_str());
  return done();
}

}  // namespace tsrunc::core
