#include "core/blake2b.h"

#include <bit>
#include <cstring>

namespace tsrunc::core {
namespace {

constexpr uint64_t kStart[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

// RFC 7693, 2.7; the rounds 10 and 11 repeat 0 and 1.
constexpr uint8_t kSigma[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

uint64_t little(uint64_t word) { return std::endian::native == std::endian::little ? word : __builtin_bswap64(word); }

void mix(uint64_t* v, int a, int b, int c, int d, uint64_t x, uint64_t y) {
  v[a] += v[b] + x;
  v[d] = std::rotr(v[d] ^ v[a], 32);
  v[c] += v[d];
  v[b] = std::rotr(v[b] ^ v[c], 24);
  v[a] += v[b] + y;
  v[d] = std::rotr(v[d] ^ v[a], 16);
  v[c] += v[d];
  v[b] = std::rotr(v[b] ^ v[c], 63);
}

}  // namespace

Blake2b::Blake2b() {
  memcpy(state_, kStart, sizeof state_);
  // Parameter block: digest length, no key, fanout 1, depth 1.
  state_[0] ^= 0x01010000 ^ sizeof(Digest);
}

void Blake2b::update(const void* data, size_t size) {
  const auto* bytes = static_cast<const uint8_t*>(data);
  while (size > 0) {
    // A full block waits until it is known not to be the last one.
    if (used_ == sizeof block_) compress(false);
    size_t part = sizeof block_ - used_ < size ? sizeof block_ - used_ : size;
    memcpy(block_ + used_, bytes, part);
    used_ += part;
    bytes += part;
    size -= part;
  }
}

void Blake2b::compress(bool last) {
  // 64 bits of a count of 128: no text of 2^64 bytes comes by.
  count_ += used_;
  used_ = 0;
  uint64_t m[16];
  memcpy(m, block_, sizeof m);
  for (uint64_t& word : m) word = little(word);
  uint64_t v[16];
  memcpy(v, state_, sizeof state_);
  memcpy(v + 8, kStart, sizeof kStart);
  v[12] ^= count_;
  if (last) v[14] = ~v[14];
  for (int round = 0; round < 12; round++) {
    const uint8_t* s = kSigma[round % 10];
    mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
    mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
    mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
    mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
    mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
    mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
    mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
    mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
  }
  for (int i = 0; i < 8; i++) state_[i] ^= v[i] ^ v[i + 8];
}

Digest Blake2b::finish() {
  memset(block_ + used_, 0, sizeof block_ - used_);
  compress(true);
  Digest digest;
  for (size_t i = 0; i < digest.size() / 8; i++) {
    uint64_t word = little(state_[i]);
    memcpy(digest.data() + 8 * i, &word, 8);
  }
  return digest;
}

}  // namespace tsrunc::core
