// What each system call may fail with on a machine that is short of something, older, or guarded by an LSM (man-pages, section 2). What only
// a wrong argument brings about (EBADF, EFAULT, EINVAL where no kernel knows less) is not here, nor ENOENT and the like, by which the kernel
// says something true about an object: a kernel that lies is nobody's fault to handle.
import { constants } from "node:os";
import type { Call } from "./injector.js";

/** Those that Node has no number for. */
const others = { EUSERS: 87, ETOOMANYREFS: 109 } as const;

type Errno = keyof typeof constants.errno | keyof typeof others;

/** Descriptors and memory. */
const fd: readonly Errno[] = ["EMFILE", "ENOMEM"];
const disk: readonly Errno[] = ["EIO", "ENOSPC", "EROFS", "EACCES"];
/** A system call that older kernels, or a seccomp profile around us, do not have. */
const young: readonly Errno[] = ["ENOSYS", "EPERM"];

const table: Readonly<Record<string, readonly Errno[]>> = {
  accept4: ["EINTR", ...fd, "ECONNABORTED"],
  bind: ["EACCES", "ENOSPC", "ENOMEM", "EADDRINUSE"],
  bpf: ["EPERM", "ENOMEM", "E2BIG"],
  brk: ["ENOMEM"],
  capget: ["EPERM"],
  capset: ["EPERM"],
  chdir: ["EACCES", "ENOMEM", "EIO"],
  chmod: ["EPERM", "EROFS", "EIO"],
  chown: ["EPERM", "EROFS", "EIO"],
  clone: ["EAGAIN", "ENOMEM", "EPERM", "ENOSPC"],
  clone3: ["EAGAIN", "ENOMEM", "EPERM", "ENOSPC", "ENOSYS", "EBUSY"],
  close: ["EIO", "EINTR"],
  close_range: [...young, "ENOMEM"],
  connect: ["EINTR", "ECONNREFUSED", "EAGAIN"],
  dup2: ["EMFILE"],
  dup3: ["EMFILE", "EBUSY"],
  execve: ["ENOMEM", "EACCES", "EIO", "ETXTBSY"],
  execveat: ["ENOMEM", "EACCES", "EIO", "ENOSYS"],
  faccessat2: [...young, "EIO"],
  fchdir: ["EACCES", "EIO"],
  fchmod: ["EPERM", "EROFS", "EIO"],
  fchmodat2: [...young, "EROFS"],
  fchmodat: ["EPERM", "EROFS", "EIO"],
  // Of the program's streams: EPERM and EROFS are for those that are not ours to give.
  fchown: ["EIO"],
  fchownat: ["EPERM", "EROFS", "EIO"],
  fcntl: ["EMFILE", "EPERM"],
  flock: ["EINTR", "ENOLCK"],
  fork: ["EAGAIN", "ENOMEM"],
  fsconfig: ["EPERM", "ENOMEM", "EBUSY"],
  fsmount: [...young, ...fd, "EBUSY"],
  fsopen: [...young, ...fd],
  fspick: [...young, ...fd],
  fstat: ["EIO", "ENOMEM"],
  fstatfs: ["EIO", "ENOMEM"],
  fsync: ["EIO", "ENOSPC"],
  getdents64: ["EIO"],
  ioctl: ["EIO", "EPERM", "ENODEV"],
  keyctl: ["EDQUOT", "ENOMEM", "EACCES"],
  listen: ["EADDRINUSE"],
  lstat: ["EACCES", "EIO", "ENOMEM"],
  madvise: ["ENOMEM", "EAGAIN"],
  memfd_create: [...fd, "EPERM"],
  mkdir: [...disk, "ENOMEM"],
  mkdirat: [...disk, "ENOMEM"],
  mknodat: ["ENOSPC", "EACCES", "EIO"],
  mmap: ["ENOMEM", "EAGAIN"],
  mount: ["EPERM", "ENOMEM", "EBUSY", "EACCES"],
  mount_setattr: [...young, "EBUSY", "ENOMEM"],
  move_mount: [...young, "EBUSY", "ENOSPC"],
  mprotect: ["ENOMEM"],
  newfstatat: ["EACCES", "EIO", "ENOMEM"],
  open: ["EACCES", ...fd, "EIO"],
  open_tree: [...young, ...fd, "ENOSPC"],
  openat: ["EACCES", ...fd, "EIO"],
  openat2: [...young, ...fd, "EAGAIN", "EACCES", "EIO"],
  pidfd_open: [...young, ...fd],
  pidfd_send_signal: [...young],
  pipe2: [...fd, "ENFILE"],
  pivot_root: ["EBUSY", "EPERM"],
  poll: ["EINTR", "ENOMEM"],
  ppoll: ["EINTR", "ENOMEM"],
  prctl: ["EPERM"],
  pread64: ["EIO", "EINTR"],
  prlimit64: ["EPERM"],
  read: ["EIO", "EINTR", "ENOMEM"],
  readlink: ["EACCES", "EIO", "ENOMEM"],
  readlinkat: ["EACCES", "EIO", "ENOMEM"],
  recvfrom: ["EINTR", "ECONNRESET"],
  recvmsg: ["EINTR", "ENOMEM", "ECONNRESET"],
  rename: [...disk, "ENOMEM"],
  renameat: [...disk, "ENOMEM"],
  renameat2: [...disk, "ENOMEM"],
  rmdir: ["EBUSY", "EIO", "EROFS", "EACCES"],
  sched_setaffinity: ["EPERM"],
  sched_setattr: ["EPERM", "EBUSY"],
  seccomp: ["EACCES", "ENOMEM"],
  sendmsg: ["EINTR", "ENOBUFS", "ENOMEM", "EPIPE", "ETOOMANYREFS"],
  sendto: ["EINTR", "ENOBUFS"],
  sethostname: ["EPERM"],
  setdomainname: ["EPERM"],
  setgroups: ["EPERM", "ENOMEM"],
  setns: ["EPERM", "ENOMEM", "EUSERS"],
  setresgid: ["EPERM", "EAGAIN"],
  setresuid: ["EPERM", "EAGAIN"],
  setsid: ["EPERM"],
  setxattr: ["EPERM", "ENOSPC"],
  signalfd4: [...fd],
  socket: [...fd, "EACCES"],
  socketpair: [...fd],
  stat: ["EACCES", "EIO", "ENOMEM"],
  statx: ["EACCES", "EIO", "ENOMEM", "ENOSYS"],
  symlinkat: ["ENOSPC", "EACCES", "EIO"],
  umount2: ["EBUSY", "EPERM"],
  unlink: ["EIO", "EROFS", "EACCES", "EBUSY"],
  unlinkat: ["EIO", "EROFS", "EACCES", "EBUSY"],
  unshare: ["EPERM", "ENOMEM", "ENOSPC", "EUSERS"],
  vfork: ["EAGAIN", "ENOMEM"],
  wait4: ["EINTR"],
  waitid: ["EINTR"],
  write: ["EIO", "ENOSPC", "EINTR", "ENOMEM", "EACCES"],
  writev: ["EIO", "ENOSPC", "EINTR"],
};

/** Calls that cannot fail, or whose failure the kernel does not have. */
const sure = new Set(
  (
    "arch_prctl getsockopt set_tid_address getpid gettid getppid getuid geteuid getgid getegid getcwd umask exit exit_group rt_sigaction rt_sigprocmask " +
    "rt_sigreturn rt_sigtimedwait munmap futex clock_gettime clock_nanosleep nanosleep personality restart_syscall setpgid kill lseek ioprio_set " +
    "sched_getaffinity getrandom set_robust_list rseq sched_yield set_mempolicy getpriority setpriority uname prctl_get getgroups sysinfo"
  ).split(" "),
);

/** Errno names. Throws for a call that neither list knows: somebody has to say what it may fail with. */
export function plausible({ name }: Call): readonly Errno[] {
  const errnos = table[name];
  if (errnos !== undefined) return errnos;
  if (sure.has(name)) return [];
  throw new Error(`test/fault/support/errnos.ts does not know the system call ${name}`);
}

export function errnoNumber(name: string): number {
  return { ...constants.errno, ...others }[name as Errno];
}
