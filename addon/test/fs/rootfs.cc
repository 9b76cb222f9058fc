// rootfs.enter, pivot, move, chroot, readonly, propagation: each in a child with namespaces of its own.
#include "init/fs/mountinfo.h"
#include "test/fs/verbs.h"

using namespace tsrunc;
using namespace tsrunc::test;

namespace {

std::string enter(Container& c, const std::string& path, bool bind = true) {
  op::RootfsEnter op;
  op.path = str(path);
  op.bind = bind;
  return said(run(*c.context, op));
}

template <class Op>
std::string plain(Container& c) {
  return said(run(*c.context, Op{}));
}

// Numbers the checks, so that the child's exit code names the one that failed.
#define EXPECT(condition)          \
  do {                             \
    step++;                        \
    if (!(condition)) return step; \
  } while (false)

}  // namespace

TEST_CASE("pivot_root leaves nothing of the old root") {
  bool old = false;
  SUBCASE("new mount API") { old = false; }
  SUBCASE("mount(2)") { old = true; }
  Container c;
  CHECK(in_child([&c, old] {
          int step = 0;
          fs::forget_new_api(old);
          write_file(c.in("/inside"), "i");
          c.dir("/proc");
          EXPECT(enter(c, c.rootfs) == "");
          EXPECT(c.filesystem("proc", "/proc") == "");
          EXPECT(c.filesystem("tmpfs", "/data") == "");
          EXPECT(plain<op::RootfsPivot>(c) == "");
          EXPECT(c.context->inside);
          EXPECT(read_all("/inside") == "i");
          EXPECT(exists("/data"));
          std::string mounts = read_all("/proc/self/mountinfo");
          EXPECT(std::count(mounts.begin(), mounts.end(), '\n') == 3);
          EXPECT(mounted("/data") != "");
          // What a mount of the root forbids stays so.
          EXPECT(mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV, nullptr) == 0);
          EXPECT(plain<op::RootfsReadonly>(c) == "");
          EXPECT(mounted("/").find("ro,nosuid,nodev,") == 0);
          EXPECT(open("/inside", O_WRONLY) < 0 && errno == EROFS);
          char here[64];
          EXPECT(getcwd(here, sizeof here) && std::string(here) == "/");
          // Still the same "/" for what comes after.
          EXPECT(c.mask("/data") == "");
          return 0;
        }) == 0);
}

TEST_CASE("a shared parent is made private first, a slave one is left") {
  Container c;
  CHECK(in_child([&c] {
          int step = 0;
          EXPECT(mount(nullptr, c.top.c_str(), nullptr, MS_SHARED, nullptr) == 0);
          EXPECT(enter(c, c.rootfs) == "");
          EXPECT(mounted(c.top).find("shared:") == std::string::npos);
          EXPECT(plain<op::RootfsPivot>(c) == "");
          return 0;
        }) == 0);
  REQUIRE(mount(nullptr, c.top.c_str(), nullptr, MS_SHARED, nullptr) == 0);
  CHECK(in_child([&c] {
          int step = 0;
          op::RootfsPropagation op;
          op.flags = MS_SLAVE | MS_REC;
          EXPECT(said(run(*c.context, op)) == "");
          EXPECT(enter(c, c.rootfs) == "");
          EXPECT(mounted(c.top).find("master:") != std::string::npos);
          EXPECT(mounted(c.rootfs).find("master:") != std::string::npos);
          EXPECT(plain<op::RootfsPivot>(c) == "");
          return 0;
        }) == 0);
}

TEST_CASE("a rootfs that is a symlink, a file or missing is refused") {
  Container c;
  REQUIRE(symlink(c.rootfs.c_str(), (c.top + "/link").c_str()) == 0);
  write_file(c.top + "/file", "");
  CHECK(enter(c, c.top + "/link").find("O_NOFOLLOW") != std::string::npos);
  CHECK(enter(c, c.top + "/file").find(": " + std::to_string(ENOTDIR)) != std::string::npos);
  CHECK(enter(c, c.top + "/none").find(": " + std::to_string(ENOENT)) != std::string::npos);
}

TEST_CASE("without pivot_root: moved to \"/\", the host's /proc and /sys gone") {
  Container c;
  CHECK(in_child([&c] {
          int step = 0;
          write_file(c.in("/inside"), "i");
          EXPECT(mount("proc", (c.outside).c_str(), "proc", 0, nullptr) == 0);
          EXPECT(enter(c, c.rootfs) == "");
          c.dir("/proc");
          EXPECT(c.filesystem("proc", "/proc") == "");
          int host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
          EXPECT(plain<op::RootfsMove>(c) == "");
          EXPECT(read_all("/inside") == "i");
          EXPECT(read_all("/proc/self/stat") != "");
          EXPECT(mounted("/proc") != "");
          // What the host had at /proc and elsewhere shows no procfs any more.
          EXPECT(faccessat(host, "proc/self", F_OK, 0) != 0);
          EXPECT(faccessat(host, "sys/kernel", F_OK, 0) != 0);
          EXPECT(faccessat(host, (c.outside.substr(1) + "/self").c_str(), F_OK, 0) != 0);
          return 0;
        }) == 0);
}

TEST_CASE("only chroot, without a mount namespace") {
  Container c;
  CHECK(in_child([&c] {
          int step = 0;
          write_file(c.in("/inside"), "i");
          EXPECT(enter(c, c.rootfs, false) == "");
          EXPECT(mounted(c.rootfs) == "");
          EXPECT(plain<op::RootfsChroot>(c) == "");
          EXPECT(read_all("/inside") == "i");
          return 0;
        }) == 0);
}

TEST_CASE("mountinfo: escaped blanks, ids and propagation") {
  Container c;
  std::string odd = c.top + "/a b\\c\n\td";
  REQUIRE(mkdir(odd.c_str(), 0755) == 0);
  REQUIRE(mount("tmpfs", odd.c_str(), "tmpfs", 0, nullptr) == 0);
  REQUIRE(mount(nullptr, odd.c_str(), nullptr, MS_SHARED, nullptr) == 0);
  core::Fd fd(open(odd.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  fs::MountEntry entry;
  REQUIRE(fs::find_mount(fs::mount_id(fd.get()), &entry) == 0);
  CHECK(std::string(entry.point) == odd);
  CHECK(std::string(entry.root) == "/");
  CHECK(std::string(entry.type) == "tmpfs");
  CHECK(entry.shared);
  CHECK(fs::find_mount(-1, &entry) == -ENOENT);

  fs::MountReader reader;
  REQUIRE(reader.open() == 0);
  for (int round = 0; round < 2; round++) {
    long lines = 0;
    while (reader.next(&entry)) lines++;
    std::string all = read_all("/proc/self/mountinfo");
    CHECK(lines == std::count(all.begin(), all.end(), '\n'));
    reader.rewind();
  }
}
