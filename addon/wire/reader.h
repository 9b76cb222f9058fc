// Reads the wire (docs/protocol.md) from memory that may hold anything: never past the end, never with an overflow, and
// what is not exactly as it should be is refused. A failure sticks: every later value is empty, and ok() and done() say
// no.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "wire/types.h"

namespace tsrunc::wire {

// A bump allocator over memory of its user; everything is given back at once.
class Arena {
 public:
  constexpr Arena() = default;
  Arena(void* memory, size_t size) : begin_(static_cast<uint8_t*>(memory)), size_(size) {}
  // Null when it is full.
  void* take(size_t bytes, size_t align) {
    size_t start = (used_ + align - 1) & ~(align - 1);
    if (start < used_ || start > size_ || bytes > size_ - start) return nullptr;
    used_ = start + bytes;
    return begin_ + start;
  }
  void reset() { used_ = 0; }
  // What the arena of a plan must hold: a string costs its length plus a NUL (its length field has four bytes), an
  // element of a list eight bytes more than its four on the wire at the most, each list a terminator and its alignment.
  static constexpr size_t for_wire(size_t wire_bytes) { return wire_bytes * 4 + 4096; }

 private:
  uint8_t* begin_ = nullptr;
  size_t size_ = 0;
  size_t used_ = 0;
};

class Reader {
 public:
  // Of nothing.
  Reader() = default;
  Reader(const void* data, size_t size, Arena& arena)
      : at_(static_cast<const uint8_t*>(data)), left_(size), arena_(&arena) {}

  bool ok() const { return ok_; }
  // All read, nothing refused, nothing left over.
  bool done() const { return ok_ && left_ == 0; }
  size_t left() const { return left_; }

  void read(uint8_t& value) { number(value); }
  void read(uint16_t& value) { number(value); }
  void read(uint32_t& value) { number(value); }
  void read(uint64_t& value) { number(value); }
  void read(int32_t& value) { number(value); }
  void read(int64_t& value) { number(value); }
  void read(Slot& slot) { number(slot.index); }

  void read(bool& value) {
    uint8_t byte = 0;
    number(byte);
    if (byte > 1) refuse();
    value = ok_ && byte == 1;
  }

  void read(Str& value) {
    value = {};
    uint32_t size = 0;
    if (const char* copy = string(size)) value = {copy, size};
  }

  void read(Bytes& value) {
    uint32_t size = 0;
    number(size);
    const uint8_t* data = skip(size);
    value = data ? Bytes(data, size) : Bytes();
  }

  void read(Strs& value) {
    value = {};
    uint32_t count = 0;
    number(count);
    // Each string has at least its length field: a count that cannot be true is refused before it becomes an
    // allocation.
    if (!ok_ || count > left_ / 4) return refuse();
    auto** argv = allocate<const char*>(size_t{count} + 1);
    if (!argv) return;
    for (uint32_t i = 0; i < count; i++) {
      uint32_t size = 0;
      argv[i] = string(size);
      if (!argv[i]) return;
    }
    argv[count] = nullptr;
    value = {argv, count};
  }

  template <class T>
  void read(std::span<const T>& value) {
    value = {};
    uint32_t count = 0;
    number(count);
    if (!ok_ || count > left_ / wire_size<T>) return refuse();
    T* items = allocate<T>(count);
    if (!items) return;
    for (uint32_t i = 0; i < count; i++) element(items[i]);
    if (ok_) value = {items, count};
  }

  template <class T>
  void read(std::optional<T>& value) {
    value.reset();
    bool present = false;
    read(present);
    if (!present) return;
    read(value.emplace());
    if (!ok_) value.reset();
  }

  // A reader of the next `size` bytes, which this one skips.
  Reader part(size_t size) {
    const uint8_t* data = skip(size);
    Reader reader(data, data ? size : 0, *arena_);
    if (!data) reader.refuse();
    return reader;
  }

 private:
  template <class T>
  static constexpr size_t wire_size = sizeof(T);

  void refuse() {
    ok_ = false;
    left_ = 0;
  }

  const uint8_t* skip(size_t size) {
    if (!ok_ || size > left_) {
      refuse();
      return nullptr;
    }
    const uint8_t* data = at_;
    at_ += size;
    left_ -= size;
    return data;
  }

  template <class T>
  void number(T& value) {
    static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the wire is little endian");
    value = 0;
    if (const uint8_t* data = skip(sizeof(T))) memcpy(&value, data, sizeof(T));
  }

  void element(uint32_t& value) { number(value); }
  void element(uint64_t& value) { number(value); }
  void element(IdMap& value) {
    number(value.container_id);
    number(value.host_id);
    number(value.size);
  }

  template <class T>
  T* allocate(size_t count) {
    auto* memory = static_cast<T*>(arena_->take(count * sizeof(T), alignof(T)));
    if (!memory) refuse();
    return memory;
  }

  // A copy with a NUL behind it; null when refused.
  const char* string(uint32_t& size) {
    number(size);
    const uint8_t* data = skip(size);
    if (!data) return nullptr;
    if (size > 0 && memchr(data, 0, size)) {
      refuse();
      return nullptr;
    }
    char* copy = allocate<char>(size_t{size} + 1);
    if (!copy) return nullptr;
    if (size > 0) memcpy(copy, data, size);
    copy[size] = 0;
    return copy;
  }

  const uint8_t* at_ = nullptr;
  size_t left_ = 0;
  Arena* arena_ = nullptr;
  bool ok_ = true;
};

}  // namespace tsrunc::wire
