#include <memory>
#include <vector>

#include "fuzz/target.h"
#include "init/status.h"
#include "ops.gen.h"
#include "wire/protocol.h"

namespace tsrunc::fuzz {
namespace {

// What the reader made of the fields, written again: a wire that has two forms for one value would have room to hide something.
class Encoder {
 public:
  template <class T>
  void operator()(const char*, const T& value) {
    put(value);
  }
  const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  template <class T>
  void raw(const T& value) {
    const auto* from = reinterpret_cast<const uint8_t*>(&value);
    bytes_.insert(bytes_.end(), from, from + sizeof value);
  }
  void put(uint8_t value) { raw(value); }
  void put(uint16_t value) { raw(value); }
  void put(uint32_t value) { raw(value); }
  void put(uint64_t value) { raw(value); }
  void put(int32_t value) { raw(value); }
  void put(int64_t value) { raw(value); }
  void put(bool value) { raw(static_cast<uint8_t>(value)); }
  void put(wire::Slot value) { raw(value.index); }
  void put(const wire::IdMap& map) {
    raw(map.container_id);
    raw(map.host_id);
    raw(map.size);
  }
  void put(wire::Str value) {
    require(value.c_str()[value.size()] == 0 && strlen(value.c_str()) == value.size(),
            "a string that does not end with NUL");
    raw(value.size());
    bytes_.insert(bytes_.end(), value.view().begin(), value.view().end());
  }
  void put(const wire::Strs& list) {
    raw(list.size());
    for (const char* one : list) put(wire::Str(one, static_cast<uint32_t>(strlen(one))));
    require(list.argv()[list.size()] == nullptr, "a list without its end");
  }
  template <class T>
  void put(const std::span<const T>& list) {
    raw(static_cast<uint32_t>(list.size()));
    for (const T& one : list) put(one);
  }
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }

  std::vector<uint8_t> bytes_;
};

struct Handler {
  std::vector<uint8_t> again;
  template <class Op>
  bool carry_out(const Op& op) {
    Encoder encoder;
    op.each(encoder);
    again = encoder.bytes();
    return true;
  }
  bool malformed(const char*) { return false; }
  bool unknown(uint16_t) { return false; }
};

bool fields(uint16_t code, wire::Reader in, Input bytes) {
  Handler handler;
  if (!op::dispatch(code, in, handler)) return false;
  require(bytes.empty() ||
              (handler.again.size() == bytes.size() && memcmp(handler.again.data(), bytes.data(), bytes.size()) == 0),
          "fields that are written otherwise than they were read");
  return true;
}

}  // namespace

void plan(Input input, bool good) {
  const size_t room = wire::Arena::for_wire(input.size());
  // Exactly as much as init has: what is beyond is a finding.
  const std::unique_ptr<uint8_t[]> memory(new uint8_t[room]);
  wire::Arena arena(memory.get(), room);
  wire::Reader in(input.data(), input.size(), arena);
  uint32_t count = 0;
  bool whole = wire::decode_head(in, count);
  for (uint32_t i = 0; whole && i < count; i++) {
    arena.reset();
    wire::Step step;
    whole = wire::decode_step(in, step) && fields(step.code, step.fields, {}) &&
            (!step.has_or_else() || fields(step.else_code, step.else_fields, {}));
    (void)step.tolerates(2);
  }
  require(!good || (whole && in.done()), "a plan of the TypeScript side that does not decode");
}

void step(Input input) {
  uint16_t code = 0;
  if (input.size() < sizeof code) return;
  memcpy(&code, input.data(), sizeof code);
  const Input rest = input.subspan(sizeof code);
  const size_t room = wire::Arena::for_wire(rest.size());
  const std::unique_ptr<uint8_t[]> memory(new uint8_t[room]);
  wire::Arena arena(memory.get(), room);
  fields(static_cast<uint16_t>(code % 256), wire::Reader(rest.data(), rest.size(), arena), rest);
}

void message(Input input) {
  alignas(8) char memory[2048];
  wire::Arena arena(memory, sizeof memory);
  wire::PlanMessage plan;
  if (wire::decode(wire::Reader(input.data(), input.size(), arena), plan)) {
    require(plan.blob.size() <= input.size() && plan.slots.size() * 4 <= input.size(), "more than there is");
  }
  arena.reset();
  wire::GoMessage go;
  if (wire::decode(wire::Reader(input.data(), input.size(), arena), go)) {
    uint32_t sum = 0;
    for (uint32_t slot : go.slots) sum ^= slot;
    require(go.slots.size() * 4 + 12 == input.size(), "more than there is");
    (void)sum;
  }
}

}  // namespace tsrunc::fuzz
