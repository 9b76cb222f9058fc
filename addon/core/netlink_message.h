// Messages of rtnetlink (netlink(7), rtnetlink(7)) out of a datagram. The macros of the kernel's headers count on lengths that are multiples of
// four and on messages as long as their type needs; here every length is checked against what is there.
#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "core/types.h"

namespace tsrunc::core {

struct NetMessage {
  uint16_t type = 0;
  uint32_t sequence = 0;
  // What follows the header: the fixed part of the type, then attributes.
  ByteView payload;

  // False when the message is too short for it.
  template <class T>
  bool fixed(T& out) const {
    if (payload.size < sizeof out) return false;
    memcpy(&out, payload.data, sizeof out);
    return true;
  }
};

// Takes the next message off the head of `rest`; false at the end, or when what is left is no whole message.
bool next_message(ByteView& rest, NetMessage& out);

struct NetAttribute {
  uint16_t type = 0;
  ByteView value;
};

// The attributes behind a fixed part of `fixed` bytes; one that is cut off ends the list.
std::vector<NetAttribute> attributes_of(const NetMessage& message, size_t fixed);

struct NetLink {
  int index = 0;
  unsigned flags = 0;
  std::string name;
};

// False: it is no RTM_NEWLINK.
bool read_link(const NetMessage& message, NetLink& out);

struct NetAddress {
  int index = 0;
  // Permanent, and of global scope.
  bool lasting = false;
  // Hexadecimal: the body of an RTM_NEWADDR that makes the same address, but for the index of the device.
  std::string text;
};

// False: it is no RTM_NEWADDR.
bool read_address(const NetMessage& message, NetAddress& out);

// One request: the header, the fixed part, attributes.
class NetRequest {
 public:
  NetRequest(uint16_t type, uint16_t flags);
  void put(const void* data, size_t size);
  void attribute(uint16_t type, const void* data, size_t size);
  nlmsghdr& header() { return *reinterpret_cast<nlmsghdr*>(bytes_.data()); }
  Bytes& finished(uint32_t sequence);

 private:
  Bytes bytes_;
};

}  // namespace tsrunc::core
