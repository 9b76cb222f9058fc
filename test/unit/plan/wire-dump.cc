// Prints a plan blob (stdin) as JSON, one object for each step, by the decoder that tsrunc-init uses. For
// encode.test.ts.
#include <cstdio>
#include <string>
#include <type_traits>
#include <vector>

#include "ops.gen.h"
#include "wire/protocol.h"

using namespace tsrunc;

namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) {
      out += c;
    } else {
      char escape[8];
      snprintf(escape, sizeof escape, "\\u%04x", c);
      out += escape;
    }
  }
  return out + "\"";
}

std::string json(const wire::Str& value) { return quoted(value.view()); }
std::string json(const char* value) { return quoted(value); }
std::string json(bool value) { return value ? "true" : "false"; }
// 64 bits do not fit JSON's numbers: all integers are printed as strings.
template <class T>
requires std::is_integral_v<T> std::string json(T value) { return quoted(std::to_string(value)); }
std::string json(const wire::Slot& value) { return json(value.index); }
std::string json(const wire::IdMap& value) {
  return "{\"containerId\":" + json(value.container_id) + ",\"hostId\":" + json(value.host_id) +
         ",\"size\":" + json(value.size) + "}";
}
template <class T>
std::string list(const T& values) {
  std::string out;
  for (const auto& value : values) out += (out.empty() ? "" : ",") + json(value);
  return "[" + out + "]";
}
std::string json(const wire::Strs& value) { return list(value); }
template <class T>
std::string json(std::span<const T> value) {
  return list(value);
}
template <class T>
std::string json(const std::optional<T>& value) {
  return value ? json(*value) : "null";
}

struct Printer {
  std::string text;
  template <class Op>
  bool carry_out(const Op& op) {
    text = "\"verb\":" + quoted(Op::kVerb);
    op.each([this](const char* name, const auto& value) { text += "," + quoted(name) + ":" + json(value); });
    return true;
  }
  bool malformed(const char* verb) { return fprintf(stderr, "%s is malformed\n", verb), false; }
  bool unknown(uint16_t code) { return fprintf(stderr, "code %u is unknown\n", code), false; }
};

bool print_step(wire::Reader& in) {
  wire::Step step;
  Printer op, or_else;
  if (!wire::decode_step(in, step) || !op::dispatch(step.code, step.fields, op)) return false;
  if (step.has_or_else() && !op::dispatch(step.else_code, step.else_fields, or_else)) return false;
  printf("{\"index\":%u,\"id\":%s,\"who\":%u,\"turn\":%s,\"tolerate\":%s,\"op\":{%s},\"orElse\":%s}\n", step.index,
         json(step.id).c_str(), step.who, json(step.turn_after()).c_str(), json(step.tolerate).c_str(), op.text.c_str(),
         step.has_or_else() ? ("{" + or_else.text + "}").c_str() : "null");
  return true;
}

}  // namespace

int main() {
  std::vector<uint8_t> blob;
  for (int c; (c = getchar()) != EOF;) blob.push_back(static_cast<uint8_t>(c));
  size_t room = wire::Arena::for_wire(blob.size());
  std::vector<uint64_t> memory(room / 8 + 1);
  wire::Arena arena(memory.data(), room);
  wire::Reader in(blob.data(), blob.size(), arena);
  uint32_t count = 0;
  if (!wire::decode_head(in, count)) return fprintf(stderr, "no plan\n"), 1;
  for (uint32_t i = 0; i < count; i++) {
    arena.reset();
    if (!print_step(in)) return fprintf(stderr, "step %u does not decode\n", i), 1;
  }
  return in.done() ? 0 : (fprintf(stderr, "bytes are left over\n"), 1);
}
