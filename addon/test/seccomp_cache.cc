// The cache of compiled filters, on a real file system.
#include "core/seccomp_cache.h"

#include <dirent.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "core/files.h"

using namespace tsrunc::core;

namespace {

class Place {
 public:
  Place() {
    char path[] = "/tmp/tsrunc-cache-XXXXXX";
    REQUIRE(mkdtemp(path));
    root_ = path;
    cache = root_ + "/.seccomp~cache";
  }
  ~Place() { (void)!system(("rm -rf " + root_).c_str()); }
  std::string cache;

  std::vector<std::string> names() const {
    auto found = read_directory(cache);
    return found ? *found : std::vector<std::string>{};
  }
  // The only file.
  std::string file() const {
    auto all = names();
    REQUIRE(all.size() == 1);
    return cache + "/" + all[0];
  }

 private:
  std::string root_;
};

Bytes filter(uint8_t fill, size_t instructions = 4) { return Bytes(instructions * sizeof(sock_filter), fill); }

void store(const Place& place, const std::string& profile, const Bytes& bytes) {
  CHECK(seccomp_store(place.cache, profile, {bytes.data(), bytes.size()}).ok());
}

Bytes lookup(const Place& place, const std::string& profile) {
  auto found = seccomp_lookup(place.cache, profile);
  REQUIRE(found.ok());
  return *found;
}

mode_t mode_of(const std::string& path) {
  struct stat st {};
  REQUIRE(lstat(path.c_str(), &st) == 0);
  return st.st_mode & 07777;
}

// After `spoil` the filter is not used, the file is gone, and storing works again.
template <class F>
void refused(const char* what, F spoil) {
  CAPTURE(what);
  Place place;
  store(place, "profile", filter(7));
  REQUIRE(lookup(place, "profile") == filter(7));
  spoil(place.file());
  CHECK(lookup(place, "profile").empty());
  CHECK(place.names().empty());
  store(place, "profile", filter(7));
  CHECK(lookup(place, "profile") == filter(7));
}

void overwrite(const std::string& path, off_t at, const std::string& bytes) {
  int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  REQUIRE(pwrite(fd, bytes.data(), bytes.size(), at) == static_cast<ssize_t>(bytes.size()));
  close(fd);
}

}  // namespace

TEST_CASE("what was stored is found again, under its own profile only") {
  Place place;
  CHECK(lookup(place, "a").empty());
  store(place, "a", filter(1));
  store(place, "b", filter(2, BPF_MAXINSNS));
  CHECK(lookup(place, "a") == filter(1));
  CHECK(lookup(place, "b") == filter(2, BPF_MAXINSNS));
  CHECK(lookup(place, "ab").empty());
  CHECK(mode_of(place.cache) == 0700);
  for (const std::string& name : place.names()) CHECK(mode_of(place.cache + "/" + name) == 0600);
  store(place, "a", filter(3));
  CHECK(lookup(place, "a") == filter(3));
}

TEST_CASE("what is no filter is not stored") {
  Place place;
  store(place, "empty", {});
  store(place, "odd", Bytes(sizeof(sock_filter) + 1));
  store(place, "long", filter(1, BPF_MAXINSNS + 1));
  CHECK(place.names().empty());
}

TEST_CASE("a file that is not as it was written is refused and removed") {
  refused("torn", [](const std::string& path) { REQUIRE(truncate(path.c_str(), 32 + 2 * sizeof(sock_filter)) == 0); });
  refused("empty", [](const std::string& path) { REQUIRE(truncate(path.c_str(), 0) == 0); });
  refused("only the hash", [](const std::string& path) { REQUIRE(truncate(path.c_str(), 32) == 0); });
  refused("no whole instructions", [](const std::string& path) { overwrite(path, 64, "abc"); });
  refused("longer than any filter", [](const std::string& path) { REQUIRE(truncate(path.c_str(), 1 << 20) == 0); });
  refused("one byte of the filter", [](const std::string& path) { overwrite(path, 40, "x"); });
  refused("one byte of the hash", [](const std::string& path) { overwrite(path, 3, "x"); });
  refused("writable for the group", [](const std::string& path) { REQUIRE(chmod(path.c_str(), 0620) == 0); });
  refused("writable for all", [](const std::string& path) { REQUIRE(chmod(path.c_str(), 0602) == 0); });
  refused("a FIFO", [](const std::string& path) {
    REQUIRE(unlink(path.c_str()) == 0);
    REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  });
  refused("a link to the very file", [](const std::string& path) {
    const std::string elsewhere = path.substr(0, path.rfind("/.")) + "/elsewhere";
    REQUIRE(rename(path.c_str(), elsewhere.c_str()) == 0);
    REQUIRE(symlink(elsewhere.c_str(), path.c_str()) == 0);
  });
  if (geteuid() == 0) {
    refused("somebody else's", [](const std::string& path) { REQUIRE(chown(path.c_str(), 1234, 0) == 0); });
  }
}

TEST_CASE("a filter under the name of another profile is refused") {
  Place place;
  store(place, "strict", filter(1));
  const std::string strict = place.file();
  REQUIRE(rename(strict.c_str(), (place.cache + "/kept").c_str()) == 0);
  store(place, "lax", filter(2));
  const auto names = place.names();
  const std::string lax = place.cache + "/" + (names[0] == "kept" ? names[1] : names[0]);
  REQUIRE(rename(lax.c_str(), strict.c_str()) == 0);
  CHECK(lookup(place, "strict").empty());
}

TEST_CASE("a directory that others may write to, or a link to one, is not used") {
  Place place;
  store(place, "a", filter(1));
  REQUIRE(chmod(place.cache.c_str(), 0770) == 0);
  CHECK(lookup(place, "a").empty());
  store(place, "b", filter(1));
  CHECK(place.names().size() == 1);
  REQUIRE(chmod(place.cache.c_str(), 0700) == 0);
  CHECK(lookup(place, "a") == filter(1));
  const std::string real = place.cache + ".real";
  REQUIRE(rename(place.cache.c_str(), real.c_str()) == 0);
  REQUIRE(symlink(real.c_str(), place.cache.c_str()) == 0);
  CHECK(lookup(place, "a").empty());
}

TEST_CASE("no place for a cache is no error") {
  Place place;
  int fd = open(place.cache.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(fd >= 0);
  close(fd);
  store(place, "a", filter(1));
  CHECK(lookup(place, "a").empty());
  const std::string nowhere = place.cache + "/below/a/file";
  CHECK(seccomp_store(nowhere, "a", {}).ok());
  CHECK(seccomp_lookup(nowhere, "a").ok());
}

TEST_CASE("a full disk leaves nothing" * doctest::skip(geteuid() != 0)) {
  Place place;
  REQUIRE(mkdir(place.cache.c_str(), 0700) == 0);
  // One inode beside its root.
  REQUIRE(mount("tmpfs", place.cache.c_str(), "tmpfs", 0, "size=4k,mode=0700") == 0);
  store(place, "too large", filter(1, BPF_MAXINSNS));
  CHECK(place.names().empty());
  REQUIRE(mount(nullptr, place.cache.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0);
  store(place, "a", filter(1));
  CHECK(place.names().empty());
  CHECK(umount(place.cache.c_str()) == 0);
}

TEST_CASE("the oldest go when there are more than 64, and what killed writers left with them") {
  Place place;
  store(place, "first", filter(1));
  const std::string first = place.file();
  const timespec long_ago[2] = {{1000, 0}, {1000, 0}};
  REQUIRE(utimensat(AT_FDCWD, first.c_str(), long_ago, 0) == 0);
  const std::string left = place.cache + "/new.0123";
  int fd = open(left.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(fd >= 0);
  REQUIRE(futimens(fd, long_ago) == 0);
  close(fd);
  for (int i = 0; i < 64; i++) store(place, "profile " + std::to_string(i), filter(2));
  CHECK(place.names().size() == 64);
  CHECK(access(left.c_str(), F_OK) != 0);
  CHECK(lookup(place, "first").empty());
  CHECK(lookup(place, "profile 63") == filter(2));
}

TEST_CASE("many at once: each finds nothing or a whole filter, and in the end it is there") {
  Place place;
  std::vector<pid_t> children;
  for (int i = 0; i < 8; i++) {
    pid_t pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
      for (int round = 0; round < 50; round++) {
        const Bytes whole = filter(9, 1000);
        auto found = seccomp_lookup(place.cache, "shared");
        if (!found || (!found->empty() && *found != whole)) _exit(1);
        if (!seccomp_store(place.cache, "shared", {whole.data(), whole.size()})) _exit(2);
      }
      _exit(0);
    }
    children.push_back(pid);
  }
  for (pid_t pid : children) {
    int status = -1;
    REQUIRE(waitpid(pid, &status, 0) == pid);
    CHECK(status == 0);
  }
  CHECK(lookup(place, "shared") == filter(9, 1000));
  CHECK(place.names().size() == 1);
}
