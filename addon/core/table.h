// The functions that every host offers to TypeScript under these names (src/host/port.ts, Native): a host's binding
// expands the list and derives the conversion of arguments and results from the C++ signatures.
#pragma once

#include "core/bpf.h"
#include "core/events.h"
#include "core/exit.h"
#include "core/files.h"
#include "core/foreground.h"
#include "core/hook.h"
#include "core/netlink.h"
#include "core/process.h"
#include "core/seccomp.h"
#include "core/seccomp_cache.h"
#include "core/sockets.h"
#include "core/spawn.h"
#include "core/systemd.h"

#define TSRUNC_FUNCTIONS(F)                     \
  F("open", open_file)                          \
  F("openat", open_file_at)                     \
  F("close", close_fd)                          \
  F("read", read_fd)                            \
  F("write", write_fd)                          \
  F("writeOnce", write_once)                    \
  F("readFile", read_file)                      \
  F("readText", read_text)                      \
  F("readTextIfThere", read_text_if_there)      \
  F("readRegular", read_regular)                \
  F("writeText", write_text)                    \
  F("fsync", fsync_fd)                          \
  F("mkdir", make_directory)                    \
  F("rmdir", remove_directory)                  \
  F("unlink", unlink_file)                      \
  F("rename", rename_file)                      \
  F("readdir", read_directory)                  \
  F("stat", stat_path)                          \
  F("exists", path_exists)                      \
  F("lstat", lstat_path)                        \
  F("fstat", stat_fd)                           \
  F("readlink", read_link)                      \
  F("realpath", real_path)                      \
  F("chmod", change_mode)                       \
  F("chown", change_owner)                      \
  F("flock", lock_file)                         \
  F("chdir", change_directory)                  \
  F("getcwd", current_directory)                \
  F("isatty", is_terminal)                      \
  F("getpid", process_id)                       \
  F("geteuid", effective_uid)                   \
  F("getegid", effective_gid)                   \
  F("kill", send_signal)                        \
  F("pidfdOpen", pidfd_open)                    \
  F("pidfdSend", pidfd_send)                    \
  F("waitpid", wait_process)                    \
  F("prlimit", set_rlimit)                      \
  F("setSubreaper", set_subreaper)              \
  F("nsType", namespace_type)                   \
  F("sleepMs", sleep_ms)                        \
  F("now", now_ms)                              \
  F("monotonicNs", monotonic_ns)                \
  F("cpuNs", cpu_ns)                            \
  F("username", user_name)                      \
  F("memfd", sealed_memfd)                      \
  F("sharedMemory", shared_memory)              \
  F("eventfd", make_eventfd)                    \
  F("poll", poll_fds)                           \
  F("pipe", make_pipe)                          \
  F("socketpair", make_socketpair)              \
  F("packetPair", make_packet_pair)             \
  F("listenUnix", listen_unix)                  \
  F("connectUnix", connect_unix)                \
  F("bindDatagram", bind_datagram)              \
  F("connectDatagram", connect_datagram)        \
  F("send", send_message)                       \
  F("receive", receive_message)                 \
  F("spawnInit", spawn_init)                    \
  F("checkSpawn", check_spawn)                  \
  F("runHook", run_hook)                        \
  F("catchSignals", catch_signals)              \
  F("prepareTerminal", prepare_terminal)        \
  F("foreground", run_foreground)               \
  F("runHelper", run_helper)                    \
  F("systemdRequest", systemd_request)          \
  F("seccompCompile", seccomp_compile)          \
  F("seccompLookup", seccomp_lookup)            \
  F("seccompStore", seccomp_store)              \
  F("seccompInfo", seccomp_info)                \
  F("cgroupDeviceAttach", cgroup_device_attach) \
  F("netDeviceMove", net_device_move)           \
  F("netDeviceConfigure", net_device_configure) \
  F("exit", exit_process)
