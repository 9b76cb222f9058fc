/*
 * The kernel's own cost of the container that the benchmark runs: the same namespaces, mounts, devices, masks, pivot_root and execve with
 * nothing else: no config.json, no cgroups, no state, no capabilities, no seccomp. What a runtime takes over this is its own.
 *
 *   floor ROOTFS BINDS SOURCE PROGRAM [ARGUMENT...]    BINDS: how often SOURCE is bound, read-only, to ROOTFS/mnt/0, 1, 2...
 *
 * Exits with the program's exit code.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* struct clone_args of the kernel, version 0: musl-gcc does not see the kernel's headers. */
struct clone3_args {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
};

static void check(long result, const char *what) {
  if (result >= 0) return;
  perror(what);
  _exit(127);
}

static void make_mount(const char *type, const char *target, unsigned long flags, const char *data) {
  check(mount(type, target, type, flags, data), target);
}

static void bind_read_only(const char *source, const char *target) {
  check(mount(source, target, NULL, MS_BIND, NULL), target);
  check(mount(source, target, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), target);
}

/* The mount of type "cgroup" of version 1: a tmpfs with one bind for each hierarchy. */
static void mount_cgroups(void) {
  const unsigned long flags = MS_NOSUID | MS_NOEXEC | MS_NODEV;
  DIR *host = opendir("/sys/fs/cgroup");
  if (host == NULL || access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0) {
    make_mount("cgroup2", "sys/fs/cgroup", flags | MS_RDONLY, NULL);
    return;
  }
  make_mount("tmpfs", "sys/fs/cgroup", flags, "mode=755");
  for (struct dirent *entry; (entry = readdir(host)) != NULL;) {
    if (entry->d_name[0] == '.' || entry->d_type != DT_DIR) continue;
    char source[300], target[300];
    snprintf(source, sizeof source, "/sys/fs/cgroup/%s", entry->d_name);
    snprintf(target, sizeof target, "sys/fs/cgroup/%s", entry->d_name);
    check(mkdir(target, 0755), target);
    bind_read_only(source, target);
  }
  closedir(host);
  check(mount("tmpfs", "sys/fs/cgroup", NULL, MS_REMOUNT | flags | MS_RDONLY, NULL), "sys/fs/cgroup");
}

static void make_devices(void) {
  static const struct {
    const char *path;
    int major, minor;
  } nodes[] = {{"dev/null", 1, 3}, {"dev/zero", 1, 5}, {"dev/full", 1, 7}, {"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0}};
  static const char *const links[][2] = {
      {"/proc/self/fd", "dev/fd"}, {"/proc/self/fd/0", "dev/stdin"}, {"/proc/self/fd/1", "dev/stdout"},
      {"/proc/self/fd/2", "dev/stderr"}, {"pts/ptmx", "dev/ptmx"}};
  for (size_t i = 0; i < COUNT(nodes); i++) check(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)), nodes[i].path);
  for (size_t i = 0; i < COUNT(links); i++) check(symlink(links[i][0], links[i][1]), links[i][1]);
}

static void make_mounts(int binds, const char *source) {
  const unsigned long flags = MS_NOSUID | MS_NOEXEC | MS_NODEV;
  make_mount("proc", "proc", 0, NULL);
  make_mount("tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k");
  check(mkdir("dev/pts", 0755), "dev/pts");
  check(mkdir("dev/shm", 0755), "dev/shm");
  check(mkdir("dev/mqueue", 0755), "dev/mqueue");
  make_mount("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
  make_mount("tmpfs", "dev/shm", flags, "mode=1777,size=65536k");
  make_mount("mqueue", "dev/mqueue", flags, NULL);
  make_mount("sysfs", "sys", flags | MS_RDONLY, NULL);
  mount_cgroups();
  for (int i = 0; i < binds; i++) {
    char target[32];
    snprintf(target, sizeof target, "mnt/%d", i);
    bind_read_only(source, target);
  }
  make_devices();
}

static void hide_paths(void) {
  static const char *const files[] = {"proc/kcore", "proc/keys", "proc/timer_list"};
  static const char *const directories[] = {"proc/acpi", "proc/asound", "proc/scsi", "sys/firmware"};
  static const char *const read_only[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"};
  /* Not each kernel has each of them. */
  for (size_t i = 0; i < COUNT(files); i++) (void)mount("dev/null", files[i], NULL, MS_BIND, NULL);
  for (size_t i = 0; i < COUNT(directories); i++) (void)mount("tmpfs", directories[i], "tmpfs", MS_RDONLY, NULL);
  for (size_t i = 0; i < COUNT(read_only); i++) {
    if (access(read_only[i], F_OK) == 0) bind_read_only(read_only[i], read_only[i]);
  }
}

int main(int argc, char **argv) {
  if (argc < 5) return fputs("usage: floor ROOTFS BINDS SOURCE PROGRAM [ARGUMENT...]\n", stderr), 2;
  struct clone3_args args = {.flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS, .exit_signal = SIGCHLD};
  const pid_t child = (pid_t)syscall(SYS_clone3, &args, sizeof args);
  check(child, "clone3");
  if (child > 0) {
    int status;
    check(waitpid(child, &status, 0), "waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "/");
  check(mount(argv[1], argv[1], NULL, MS_BIND | MS_REC, NULL), argv[1]);
  check(chdir(argv[1]), argv[1]);
  make_mounts(atoi(argv[2]), argv[3]);
  hide_paths();
  check(syscall(SYS_pivot_root, ".", "."), "pivot_root");
  check(umount2(".", MNT_DETACH), "umount2");
  check(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), "/");
  check(sethostname("floor", 5), "sethostname");
  char *environment[] = {"PATH=/usr/bin:/bin", NULL};
  execve(argv[4], argv + 4, environment);
  check(-1, argv[4]);
}
