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

namespace tsrunc::core {
namespace {

// A dump's messages fit in this (NLMSG_GOODSIZE and more; rtnetlink(7)): a short one would lose the rest of them.
constexpr size_t kBuffer = 64 * 1024;

// One request: the header, the fixed part, attributes.
class Request {
 public:
  Request(uint16_t type, uint16_t flags) {
    bytes_.resize(NLMSG_LENGTH(0));
    header().nlmsg_type = type;
    header().nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
  }
  void put(const void* data, size_t size) {
    const auto* from = static_cast<const uint8_t*>(data);
    bytes_.insert(bytes_.end(), from, from + size);
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  }
  void attribute(uint16_t type, const void* data, size_t size) {
    rtattr head = {static_cast<uint16_t>(RTA_LENGTH(size)), type};
    put(&head, sizeof head);
    put(data, size);
  }
  nlmsghdr& header() { return *reinterpret_cast<nlmsghdr*>(bytes_.data()); }
  Bytes& finished(uint32_t sequence) {
    header().nlmsg_len = static_cast<uint32_t>(bytes_.size());
    header().nlmsg_seq = sequence;
    return bytes_;
  }

 private:
  Bytes bytes_;
};

struct Link {
  int index = 0;
  unsigned flags = 0;
  std::string name;
};

// What an address of a device needs to be the same one elsewhere. IFA_LABEL has the old name in it, IFA_CACHEINFO is of dynamic ones.
bool kept(uint16_t attribute) {
  return attribute == IFA_LOCAL || attribute == IFA_ADDRESS || attribute == IFA_BROADCAST ||
         attribute == IFA_RT_PRIORITY;
}

// Flags that are orders; the others tell of the state that the address is in.
constexpr uint32_t kOrders =
    IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN;

template <class Visit>
void each_attribute(const nlmsghdr* message, size_t fixed, Visit visit) {
  const auto* start = static_cast<const char*>(NLMSG_DATA(message)) + NLMSG_ALIGN(fixed);
  auto left = static_cast<int>(message->nlmsg_len) - static_cast<int>(NLMSG_LENGTH(NLMSG_ALIGN(fixed)));
  for (auto* one = reinterpret_cast<const rtattr*>(start); RTA_OK(one, left); one = RTA_NEXT(one, left)) {
    visit(static_cast<uint16_t>(one->rta_type & NLA_TYPE_MASK), RTA_DATA(one), RTA_PAYLOAD(one));
  }
}

// A socket of one network namespace, whatever the thread is in later (network_namespaces(7)).
class Socket {
 public:
  Socket() = default;
  explicit Socket(Fd fd) : fd_(std::move(fd)) {}

  // Waits for the acknowledgement.
  int ask(Request& request) {
    request.header().nlmsg_flags |= NLM_F_ACK;
    return exchange(request, [](const nlmsghdr*) {});
  }

  template <class Visit>
  int dump(Request& request, Visit visit) {
    request.header().nlmsg_flags |= NLM_F_DUMP;
    return exchange(request, visit);
  }

  int links(std::vector<Link>& out) {
    Request request(RTM_GETLINK, 0);
    ifinfomsg info = {};
    request.put(&info, sizeof info);
    return dump(request, [&out](const nlmsghdr* message) {
      if (message->nlmsg_type != RTM_NEWLINK) return;
      auto* found = static_cast<const ifinfomsg*>(NLMSG_DATA(message));
      Link link{found->ifi_index, found->ifi_flags, ""};
      each_attribute(message, sizeof *found, [&link](uint16_t type, const void* data, size_t size) {
        if (type == IFLA_IFNAME)
          link.name.assign(static_cast<const char*>(data), strnlen(static_cast<const char*>(data), size));
      });
      out.push_back(std::move(link));
    });
  }

 private:
  // 0 or errno.
  template <class Visit>
  int exchange(Request& request, Visit visit) {
    Bytes& bytes = request.finished(++sequence_);
    sockaddr_nl kernel = {};
    kernel.nl_family = AF_NETLINK;
    if (sendto(fd_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&kernel), sizeof kernel) < 0)
      return errno;
    std::vector<char> buffer(kBuffer);
    for (;;) {
      ssize_t size = recv(fd_.get(), buffer.data(), buffer.size(), MSG_TRUNC);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return errno;
      if (static_cast<size_t>(size) > buffer.size()) return EMSGSIZE;
      auto left = static_cast<unsigned>(size);
      for (auto* one = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(one, left); one = NLMSG_NEXT(one, left)) {
        if (one->nlmsg_seq != sequence_) continue;
        if (one->nlmsg_type == NLMSG_DONE) return 0;
        if (one->nlmsg_type == NLMSG_ERROR) return -static_cast<const nlmsgerr*>(NLMSG_DATA(one))->error;
        visit(one);
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

const Link* find(const std::vector<Link>& links, const std::string& name) {
  for (const Link& link : links) {
    if (link.name == name) return &link;
  }
  return nullptr;
}

Result<Link> device_in(Socket& socket, const std::string& device) {
  std::vector<Link> links;
  if (int err = socket.links(links); err != 0) return failure(err, device, "netlink(RTM_GETLINK)");
  const Link* found = find(links, device);
  if (found == nullptr) return failure(ENODEV, device, "netlink(RTM_GETLINK, \"%s\")", device.c_str());
  return *found;
}

std::string hexadecimal(const Bytes& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
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
Result<std::vector<std::string>> addresses_of(Socket& socket, const Link& link) {
  Request request(RTM_GETADDR, 0);
  ifaddrmsg all = {};
  request.put(&all, sizeof all);
  std::vector<std::string> found;
  int err = socket.dump(request, [&found, &link](const nlmsghdr* message) {
    if (message->nlmsg_type != RTM_NEWADDR) return;
    ifaddrmsg address = *static_cast<const ifaddrmsg*>(NLMSG_DATA(message));
    if (static_cast<int>(address.ifa_index) != link.index || address.ifa_scope != RT_SCOPE_UNIVERSE) return;
    uint32_t flags = address.ifa_flags;
    each_attribute(message, sizeof address, [&flags](uint16_t type, const void* data, size_t size) {
      if (type == IFA_FLAGS && size == sizeof flags) memcpy(&flags, data, sizeof flags);
    });
    if ((flags & IFA_F_PERMANENT) == 0) return;
    flags &= kOrders;
    address.ifa_flags = static_cast<uint8_t>(flags);
    Request copy(RTM_NEWADDR, 0);
    copy.put(&address, sizeof address);
    each_attribute(message, sizeof address, [&copy](uint16_t type, const void* data, size_t size) {
      if (kept(type)) copy.attribute(type, data, size);
    });
    copy.attribute(IFA_FLAGS, &flags, sizeof flags);
    Bytes& bytes = copy.finished(0);
    found.push_back(hexadecimal(Bytes(bytes.begin() + NLMSG_LENGTH(0), bytes.end())));
  });
  if (err != 0) return failure(err, link.name, "netlink(RTM_GETADDR)");
  return found;
}

// To the namespace at descriptor `to`, as `name`. 0 or errno.
int relocate(Socket& socket, int index, int to, const std::string& name) {
  Request request(RTM_NEWLINK, 0);
  ifinfomsg info = {};
  info.ifi_index = index;
  request.put(&info, sizeof info);
  request.attribute(IFLA_IFNAME, name.c_str(), name.size() + 1);
  request.attribute(IFLA_NET_NS_FD, &to, sizeof to);
  return socket.ask(request);
}

// The device that is there since `before`: with a template only the kernel knows its name.
std::string newcomer(const std::vector<Link>& before, const std::vector<Link>& after, const std::string& name) {
  size_t number = name.find("%d");
  if (number == std::string::npos) return name;
  std::string start = name.substr(0, number), end = name.substr(number + 2);
  for (const Link& link : after) {
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
  std::vector<Link> before, after;
  if (int err = target->links(before); err != 0) return failure(err, name, "netlink(RTM_GETLINK)");
  // The kernel moves first and renames then (do_setlink): a name that is taken would leave the device there with its old one.
  int err = find(before, name) == nullptr ? relocate(*source, link->index, to < 0 ? own->get() : to, name) : EEXIST;
  SysFailure failed = failure(err, device, "netlink(RTM_NEWLINK, \"%s\", IFLA_NET_NS_FD, IFLA_IFNAME \"%s\")",
                              device.c_str(), name.c_str());
  MovedDevice moved{device, (link->flags & IFF_UP) != 0, *addresses};
  if (int list = target->links(after); list != 0 && err == 0) return failure(list, name, "netlink(RTM_GETLINK)");
  if (err != 0) {
    const Link* stray = find(before, device) == nullptr ? find(after, device) : nullptr;
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
    Request request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
    request.put(bytes->data(), bytes->size());
    if (int err = socket->ask(request); err != 0 && err != EEXIST) {
      return failure(err, device, "netlink(RTM_NEWADDR, \"%s\")", device.c_str());
    }
  }
  if (!up) return done();
  Request request(RTM_NEWLINK, 0);
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
