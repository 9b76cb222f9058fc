#include "init/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/weak.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

#ifndef __GLIBC__
// In the place of musl's, which sets FD_CLOEXEC once more by fcntl(2), for kernels before 2.6.23.
extern "C" int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE, mode));
}
#endif

namespace tsrunc::init {
namespace {

constexpr unsigned kCloseRangeCloexec = 4;

// Descriptors were given out from the lowest on, so that those in use are well below these.
unsigned last_descriptor() {
  rlimit limit = {};
  constexpr unsigned kAtLeast = 4096;
  constexpr unsigned kAtMost = 1024 * 1024;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max > kAtMost) return kAtMost;
  return limit.rlim_max < kAtLeast ? kAtLeast : static_cast<unsigned>(limit.rlim_max);
}

}  // namespace

Status prctl_set(int option, unsigned long argument, const char* call) {
  if (prctl(option, argument, 0UL, 0UL, 0UL) != 0) return fail(errno, "", {"prctl(", call, ")"});
  return done();
}

Status become_undumpable() {
  if (weakened("undumpable")) return done();
  return prctl_set(PR_SET_DUMPABLE, 0, "PR_SET_DUMPABLE, 0");
}

Status die_with_parent() { return prctl_set(PR_SET_PDEATHSIG, SIGKILL, "PR_SET_PDEATHSIG, SIGKILL"); }

void set_name(const char* name) { prctl(PR_SET_NAME, name, 0UL, 0UL, 0UL); }

Status cloexec_from(unsigned first) {
  if (weakened("stray-descriptors")) return done();
  if (syscall(SYS_close_range, first, ~0U, kCloseRangeCloexec) == 0) return done();
  // ENOSYS before 5.9, EINVAL before 5.11 (no such flag), EPERM from an older seccomp profile around us.
  if (errno != ENOSYS && errno != EINVAL && errno != EPERM) {
    return fail(errno, "", {"close_range(", first, ", ~0, CLOSE_RANGE_CLOEXEC)"});
  }
  for (unsigned fd = first, last = last_descriptor(); fd < last; fd++) {
    int flags = fcntl(static_cast<int>(fd), F_GETFD);
    if (flags >= 0 && fcntl(static_cast<int>(fd), F_SETFD, flags | FD_CLOEXEC) != 0) {
      return fail(errno, "", {"fcntl(", fd, ", F_SETFD, FD_CLOEXEC)"});
    }
  }
  return done();
}

Status close_from(unsigned first) {
  if (weakened("stray-descriptors")) return done();
  if (syscall(SYS_close_range, first, ~0U, 0) == 0) return done();
  if (errno != ENOSYS && errno != EPERM) return fail(errno, "", {"close_range(", first, ", ~0, 0)"});
  for (unsigned fd = first, last = last_descriptor(); fd < last; fd++) close(static_cast<int>(fd));
  return done();
}

void default_signals() {
  // The runtime has started us with all signals at their default; this one we ignore ourselves (main.cc).
  (void)signal(SIGPIPE, SIG_DFL);
  uint64_t none = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, sizeof none);
}

Result<void*> allocate(size_t size) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return fail(errno, "", {"mmap(", size, " bytes)"});
  return memory;
}

Result<Mapped> read_all(int fd, const char* what) {
  struct stat stat = {};
  if (fstat(fd, &stat) != 0) return fail(errno, what, {"fstat(", fd, ")"});
  Mapped mapped;
  if (stat.st_size <= 0) return mapped;
  size_t size = static_cast<size_t>(stat.st_size);
  auto memory = allocate(size);
  if (!memory) return memory.status();
  mapped.data = *memory;
  while (mapped.size < size) {
    ssize_t n =
        pread(fd, static_cast<char*>(mapped.data) + mapped.size, size - mapped.size, static_cast<off_t>(mapped.size));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(errno, what, {"pread(", fd, ")"});
    if (n == 0) break;
    mapped.size += static_cast<size_t>(n);
  }
  return mapped;
}

Status send_packet(int fd, const void* data, size_t size, int descriptor, const char* what) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  iovec vector = {const_cast<void*>(data), size};
  msghdr header = {};
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  if (descriptor >= 0) {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(part), &descriptor, sizeof descriptor);
  }
  ssize_t n;
  do {
    n = sendmsg(fd, &header, MSG_NOSIGNAL);
  } while (n < 0 && errno == EINTR);
  if (n < 0) return fail(errno, what, {"sendmsg(", what, ")"});
  return done();
}

Result<CapabilitySets> get_capabilities() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (syscall(SYS_capget, &header, data) != 0) return fail(errno, "", {"capget(0)"});
  return CapabilitySets{data[0].effective | uint64_t{data[1].effective} << 32,
                        data[0].permitted | uint64_t{data[1].permitted} << 32,
                        data[0].inheritable | uint64_t{data[1].inheritable} << 32};
}

Status set_capabilities(const CapabilitySets& sets) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2];
  for (int half = 0; half < 2; half++) {
    data[half].effective = static_cast<uint32_t>(sets.effective >> 32 * half);
    data[half].permitted = static_cast<uint32_t>(sets.permitted >> 32 * half);
    data[half].inheritable = static_cast<uint32_t>(sets.inheritable >> 32 * half);
  }
  if (syscall(SYS_capset, &header, data) != 0) {
    return fail(errno, "",
                {"capset(effective ", Hex{sets.effective}, ", permitted ", Hex{sets.permitted}, ", inheritable ",
                 Hex{sets.inheritable}, ")"});
  }
  return done();
}

const char* namespace_names(uint64_t flags, char* out) {
  static constexpr struct {
    uint64_t bit;
    const char* name;
  } kNames[] = {{CLONE_NEWUSER, "CLONE_NEWUSER"}, {CLONE_NEWPID, "CLONE_NEWPID"},      {CLONE_NEWNET, "CLONE_NEWNET"},
                {CLONE_NEWIPC, "CLONE_NEWIPC"},   {CLONE_NEWUTS, "CLONE_NEWUTS"},      {CLONE_NEWNS, "CLONE_NEWNS"},
                {CLONE_NEWTIME, "CLONE_NEWTIME"}, {CLONE_NEWCGROUP, "CLONE_NEWCGROUP"}};
  constexpr size_t kSize = 128;
  size_t used = 0;
  out[0] = 0;
  for (const auto& one : kNames) {
    if (flags & one.bit) used += print(out + used, kSize - used, {used > 0 ? "|" : "", one.name});
  }
  if (used == 0) print(out, kSize, {Hex{flags}});
  return out;
}

}  // namespace tsrunc::init
