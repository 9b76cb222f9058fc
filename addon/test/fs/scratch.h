// A mount namespace of the test's own, and a directory that holds a rootfs and, beside it, what must never be touched.
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "core/fd.h"

namespace tsrunc::test {

// /proc/self/mountinfo, or any small file.
inline std::string read_all(const std::string& path) {
  core::Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  char buffer[4096];
  ssize_t n;
  while (fd && (n = read(fd.get(), buffer, sizeof buffer)) > 0) text.append(buffer, static_cast<size_t>(n));
  return text;
}

inline void write_file(const std::string& path, const std::string& text, mode_t mode = 0644) {
  core::Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (!fd || write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) abort();
}

inline bool exists(const std::string& path) {
  struct stat st;
  return lstat(path.c_str(), &st) == 0;
}

// The process enters a private mount namespace once; every Scratch is a tmpfs mounted there, gone with the process.
class Scratch {
 public:
  Scratch() {
    static bool own = unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_PRIVATE | MS_REC, nullptr) == 0;
    if (!own) abort();  // these tests run as root
    char name[] = "/tmp/tsrunc-test-fs-XXXXXX";
    if (!mkdtemp(name)) abort();
    top = name;
    if (mount("tmpfs", name, "tmpfs", 0, "mode=755") != 0) abort();
    rootfs = top + "/rootfs";
    outside = top + "/outside";
    if (mkdir(rootfs.c_str(), 0755) != 0 || mkdir(outside.c_str(), 0755) != 0) abort();
    root = core::Fd(open(rootfs.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  ~Scratch() {
    root.reset();
    umount2(top.c_str(), MNT_DETACH);
    rmdir(top.c_str());
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string in(const std::string& path) const { return rootfs + path; }
  void dir(const std::string& path, mode_t mode = 0755) const {
    if (mkdir(in(path).c_str(), mode) != 0) abort();
  }
  void link(const std::string& to, const std::string& path) const {
    if (symlink(to.c_str(), in(path).c_str()) != 0) abort();
  }

  std::string top, rootfs, outside;
  core::Fd root;
};

// What an O_PATH descriptor refers to.
inline std::string path_of(int fd) {
  char text[4096];
  ssize_t n = readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), text, sizeof text);
  return n < 0 ? "" : std::string(text, static_cast<size_t>(n));
}

}  // namespace tsrunc::test
