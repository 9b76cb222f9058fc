// BLAKE2b with 256 bits (RFC 7693), as `b2sum -l 256` computes it: 64-bit arithmetic, three times as fast as SHA-256 without
// instructions of its own, and no socket, module or permission of a host kernel, as AF_ALG would need.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tsrunc::core {

using Digest = std::array<uint8_t, 32>;

class Blake2b {
 public:
  Blake2b();
  void update(const void* data, size_t size);
  // Once, at the end.
  Digest finish();

 private:
  void compress(bool last);

  uint64_t state_[8];
  uint64_t count_ = 0;
  uint8_t block_[128];
  size_t used_ = 0;
};

}  // namespace tsrunc::core
