#include "core/process.h"

#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>

#include "core/files.h"

namespace tsrunc::core {

Result<int> process_id() { return static_cast<int>(::getpid()); }

Result<uint32_t> effective_uid() { return ::geteuid(); }

Result<uint32_t> effective_gid() { return ::getegid(); }

Status send_signal(int pid, int signal) {
  if (::kill(pid, signal) == 0) return done();
  return failure(errno, "pid " + std::to_string(pid), "kill(%d, %d)", pid, signal);
}

Result<int> pidfd_open(int pid) {
  // Always CLOEXEC (pidfd_open(2)).
  long fd = ::syscall(SYS_pidfd_open, pid, 0);
  if (fd < 0) return failure(errno, "pid " + std::to_string(pid), "pidfd_open(%d)", pid);
  return static_cast<int>(fd);
}

Status pidfd_send(int pidfd, int signal) {
  if (::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0) return done();
  return failure(errno, "pidfd " + std::to_string(pidfd), "pidfd_send_signal(%d, %d)", pidfd, signal);
}

WaitStatus wait_status(int pid, int status) {
  WaitStatus result;
  result.pid = pid;
  if (WIFSIGNALED(status)) {
    result.signal = WTERMSIG(status);
    result.exit_code = 128 + result.signal;
  } else {
    result.exit_code = WEXITSTATUS(status);
  }
  return result;
}

Result<std::optional<WaitStatus>> wait_process(int pid, bool block) {
  int status = 0;
  pid_t ended;
  // __WALL: init is born by CLONE_PARENT, whatever its exit signal.
  do ended = ::waitpid(pid, &status, __WALL | (block ? 0 : WNOHANG));
  while (ended < 0 && errno == EINTR);
  if (ended < 0) return failure(errno, "pid " + std::to_string(pid), "waitpid(%d)", pid);
  if (ended == 0) return std::optional<WaitStatus>();
  return std::optional<WaitStatus>(wait_status(ended, status));
}

Status set_rlimit(int pid, uint32_t resource, uint64_t soft, uint64_t hard) {
  struct rlimit64 limit = {soft, hard};
  // Not prlimit(3): glibc's C++ type of the second argument is one that musl has not.
  if (::syscall(SYS_prlimit64, pid, resource, &limit, nullptr) == 0) return done();
  return failure(errno, "pid " + std::to_string(pid), "prlimit(%d, %u, {%llu, %llu})", pid, resource,
                 static_cast<unsigned long long>(soft), static_cast<unsigned long long>(hard));
}

Status set_subreaper(bool on) {
  if (::prctl(PR_SET_CHILD_SUBREAPER, on ? 1 : 0, 0, 0, 0) == 0) return done();
  return failure(errno, "", "prctl(PR_SET_CHILD_SUBREAPER, %d)", on ? 1 : 0);
}

Result<double> namespace_type(int fd) {
  int type = ::ioctl(fd, NS_GET_NSTYPE);
  if (type < 0) return failure(errno, "fd " + std::to_string(fd), "ioctl(%d, NS_GET_NSTYPE)", fd);
  return static_cast<double>(static_cast<unsigned>(type));
}

Status sleep_ms(uint32_t ms) {
  struct timespec rest = {static_cast<time_t>(ms / 1000), static_cast<long>(ms % 1000) * 1000000};
  while (::nanosleep(&rest, &rest) != 0 && errno == EINTR) {
  }
  return done();
}

Result<double> now_ms() {
  struct timespec t {};
  ::clock_gettime(CLOCK_REALTIME, &t);
  const int64_t microseconds = int64_t{t.tv_sec} * 1'000'000 + t.tv_nsec / 1000;
  return static_cast<double>(microseconds) / 1000;
}

Result<uint64_t> monotonic_ns() {
  struct timespec t {};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1000000000u + static_cast<uint64_t>(t.tv_nsec);
}

Result<uint64_t> cpu_ns() {
  timespec now{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0)
    return failure(errno, "", "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)");
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

Result<std::optional<std::string>> user_name(uint32_t uid) {
  auto text = read_text("/etc/passwd");
  if (!text) return std::optional<std::string>();
  const std::string& passwd = *text;
  for (size_t begin = 0; begin < passwd.size();) {
    size_t end = passwd.find('\n', begin);
    if (end == std::string::npos) end = passwd.size();
    // name:password:uid:...
    size_t first = passwd.find(':', begin);
    size_t second = first < end ? passwd.find(':', first + 1) : std::string::npos;
    if (second < end) {
      char* stop = nullptr;
      unsigned long value = strtoul(passwd.c_str() + second + 1, &stop, 10);
      if (stop != passwd.c_str() + second + 1 && *stop == ':' && value == uid) {
        return std::optional<std::string>(passwd.substr(begin, first - begin));
      }
    }
    begin = end + 1;
  }
  return std::optional<std::string>();
}

}  // namespace tsrunc::core
