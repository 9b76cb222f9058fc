#include "init/fs/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

namespace tsrunc::fs {

MountReader::~MountReader() {
  if (fd_ >= 0) close(fd_);
}

int MountReader::open() {
  fd_ = ::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
  return fd_ >= 0 ? 0 : -errno;
}

void MountReader::read_from(int fd) {
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
  size_ = at_ = 0;
}

void MountReader::rewind() {
  lseek(fd_, 0, SEEK_SET);
  size_ = at_ = 0;
}

int MountReader::byte() {
  if (at_ == size_) {
    ssize_t n = read(fd_, buffer_, sizeof buffer_);
    if (n <= 0) return -1;
    size_ = static_cast<int>(n);
    at_ = 0;
  }
  return static_cast<unsigned char>(buffer_[at_++]);
}

// Up to the next space or end of line, which stays in last_. Blanks and backslashes in paths are octal: "\040".
void MountReader::field(char* out, unsigned size, bool unescape) {
  unsigned n = 0;
  for (;;) {
    last_ = byte();
    if (last_ < 0 || last_ == ' ' || last_ == '\n') break;
    int c = last_;
    if (unescape && c == '\\') {
      c = 0;
      for (int i = 0; i < 3; i++) c = c * 8 + (byte() - '0');
    }
    if (n + 1 < size) out[n++] = static_cast<char>(c);
  }
  out[n] = 0;
}

// 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
bool MountReader::next(MountEntry* out) {
  char word[64];
  field(word, sizeof word, false);
  if (word[0] == 0) return false;
  out->id = 0;
  // The kernel's ids are ints; what has more digits than fit is no line of the kernel.
  for (const char* digit = word; digit < word + 18 && *digit >= '0' && *digit <= '9'; digit++) {
    out->id = out->id * 10 + (*digit - '0');
  }
  field(word, sizeof word, false);
  field(word, sizeof word, false);
  field(out->root, sizeof out->root, true);
  field(out->point, sizeof out->point, true);
  field(word, sizeof word, false);
  out->shared = false;
  while (last_ == ' ') {
    field(word, sizeof word, false);
    if (strcmp(word, "-") == 0) break;
    if (strncmp(word, "shared:", 7) == 0) out->shared = true;
  }
  if (last_ == ' ') field(out->type, sizeof out->type, false);
  while (last_ == ' ') field(word, sizeof word, false);
  return true;
}

int find_mount(long long id, MountEntry* out) {
  MountReader reader;
  if (int err = reader.open()) return err;
  while (reader.next(out)) {
    if (out->id == id) return 0;
  }
  return -ENOENT;
}

}  // namespace tsrunc::fs
