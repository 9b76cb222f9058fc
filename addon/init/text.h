// Cutting text without libstdc++: string_view::substr would bring its out_of_range.
#pragma once

#include <string_view>

namespace tsrunc::init {

// Takes the text before the next `separator` off `rest`, separator included; all of it when there is none.
inline std::string_view take_field(std::string_view& rest, char separator) {
  size_t end = rest.find(separator);
  std::string_view field(rest.data(), end < rest.size() ? end : rest.size());
  rest.remove_prefix(end < rest.size() ? end + 1 : rest.size());
  return field;
}

}  // namespace tsrunc::init
