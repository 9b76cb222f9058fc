// Runs a command and counts the system calls that it and the processes which set a container up make, by role; one of them fails, or its
// process is killed before it:
//
//   inject LOG FROM ACTION ATTACH -- COMMAND ARG...
//
// LOG     one line for each counted call: `role call number text`; `text` are the paths among its arguments. With an action only the line of
//         the call acted upon, if it came; from there on nothing is traced.
// FROM    calls of the command count from the first one that has this in a path; empty: all of them.
// ACTION  `role:call:number=ERRNO` (a number), `...=kill`, `...=short` (the first half of a write, but to the kernel's own files), or `none`.
// ATTACH  the pid of an init that waits at its gate, or 0.
//
// Roles: `cli` the command itself (its main thread, over execve); `spawn` a child of it until execve; `stage` and `init` as tsrunc-init is
// called. Whatever else is executed (hooks, the container's program) runs untraced. The exit status is the command's.
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <map>
#include <string>

#include <linux/ptrace.h>

#include "registers.h"

// Of Linux 6.6.
#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452
#define NAME_FCHMODAT2 {452, "fchmodat2"},
#else
#define NAME_FCHMODAT2
#endif

namespace {

struct Name {
  long number;
  const char* name;
};
constexpr Name kNames[] = {
#include "calls.inc"
    NAME_FCHMODAT2};

const char* name_of(long number) {
  for (const Name& one : kNames) {
    if (one.number == number) return one.name;
  }
  return "unknown";
}

[[noreturn]] void die(const char* what) {
  fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
  _exit(125);
}

struct Action {
  std::string target;  // "role:call:number"
  bool kill = false;
  bool half = false;
  int err = 0;
};

struct Process {
  std::string role;
  bool counting = false;
  // A call has been entered and is to return this (negative errno); 0: as it does.
  int result = 0;
  bool fresh = true;
};

FILE* log_file;
std::string from;
Action action;
std::map<pid_t, Process> processes;
std::map<std::string, int> counts;
bool acted = false;
pid_t command = 0;

constexpr long kOptions =
    PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;

std::string file(pid_t pid, const char* name) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return "";
  char buffer[4096];
  ssize_t n = read(fd, buffer, sizeof buffer);
  close(fd);
  return std::string(buffer, n > 0 ? static_cast<size_t>(n) : 0);
}

// The words of an argument that looks like a path; "" for anything else.
std::string text_at(pid_t pid, unsigned long address) {
  if (address < 4096) return "";
  char buffer[256];
  const unsigned long page = 4096 - address % 4096;
  iovec ours = {buffer, sizeof buffer};
  iovec theirs[2] = {{reinterpret_cast<void*>(address), page < sizeof buffer ? page : sizeof buffer},
                     {reinterpret_cast<void*>(address + page), page < sizeof buffer ? sizeof buffer - page : 0}};
  ssize_t n = process_vm_readv(pid, &ours, 1, theirs, 2, 0);
  std::string text;
  for (ssize_t i = 0; i < n; i++) {
    const char c = buffer[i];
    if (c == 0) return text.size() > 1 || text == "/" ? text : "";
    if (c < ' ' || c > '~') return "";
    text += c;
  }
  return "";
}

// Their files take a text as a whole, or nothing; half of a pid would be another process, which came into the cgroup that is killed later.
bool takes_halves(pid_t pid, unsigned long fd) {
  struct statfs where {};
  if (statfs(("/proc/" + std::to_string(pid) + "/fd/" + std::to_string(fd)).c_str(), &where) != 0) return true;
  switch (where.f_type) {
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC:
      return false;
    default:
      return true;
  }
}

void act(pid_t pid, Process& process, const ptrace_syscall_info& info) {
  const long number = static_cast<long>(info.entry.nr);
  if (action.kill) {
    kill(pid, SIGKILL);
  } else if (action.half) {
    if (takes_halves(pid, info.entry.args[0])) halve(pid);
  } else {
    // A close that fails has closed all the same (close(2)).
    if (number != SYS_close) skip_call(pid);
    process.result = -action.err;
  }
}

void entered(pid_t pid, Process& process, const ptrace_syscall_info& info) {
  const long number = static_cast<long>(info.entry.nr);
  const auto texts = [&] { return text_at(pid, info.entry.args[0]) + " " + text_at(pid, info.entry.args[1]); };
  if (!process.counting) {
    if (texts().find(from) == std::string::npos) return;
    process.counting = true;
  }
  const std::string key = process.role + ":" + name_of(number);
  const std::string target = key + ":" + std::to_string(++counts[key]);
  const bool hit = target == action.target;
  if (!hit && !action.target.empty()) return;
  fprintf(log_file, "%s %s %d %s\n", process.role.c_str(), name_of(number), counts[key], texts().c_str());
  if (!hit) return;
  acted = true;
  act(pid, process, info);
}

void at_call(pid_t pid, Process& process) {
  ptrace_syscall_info info{};
  if (trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, reinterpret_cast<long>(&info)) <= 0) return;
  if (info.op == PTRACE_SYSCALL_INFO_ENTRY && !process.role.empty()) entered(pid, process, info);
  if (info.op == PTRACE_SYSCALL_INFO_EXIT && process.result != 0) {
    set_result(pid, process.result);
    process.result = 0;
  }
}

// After execve. False: not one of ours.
bool named(pid_t pid, Process& process) {
  if (pid == command) return true;
  const std::string line = file(pid, "cmdline");
  if (line.rfind(std::string("tsrunc-init\0", 12), 0) != 0) return false;
  size_t words = 0;
  for (char c : line) words += c == 0;
  process.role = words > 2 ? "init" : "stage";
  return true;
}

// A process that has just begun under our eyes: a thread is of no interest.
bool adopted(pid_t pid, Process& process) {
  const std::string status = file(pid, "status");
  const auto field = [&](const char* name) {
    const size_t at = status.find(name);
    return at == std::string::npos ? 0 : atoi(status.c_str() + at + strlen(name));
  };
  if (field("\nTgid:") != pid) return false;
  const std::string comm = status.substr(0, status.find('\n'));
  process.role = comm.find("tsrunc:[stage]") != std::string::npos ? "init" : "spawn";
  process.counting = true;
  return true;
}

// The stop of a traced process. Returns whether it stays traced.
bool stopped(pid_t pid, int status) {
  Process& process = processes[pid];
  if (acted && process.result == 0 && status >> 16 != 0) return false;
  const int signal = WSTOPSIG(status);
  const int event = status >> 16;
  long deliver = 0;
  if (process.fresh && process.role.empty()) {
    process.fresh = false;
    if (!adopted(pid, process)) return false;
  } else if (signal == (SIGTRAP | 0x80)) {
    at_call(pid, process);
    if (acted && process.result == 0 && !action.half) return false;
  } else if (event == PTRACE_EVENT_EXEC) {
    if (!named(pid, process)) return false;
  } else if (event == PTRACE_EVENT_STOP &&
             (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU)) {
    trace(PTRACE_LISTEN, pid, 0, 0);
    return true;
  } else if (event == 0) {
    deliver = signal;
  }
  trace(PTRACE_SYSCALL, pid, 0, deliver);
  return true;
}

// Whoever is left goes on alone.
void release_all() {
  for (const auto& [pid, process] : processes) trace(PTRACE_INTERRUPT, pid, 0, 0);
  for (const auto& [pid, process] : processes) {
    int status = 0;
    // One that does not stop is let go by our end.
    pid_t seen = 0;
    for (int tries = 0; seen == 0 && tries < 500; tries++) {
      seen = waitpid(pid, &status, __WALL | WNOHANG);
      if (seen == 0) usleep(2000);
    }
    if (seen != pid || !WIFSTOPPED(status)) continue;
    trace(PTRACE_DETACH, pid, 0, status >> 16 == 0 && WSTOPSIG(status) != (SIGTRAP | 0x80) ? WSTOPSIG(status) : 0);
  }
}

int follow() {
  for (;;) {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, __WALL);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) die("waitpid");
    if (WIFSTOPPED(status)) {
      if (stopped(pid, status)) continue;
      trace(PTRACE_DETACH, pid, 0, 0);
    }
    processes.erase(pid);
    if (pid != command || WIFSTOPPED(status)) continue;
    release_all();
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
}

void attach(pid_t pid, const char* role, bool counting) {
  if (trace(PTRACE_SEIZE, pid, 0, kOptions) != 0) die("PTRACE_SEIZE");
  processes[pid] = {role, counting, 0, false};
  if (trace(PTRACE_INTERRUPT, pid, 0, 0) != 0) die("PTRACE_INTERRUPT");
}

// Waits for a byte first, so that nothing of it is missed.
pid_t launch(char** words, int& gate) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) die("pipe2");
  const pid_t pid = fork();
  if (pid < 0) die("fork");
  if (pid == 0) {
    char byte;
    (void)!read(ends[0], &byte, 1);
    execv(words[0], words);
    die(words[0]);
  }
  close(ends[0]);
  gate = ends[1];
  return pid;
}

void parse_action(const std::string& text) {
  const size_t at = text.find('=');
  if (at == std::string::npos) return;
  action.target = text.substr(0, at);
  const std::string what = text.substr(at + 1);
  action.kill = what == "kill";
  action.half = what == "short";
  action.err = atoi(what.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) return 125;
  log_file = fopen(argv[1], "we");
  if (!log_file) die(argv[1]);
  from = argv[2];
  parse_action(argv[3]);
  int gate = -1;
  command = launch(argv + 6, gate);
  attach(command, "cli", false);
  if (const pid_t init = atoi(argv[4]); init > 0) attach(init, "init", true);
  if (write(gate, "x", 1) != 1) die("write");
  close(gate);
  return follow();
}
