#include "systemd/values.h"

#include <stdlib.h>
#include <string.h>
#include <cerrno>

namespace tsrunc::systemd {
namespace {

constexpr int kDeepest = 16;
constexpr size_t kLongest = 64;

// The end of the one complete type at the head of `type`; null when there is none.
const char* end_of(const char* type, int depth = 0) {
  if (depth > kDeepest || !*type) return nullptr;
  if (*type == 'a') return end_of(type + 1, depth + 1);
  if (*type != '(') return strchr("ybnqiuxtdsog", *type) ? type + 1 : nullptr;
  for (++type; type && *type != ')';) type = end_of(type, depth + 1);
  return type ? type + 1 : nullptr;
}

// A part of a signature, as a string.
class Part {
 public:
  Part(const char* from, const char* to) {
    const size_t size = static_cast<size_t>(to - from);
    ok_ = size < kLongest;
    if (ok_) memcpy(text_, from, size);
  }
  bool ok() const { return ok_; }
  const char* text() const { return text_; }

 private:
  char text_[kLongest] = {};
  bool ok_;
};

// As strtoull has it, a leading minus too; the message keeps as many bytes as its type has.
bool parse(const char* text, char type, uint64_t& bits) {
  char* end = nullptr;
  errno = 0;
  if (type == 'd') {
    const double number = strtod(text, &end);
    memcpy(&bits, &number, sizeof bits);
  } else if (*text == '-') {
    bits = static_cast<uint64_t>(strtoll(text, &end, 10));
  } else {
    bits = strtoull(text, &end, 10);
  }
  return end != text && *end == 0 && errno == 0;
}

// Without a message the values are only passed over.
class Writer {
 public:
  Writer(sd_bus_message* message, Tokens& tokens) : message_(message), tokens_(tokens) {}

  // One value of the type at the head of `type`; returns what follows it, null when refused.
  const char* value(const char* type) {
    const char* end = end_of(type);
    if (!end) return nullptr;
    const bool written = *type == 'a'   ? array(type + 1, end)
                         : *type == '(' ? structure(type + 1, end - 1)
                                        : basic(*type);
    return written && tokens_.ok() ? end : nullptr;
  }

  bool open(char kind, const char* contents) {
    return !message_ || bus_message_open_container(message_, kind, contents) >= 0;
  }
  bool close() { return !message_ || bus_message_close_container(message_) >= 0; }
  bool text(const char* value) { return !message_ || bus_message_append_basic(message_, 's', value) >= 0; }

 private:
  bool basic(char type) {
    const char* token = tokens_.next();
    if (strchr("sog", type)) return !message_ || bus_message_append_basic(message_, type, token) >= 0;
    if (type == 'b') {
      const int yes = equal(token, "true");
      return (yes || equal(token, "false")) && (!message_ || bus_message_append_basic(message_, 'b', &yes) >= 0);
    }
    uint64_t bits = 0;
    return parse(token, type, bits) && (!message_ || number(type, bits));
  }

  bool number(char type, uint64_t bits) {
    const uint32_t word = static_cast<uint32_t>(bits);
    const uint16_t half = static_cast<uint16_t>(bits);
    const uint8_t byte = static_cast<uint8_t>(bits);
    const void* value = type == 'y'                  ? static_cast<const void*>(&byte)
                        : type == 'n' || type == 'q' ? static_cast<const void*>(&half)
                        : type == 'i' || type == 'u' ? static_cast<const void*>(&word)
                                                     : static_cast<const void*>(&bits);
    return bus_message_append_basic(message_, type, value) >= 0;
  }

  bool array(const char* element, const char* end) {
    const Part contents(element, end);
    const unsigned long count = tokens_.count();
    if (!contents.ok() || !tokens_.ok() || !open('a', contents.text())) return false;
    for (unsigned long i = 0; i < count; ++i) {
      if (!value(element)) return false;
    }
    return close();
  }

  bool structure(const char* field, const char* end) {
    const Part contents(field, end);
    if (!contents.ok() || !open('r', contents.text())) return false;
    while (field && field < end) field = value(field);
    return field == end && close();
  }

  sd_bus_message* message_;
  Tokens& tokens_;
};

bool append_property(sd_bus_message* message, Tokens& tokens, unsigned long version) {
  const char* name = tokens.next();
  const unsigned long since = tokens.count();
  const char* signature = tokens.next();
  if (!tokens.ok()) return false;
  Writer writer(since > version ? nullptr : message, tokens);
  const char* end = end_of(signature);
  if (!end || *end) return false;
  return writer.open('r', "sv") && writer.text(name) && writer.open('v', signature) && writer.value(signature) &&
         writer.close() && writer.close();
}

}  // namespace

bool append_properties(sd_bus_message* message, Tokens& tokens, unsigned long version) {
  if (bus_message_open_container(message, 'a', "(sv)") < 0) return false;
  while (!tokens.ended()) {
    if (!append_property(message, tokens, version)) return false;
  }
  return bus_message_close_container(message) >= 0;
}

}  // namespace tsrunc::systemd
