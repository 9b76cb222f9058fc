// The wire's reader against input that may hold anything. Buffers are allocated at their exact size, so that
// AddressSanitizer sees one byte read too far.
#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ops.gen.h"
#include "wire/protocol.h"
#include "wire/reader.h"

using namespace tsrunc;

namespace {

class Bytes {
 public:
  Bytes& u8(uint8_t value) { return add(&value, sizeof value); }
  Bytes& u16(uint16_t value) { return add(&value, sizeof value); }
  Bytes& u32(uint32_t value) { return add(&value, sizeof value); }
  Bytes& u64(uint64_t value) { return add(&value, sizeof value); }
  Bytes& str(const std::string& text) {
    u32(static_cast<uint32_t>(text.size()));
    return add(text.data(), text.size());
  }
  Bytes& raw(const std::vector<uint8_t>& other) { return add(other.data(), other.size()); }
  const std::vector<uint8_t>& get() const { return bytes_; }

 private:
  Bytes& add(const void* data, size_t size) {
    auto* begin = static_cast<const uint8_t*>(data);
    bytes_.insert(bytes_.end(), begin, begin + size);
    return *this;
  }
  std::vector<uint8_t> bytes_;
};

// A reader of an exact copy, with room for what it decodes.
class Source {
 public:
  explicit Source(const std::vector<uint8_t>& bytes, size_t room = 0)
      : copy_(new uint8_t[bytes.size() + (bytes.empty() ? 1 : 0)]),
        room_(room ? room : wire::Arena::for_wire(bytes.size())),
        memory_(new uint64_t[room_ / 8 + 1]),
        arena_(memory_.get(), room_),
        reader(copy_.get(), bytes.size(), arena_) {
    std::copy(bytes.begin(), bytes.end(), copy_.get());
  }

 private:
  std::unique_ptr<uint8_t[]> copy_;
  size_t room_;
  std::unique_ptr<uint64_t[]> memory_;
  wire::Arena arena_;

 public:
  wire::Reader reader;
};

template <class T>
bool refused(const Bytes& bytes) {
  Source source(bytes.get());
  T value{};
  source.reader.read(value);
  return !source.reader.done();
}

// Visits every decoded byte, so that a view past the end shows.
struct Toucher {
  uint64_t sum = 0;
  void operator()(const char*, const wire::Str& value) {
    for (char c : value.view()) sum += static_cast<uint8_t>(c);
    sum += static_cast<uint8_t>(value.c_str()[value.size()]);
  }
  void operator()(const char*, const wire::Strs& value) {
    for (const char* text : value) sum += std::string(text).size();
    CHECK(value.argv()[value.size()] == nullptr);
  }
  void operator()(const char*, const wire::Slot& value) { sum += value.index; }
  void operator()(const char*, std::span<const wire::IdMap> value) { sum += value.size(); }
  template <class T>
  void operator()(const char*, std::span<const T> value) {
    for (T one : value) sum += static_cast<uint64_t>(one);
  }
  template <class T>
  void operator()(const char* name, const std::optional<T>& value) {
    if (value) (*this)(name, *value);
  }
  template <class T>
  requires std::is_arithmetic_v<T>
  void operator()(const char*, T value) { sum += static_cast<uint64_t>(value); }
};

struct Handler {
  int decoded = 0;
  template <class Op>
  bool carry_out(const Op& op) {
    Toucher toucher;
    op.each(toucher);
    decoded++;
    return true;
  }
  bool malformed(const char*) { return false; }
  bool unknown(uint16_t) { return false; }
};

// The whole of a blob, as the loop of tsrunc-init reads it.
int decode_all(const std::vector<uint8_t>& blob) {
  Source source(blob);
  uint32_t count = 0;
  Handler handler;
  if (!wire::decode_head(source.reader, count)) return handler.decoded;
  for (uint32_t i = 0; i < count; i++) {
    wire::Step step;
    if (!wire::decode_step(source.reader, step)) break;
    if (!op::dispatch(step.code, step.fields, handler)) break;
    if (step.has_or_else()) op::dispatch(step.else_code, step.else_fields, handler);
  }
  return handler.decoded;
}

std::vector<uint8_t> step(uint16_t code, const Bytes& fields, uint8_t bits = 0, const Bytes& rest = {}) {
  Bytes body;
  body.u16(code).u8(2).u8(bits).u32(7).str("a/b").u32(2).u32(1).u32(13);
  body.u32(static_cast<uint32_t>(fields.get().size())).raw(fields.get()).raw(rest.get());
  return Bytes().u32(static_cast<uint32_t>(body.get().size())).raw(body.get()).get();
}

std::vector<uint8_t> blob(const std::vector<std::vector<uint8_t>>& steps) {
  Bytes out;
  out.u32(wire::kBlobMagic).u32(wire::kBlobVersion).u32(static_cast<uint32_t>(steps.size()));
  for (const auto& one : steps) out.raw(one);
  return out.get();
}

std::vector<uint8_t> sample() {
  Bytes hook;
  hook.str("createContainer")
      .u32(1)
      .str("/bin/hook")
      .u32(2)
      .str("a")
      .str("")
      .u32(1)
      .str("K=V")
      .u8(0)
      .u8(1)
      .u64(5000)
      .str("{")
      .u8(1)
      .str("}")
      .u8(1);
  Bytes identity;
  identity.u32(0).u32(0).u32(2).u32(5).u32(6).u8(1).u64(1).u64(2).u64(3).u64(4).u64(5).u8(0);
  Bytes propagation;
  propagation.u64(1 << 19);
  Bytes chroot_else;
  chroot_else.u16(op::RootfsChroot::kCode).u16(0);
  return blob({step(op::HookRun::kCode, hook, wire::kTurnAfter), step(op::IdentitySet::kCode, identity),
               step(op::RootfsPropagation::kCode, propagation, wire::kHasOrElse, chroot_else)});
}

}  // namespace

TEST_CASE("numbers are little endian and end where they should") {
  Source source(Bytes().u32(0x01020304).get());
  uint16_t low = 0, high = 0;
  source.reader.read(low);
  source.reader.read(high);
  CHECK(low == 0x0304);
  CHECK(high == 0x0102);
  CHECK(source.reader.done());
  uint8_t beyond = 9;
  source.reader.read(beyond);
  CHECK(beyond == 0);
  CHECK_FALSE(source.reader.ok());
}

TEST_CASE("a failure sticks") {
  Source source(Bytes().u8(2).u32(5).get());
  bool flag = true;
  source.reader.read(flag);
  CHECK_FALSE(flag);
  uint32_t value = 1;
  source.reader.read(value);
  CHECK(value == 0);
  CHECK_FALSE(source.reader.ok());
}

TEST_CASE("a bool is 0 or 1") {
  CHECK_FALSE(refused<bool>(Bytes().u8(0)));
  CHECK_FALSE(refused<bool>(Bytes().u8(1)));
  CHECK(refused<bool>(Bytes().u8(2)));
  CHECK(refused<bool>(Bytes().u8(255)));
}

TEST_CASE("a string has a NUL behind it and none inside") {
  Source source(Bytes().str("abc").get());
  wire::Str text;
  source.reader.read(text);
  CHECK(source.reader.done());
  CHECK(std::string(text.c_str()) == "abc");
  CHECK(refused<wire::Str>(Bytes().str(std::string("a\0b", 3))));
  CHECK(refused<wire::Str>(Bytes().str(std::string("a\0", 2))));
  CHECK_FALSE(refused<wire::Str>(Bytes().str("")));
}

TEST_CASE("lengths that lie are refused") {
  for (uint32_t length : {1u, 4u, 0x7fffffffu, 0x80000000u, 0xfffffffcu, 0xffffffffu}) {
    CAPTURE(length);
    CHECK(refused<wire::Str>(Bytes().u32(length)));
    CHECK(refused<wire::Bytes>(Bytes().u32(length)));
    CHECK(refused<wire::Strs>(Bytes().u32(length)));
    CHECK(refused<std::span<const uint32_t>>(Bytes().u32(length)));
    CHECK(refused<std::span<const uint64_t>>(Bytes().u32(length).u32(0)));
    CHECK(refused<std::span<const wire::IdMap>>(Bytes().u32(length).u64(0)));
    CHECK(refused<wire::Strs>(Bytes().u32(2).u32(length).u32(length)));
  }
}

TEST_CASE("trailing bytes are refused") { CHECK(refused<uint32_t>(Bytes().u32(1).u8(0))); }

TEST_CASE("an optional value is absent or there") {
  Source absent(Bytes().u8(0).get());
  std::optional<uint32_t> value = 5;
  absent.reader.read(value);
  CHECK_FALSE(value.has_value());
  CHECK(absent.reader.done());
  Source present(Bytes().u8(1).u32(9).get());
  present.reader.read(value);
  CHECK(value == 9);
  CHECK(refused<std::optional<uint32_t>>(Bytes().u8(2).u32(9)));
  CHECK(refused<std::optional<uint32_t>>(Bytes().u8(1)));
}

TEST_CASE("an arena that is full refuses") {
  Source source(Bytes().str("0123456789").get(), 8);
  wire::Str text;
  source.reader.read(text);
  CHECK(text.empty());
  CHECK_FALSE(source.reader.ok());
}

TEST_CASE("the arena's estimate holds for what costs most") {
  Bytes bytes;
  bytes.u32(1000);
  for (int i = 0; i < 1000; i++) bytes.str("");
  CHECK_FALSE(refused<wire::Strs>(bytes));
}

TEST_CASE("a plan decodes") { CHECK(decode_all(sample()) == 4); }

TEST_CASE("a step is all of its bytes") {
  wire::Step decoded;
  Bytes none;
  auto good = step(op::SessionNew::kCode, none);
  Source exact(good);
  CHECK(wire::decode_step(exact.reader, decoded));
  CHECK(decoded.tolerates(13));
  CHECK_FALSE(decoded.tolerates(0));
  CHECK_FALSE(decoded.tolerates(2));
  auto bits = good;
  bits[7] = 4;
  Source unknown_bit(bits);
  CHECK_FALSE(wire::decode_step(unknown_bit.reader, decoded));
  Bytes trailing;
  trailing.u8(0);
  auto longer = step(op::SessionNew::kCode, none, 0, trailing);
  Source left_over(longer);
  CHECK_FALSE(wire::decode_step(left_over.reader, decoded));
}

TEST_CASE("a plan cut off anywhere never reads beyond") {
  auto whole = sample();
  for (size_t size = 0; size < whole.size(); size++) {
    CHECK(decode_all({whole.begin(), whole.begin() + static_cast<long>(size)}) < 4);
  }
}

TEST_CASE("a plan with any bytes changed never reads beyond") {
  auto whole = sample();
  uint64_t random = 0x9e3779b97f4a7c15;
  auto next = [&random] {
    return random = random * 6364136223846793005u + 1442695040888963407u, static_cast<uint32_t>(random >> 33);
  };
  for (int round = 0; round < 20000; round++) {
    auto changed = whole;
    for (uint32_t n = next() % 4 + 1; n > 0; n--) {
      static constexpr uint8_t kNasty[] = {0, 1, 2, 0x7f, 0x80, 0xfe, 0xff};
      uint32_t at = 12 + next() % static_cast<uint32_t>(changed.size() - 12);
      changed[at] = next() % 2 ? kNasty[next() % sizeof kNasty] : static_cast<uint8_t>(next());
    }
    CHECK(decode_all(changed) <= 6);
  }
}

TEST_CASE("messages of the runtime") {
  wire::PlanMessage plan;
  Source good(Bytes().u32(16).u32(022).u32(3).u32(41).u32(2).u32(1).u32(4).u32(4).u32(7).get());
  REQUIRE(wire::decode(good.reader, plan));
  CHECK(plan.umask == 022);
  CHECK(plan.preserve_fds == 3);
  CHECK(plan.host_pid == 41);
  CHECK(plan.slots.size() == 2);
  CHECK(plan.blob.size() == 4);
  Source short_blob(Bytes().u32(16).u32(022).u32(3).u32(41).u32(0).u32(5).u32(7).get());
  wire::PlanMessage cut;
  CHECK_FALSE(wire::decode(short_blob.reader, cut));
  wire::GoMessage go;
  Source other(Bytes().u32(17).u32(41).u32(0).get());
  CHECK_FALSE(wire::decode(other.reader, plan));
  REQUIRE(wire::decode(other.reader, go));
  CHECK(go.host_pid == 41);
}

TEST_CASE("a writer leaves out what does not fit and says so") {
  char memory[8];
  wire::Writer writer(memory, sizeof memory);
  writer.u32(1);
  CHECK(writer.ok());
  writer.str("abcd");
  CHECK_FALSE(writer.ok());
  CHECK(writer.size() <= sizeof memory);
}
