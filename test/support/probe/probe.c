// What a process can see of its own container, as text: "== section" lines and what belongs to them. Static, so that it runs in
// any rootfs. It reads only, with the exceptions of the device nodes and the file that it makes in a tmpfs of its own to try them.
// With "hold" as argument it then waits for the end of its standard input, so that the caller can look from outside.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

extern char **environ;

static void section(const char *name) { printf("\n== %s\n", name); }

static void cat(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    printf("%s: %s\n", path, strerrorname_np(errno));
    return;
  }
  char buffer[16384];
  ssize_t n;
  fflush(stdout);
  while ((n = read(fd, buffer, sizeof buffer)) > 0) fwrite(buffer, 1, (size_t)n, stdout);
  if (n < 0) printf("%s: read: %s\n", path, strerrorname_np(errno));
  close(fd);
}

static void file(const char *path) {
  printf("%s ", path);
  cat(path);
  putchar('\n');
}

static void describe(const char *path) {
  struct stat st;
  if (lstat(path, &st) < 0) {
    printf("%s %s\n", path, strerrorname_np(errno));
    return;
  }
  printf("%s %06o %u:%u", path, st.st_mode, st.st_uid, st.st_gid);
  if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) printf(" dev %u:%u", major(st.st_rdev), minor(st.st_rdev));
  if (S_ISREG(st.st_mode)) printf(" size %lld", (long long)st.st_size);
  if (S_ISLNK(st.st_mode)) {
    char target[4096];
    ssize_t n = readlink(path, target, sizeof target - 1);
    printf(" -> %.*s", n < 0 ? 0 : (int)n, target);
  }
  putchar('\n');
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static void list(const char *path, int depth) {
  struct dirent **names;
  int n = scandir(path, &names, NULL, by_name);
  if (n < 0) {
    printf("%s: scandir: %s\n", path, strerrorname_np(errno));
    return;
  }
  for (int i = 0; i < n; i++) {
    const char *name = names[i]->d_name;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
    char child[4096];
    snprintf(child, sizeof child, "%s/%s", strcmp(path, "/") == 0 ? "" : path, name);
    describe(child);
    struct stat st;
    if (depth > 0 && lstat(child, &st) == 0 && S_ISDIR(st.st_mode)) list(child, depth - 1);
  }
}

static void descriptors(void) {
  section("fds");
  for (int fd = 0; fd < 256; fd++) {
    int flags = fcntl(fd, F_GETFD);
    if (flags < 0) continue;
    char link[64], target[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, target, sizeof target - 1);
    struct stat st = {0};
    fstat(fd, &st);
    printf("%d %.*s cloexec=%d status=%#o type=%#o owner=%u:%u\n", fd, n < 0 ? 1 : (int)n, n < 0 ? "?" : target, flags & FD_CLOEXEC,
           fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK | O_PATH | O_ASYNC | O_SYNC), st.st_mode & S_IFMT, st.st_uid, st.st_gid);
  }
}

static void signals(void) {
  section("signals");
  for (int signal = 1; signal <= 64; signal++) {
    struct {
      void *handler;
      unsigned long flags;
      void *restorer;
      unsigned long mask;
    } action = {0};
    if (syscall(SYS_rt_sigaction, signal, NULL, &action, 8UL) < 0) continue;
    if (action.handler != NULL) printf("%d %s\n", signal, action.handler == (void *)1 ? "ignored" : "handled");
  }
}

static void process(int argc, char **argv) {
  section("process");
  printf("pid %d ppid %d pgrp %d sid %d\n", getpid(), getppid(), getpgrp(), getsid(0));
  mode_t mask = umask(0);
  umask(mask);
  char cwd[4096];
  printf("umask %04o\ncwd %s\n", mask, getcwd(cwd, sizeof cwd) ? cwd : strerrorname_np(errno));
  errno = 0;
  printf("nice %d policy %d\n", getpriority(PRIO_PROCESS, 0), sched_getscheduler(0));
  printf("ioprio %ld\n", syscall(SYS_ioprio_get, 1, 0));
  cpu_set_t cpus;
  if (sched_getaffinity(0, sizeof cpus, &cpus) == 0) printf("cpus %d\n", CPU_COUNT(&cpus));
  int death = -1, reaper = -1;
  prctl(PR_GET_PDEATHSIG, &death);
  prctl(PR_GET_CHILD_SUBREAPER, &reaper);
  printf("pdeathsig %d subreaper %d dumpable %d securebits %d keepcaps %d timerslack %ld thp_disable %d\n", death, reaper,
         prctl(PR_GET_DUMPABLE), prctl(PR_GET_SECUREBITS), prctl(PR_GET_KEEPCAPS), syscall(SYS_prctl, PR_GET_TIMERSLACK, 0, 0, 0, 0),
         prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
  printf("personality %#x\n", (unsigned)personality(0xffffffff));
  char name[17] = {0};
  prctl(PR_GET_NAME, name);
  printf("comm %s\n", name);
  char key[512] = {0};
  long n = syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, key, sizeof key - 1, 0);
  printf("session keyring %s\n", n < 0 ? strerrorname_np(errno) : key);
  for (int i = 0; i < argc; i++) printf("arg %d %s\n", i, argv[i]);
  file("/proc/self/oom_score_adj");
  file("/proc/self/uid_map");
  file("/proc/self/gid_map");
  file("/proc/self/setgroups");
  file("/proc/self/coredump_filter");
  file("/proc/self/timens_offsets");
  describe("/proc/self/exe");
}

static void terminal(void) {
  section("terminal");
  for (int fd = 0; fd < 3; fd++) {
    if (!isatty(fd)) {
      printf("%d is no terminal\n", fd);
      continue;
    }
    struct winsize size = {0};
    ioctl(fd, TIOCGWINSZ, &size);
    char name[256] = "?";
    ttyname_r(fd, name, sizeof name);
    struct stat st = {0};
    fstat(fd, &st);
    struct termios mode = {0};
    tcgetattr(fd, &mode);
    printf("%d %s %ux%u owner %u:%u mode %o foreground %d iflag %#x oflag %#x lflag %#x\n", fd, name, size.ws_col, size.ws_row, st.st_uid,
           st.st_gid, st.st_mode, tcgetpgrp(fd) == getpgrp(), mode.c_iflag, mode.c_oflag, mode.c_lflag);
  }
  int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  printf("/dev/tty %s\n", tty < 0 ? strerrorname_np(errno) : "opens");
  if (tty >= 0) close(tty);
}

static void network(void) {
  section("network");
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    printf("socket %s\n", strerrorname_np(errno));
    return;
  }
  for (int i = 1; i < 64; i++) {
    struct ifreq request = {.ifr_ifindex = i};
    if (ioctl(fd, SIOCGIFNAME, &request) < 0) continue;
    ioctl(fd, SIOCGIFFLAGS, &request);
    printf("%s flags %#x\n", request.ifr_name, (unsigned short)request.ifr_flags);
  }
  close(fd);
}

static void access_to(const char *path) {
  printf("%s", path);
  // A record of /dev/kmsg that does not fit is EINVAL: what the kernel said last must not decide what is compared.
  static char buffer[16 * 1024];
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    printf(" read %s", strerrorname_np(errno));
  } else {
    ssize_t n = read(fd, buffer, sizeof buffer);
    printf(" read %s", n < 0 ? strerrorname_np(errno) : n == 0 ? "nothing" : "something");
    close(fd);
  }
  fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
  printf(" write %s\n", fd < 0 ? strerrorname_np(errno) : "opens");
  if (fd >= 0) close(fd);
}

static void accesses(void) {
  section("access");
  static const char *const paths[] = {
      "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi",
      "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/sysrq-trigger", "/proc/sys/kernel/hostname", "/proc/sys/net/ipv4/ip_forward",
      "/proc/irq/default_smp_affinity", "/proc/bus", "/proc/fs", "/sys/firmware", "/sys/kernel/mm/transparent_hugepage/enabled",
      "/sys/devices/virtual/powercap", "/sys/fs/cgroup", "/dev/null", "/dev/full", "/dev/console", "/dev/kmsg", "/dev/mem", "/dev/fuse",
      "/dev/net/tun", "/etc/passwd", "/etc/shadow", "/masked-file", "/masked-dir", "/readonly-file", "/readonly-dir/file", "/probe"};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) access_to(paths[i]);
  static const char *const directories[] = {"/", "/tmp", "/run", "/dev", "/dev/shm", "/dev/mqueue", "/sys", "/proc", "/masked-dir",
                                            "/readonly-dir", "/mnt", "/data"};
  for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
    char name[256];
    snprintf(name, sizeof name, "%s/.probe", directories[i]);
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    printf("%s create %s", directories[i], fd < 0 ? strerrorname_np(errno) : "works");
    struct stat st;
    if (fd >= 0 && fstat(fd, &st) == 0) printf(" %o %u:%u", st.st_mode, st.st_uid, st.st_gid);
    putchar('\n');
    if (fd >= 0) close(fd), unlink(name);
  }
}

static void devices(void) {
  section("devices");
  static const struct {
    mode_t type;
    unsigned major, minor;
  } nodes[] = {{S_IFCHR, 1, 1},  {S_IFCHR, 1, 3},    {S_IFCHR, 1, 5},  {S_IFCHR, 1, 7},  {S_IFCHR, 1, 8},   {S_IFCHR, 1, 9},  {S_IFCHR, 1, 11},
               {S_IFCHR, 4, 0},  {S_IFCHR, 5, 0},    {S_IFCHR, 5, 1},  {S_IFCHR, 5, 2},  {S_IFCHR, 10, 200}, {S_IFCHR, 10, 229},
               {S_IFCHR, 136, 0}, {S_IFBLK, 7, 0},   {S_IFBLK, 8, 0},  {S_IFBLK, 254, 0}, {S_IFBLK, 253, 0}};
  for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
    printf("%s %u:%u", nodes[i].type == S_IFCHR ? "c" : "b", nodes[i].major, nodes[i].minor);
    const char *path = "/dev/.probe-node";
    if (mknod(path, nodes[i].type | 0600, makedev(nodes[i].major, nodes[i].minor)) < 0) {
      printf(" mknod %s\n", strerrorname_np(errno));
      continue;
    }
    for (int mode = 0; mode < 2; mode++) {
      int fd = open(path, (mode == 0 ? O_RDONLY : O_WRONLY) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
      // EPERM is the cgroup's (or the mount's EACCES); anything else means that the driver was asked.
      printf(" %s %s", mode == 0 ? "read" : "write", fd >= 0 ? "opens" : strerrorname_np(errno));
      if (fd >= 0) close(fd);
    }
    putchar('\n');
    unlink(path);
  }
}

static void system_call(const char *name, long number, long a, long b, long c) {
  fflush(stdout);
  pid_t pid = fork();
  if (pid < 0) {
    printf("%s fork %s\n", name, strerrorname_np(errno));
    return;
  }
  if (pid == 0) {
    errno = 0;
    long result = syscall(number, a, b, c, 0, 0, 0);
    _exit(result < 0 ? errno : 0);
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) printf("%s signal %d\n", name, WTERMSIG(status));
  else printf("%s %s\n", name, WEXITSTATUS(status) == 0 ? "0" : strerrorname_np(WEXITSTATUS(status)));
}

// Calls that fail on their arguments, so that only a filter makes a difference.
static void filters(void) {
  section("filters");
  system_call("mkdirat", SYS_mkdirat, -1, (long)"x", 0);
  system_call("unlinkat", SYS_unlinkat, -1, (long)"x", 0);
  system_call("fchmodat", SYS_fchmodat, -1, (long)"x", 0);
  system_call("unshare", SYS_unshare, 0, 0, 0);
  system_call("setns", SYS_setns, -1, 0, 0);
  system_call("mount", SYS_mount, 0, 0, 0);
  system_call("ptrace", SYS_ptrace, 99, 0, 0);
  system_call("keyctl", SYS_keyctl, 9999, 0, 0);
  system_call("add_key", SYS_add_key, 0, 0, 0);
  system_call("bpf", SYS_bpf, 9999, 0, 0);
  system_call("userfaultfd", SYS_userfaultfd, 0xfffffff, 0, 0);
  system_call("perf_event_open", SYS_perf_event_open, 0, 0, 0);
  system_call("personality", SYS_personality, 0xffffffff, 0, 0);
  system_call("personality-other", SYS_personality, 0x20008, 0, 0);
  system_call("clone3", SYS_clone3, 0, 0, 0);
  system_call("openat2", SYS_openat2, -1, 0, 0);
  system_call("faccessat2", SYS_faccessat2, -1, (long)"x", 0xffff);
  system_call("close_range", SYS_close_range, 10, 5, 0);
  system_call("io_uring_setup", SYS_io_uring_setup, 0, 0, 0);
  system_call("settimeofday", SYS_settimeofday, 0, 1, 0);
  system_call("sethostname", SYS_sethostname, 0, -1, 0);
  system_call("socket-vsock", SYS_socket, 40, 9999, 0);
  system_call("socket-unix", SYS_socket, AF_UNIX, 9999, 0);
  system_call("init_module", SYS_init_module, 0, 0, 0);
  system_call("chroot", SYS_chroot, 0, 0, 0);
  system_call("reboot", SYS_reboot, 0, 0, 0);
  system_call("swapon", SYS_swapon, 0, 0, 0);
  system_call("getcpu", SYS_getcpu, 0, 0, 0);
  system_call("cachestat", 451, -1, 0, 0);
  system_call("mseal", 462, 1, 0, 0);
  system_call("call-467", 467, -1, 0, 0);
  system_call("call-600", 600, -1, 0, 0);
}

static void sysctls(void) {
  section("sysctls");
  static const char *const names[] = {
      "kernel/hostname", "kernel/domainname", "kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem", "kernel/shmall",
      "kernel/shmmax", "kernel/shmmni", "kernel/shm_rmid_forced", "fs/mqueue/msg_max", "fs/mqueue/queues_max", "net/core/somaxconn",
      "net/ipv4/ip_forward", "net/ipv4/ip_unprivileged_port_start", "net/ipv4/ping_group_range", "net/ipv4/tcp_syncookies",
      "net/ipv6/conf/all/disable_ipv6", "net/ipv4/ip_local_port_range"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[256];
    snprintf(path, sizeof path, "/proc/sys/%s", names[i]);
    file(path);
  }
}

static void namespaces(void) {
  section("namespaces");
  static const char *const names[] = {"cgroup", "ipc", "mnt", "net", "pid", "pid_for_children", "time", "time_for_children", "user", "uts"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char path[64], target[64] = "?";
    snprintf(path, sizeof path, "/proc/self/ns/%s", names[i]);
    ssize_t n = readlink(path, target, sizeof target - 1);
    if (n > 0) target[n] = 0;
    printf("%s %s\n", names[i], target);
  }
}

int main(int argc, char **argv) {
  static char buffer[1 << 16];
  setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
  descriptors();
  signals();
  process(argc, argv);
  section("environ");
  for (char **entry = environ; *entry != NULL; entry++) puts(*entry);
  section("status");
  cat("/proc/self/status");
  section("limits");
  cat("/proc/self/limits");
  section("cgroup");
  cat("/proc/self/cgroup");
  section("mountinfo");
  cat("/proc/self/mountinfo");
  section("dev");
  list("/dev", 2);
  section("root");
  list("/", 0);
  list("/run", 1);
  list("/mnt", 2);
  list("/data", 2);
  list("/sys/fs/cgroup", 0);
  namespaces();
  struct utsname uts;
  uname(&uts);
  section("uts");
  printf("hostname %s\ndomainname %s\n", uts.nodename, uts.domainname);
  sysctls();
  terminal();
  network();
  accesses();
  devices();
  filters();
  section("end");
  fflush(stdout);
  if (argc > 1 && strcmp(argv[1], "hold") == 0) {
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
  }
  return 0;
}
