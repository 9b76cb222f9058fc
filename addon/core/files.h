// Files and directories of the host (not of the container: those are tsrunc-init's). Every descriptor is CLOEXEC.
#pragma once

#include "core/fd.h"
#include "core/types.h"

namespace tsrunc::core {

// open(2)/openat(2); flags by name as in port.ts (OpenFlag), an unknown name is EINVAL.
Result<int> open_file(const std::string& path, const std::vector<std::string>& flags, uint32_t mode);
Result<int> open_file_at(int dirfd, const std::string& path, const std::vector<std::string>& flags, uint32_t mode);
Status close_fd(int fd);
// At most `max` bytes (1 byte to 64 MiB); empty at end of file.
Result<Bytes> read_fd(int fd, uint32_t max);
// All of it: short writes and EINTR are continued, EAGAIN waits (a caller may hand us a non-blocking pipe).
Status write_fd(int fd, const Content& data);
// Exactly one write(2): cgroup and procfs files act on each call, log records must not be torn.
Status write_once(int fd, const Content& data);
// Whole files, at most 64 MiB (EFBIG).
Result<Bytes> read_file(const std::string& path);
Result<std::string> read_text(const std::string& path);
// A regular file, of one that is longer than `most` the first bytes; nothing where there is none. Links, devices and the like and files beyond
// 64 MiB are refused, with `ours` also what another user owns or others may write to.
Result<std::optional<Bytes>> read_regular(const std::string& path, uint32_t most, bool ours);
// Nothing for ENOENT, ENOTDIR, ENODEV (of a cgroup that is gone) and ESRCH (of a process): an exception that is thrown and caught costs the
// engines more than the call.
Result<std::optional<std::string>> read_text_if_there(const std::string& path);
Status write_text(const std::string& path, const Content& data);
Status fsync_fd(int fd);

Status make_directory(const std::string& path, uint32_t mode);
Status remove_directory(const std::string& path);
Status unlink_file(const std::string& path);
Status rename_file(const std::string& from, const std::string& to);
// Sorted by bytes, without "." and "..".
Result<std::vector<std::string>> read_directory(const std::string& path);
Result<FileStat> stat_path(const std::string& path);
Result<FileStat> lstat_path(const std::string& path);
// By lstat(2); ENOENT and ENOTDIR are no errors.
Result<bool> path_exists(const std::string& path);
Result<FileStat> stat_fd(int fd);
Result<std::string> read_link(const std::string& path);
Result<std::string> real_path(const std::string& path);
Status change_mode(const std::string& path, uint32_t mode);
Status change_owner(const std::string& path, uint32_t uid, uint32_t gid);
// LOCK_EX; EWOULDBLOCK when it is taken and `wait` is false.
Status lock_file(int fd, bool wait);
Status change_directory(const std::string& path);
Result<std::string> current_directory();
Result<bool> is_terminal(int fd);

}  // namespace tsrunc::core
