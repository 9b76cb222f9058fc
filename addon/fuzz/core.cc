#include <linux/filter.h>

#include <string>

#include "core/netlink_message.h"
#include "core/seccomp.h"
#include "core/seccomp_request.h"
#include "fuzz/target.h"

namespace tsrunc::fuzz {

void seccomp(Input input, bool good) {
  const std::string text(text_of(input));
  auto request = core::read_seccomp_request(text);
  if (!request) return require(!good && !request.failure().call.empty(), request.failure().call.c_str());
  // libseccomp takes seconds for thousands of rules.
  if (request->rules.size() > 16 || request->architectures.size() > 3) return;
  auto filter = core::seccomp_compile(text);
  require(
      !filter || (filter->size() % sizeof(sock_filter) == 0 && filter->size() <= BPF_MAXINSNS * sizeof(sock_filter)),
      "no filter that the kernel takes");
}

void netlink(Input input) {
  core::ByteView rest = {input.data(), input.size()};
  size_t messages = 0;
  for (core::NetMessage message; core::next_message(rest, message); messages++) {
    core::NetLink link;
    if (core::read_link(message, link)) require(link.name.find('\0') == std::string::npos, "a name with NUL in it");
    core::NetAddress address;
    if (core::read_address(message, address)) require(address.text.size() % 2 == 0, "half a byte");
  }
  require(messages <= input.size(), "more messages than bytes");
}

}  // namespace tsrunc::fuzz
