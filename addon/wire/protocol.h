// The messages of docs/protocol.md: the control socket's packets and what goes through the gate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "wire/reader.h"

namespace tsrunc::wire {

inline constexpr size_t kMaxMessage = size_t{64} * 1024;
inline constexpr size_t kMaxDescriptors = 16;

enum class Kind : uint32_t { turn = 1, cloned = 2, fail = 3, opened = 4, plan = 16, go = 17, start = 32 };

// In the word of START: a descriptor comes with it, in this order.
inline constexpr uint32_t kStartTimes = 0x100;
inline constexpr uint32_t kStartListener = 0x200;

// FAIL's index of a child that has no plan yet: what has failed is the step that spawned it.
inline constexpr uint32_t kBeforePlan = 0xffffffff;

inline constexpr uint32_t kBlobMagic = 0x50525354;  // "TSRP"
inline constexpr uint32_t kBlobVersion = 1;

// Bits of an encoded step.
inline constexpr uint8_t kTurnAfter = 1;
inline constexpr uint8_t kHasOrElse = 2;

// Writes into memory of its user. What does not fit is left out, and ok() says so.
class Writer {
 public:
  Writer(void* memory, size_t size) : begin_(static_cast<uint8_t*>(memory)), size_(size) {}
  bool ok() const { return ok_; }
  size_t size() const { return used_; }

  void u32(uint32_t value) { raw(&value, sizeof value); }
  void i32(int32_t value) { raw(&value, sizeof value); }
  void u64(uint64_t value) { raw(&value, sizeof value); }
  void kind(Kind kind) { u32(static_cast<uint32_t>(kind)); }
  void str(std::string_view text) {
    u32(static_cast<uint32_t>(text.size()));
    raw(text.data(), text.size());
  }

 private:
  void raw(const void* data, size_t size) {
    if (!ok_ || size > size_ - used_) {
      ok_ = false;
      return;
    }
    memcpy(begin_ + used_, data, size);
    used_ += size;
  }

  uint8_t* begin_;
  size_t size_;
  size_t used_ = 0;
  bool ok_ = true;
};

// PLAN without its descriptors: one for each of `slots`, and before them the memfd of a blob that is too large for the
// message (`blob` is empty then).
struct PlanMessage {
  uint32_t umask = 0;
  uint32_t preserve_fds = 0;
  int32_t host_pid = 0;
  std::span<const uint32_t> slots;
  Bytes blob;
};

struct GoMessage {
  int32_t host_pid = 0;
  std::span<const uint32_t> slots;
};

// False: not such a message, or not exactly one.
inline bool decode(Reader in, PlanMessage& message) {
  uint32_t kind = 0;
  in.read(kind);
  in.read(message.umask);
  in.read(message.preserve_fds);
  in.read(message.host_pid);
  in.read(message.slots);
  in.read(message.blob);
  return in.done() && kind == static_cast<uint32_t>(Kind::plan);
}

inline bool decode(Reader in, GoMessage& message) {
  uint32_t kind = 0;
  in.read(kind);
  in.read(message.host_pid);
  in.read(message.slots);
  return in.done() && kind == static_cast<uint32_t>(Kind::go);
}

// The head of a blob; what follows are `count` steps.
inline bool decode_head(Reader& in, uint32_t& count) {
  uint32_t magic = 0;
  uint32_t version = 0;
  in.read(magic);
  in.read(version);
  in.read(count);
  return in.ok() && magic == kBlobMagic && version == kBlobVersion;
}

// One step, with readers of its fields and of its fallback.
struct Step {
  uint16_t code = 0;
  uint8_t who = 0;
  uint8_t bits = 0;
  uint32_t index = 0;
  Str id;
  std::span<const uint32_t> tolerate;
  Reader fields;
  uint16_t else_code = 0;
  Reader else_fields;

  bool turn_after() const { return (bits & kTurnAfter) != 0; }
  bool has_or_else() const { return (bits & kHasOrElse) != 0; }
  bool tolerates(int err) const {
    for (uint32_t one : tolerate) {
      if (err > 0 && one == static_cast<uint32_t>(err)) return true;
    }
    return false;
  }
};

inline bool decode_step(Reader& in, Step& step) {
  uint32_t size = 0;
  in.read(size);
  Reader body = in.part(size);
  body.read(step.code);
  body.read(step.who);
  body.read(step.bits);
  body.read(step.index);
  body.read(step.id);
  body.read(step.tolerate);
  uint32_t fields = 0;
  body.read(fields);
  step.fields = body.part(fields);
  if (step.has_or_else()) {
    uint16_t zero = 0;
    body.read(step.else_code);
    body.read(zero);
    step.else_fields = body.part(body.left());
    if (zero != 0) return false;
  }
  return in.ok() && body.done() && step.fields.ok() && step.else_fields.ok() &&
         (step.bits & ~(kTurnAfter | kHasOrElse)) == 0;
}

}  // namespace tsrunc::wire
