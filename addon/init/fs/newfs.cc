#include "init/fs/newfs.h"

#include <errno.h>
#include <linux/mount.h>
#include <string.h>
#include <unistd.h>

#include "init/fs/mountapi.h"
#include "init/fs/options.h"
#include "init/status.h"

namespace tsrunc::fs {
namespace {

using init::print;
using init::Quoted;

// Superblock flags that fsconfig knows by name (fs/fs_context.c common_set_sb_flag).
struct SbFlag {
  uint64_t flag;
  const char* key;
};
constexpr SbFlag kSbFlags[] = {
    {MS_RDONLY, "ro"},         {MS_SYNCHRONOUS, "sync"}, {MS_DIRSYNC, "dirsync"},
    {MS_LAZYTIME, "lazytime"}, {MS_MANDLOCK, "mand"},
};

// These parse their whole data string themselves (doubled commas in passwords, binary data).
bool own_parser(const char* type) {
  static constexpr const char* types[] = {"cifs", "smb3", "nfs", "nfs4", "ceph", "coda", "afs"};
  for (const char* name : types) {
    if (strcmp(type, name) == 0) return true;
  }
  return false;
}

// Messages are "e text" (error), "w text", "i text", one for each read; the last error counts.
void read_log(int context, char* log, size_t size) {
  char line[256];
  for (int i = 0; i < 16; i++) {
    ssize_t n = read(context, line, sizeof line - 1);
    if (n <= 2) break;
    line[n] = 0;
    if (line[n - 1] == '\n') line[n - 1] = 0;
    if (line[0] == 'e') print(log, size, {line + 2});
  }
}

class Context {
 public:
  Context(int fd, NewFsError* error) : fd_(fd), error_(error) {}
  ~Context() { close(fd_); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  int fd() const { return fd_; }

  int flag(const char* key) { return set(FSCONFIG_SET_FLAG, key, nullptr); }
  int string(const char* key, const char* value) { return set(FSCONFIG_SET_STRING, key, value); }
  int create(const char* type) {
    int err = fsconfig(fd_, FSCONFIG_CMD_CREATE, nullptr, nullptr);
    if (err < 0) {
      print(error_->call, sizeof error_->call, {"fsconfig(", Quoted{type}, ", FSCONFIG_CMD_CREATE)"});
      read_log(fd_, error_->log, sizeof error_->log);
    }
    return err;
  }

 private:
  int set(unsigned command, const char* key, const char* value) {
    int err = fsconfig(fd_, command, key, value);
    if (err < 0) {
      print(error_->call, sizeof error_->call, {"fsconfig(\"", key, value ? "=" : "", value ? value : "", "\")"});
      read_log(fd_, error_->log, sizeof error_->log);
    }
    return err;
  }
  int fd_;
  NewFsError* error_;
};

int configure(Context& context, const NewFs& fs) {
  for (const SbFlag& sb : kSbFlags) {
    if (!(fs.flags & sb.flag)) continue;
    if (int err = context.flag(sb.key)) return err;
  }
  if (int err = context.string("source", fs.source)) return err;
  const char* data = fs.data;
  Option option;
  bool escapes = strcmp(fs.type, "overlay") == 0;
  while (next_option(&data, escapes, &option) == Next::option) {
    int err = option.has_value ? context.string(option.key, option.value) : context.flag(option.key);
    if (err < 0) return err;
  }
  return context.create(fs.type);
}

bool fits(const NewFs& fs) {
  if (fs.flags & MS_I_VERSION) return false;
  if (own_parser(fs.type) || strlen(fs.source) >= kOptionSize) return false;
  const char* data = fs.data;
  Option option;
  for (;;) {
    Next next = next_option(&data, strcmp(fs.type, "overlay") == 0, &option);
    if (next != Next::option) return next == Next::end;
  }
}

}  // namespace

int new_filesystem(const NewFs& fs, NewFsError* error) {
  error->call[0] = error->log[0] = 0;
  if (!fits(fs)) return -ENOSYS;
  int fd = fsopen(fs.type);
  if (fd < 0) {
    print(error->call, sizeof error->call, {"fsopen(", Quoted{fs.type}, ")"});
    return fd;
  }
  Context context(fd, error);
  if (int err = configure(context, fs)) return err;
  int mount = fsmount(context.fd(), static_cast<unsigned>(attributes_of(fs.flags)));
  if (mount == -EINVAL && (fs.flags & MS_NOSYMFOLLOW)) return -ENOSYS;  // fsmount before 5.14
  if (mount < 0) {
    print(error->call, sizeof error->call, {"fsmount(", Quoted{fs.type}, ")"});
    read_log(context.fd(), error->log, sizeof error->log);
  }
  return mount;
}

}  // namespace tsrunc::fs
