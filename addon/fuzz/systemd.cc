#include <string>

#include "fuzz/target.h"
#include "systemd/library.h"
#include "systemd/text.h"
#include "systemd/values.h"

namespace tsrunc::fuzz {

// sd-bus takes it all: what is tried is how the request is read.
void systemd(Input input) {
  systemd::bus_message_append_basic = [](sd_bus_message*, char type, const void* value) {
    require(type != 0 && value != nullptr, "nothing to append");
    return 0;
  };
  systemd::bus_message_open_container = [](sd_bus_message*, char, const char* contents) {
    require(contents != nullptr, "a container of nothing");
    return 0;
  };
  systemd::bus_message_close_container = [](sd_bus_message*) { return 0; };
  if (input.empty()) return;
  std::string text(text_of(input.subspan(1)));
  systemd::Tokens tokens(text.data());
  char message = 0;
  (void)systemd::append_properties(reinterpret_cast<sd_bus_message*>(&message), tokens, input[0]);
}

}  // namespace tsrunc::fuzz
