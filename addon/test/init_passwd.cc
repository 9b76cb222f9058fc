// The home directory from a passwd file that belongs to the image and may hold anything.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "core/fd.h"
#include "init/passwd.h"

using namespace tsrunc;

namespace {

std::string home(const std::string& file, uint32_t uid, size_t room = 256) {
  core::Fd fd(memfd_create("passwd", MFD_CLOEXEC));
  REQUIRE(fd);
  REQUIRE(write(fd.get(), file.data(), file.size()) == static_cast<ssize_t>(file.size()));
  lseek(fd.get(), 0, SEEK_SET);
  std::string out(room, 'x');
  init::home_in(fd.get(), uid, out.data(), out.size());
  return out.c_str();
}

}  // namespace

TEST_CASE("the sixth field of the user's line") {
  const std::string file = "root:x:0:0:root:/root:/bin/sh\nu:x:1000:1000::/home/u:/bin/sh\nlast:x:7:7::/last:";
  CHECK(home(file, 0) == "/root");
  CHECK(home(file, 1000) == "/home/u");
  CHECK(home(file, 7) == "/last");
}

TEST_CASE("without such a user it is the root directory") {
  CHECK(home("", 0) == "/");
  CHECK(home("root:x:0:0:root:/root:/bin/sh\n", 1) == "/");
  CHECK(home("root:x:0:0:root::/bin/sh\n", 0) == "/");
  CHECK(home("root:x:0\n:::::\n\n", 0) == "/");
}

TEST_CASE("a uid is all digits and all of the field") {
  CHECK(home("a:x:00x:0::/a:\nb:x: 1:1::/b:\nc:x:-1:1::/c:\nd:x::1::/d:\n", 0) == "/");
  CHECK(home("a:x:4294967296:0::/a:\n", 0) == "/");
  CHECK(home("a:x:99999999999999999999:0::/a:\n", 0) == "/");
  CHECK(home("a:x:4294967294:0::/a:\n", 4294967294) == "/a");
}

TEST_CASE("a line that is too long is passed over, the next one is read") {
  CHECK(home("a:x:1:1:" + std::string(100000, 'g') + ":/a:\nb:x:2:2::/b:\n", 1) == "/");
  CHECK(home("a:x:1:1:" + std::string(100000, 'g') + ":/a:\nb:x:2:2::/b:\n", 2) == "/b");
}

TEST_CASE("a home that does not fit, or holds a NUL, is none") {
  CHECK(home("a:x:1:1::/0123456789:\n", 1, 8) == "/");
  CHECK(home("a:x:1:1::/0123456:\n", 1, 9) == "/0123456");
  CHECK(home(std::string("a:x:1:1::/a\0b:\n", 15), 1) == "/");
}

TEST_CASE("what is no regular file is not read") {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  core::Fd read_end(ends[0]), write_end(ends[1]);
  char out[16] = "x";
  init::home_in(read_end.get(), 0, out, sizeof out);
  CHECK(std::string(out) == "/");
  init::home_in(-1, 0, out, sizeof out);
  CHECK(std::string(out) == "/");
}
