#include "init/passwd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>

#include "core/fd.h"
#include "init/text.h"

namespace tsrunc::init {
namespace {

// A file beyond this is no list of users.
constexpr size_t kMostBytes = size_t{16} * 1024 * 1024;
constexpr size_t kLongestLine = 4096;

bool is_number(std::string_view text, uint32_t number) {
  uint64_t value = 0;
  if (text.empty() || text.size() > 10) return false;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  return value == number;
}

// name:password:uid:gid:gecos:home:shell
bool home_in_line(std::string_view line, uint32_t uid, char* out, size_t size) {
  std::string_view fields[6];
  for (auto& field : fields) field = take_field(line, ':');
  std::string_view home = fields[5];
  if (!is_number(fields[2], uid) || home.empty() || home.size() >= size || home.find('\0') != std::string_view::npos)
    return false;
  memcpy(out, home.data(), home.size());
  out[home.size()] = 0;
  return true;
}

}  // namespace

void home_in(int fd, uint32_t uid, char* out, size_t size) {
  out[0] = '/';
  out[1] = 0;
  struct stat stat = {};
  if (fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode)) return;
  char line[kLongestLine];
  size_t used = 0;
  bool too_long = false;
  char chunk[4096];
  for (size_t total = 0; total < kMostBytes;) {
    ssize_t n = read(fd, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    total += static_cast<size_t>(n);
    for (ssize_t i = 0; i < n; i++) {
      if (chunk[i] != '\n') {
        too_long = too_long || used == sizeof line;
        if (!too_long) line[used++] = chunk[i];
        continue;
      }
      if (!too_long && home_in_line({line, used}, uid, out, size)) return;
      used = 0;
      too_long = false;
    }
  }
  if (!too_long && used > 0) home_in_line({line, used}, uid, out, size);
}

void home_of(uint32_t uid, char* out, size_t size) {
  // O_NONBLOCK: a fifo in its place must not stop us.
  core::Fd file(open("/etc/passwd", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  home_in(file.get(), uid, out, size);
}

}  // namespace tsrunc::init
