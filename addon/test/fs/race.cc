// A second container that shares a volume swaps a directory with a symlink to the host while we resolve and make paths
// (CVE-2021-30465, CVE-2024-45310). Nothing may ever be found or made outside.
#include <doctest/doctest.h>
#include <errno.h>
#include <sys/syscall.h>

#include <atomic>
#include <thread>

#include "init/fs/resolve.h"
#include "test/fs/verbs.h"

using namespace tsrunc;
using namespace tsrunc::test;
using fs::Last;
using fs::Missing;

namespace {

constexpr int kRounds = 4000;

class Swapper {
 public:
  Swapper(std::string a, std::string b) : a_(std::move(a)), b_(std::move(b)), thread_([this] { run(); }) {}
  ~Swapper() {
    stop_ = true;
    thread_.join();
  }
  long swaps() const { return swaps_; }

 private:
  void run() {
    constexpr unsigned exchange = 2;  // RENAME_EXCHANGE
    while (!stop_) {
      if (syscall(SYS_renameat2, AT_FDCWD, a_.c_str(), AT_FDCWD, b_.c_str(), exchange) == 0) swaps_++;
    }
  }
  std::string a_, b_;
  std::atomic<bool> stop_{false};
  std::atomic<long> swaps_{0};
  std::thread thread_;
};

bool inside(const Scratch& s, int fd) { return path_of(fd).compare(0, s.rootfs.size(), s.rootfs) == 0; }

}  // namespace

TEST_CASE("a racing swap of a directory and a symlink to the host") {
  Scratch s;
  s.dir("/vol");
  s.dir("/vol/dir");
  s.dir("/vol/dir/sub");
  s.link(s.outside, "/vol/link");
  REQUIRE(mkdir((s.outside + "/sub").c_str(), 0755) == 0);
  // The same path beneath the rootfs, so that following the link inside works too.
  s.link("../../../../../..", "/vol/dir/up");
  Swapper swapper(s.in("/vol/dir"), s.in("/vol/link"));
  int found = 0, wrong = 0, odd = 0;
  auto look = [&](int fd) {
    if (fd >= 0) {
      core::Fd owned(fd);
      found++;
      if (!inside(s, fd)) wrong++;
    } else if (fd != -ENOENT && fd != -ENOTDIR && fd != -EAGAIN) {
      odd++;
    }
  };
  for (int i = 0; i < kRounds; i++) {
    look(fs::resolve(s.root.get(), "/vol/dir/sub"));
    look(fs::walk(s.root.get(), "/vol/dir/sub", Last::follow, Missing::fail, 0, nullptr));
    look(fs::resolve(s.root.get(), "/vol/dir/up"));
    look(fs::walk(s.root.get(), "/vol/dir/up/vol", Last::follow, Missing::fail, 0, nullptr));
    std::string made = "/vol/dir/new" + std::to_string(i % 50) + "/x";
    look(fs::resolve_or_make(s.root.get(), made.c_str(), i % 2 ? Missing::directory : Missing::file, 0755));
    char name[fs::kNameSize];
    look(fs::resolve_parent(s.root.get(), "/vol/dir/sub/node", name, true));
  }
  CHECK(swapper.swaps() > 100);
  CHECK(found > 100);
  CHECK(wrong == 0);
  CHECK(odd == 0);
  // Only what the test put there.
  for (int i = 0; i < 50; i++) CHECK_FALSE(exists(s.outside + "/new" + std::to_string(i)));
}

TEST_CASE("a directory that is moved out of the root while we are below it") {
  Scratch s;
  s.dir("/a");
  s.dir("/a/b");
  s.dir("/a/b/c");
  write_file(s.top + "/secret", "s");
  std::string home = s.in("/a/b"), away = s.outside + "/b";
  std::atomic<bool> stop{false};
  std::thread mover([&] {
    while (!stop) {
      rename(home.c_str(), away.c_str());
      rename(away.c_str(), home.c_str());
    }
  });
  s.link("../../../secret", "/a/b/c/escape");
  int wrong = 0;
  for (int i = 0; i < kRounds; i++) {
    for (int fd : {fs::resolve(s.root.get(), "/a/b/c/escape"),
                   fs::walk(s.root.get(), "/a/b/c/escape", Last::follow, Missing::fail, 0, nullptr)}) {
      if (fd < 0) continue;
      core::Fd owned(fd);
      if (path_of(fd) == s.top + "/secret") wrong++;
    }
  }
  stop = true;
  mover.join();
  CHECK(wrong == 0);
}

TEST_CASE("mounting while a neighbour swaps the target's directory") {
  Container c;
  c.dir("/vol");
  c.dir("/vol/dir");
  c.link(c.outside, "/vol/link");
  std::string source = c.top + "/source";
  REQUIRE(mkdir(source.c_str(), 0755) == 0);
  bool old = false;
  SUBCASE("new mount API") { old = false; }
  SUBCASE("mount(2)") { old = true; }
  fs::forget_new_api(old);
  Swapper swapper(c.in("/vol/dir"), c.in("/vol/link"));
  int good = 0;
  for (int i = 0; i < 300; i++) {
    std::string target = "/vol/dir/m" + std::to_string(i);
    if (c.bind(source, target) == "") good++;
    if (c.filesystem("tmpfs", target + "/t") == "") good++;
    c.device("/vol/dir/null", 1, 3);
    c.symlink_at("/vol/dir/fd" + std::to_string(i), "/proc/self/fd");
  }
  CHECK(good > 10);
  std::string mounts = read_all("/proc/self/mountinfo");
  CHECK(mounts.find(" " + c.outside) == std::string::npos);
  for (int i = 0; i < 300; i++) {
    CHECK_FALSE(exists(c.outside + "/m" + std::to_string(i)));
    CHECK_FALSE(exists(c.outside + "/fd" + std::to_string(i)));
  }
  CHECK_FALSE(exists(c.outside + "/null"));
}
