// Makes every system call of every ABI once, each in a child of its own, and prints what came back: "ABI NUMBER RESULT", where RESULT is
// `ok`, the errno, or the signal that ended the child. Arguments are -1 throughout, which no call takes for valid, but for some calls
// whose arguments profiles look at. A call that has not returned after the milliseconds of the first argument is ended by SIGALRM. Static,
// so that it needs no other file.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum abi { PLAIN, X32, I386 };
static const char *const names[] = {"x86_64", "x32", "i386"};
static long milliseconds;

static long call(enum abi abi, long number, const long *args) {
  if (abi != I386) return syscall(abi == X32 ? number | 0x40000000 : number, args[0], args[1], args[2], args[3], args[4], args[5]);
  int result;
  // The arguments of the 32-bit entry; r8 to r11 are clobbered by it.
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"((int)number), "b"((int)args[0]), "c"((int)args[1]), "d"((int)args[2]), "S"((int)args[3]), "D"((int)args[4])
                   : "memory", "r8", "r9", "r10", "r11");
  if (result < 0 && result > -4096) {
    errno = -result;
    return -1;
  }
  return result;
}

static void report(const char *text) {
  ssize_t ignored = write(1, text, strlen(text));
  (void)ignored;
}

static void probe(enum abi abi, long number, const long *args, const char *label) {
  pid_t child = fork();
  if (child == 0) {
    struct itimerval timer = {{0, 0}, {milliseconds / 1000, milliseconds % 1000 * 1000}};
    pid_t self = getpid();
    setitimer(ITIMER_REAL, &timer, 0);
    long result = call(abi, number, args);
    int err = errno;
    // Whatever forked goes on here twice.
    if (getpid() != self) _exit(0);
    char line[80];
    if (result == -1) snprintf(line, sizeof line, "%s %ld%s %d\n", names[abi], number, label, err);
    else snprintf(line, sizeof line, "%s %ld%s ok\n", names[abi], number, label);
    report(line);
    _exit(0);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) {
    report("cannot fork\n");
    _exit(1);
  }
  if (WIFSIGNALED(status)) {
    char line[80];
    snprintf(line, sizeof line, "%s %ld%s signal %d\n", names[abi], number, label, WTERMSIG(status));
    report(line);
  }
}

int main(int argc, char **argv) {
  milliseconds = argc > 1 ? atol(argv[1]) : 300;
  // Descriptors from 3 on are nobody's.
  const long invalid[6] = {-1, -1, -1, -1, -1, -1};
  for (int abi = PLAIN; abi <= I386; ++abi) {
    for (long number = 0; number < 560; ++number) {
      // sigsuspend takes its mask by value: with all signals blocked nothing would ever end it.
      if (abi == I386 && number == 72) continue;
      probe(abi, number, invalid, "");
    }
    probe(abi, 100000, invalid, "");
  }
  static const long personalities[] = {0, 8, 0x20000, 0x20008, 0xffffffff, 4, 0x100000000};
  for (size_t i = 0; i < sizeof personalities / sizeof *personalities; ++i) {
    const long args[6] = {personalities[i], 0, 0, 0, 0, 0};
    char label[40];
    snprintf(label, sizeof label, "(%#lx)", personalities[i]);
    probe(PLAIN, SYS_personality, args, label);
    probe(I386, 136, args, label);
  }
  for (long family = 0; family < 48; ++family) {
    // An invalid type: families that are let through all answer the same, whether the kernel has them or not.
    const long args[6] = {family, -1, -1, 0, 0, 0};
    char label[40];
    snprintf(label, sizeof label, "(%ld)", family);
    probe(PLAIN, SYS_socket, args, label);
    probe(I386, 359, args, label);
  }
  for (int bit = 0; bit < 33; ++bit) {
    // With CLONE_SIGHAND but not CLONE_VM the kernel refuses what a profile lets through.
    if (1L << bit == CLONE_VM) continue;
    const long args[6] = {(1L << bit) | 0x800, 0, 0, 0, 0, 0};
    char label[40];
    snprintf(label, sizeof label, "(%#lx)", args[0]);
    probe(PLAIN, SYS_clone, args, label);
    probe(I386, 120, args, label);
  }
  return 0;
}
