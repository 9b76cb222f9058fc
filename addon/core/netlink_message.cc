#include "core/netlink_message.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <algorithm>

namespace tsrunc::core {
namespace {

void skip(ByteView& rest, size_t size) {
  rest.data += size;
  rest.size -= size;
}

// What an address of a device needs to be the same one elsewhere. IFA_LABEL has the old name in it, IFA_CACHEINFO is of dynamic ones.
bool kept(uint16_t attribute) {
  return attribute == IFA_LOCAL || attribute == IFA_ADDRESS || attribute == IFA_BROADCAST ||
         attribute == IFA_RT_PRIORITY;
}

// Flags that are orders; the others tell of the state that the address is in.
constexpr uint32_t kOrders =
    IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN;

std::string hexadecimal(ByteView bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < bytes.size; i++) {
    text += kDigits[bytes.data[i] >> 4];
    text += kDigits[bytes.data[i] & 15];
  }
  return text;
}

}  // namespace

bool next_message(ByteView& rest, NetMessage& out) {
  nlmsghdr header;
  if (rest.size < sizeof header) return false;
  memcpy(&header, rest.data, sizeof header);
  if (header.nlmsg_len < sizeof header || header.nlmsg_len > rest.size) return false;
  out = {header.nlmsg_type, header.nlmsg_seq, {rest.data + sizeof header, header.nlmsg_len - sizeof header}};
  skip(rest, std::min<size_t>(NLMSG_ALIGN(header.nlmsg_len), rest.size));
  return true;
}

std::vector<NetAttribute> attributes_of(const NetMessage& message, size_t fixed) {
  std::vector<NetAttribute> found;
  ByteView rest = message.payload;
  skip(rest, std::min<size_t>(NLMSG_ALIGN(fixed), rest.size));
  rtattr head;
  while (rest.size >= sizeof head) {
    memcpy(&head, rest.data, sizeof head);
    if (head.rta_len < sizeof head || head.rta_len > rest.size) break;
    found.push_back(
        {static_cast<uint16_t>(head.rta_type & NLA_TYPE_MASK), {rest.data + sizeof head, head.rta_len - sizeof head}});
    skip(rest, std::min<size_t>(RTA_ALIGN(static_cast<size_t>(head.rta_len)), rest.size));
  }
  return found;
}

bool read_link(const NetMessage& message, NetLink& out) {
  ifinfomsg info;
  if (message.type != RTM_NEWLINK || !message.fixed(info)) return false;
  out = {info.ifi_index, info.ifi_flags, ""};
  for (const NetAttribute& one : attributes_of(message, sizeof info)) {
    const auto* text = reinterpret_cast<const char*>(one.value.data);
    if (one.type == IFLA_IFNAME) out.name.assign(text, strnlen(text, one.value.size));
  }
  return true;
}

bool read_address(const NetMessage& message, NetAddress& out) {
  ifaddrmsg address;
  if (message.type != RTM_NEWADDR || !message.fixed(address)) return false;
  const auto attributes = attributes_of(message, sizeof address);
  uint32_t flags = address.ifa_flags;
  for (const NetAttribute& one : attributes) {
    if (one.type == IFA_FLAGS && one.value.size == sizeof flags) memcpy(&flags, one.value.data, sizeof flags);
  }
  out.index = static_cast<int>(address.ifa_index);
  out.lasting = address.ifa_scope == RT_SCOPE_UNIVERSE && (flags & IFA_F_PERMANENT) != 0;
  flags &= kOrders;
  address.ifa_flags = static_cast<uint8_t>(flags);
  NetRequest copy(RTM_NEWADDR, 0);
  copy.put(&address, sizeof address);
  for (const NetAttribute& one : attributes) {
    if (kept(one.type)) copy.attribute(one.type, one.value.data, one.value.size);
  }
  copy.attribute(IFA_FLAGS, &flags, sizeof flags);
  const Bytes& bytes = copy.finished(0);
  out.text = hexadecimal({bytes.data() + NLMSG_HDRLEN, bytes.size() - NLMSG_HDRLEN});
  return true;
}

NetRequest::NetRequest(uint16_t type, uint16_t flags) {
  bytes_.resize(NLMSG_HDRLEN);
  header().nlmsg_type = type;
  header().nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
}

void NetRequest::put(const void* data, size_t size) {
  const auto* from = static_cast<const uint8_t*>(data);
  bytes_.insert(bytes_.end(), from, from + size);
  bytes_.resize(NLMSG_ALIGN(bytes_.size()));
}

void NetRequest::attribute(uint16_t type, const void* data, size_t size) {
  rtattr head = {static_cast<uint16_t>(RTA_LENGTH(size)), type};
  put(&head, sizeof head);
  put(data, size);
}

Bytes& NetRequest::finished(uint32_t sequence) {
  header().nlmsg_len = static_cast<uint32_t>(bytes_.size());
  header().nlmsg_seq = sequence;
  return bytes_;
}

}  // namespace tsrunc::core
