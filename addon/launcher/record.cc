#include "launcher/record.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace tsrunc::launcher {
namespace {

uint64_t ignored_signals() {
  uint64_t ignored = 0;
  for (int signal = 1; signal <= 64; ++signal) {
    struct sigaction action {};
    if (sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN)
      ignored |= uint64_t{1} << (signal - 1);
  }
  return ignored;
}

// Appends "3,4,17". Whatever execve has left open has no close-on-exec flag, and whatever we have opened since has it.
// Without /proc the numbers below RLIMIT_NOFILE's soft limit, at most 1024, are tried.
char* list_fds(char* out, const char* end, rlim_t soft) {
  auto put = [&](int fd) {
    if (out + 12 < end && fcntl(fd, F_GETFD) == 0) out += sprintf(out, "%d,", fd);
  };
  char* begin = out;
  if (DIR* directory = opendir("/proc/self/fd")) {
    // In ascending order, as the kernel lists them.
    while (const struct dirent* entry = readdir(directory)) {
      int fd = static_cast<int>(strtol(entry->d_name, nullptr, 10));
      if (fd > 2 && fd != dirfd(directory)) put(fd);
    }
    closedir(directory);
  } else {
    const int last = static_cast<int>(std::min<rlim_t>(soft, 1024));
    for (int fd = 3; fd < last; ++fd) put(fd);
  }
  if (out > begin) --out;
  return out;
}

}  // namespace

bool fill_stdio() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    // The lowest free number is this one: those below it are open.
    if (open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY) != fd) return false;
  }
  return true;
}

bool write_record(const char* argv0, char* out, bool with_fds) {
  struct rlimit limit {};
  uint64_t blocked = 0;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  if (syscall(SYS_rt_sigprocmask, SIG_BLOCK, nullptr, &blocked, sizeof blocked) != 0) return false;
  const mode_t mask = umask(0);
  umask(mask);
  const char* end = out + kRecordSize - 4096;
  out += sprintf(out, "TSRUNC_LAUNCH=1;%" PRIu64 ";%" PRIu64 ";%x;%" PRIx64 ";%" PRIx64 ";",
                 static_cast<uint64_t>(limit.rlim_cur), static_cast<uint64_t>(limit.rlim_max),
                 static_cast<unsigned>(mask), ignored_signals(), blocked);
  if (with_fds) out = list_fds(out, end, limit.rlim_cur);
  (void)snprintf(out, 4096, ";%.4000s", argv0);
  return true;
}

void write_fds(char* out) {
  struct rlimit limit {};
  (void)getrlimit(RLIMIT_NOFILE, &limit);
  *list_fds(out, out + kRecordSize - 1, limit.rlim_cur) = '\0';
}

}  // namespace tsrunc::launcher
