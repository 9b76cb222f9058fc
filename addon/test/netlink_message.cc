// Messages of rtnetlink whose lengths lie.
#include "core/netlink_message.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <doctest/doctest.h>

#include <vector>

using namespace tsrunc::core;

namespace {

ByteView view(const std::vector<uint8_t>& bytes) { return {bytes.data(), bytes.size()}; }

std::vector<uint8_t> link_message() {
  ifinfomsg info = {};
  info.ifi_index = 7;
  info.ifi_flags = 1;
  NetRequest request(RTM_NEWLINK, 0);
  request.put(&info, sizeof info);
  request.attribute(IFLA_IFNAME, "eth0", 5);
  return request.finished(42);
}

}  // namespace

TEST_CASE("two links in a datagram") {
  auto bytes = link_message();
  const auto second = link_message();
  bytes.insert(bytes.end(), second.begin(), second.end());
  ByteView rest = view(bytes);
  NetMessage message;
  for (int i = 0; i < 2; i++) {
    REQUIRE(next_message(rest, message));
    NetLink link;
    REQUIRE(read_link(message, link));
    CHECK(message.sequence == 42);
    CHECK(link.index == 7);
    CHECK(link.name == "eth0");
  }
  CHECK(!next_message(rest, message));
}

TEST_CASE("a message that is cut off, at each of its bytes") {
  const auto whole = link_message();
  for (size_t size = 0; size < whole.size(); size++) {
    const std::vector<uint8_t> bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    ByteView rest = view(bytes);
    NetMessage message;
    CHECK(!next_message(rest, message));
  }
}

TEST_CASE("lengths that are no multiple of four, too small, too large") {
  for (uint32_t length : {0u, 15u, 17u, 31u, 33u, 43u, 45u, 0xffffffffu}) {
    auto bytes = link_message();
    memcpy(bytes.data(), &length, sizeof length);
    ByteView rest = view(bytes);
    NetMessage message;
    NetLink link;
    const bool fits = length >= sizeof(nlmsghdr) && length <= bytes.size();
    REQUIRE(next_message(rest, message) == fits);
    if (!fits) continue;
    CHECK(rest.size <= bytes.size());
    CHECK(read_link(message, link) == (length >= sizeof(nlmsghdr) + sizeof(ifinfomsg)));
  }
  for (uint16_t length : {uint16_t{0}, uint16_t{3}, uint16_t{200}}) {
    auto bytes = link_message();
    memcpy(bytes.data() + sizeof(nlmsghdr) + sizeof(ifinfomsg), &length, sizeof length);
    ByteView rest = view(bytes);
    NetMessage message;
    NetLink link;
    REQUIRE(next_message(rest, message));
    CHECK(read_link(message, link));
    CHECK(link.name.empty());
  }
}

TEST_CASE("an address keeps what makes it the same elsewhere") {
  ifaddrmsg address = {};
  address.ifa_family = 2;
  address.ifa_prefixlen = 24;
  address.ifa_index = 7;
  const uint32_t flags = IFA_F_PERMANENT | IFA_F_NOPREFIXROUTE;
  const uint8_t local[] = {10, 0, 0, 1};
  NetRequest request(RTM_NEWADDR, 0);
  request.put(&address, sizeof address);
  request.attribute(IFA_LOCAL, local, sizeof local);
  request.attribute(IFA_LABEL, "eth0", 5);
  request.attribute(IFA_FLAGS, &flags, sizeof flags);
  auto bytes = request.finished(1);
  ByteView rest = view(bytes);
  NetMessage message;
  NetAddress found;
  REQUIRE(next_message(rest, message));
  REQUIRE(read_address(message, found));
  CHECK(found.index == 7);
  CHECK(found.lasting);
  CHECK(found.text.find("0a000001") != std::string::npos);
  CHECK(found.text.find("65746830") == std::string::npos);
  CHECK(!read_address(NetMessage{RTM_NEWADDR, 0, {}}, found));
}
