// BLAKE2b against coreutils' b2sum.
#include "core/blake2b.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

using namespace tsrunc::core;

namespace {

std::string text_of(const Digest& digest) {
  std::string text;
  char digits[3];
  for (uint8_t byte : digest) {
    snprintf(digits, sizeof digits, "%02x", byte);
    text += digits;
  }
  return text;
}

std::string b2sum(const std::string& data) {
  char path[] = "/tmp/tsrunc-blake2b-XXXXXX";
  int fd = mkstemp(path);
  REQUIRE(fd >= 0);
  REQUIRE(write(fd, data.data(), data.size()) == static_cast<ssize_t>(data.size()));
  close(fd);
  FILE* output = popen((std::string("b2sum -l 256 ") + path).c_str(), "r");
  REQUIRE(output);
  char line[65] = {};
  size_t got = fread(line, 1, 64, output);
  pclose(output);
  unlink(path);
  REQUIRE(got == 64);
  return line;
}

}  // namespace

TEST_CASE("as b2sum, at and around the edges of a block") {
  for (size_t size : {0, 1, 63, 64, 127, 128, 129, 255, 256, 257, 1000, 32768}) {
    std::string data;
    for (size_t i = 0; i < size; i++) data += static_cast<char>(i * 167 + size);
    const std::string expected = b2sum(data);
    Blake2b whole;
    whole.update(data.data(), data.size());
    CHECK_MESSAGE(text_of(whole.finish()) == expected, size);
    for (size_t part : {1, 3, 128, 200}) {
      Blake2b pieces;
      for (size_t at = 0; at < size; at += part) pieces.update(data.data() + at, part < size - at ? part : size - at);
      CHECK_MESSAGE(text_of(pieces.finish()) == expected, size, " in pieces of ", part);
    }
  }
}
