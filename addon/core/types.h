// The shapes that cross from a host into the core and back: src/host/port.ts, in C++. `fields` names each member as
// TypeScript does, once, for reading and for writing; a binding walks it (addon/node/convert.h).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"

namespace tsrunc::core {

using Bytes = std::vector<uint8_t>;

// Borrowed for the time of one call.
struct ByteView {
  const uint8_t* data = nullptr;
  size_t size = 0;
};

// A string or bytes, taken as they are: file contents, where a NUL byte is no mistake (it is one in any other string).
struct Content {
  std::string text;
  ByteView bytes;
  const uint8_t* data() const { return bytes.data ? bytes.data : reinterpret_cast<const uint8_t*>(text.data()); }
  size_t size() const { return bytes.data ? bytes.size : text.size(); }
};

struct Rlimit {
  uint64_t soft = 0;
  uint64_t hard = 0;
};
template <class V>
void fields(V& v, Rlimit& x) {
  v("soft", x.soft);
  v("hard", x.hard);
}

// How the launcher found its caller. Signal sets are lists of signal numbers.
struct LaunchRecord {
  Rlimit nofile;
  std::vector<int> ignored;
  std::vector<int> blocked;
  uint32_t umask = 0;
};
template <class V>
void fields(V& v, LaunchRecord& x) {
  v("nofile", x.nofile);
  v("ignored", x.ignored);
  v("blocked", x.blocked);
  v("umask", x.umask);
}

// double: a JavaScript number. Sizes and inode numbers beyond 2^53 lose their last bits; nothing of ours compares
// those.
struct FileStat {
  std::string type;
  uint32_t mode = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
  double size = 0;
  double dev = 0;
  double ino = 0;
  double rdev = 0;
};
template <class V>
void fields(V& v, FileStat& x) {
  v("type", x.type);
  v("mode", x.mode);
  v("uid", x.uid);
  v("gid", x.gid);
  v("size", x.size);
  v("dev", x.dev);
  v("ino", x.ino);
  v("rdev", x.rdev);
}

struct Message {
  Bytes data;
  std::vector<int> fds;
};
template <class V>
void fields(V& v, Message& x) {
  v("data", x.data);
  v("fds", x.fds);
}

struct WaitStatus {
  int pid = 0;
  int exit_code = 0;
  int signal = 0;
  int lost = 0;
};
template <class V>
void fields(V& v, WaitStatus& x) {
  v("pid", x.pid);
  v("exitCode", x.exit_code);
  v("signal", x.signal);
  v("lost", x.lost);
}

struct SpawnRequest {
  std::array<int, 3> stdio{0, 1, 2};
  std::vector<int> preserve;
  LaunchRecord launch;
  // init.spawn: CLONE_NEW* bits of the clone, those that init makes by itself, the v2 cgroup's directory to be born in (-1: ours).
  // stage.spawn has none.
  uint32_t flags = 0;
  uint32_t unshare = 0;
  int cgroup = -1;
  bool init = false;
};
template <class V>
void fields(V& v, SpawnRequest& x) {
  v("stdio", x.stdio);
  v("preserve", x.preserve);
  v("launch", x.launch);
  v("flags", x.flags);
  v("unshare", x.unshare);
  v("cgroup", x.cgroup);
  v("init", x.init);
}

struct Spawned {
  int pid = 0;
  int pidfd = -1;
  int control = -1;
};
template <class V>
void fields(V& v, Spawned& x) {
  v("pid", x.pid);
  v("pidfd", x.pidfd);
  v("control", x.control);
}

// `launch` is added by the host: a hook too gets limits and signals as the caller of the runtime had them.
struct HookRequest {
  std::string path;
  std::vector<std::string> args;
  std::vector<std::string> env;
  std::string input;
  double timeout_ms = 0;
  LaunchRecord launch;
};
template <class V>
void fields(V& v, HookRequest& x) {
  v("path", x.path);
  v("args", x.args);
  v("env", x.env);
  v("stdin", x.input);
  v("timeoutMs", x.timeout_ms);
  v("launch", x.launch);
}

struct HookResult {
  int exit_code = 0;
  int signal = 0;
  bool timed_out = false;
  std::string output;
  std::string error_output;
};
template <class V>
void fields(V& v, HookResult& x) {
  v("exitCode", x.exit_code);
  v("signal", x.signal);
  v("timedOut", x.timed_out);
  v("stdout", x.output);
  v("stderr", x.error_output);
}

// `ignored` is added by the host: signals that the caller ignored (nohup) are not forwarded.
struct ForegroundRequest {
  int pid = 0;
  int pidfd = -1;
  int master = -1;
  int input = -1;
  int output = -1;
  int error_output = -1;
  int notify = -1;
  int notify_host = -1;
  std::vector<int> ignored;
};
template <class V>
void fields(V& v, ForegroundRequest& x) {
  v("pid", x.pid);
  v("pidfd", x.pidfd);
  v("master", x.master);
  v("stdin", x.input);
  v("stdout", x.output);
  v("stderr", x.error_output);
  v("notify", x.notify);
  v("notifyHost", x.notify_host);
  v("ignored", x.ignored);
}

struct SeccompInfo {
  std::string version;
};
template <class V>
void fields(V& v, SeccompInfo& x) {
  v("version", x.version);
}

}  // namespace tsrunc::core
