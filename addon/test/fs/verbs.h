// Verbs as a plan would carry them out, on a Scratch.
#pragma once

#include <doctest/doctest.h>
#include <linux/mount.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <sstream>
#include <vector>

#include "init/fs/mountapi.h"
#include "init/ops/ops.h"
#include "test/fs/scratch.h"

namespace tsrunc::test {

inline wire::Str str(const std::string& text) { return {text.c_str(), static_cast<uint32_t>(text.size())}; }
inline wire::Str str(const char* literal) { return {literal, static_cast<uint32_t>(strlen(literal))}; }
// It would point into what is gone.
wire::Str str(std::string&&) = delete;

// "" or the failure as a user would read it, errno by its number.
inline std::string said(init::Status status) {
  if (status.ok()) return "";
  const auto& failure = init::last_failure();
  std::string text = failure.text[0] ? failure.text : failure.call;
  return failure.err == 0 ? text : text + ": " + std::to_string(failure.err);
}

// A rootfs with the verbs; `context.rootfs` is its root.
struct Container : Scratch {
  Container() : context(std::make_unique<init::Context>()) { context->rootfs.reset(dup(root.get())); }
  ~Container() { fs::forget_new_api(false); }
  // The rootfs as the mount namespace of now has it.
  void reopen() { context->rootfs.reset(open(rootfs.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)); }

  std::string filesystem(const std::string& type, const std::string& target, uint64_t flags = 0,
                         const std::string& data = "", const std::function<void(op::MountFs&)>& more = {}) {
    op::MountFs op;
    op.fstype = str(type);
    op.source = str(type);
    op.target = str(target);
    op.flags = flags;
    op.data = str(data);
    if (more) more(op);
    return said(run(*context, op));
  }
  std::string bind(const std::string& source, const std::string& target, uint64_t flags = 0,
                   const std::function<void(op::MountBind&)>& more = {}) {
    op::MountBind op;
    op.source = str(source);
    op.target = str(target);
    op.flags = flags;
    if (more) more(op);
    return said(run(*context, op));
  }
  std::string mask(const std::string& path) {
    op::PathMask op;
    op.path = str(path);
    return said(run(*context, op));
  }
  std::string readonly(const std::string& path) {
    op::PathReadonly op;
    op.path = str(path);
    return said(run(*context, op));
  }
  std::string device(const std::string& path, unsigned major, unsigned minor,
                     const std::function<void(op::DeviceNode&)>& more = {}) {
    op::DeviceNode op;
    op.path = str(path);
    op.type = S_IFCHR;
    op.major = major;
    op.minor = minor;
    op.mode = 0666;
    if (more) more(op);
    return said(run(*context, op));
  }
  std::string symlink_at(const std::string& path, const std::string& to, bool replace = false,
                         const char* only_if = nullptr) {
    op::PathSymlink op;
    op.path = str(path);
    op.to = str(to);
    op.replace = replace;
    if (only_if) op.only_if = wire::Str(only_if, static_cast<uint32_t>(strlen(only_if)));
    return said(run(*context, op));
  }

  std::unique_ptr<init::Context> context;
};

// What mountinfo says of the topmost mount at `path`: "OPTIONS [PROPAGATION...] - TYPE SOURCE SUPEROPTIONS", or "" when
// nothing is there.
inline std::string mounted(const std::string& path) {
  std::istringstream lines(read_all("/proc/self/mountinfo"));
  std::string line, found;
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string id, parent, device, root, point, rest;
    fields >> id >> parent >> device >> root >> point;
    std::getline(fields, rest);
    if (point == path) found = rest.substr(1);
  }
  return found;
}

// In a forked child with a mount namespace of its own, so that namespaces and roots of it die with it; its result is
// the child's exit code.
inline int in_child(const std::function<int()>& body) {
  pid_t pid = fork();
  if (pid == 0) _exit(unshare(CLONE_NEWNS) == 0 ? body() : 255);
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// As root of a new user namespace in which uid 0 is the caller.
inline bool enter_user_namespace() {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", "0 0 1");
  write_file("/proc/self/gid_map", "0 0 1");
  return true;
}

// Both ways to mount: by the new API, and as on a kernel without it.
inline void with_both_apis(const std::function<void()>& check) {
  SUBCASE("new mount API") { check(); }
  SUBCASE("mount(2)") {
    fs::forget_new_api(true);
    check();
  }
}

}  // namespace tsrunc::test
