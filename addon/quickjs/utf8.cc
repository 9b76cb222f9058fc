#include "quickjs/utf8.h"

#include <cstdint>
#include <cstring>

namespace tsrunc::quickjs {
namespace {

constexpr char kReplacement[] = "\xef\xbf\xbd";

struct Part {
  size_t length;  // at least 1
  bool good;
};

// The sequence at the beginning, or the longest beginning of one.
Part next(const uint8_t* text, size_t size) {
  const uint8_t lead = text[0];
  if (lead < 0x80) return {1, true};
  const size_t wanted = lead >= 0xc2 && lead <= 0xdf   ? 2
                        : lead >= 0xe0 && lead <= 0xef ? 3
                        : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                       : 0;
  if (wanted == 0) return {1, false};
  // Overlong forms, surrogates and what is above U+10FFFF are told by the second byte.
  uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  size_t length = 1;
  for (; length < wanted; ++length, low = 0x80, high = 0xbf) {
    if (length == size || text[length] < low || text[length] > high) return {length, false};
  }
  return {length, true};
}

}  // namespace

size_t first_invalid(const char* text, size_t size) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text);
  size_t at = 0;
  while (at < size) {
    uint64_t word = 0;
    if (size - at >= sizeof word) {
      memcpy(&word, bytes + at, sizeof word);
      if ((word & 0x8080808080808080u) == 0) {
        at += sizeof word;
        continue;
      }
    }
    const Part part = next(bytes + at, size - at);
    if (!part.good) return at;
    at += part.length;
  }
  return size;
}

std::string well_formed(const char* text, size_t size) {
  std::string result;
  for (size_t at = 0; at < size;) {
    const size_t good = first_invalid(text + at, size - at);
    result.append(text + at, good);
    at += good;
    if (at == size) break;
    result.append(kReplacement);
    at += next(reinterpret_cast<const uint8_t*>(text) + at, size - at).length;
  }
  return result;
}

void replace_surrogates(std::string& text) {
  for (size_t at = text.find('\xed'); at != std::string::npos; at = text.find('\xed', at + 1)) {
    if (at + 2 < text.size() && static_cast<uint8_t>(text[at + 1]) >= 0xa0) text.replace(at, 3, kReplacement);
  }
}

}  // namespace tsrunc::quickjs
