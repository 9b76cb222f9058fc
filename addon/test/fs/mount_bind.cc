// mount.bind, mount.remount, mount.readonly.
#include "test/fs/verbs.h"

using namespace tsrunc;
using namespace tsrunc::test;

namespace {

// The options of the mount at `path`, without propagation and superblock.
std::string options(const std::string& path) {
  std::string all = mounted(path);
  return all.substr(0, all.find(' '));
}

// A source directory on its own mount with these flags.
std::string source(const Container& c, const std::string& name, uint64_t flags) {
  std::string path = c.outside + name;
  REQUIRE(mkdir(path.c_str(), 0755) == 0);
  REQUIRE(mount("tmpfs", path.c_str(), "tmpfs", 0, nullptr) == 0);
  write_file(path + "/file", "f");
  REQUIRE(mkdir((path + "/sub").c_str(), 0755) == 0);
  REQUIRE(mount("tmpfs", (path + "/sub").c_str(), "tmpfs", MS_NODEV, nullptr) == 0);
  REQUIRE(mount(nullptr, path.c_str(), nullptr, MS_REMOUNT | MS_BIND | flags, nullptr) == 0);
  return path;
}

}  // namespace

TEST_CASE("flags of a bind are those that are given, or the source's when none is") {
  Container c;
  with_both_apis([&c] {
    std::string plain = source(c, "/plain", 0),
                strict = source(c, "/strict", MS_NOSUID | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME);
    struct Sample {
      const std::string& from;
      uint64_t flags, cleared;
      const char* want;
    };
    const Sample samples[] = {
        {plain, 0, 0, "rw,relatime"},
        {strict, 0, 0, "rw,nosuid,noexec,noatime,nodiratime"},
        {plain, MS_RDONLY, 0, "ro,relatime"},
        {plain, MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, 0, "ro,nosuid,nodev,noexec,relatime"},
        // As mount(2) with MS_REMOUNT|MS_BIND: what is not given goes, but the atime flags stay unless one is given.
        {strict, MS_RDONLY, 0, "ro,noatime,nodiratime"},
        {strict, 0, MS_RDONLY, "rw,noatime,nodiratime"},
        {strict, 0, MS_NOATIME, "rw,relatime"},
        {plain, MS_NOATIME, 0, "rw,noatime"},
        {plain, MS_STRICTATIME, 0, "rw"},
        {plain, MS_NODIRATIME, 0, "rw,nodiratime,relatime"},
        {strict, MS_RELATIME, 0, "rw,relatime"},
        {plain, MS_NOSYMFOLLOW, 0, "rw,relatime,nosymfollow"},
    };
    int n = 0;
    for (const Sample& sample : samples) {
      std::string target = "/t" + std::to_string(n++);
      CHECK(c.bind(sample.from, target, sample.flags, [&](op::MountBind& op) { op.cleared = sample.cleared; }) == "");
      CHECK(options(c.in(target)) == sample.want);
      CHECK_FALSE(exists(c.in(target + "/sub/x")));
      CHECK(mounted(c.in(target + "/sub")) == "");
    }
  });
}

TEST_CASE("a bind remount gives what mount(2) gives") {
  Container c;
  std::string strict = source(c, "/s", MS_NOSUID | MS_NODIRATIME);
  const uint64_t flags[] = {
      MS_RDONLY, MS_NOEXEC, MS_NOATIME, MS_STRICTATIME, MS_NODIRATIME | MS_NOATIME, MS_RELATIME | MS_NODEV};
  for (uint64_t flag : flags) {
    std::string ours = "/o" + std::to_string(flag), theirs = "/k" + std::to_string(flag);
    c.dir(theirs);
    REQUIRE(mount(strict.c_str(), c.in(theirs).c_str(), nullptr, MS_BIND, nullptr) == 0);
    REQUIRE(mount(nullptr, c.in(theirs).c_str(), nullptr, MS_REMOUNT | MS_BIND | flag, nullptr) == 0);
    CHECK(c.bind(strict, ours, flag) == "");
    CHECK(options(c.in(ours)) == options(c.in(theirs)));
  }
}

TEST_CASE("recursive binds, files, and kinds that do not fit") {
  Container c;
  with_both_apis([&c] {
    std::string from = source(c, "/src", 0);
    CHECK(c.bind(from, "/rec", MS_RDONLY, [](op::MountBind& op) { op.recursive = true; }) == "");
    CHECK(options(c.in("/rec")) == "ro,relatime");
    CHECK(options(c.in("/rec/sub")) == "rw,nodev,relatime");
    CHECK(c.bind(from + "/file", "/etc/deep/file") == "");
    struct stat st;
    REQUIRE(stat(c.in("/etc/deep/file").c_str(), &st) == 0);
    CHECK(S_ISREG(st.st_mode));
    CHECK(read_all(c.in("/etc/deep/file")) == "f");
    c.dir("/dir");
    write_file(c.in("/plain"), "p");
    std::string not_directory = ": " + std::to_string(ENOTDIR);
    CHECK(c.bind(from + "/file", "/dir").find(not_directory) != std::string::npos);
    CHECK(c.bind(from, "/plain").find(not_directory) != std::string::npos);
    CHECK(c.bind(from + "/missing", "/x").find(": " + std::to_string(ENOENT)) != std::string::npos);
    CHECK_FALSE(exists(c.in("/x")));
    CHECK(mounted(c.in("/plain")) == "");
  });
}

TEST_CASE("recursive attributes reach the mounts below") {
  Container c;
  std::string from = source(c, "/src", 0);
  CHECK(c.bind(from, "/rro", 0, [](op::MountBind& op) {
    op.recursive = true;
    op.rec_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME;
    op.rec_clear = MOUNT_ATTR_NODEV | MOUNT_ATTR__ATIME;
  }) == "");
  CHECK(options(c.in("/rro")) == "ro,noatime");
  CHECK(options(c.in("/rro/sub")) == "ro,noatime");
  CHECK(options(from) == "rw,relatime");
  CHECK(options(from + "/sub") == "rw,nodev,relatime");
}

TEST_CASE("a target never leads out of the rootfs") {
  Container c;
  with_both_apis([&c] {
    std::string from = source(c, "/src", 0);
    c.link(c.outside, "/data");
    c.link("../../../../../../../tmp/../" + c.outside + "/abs", "/rel");
    CHECK(c.bind(from, "/data/new") == "");
    CHECK_FALSE(exists(c.outside + "/new"));
    CHECK(c.bind(from, "/rel") == "");
    CHECK_FALSE(exists(c.outside + "/abs"));
    CHECK(mounted(c.outside) == "");
  });
}

TEST_CASE("propagation types are set one by one") {
  Container c;
  with_both_apis([&c] {
    std::string from = source(c, "/src", 0);
    REQUIRE(mount(nullptr, from.c_str(), nullptr, MS_SHARED | MS_REC, nullptr) == 0);
    auto with = [](const std::vector<uint64_t>& types) {
      return [&types](op::MountBind& op) {
        op.recursive = true;
        op.propagation = types;
      };
    };
    std::vector<uint64_t> none, slave = {MS_SLAVE | MS_REC}, both = {MS_SLAVE, MS_SHARED}, top = {MS_PRIVATE};
    CHECK(c.bind(from, "/none", 0, with(none)) == "");
    CHECK(mounted(c.in("/none")).find("shared:") != std::string::npos);
    CHECK(c.bind(from, "/slave", 0, with(slave)) == "");
    CHECK(mounted(c.in("/slave")).find("master:") != std::string::npos);
    CHECK(mounted(c.in("/slave/sub")).find("master:") != std::string::npos);
    CHECK(c.bind(from, "/both", 0, with(both)) == "");
    CHECK(mounted(c.in("/both")).find("shared:") != std::string::npos);
    CHECK(mounted(c.in("/both")).find("master:") != std::string::npos);
    CHECK(c.bind(from, "/top", 0, with(top)) == "");
    CHECK(mounted(c.in("/top")).find("shared:") == std::string::npos);
    CHECK(mounted(c.in("/top/sub")).find("shared:") != std::string::npos);
  });
}

TEST_CASE("flags locked in a user namespace are kept, or the config's wish to clear them is refused") {
  Container c;
  bool old = false;
  SUBCASE("new mount API") { old = false; }
  SUBCASE("mount(2)") { old = true; }
  std::string locked = source(c, "/locked", MS_NOSUID | MS_NODEV | MS_NOATIME);
  umount2((locked + "/sub").c_str(), MNT_DETACH);  // a locked child would refuse the plain bind
  CHECK(in_child([&] {
          if (!enter_user_namespace()) return 1;
          fs::forget_new_api(old);
          c.reopen();
          if (c.bind(locked, "/kept", MS_RDONLY) != "") return 2;
          if (options(c.in("/kept")) != "ro,nosuid,nodev,noatime") return 3;
          std::string text = c.bind(locked, "/refused", MS_RDONLY, [](op::MountBind& op) { op.cleared = MS_NODEV; });
          if (text.find("cannot clear locked flags nodev: " + std::to_string(EPERM)) == std::string::npos) return 4;
          text = c.bind(locked, "/atime", MS_RELATIME);
          if (text.find("cannot clear locked flags noatime") == std::string::npos) return 5;
          if (c.bind(locked, "/plain") != "") return 6;
          return 0;
        }) == 0);
}

TEST_CASE("binds on /proc: a procfs, and files of LXCFS") {
  Container c;
  std::string from = source(c, "/src", 0);
  c.dir("/proc");
  CHECK(c.bind(from, "/proc") == "\"/proc\" cannot be mounted because it is not of type proc");
  REQUIRE(c.filesystem("proc", "/proc") == "");
  auto lxcfs = [](op::MountBind& op) { op.on_proc = true; };
  CHECK(c.bind(from + "/file", "/proc/uptime") == "\"/proc/uptime\" cannot be mounted because it is inside /proc");
  CHECK(c.bind(from + "/file", "/proc/uptime", 0, lxcfs) == "");
  CHECK(read_all(c.in("/proc/uptime")) == "f");
  CHECK(c.bind(from + "/file", "/proc/sys/kernel/hostname", 0, lxcfs) ==
        "\"/proc/sys/kernel/hostname\" cannot be mounted because it is inside /proc");
  c.link("/proc/self/attr", "/innocent");
  CHECK(c.bind(from, "/innocent", 0, lxcfs) != "");
  CHECK(c.bind("/proc", "/proc") == "");
  CHECK(c.bind("/proc", "/host/proc") == "");
}

TEST_CASE("remount and late read-only") {
  Container c;
  with_both_apis([&c] {
    REQUIRE(c.filesystem("tmpfs", "/t", MS_NOSUID | MS_NOEXEC | MS_STRICTATIME, "size=1m") == "");
    op::MountReadonly late;
    late.target = str("/t");
    CHECK(said(run(*c.context, late)) == "");
    CHECK(options(c.in("/t")) == "ro,nosuid,noexec");
    CHECK(mounted(c.in("/t")).find("- tmpfs tmpfs rw,") != std::string::npos);

    op::MountRemount again;
    again.target = str("/t");
    again.flags = MS_NODEV;
    again.bind = true;
    CHECK(said(run(*c.context, again)) == "");
    CHECK(options(c.in("/t")) == "rw,nodev");
    again.bind = false;
    again.flags = MS_RDONLY;
    std::string data = "size=2m";
    again.data = str(data);
    CHECK(said(run(*c.context, again)) == "");
    CHECK(mounted(c.in("/t")) == "ro - tmpfs tmpfs ro,size=2048k");
    again.target = str("/missing");
    CHECK(said(run(*c.context, again)).find(": " + std::to_string(ENOENT)) != std::string::npos);
  });
}
