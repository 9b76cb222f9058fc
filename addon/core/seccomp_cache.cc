#include "core/seccomp_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/blake2b.h"
#include "core/fd.h"
#include "core/files.h"

namespace tsrunc::core {
namespace {

// A change of what is written, or of what seccomp_compile() makes of a request, takes another number.
constexpr uint32_t kFormat = 1;
constexpr size_t kMostFiles = 64;
constexpr size_t kMostBytes = BPF_MAXINSNS * sizeof(sock_filter);

std::string hexadecimal(const uint8_t* bytes, size_t size) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * size);
  for (size_t i = 0; i < size; i++) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

Digest key_of(const std::string& profile) {
  const scmp_version* version = seccomp_version();
  const uint32_t head[] = {kFormat, version->major, version->minor, version->micro, seccomp_arch_native()};
  Blake2b hash;
  hash.update(head, sizeof head);
  hash.update(profile.data(), profile.size());
  return hash.finish();
}

Digest seal_of(const Digest& key, const uint8_t* filter, size_t size) {
  Blake2b hash;
  hash.update(key.data(), key.size());
  hash.update(filter, size);
  return hash.finish();
}

bool ours_alone(const struct stat& st) { return st.st_uid == geteuid() && (st.st_mode & 022) == 0; }

// Empty: it is not there, or not ours.
Fd open_directory(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat st {};
  if (!fd || ::fstat(fd.get(), &st) != 0 || !ours_alone(st)) return {};
  return fd;
}

bool read_exactly(int fd, Bytes& bytes) {
  size_t used = 0;
  while (used < bytes.size()) {
    ssize_t got = ::read(fd, bytes.data() + used, bytes.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    used += static_cast<size_t>(got);
  }
  return true;
}

// The filter of a file that is all it should be; else empty. O_NONBLOCK: a FIFO must not hold us up.
Bytes verified(int fd, const Digest& key) {
  struct stat st {};
  if (::fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || !ours_alone(st)) return {};
  if (st.st_size <= static_cast<off_t>(sizeof(Digest))) return {};
  size_t size = static_cast<size_t>(st.st_size) - sizeof(Digest);
  if (size > kMostBytes || size % sizeof(sock_filter) != 0) return {};
  Bytes content(sizeof(Digest) + size);
  if (!read_exactly(fd, content)) return {};
  Digest seal = seal_of(key, content.data() + sizeof(Digest), size);
  if (memcmp(seal.data(), content.data(), sizeof seal) != 0) return {};
  content.erase(content.begin(), content.begin() + sizeof(Digest));
  return content;
}

struct Entry {
  timespec changed;
  std::string name;
};

// What a killed writer left counts as well, and goes in its turn. A link goes as itself.
void remove_oldest(int directory) {
  Fd copy(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  DIR* stream = copy ? ::fdopendir(copy.get()) : nullptr;
  if (!stream) return;
  (void)copy.release();
  std::vector<Entry> entries;
  while (const dirent* found = ::readdir(stream)) {
    struct stat st {};
    if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0) continue;
    if (::fstatat(directory, found->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(st.st_mode)) continue;
    entries.push_back({st.st_mtim, found->d_name});
  }
  ::closedir(stream);
  if (entries.size() <= kMostFiles) return;
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    if (a.changed.tv_sec != b.changed.tv_sec) return a.changed.tv_sec > b.changed.tv_sec;
    return a.changed.tv_nsec > b.changed.tv_nsec;
  });
  for (size_t i = kMostFiles; i < entries.size(); i++) ::unlinkat(directory, entries[i].name.c_str(), 0);
}

bool write_new(int directory, const std::string& name, ByteView seal, ByteView filter) {
  Fd fd(::openat(directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  // The caller's umask may have taken bits away.
  if (!fd || ::fchmod(fd.get(), 0600) != 0) return false;
  for (ByteView part : {seal, filter}) {
    Content content;
    content.bytes = part;
    if (!write_fd(fd.get(), content)) return false;
  }
  return true;
}

}  // namespace

Result<Bytes> seccomp_lookup(const std::string& directory, const std::string& profile) {
  Fd cache = open_directory(directory);
  if (!cache) return Bytes{};
  Digest key = key_of(profile);
  std::string name = hexadecimal(key.data(), key.size());
  Fd fd(::openat(cache.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd && errno == ENOENT) return Bytes{};
  Bytes filter = fd ? verified(fd.get(), key) : Bytes{};
  if (filter.empty()) ::unlinkat(cache.get(), name.c_str(), 0);
  return filter;
}

Result<Unit> seccomp_store(const std::string& directory, const std::string& profile, ByteView filter) {
  if (filter.size == 0 || filter.size > kMostBytes || filter.size % sizeof(sock_filter) != 0) return done();
  ::mkdir(directory.c_str(), 0700);
  Fd cache = open_directory(directory);
  uint8_t random[12];
  if (!cache || ::getrandom(random, sizeof random, 0) != sizeof random) return done();
  Digest key = key_of(profile);
  Digest seal = seal_of(key, filter.data, filter.size);
  std::string temporary = "new." + hexadecimal(random, sizeof random);
  std::string name = hexadecimal(key.data(), key.size());
  if (!write_new(cache.get(), temporary, {seal.data(), seal.size()}, filter) ||
      ::renameat(cache.get(), temporary.c_str(), cache.get(), name.c_str()) != 0) {
    ::unlinkat(cache.get(), temporary.c_str(), 0);
    return done();
  }
  remove_oldest(cache.get());
  return done();
}

}  // namespace tsrunc::core
