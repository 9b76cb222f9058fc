// What a field of the wire is in C++. All of it points into the plan's blob or the arena of the step: nothing owns
// memory.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tsrunc::wire {

// A string of the plan: without NUL inside, always with one behind it, so that it can be handed to a system call.
class Str {
 public:
  constexpr Str() = default;
  // `data` is followed by a NUL and holds none before data[size].
  constexpr Str(const char* data, uint32_t size) : data_(data), size_(size) {}
  constexpr const char* c_str() const { return data_; }
  constexpr uint32_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr std::string_view view() const { return {data_, size_}; }
  constexpr operator std::string_view() const { return view(); }

 private:
  const char* data_ = "";
  uint32_t size_ = 0;
};

using Bytes = std::span<const uint8_t>;

// A list of strings in the form that execve(2) wants: argv()[size()] is a null pointer.
class Strs {
 public:
  constexpr Strs() = default;
  constexpr Strs(const char* const* argv, uint32_t size) : argv_(argv), size_(size) {}
  constexpr const char* const* argv() const { return argv_; }
  constexpr uint32_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr const char* operator[](uint32_t index) const { return argv_[index]; }
  constexpr const char* const* begin() const { return argv_; }
  constexpr const char* const* end() const { return argv_ + size_; }

 private:
  static constexpr const char* kNone[1] = {nullptr};
  const char* const* argv_ = kNone;
  uint32_t size_ = 0;
};

// A slot of the descriptor table that the actors share.
struct Slot {
  uint32_t index = 0;
};

struct IdMap {
  uint32_t container_id;
  uint32_t host_id;
  uint32_t size;
};

}  // namespace tsrunc::wire
