// device.node, path.symlink, path.mkdir, path.mask, path.readonly, sysctl.write on a hostile rootfs.
#include "test/fs/verbs.h"

using namespace tsrunc;
using namespace tsrunc::test;

TEST_CASE("a device node") {
  Container c;
  mode_t before = umask(077);
  struct stat st;
  auto owned = [](op::DeviceNode& op) {
    op.mode = 04640;
    op.uid = 7;
    op.gid = 8;
  };
  CHECK(c.device("/dev/null", 1, 3) == "");
  REQUIRE(lstat(c.in("/dev/null").c_str(), &st) == 0);
  CHECK(S_ISCHR(st.st_mode));
  CHECK(st.st_rdev == makedev(1, 3));
  CHECK((st.st_mode & 07777) == 0666);
  REQUIRE(lstat(c.in("/dev").c_str(), &st) == 0);
  CHECK((st.st_mode & 07777) == 0755);
  // The right one is kept, its mode and owner follow the config.
  ino_t same = 0;
  REQUIRE(lstat(c.in("/dev/null").c_str(), &st) == 0);
  same = st.st_ino;
  CHECK(c.device("/dev/null", 1, 3, owned) == "");
  REQUIRE(lstat(c.in("/dev/null").c_str(), &st) == 0);
  CHECK((st.st_mode & 07777) == 04640);
  CHECK(st.st_ino == same);
  CHECK(st.st_uid == 7);
  CHECK(st.st_gid == 8);
  // A wrong one is replaced, of whatever kind it is.
  CHECK(c.device("/dev/null", 1, 5) == "");
  REQUIRE(lstat(c.in("/dev/null").c_str(), &st) == 0);
  CHECK(st.st_rdev == makedev(1, 5));
  write_file(c.in("/dev/file"), "not a device");
  CHECK(c.device("/dev/file", 1, 3) == "");
  REQUIRE(lstat(c.in("/dev/file").c_str(), &st) == 0);
  CHECK(S_ISCHR(st.st_mode));
  CHECK(c.device("/dev/net/tun", 10, 200) == "");
  CHECK(exists(c.in("/dev/net/tun")));
  CHECK(c.device("/dev/fifo", 0, 0, [](op::DeviceNode& op) { op.type = S_IFIFO; }) == "");
  REQUIRE(lstat(c.in("/dev/fifo").c_str(), &st) == 0);
  CHECK(S_ISFIFO(st.st_mode));
  CHECK(c.device("/dev/block", 7, 0, [](op::DeviceNode& op) { op.type = S_IFBLK; }) == "");
  REQUIRE(lstat(c.in("/dev/block").c_str(), &st) == 0);
  CHECK(S_ISBLK(st.st_mode));
  umask(before);
}

TEST_CASE("a node without fchmodat2 gets its mode through a proven procfs") {
  Container c;
  fs::forget_new_api(true);
  CHECK(c.device("/dev/zero", 1, 5, [](op::DeviceNode& op) { op.mode = 0604; }) == "");
  struct stat st;
  REQUIRE(lstat(c.in("/dev/zero").c_str(), &st) == 0);
  CHECK((st.st_mode & 07777) == 0604);
}

TEST_CASE("/dev and its nodes as symlinks to the host (CVE-2026-41579)") {
  Container c;
  c.link(c.outside, "/dev");
  write_file(c.outside + "/victim", "host");
  CHECK(c.device("/dev/null", 1, 3) == "");
  CHECK(c.symlink_at("/dev/fd", "/proc/self/fd") == "");
  CHECK_FALSE(exists(c.outside + "/null"));
  CHECK_FALSE(exists(c.outside + "/fd"));
  CHECK(exists(c.in(c.outside + "/null")));

  c.dir("/dev2");
  c.link(c.outside + "/victim", "/dev2/null");
  c.link(c.outside + "/victim", "/dev2/tty");
  CHECK(c.device("/dev2/null", 1, 3) == "");
  struct stat st;
  REQUIRE(lstat(c.in("/dev2/null").c_str(), &st) == 0);
  CHECK(S_ISCHR(st.st_mode));
  CHECK(read_all(c.outside + "/victim") == "host");
  REQUIRE(stat((c.outside + "/victim").c_str(), &st) == 0);
  CHECK((st.st_mode & 07777) == 0644);
}

TEST_CASE("the host's node is bound instead") {
  Container c;
  c.dir("/dev");
  c.link(c.outside + "/victim", "/dev/zero");
  auto bound = [](op::DeviceNode& op) { op.bind = true; };
  with_both_apis([&] {
    CHECK(c.device("/dev/null", 1, 3, bound) == "");
    struct stat st;
    REQUIRE(stat(c.in("/dev/null").c_str(), &st) == 0);
    CHECK(st.st_rdev == makedev(1, 3));
    CHECK(mounted(c.in("/dev/null")) != "");
    CHECK(c.device("/dev/zero", 1, 5, bound) == "");
    CHECK(mounted(c.in("/dev/zero")) != "");
    CHECK_FALSE(exists(c.outside + "/victim"));
    CHECK(c.device("/dev/full", 1, 99, bound) ==
          "the host's \"/dev/full\" is not the device that config.json asks for");
    CHECK(c.device("/dev/no-such-device", 1, 3, bound).find(": " + std::to_string(ENOENT)) != std::string::npos);
  });
}

TEST_CASE("mknod refused in a user namespace falls back to the bind") {
  Container c;
  CHECK(in_child([&c] {
          if (!enter_user_namespace()) return 1;
          c.reopen();
          if (c.device("/dev/null", 1, 3) != "") return 2;
          struct stat st;
          if (stat(c.in("/dev/null").c_str(), &st) != 0 || st.st_rdev != makedev(1, 3)) return 3;
          return mounted(c.in("/dev/null")) != "" ? 0 : 4;
        }) == 0);
}

TEST_CASE("symlinks and directories") {
  Container c;
  c.dir("/dev");
  CHECK(c.symlink_at("/dev/fd", "/proc/self/fd") == "");
  CHECK(c.symlink_at("/dev/fd", "/else") == "");  // EEXIST is fine
  char to[64] = {};
  CHECK(readlink(c.in("/dev/fd").c_str(), to, sizeof to - 1) > 0);
  CHECK(std::string(to) == "/proc/self/fd");
  write_file(c.in("/dev/ptmx"), "x");
  CHECK(c.symlink_at("/dev/ptmx", "pts/ptmx", true) == "");
  memset(to, 0, sizeof to);
  CHECK(readlink(c.in("/dev/ptmx").c_str(), to, sizeof to - 1) > 0);
  CHECK(std::string(to) == "pts/ptmx");
  c.dir("/dev/empty");
  CHECK(c.symlink_at("/dev/empty", "x", true) == "");
  CHECK(c.symlink_at("/dev/core", "/proc/kcore", false, "/no/such/file") == "");
  CHECK_FALSE(exists(c.in("/dev/core")));
  CHECK(c.symlink_at("/dev/core", "/proc/kcore", false, "/proc/self/stat") == "");
  CHECK(exists(c.in("/dev/core")));

  op::PathMkdir op;
  op.path = str("/home/user/work");
  op.mode = 0750;
  CHECK(said(run(*c.context, op)) == "");
  struct stat st;
  REQUIRE(stat(c.in("/home/user/work").c_str(), &st) == 0);
  CHECK((st.st_mode & 07777) == 0750);
  CHECK(said(run(*c.context, op)) == "");
  write_file(c.in("/file"), "");
  op.path = str("/file");
  CHECK(said(run(*c.context, op)).find(": " + std::to_string(ENOTDIR)) != std::string::npos);
}

TEST_CASE("masks") {
  Container c;
  with_both_apis([&c] {
    REQUIRE(c.device("/dev/null", 1, 3) == "");
    REQUIRE(c.filesystem("proc", "/proc") == "");
    CHECK(c.mask("/proc/keys") == "");
    CHECK(read_all(c.in("/proc/keys")) == "");
    struct stat st, other;
    REQUIRE(stat(c.in("/proc/keys").c_str(), &st) == 0);
    CHECK(st.st_rdev == makedev(1, 3));
    c.dir("/secret");
    c.dir("/secret2");
    write_file(c.in("/secret/x"), "x");
    CHECK(c.mask("/secret") == "");
    CHECK(c.mask("/secret2") == "");
    CHECK_FALSE(exists(c.in("/secret/x")));
    CHECK(mounted(c.in("/secret")) == "ro,relatime - tmpfs tmpfs ro");
    CHECK(mounted(c.in("/secret2")) == "ro,relatime - tmpfs tmpfs ro");
    REQUIRE(stat(c.in("/secret").c_str(), &st) == 0);
    REQUIRE(stat(c.in("/secret2").c_str(), &other) == 0);
    CHECK(st.st_dev == other.st_dev);
    CHECK(c.mask("/missing") == "");
    CHECK(c.mask("/proc/keys/below") == "");
    c.link(c.outside, "/out");
    write_file(c.outside + "/file", "host");
    CHECK(c.mask("/out/file") == "");
    CHECK(read_all(c.outside + "/file") == "host");
  });
}

TEST_CASE("a false /dev/null masks nothing (CVE-2025-31133)") {
  Container c;
  c.dir("/dev");
  write_file(c.in("/kcore"), "k");
  const char* wrong = "container's /dev/null is invalid";
  CHECK(c.mask("/kcore").find("/dev/null") != std::string::npos);
  write_file(c.in("/dev/null"), "");
  CHECK(c.mask("/kcore") == wrong);
  unlink(c.in("/dev/null").c_str());
  c.link("/kcore", "/dev/null");
  CHECK(c.mask("/kcore") == wrong);
  unlink(c.in("/dev/null").c_str());
  REQUIRE(mknod(c.in("/dev/null").c_str(), S_IFCHR | 0666, makedev(1, 5)) == 0);
  CHECK(c.mask("/kcore") == wrong);
  unlink(c.in("/dev/null").c_str());
  REQUIRE(mknod(c.in("/dev/null").c_str(), S_IFBLK | 0666, makedev(1, 3)) == 0);
  CHECK(c.mask("/kcore") == wrong);
  CHECK(read_all(c.in("/kcore")) == "k");
}

TEST_CASE("read-only paths") {
  Container c;
  with_both_apis([&c] {
    REQUIRE(c.filesystem("tmpfs", "/t", MS_NOSUID | MS_NOATIME) == "");
    c.dir("/t/sub");
    REQUIRE(c.filesystem("tmpfs", "/t/sub", MS_NOEXEC) == "");
    write_file(c.in("/t/file"), "x");
    CHECK(c.readonly("/t") == "");
    CHECK(mounted(c.in("/t")).find("ro,nosuid,noatime - tmpfs tmpfs rw") == 0);
    CHECK(mounted(c.in("/t/sub")).find("rw,noexec,relatime") == 0);
    CHECK(c.readonly("/t/file") == "");
    CHECK(mounted(c.in("/t/file")).find("ro,") == 0);
    CHECK(c.readonly("/none") == "");
    CHECK(c.readonly("/t/file/none") == "");
  });
}

TEST_CASE("sysctl through a procfs of our own (CVE-2025-52881)") {
  Container c;
  bool old = false;
  SUBCASE("new mount API") { old = false; }
  SUBCASE("mount(2)") { old = true; }
  CHECK(in_child([&c, old] {
          fs::forget_new_api(old);
          // An IPC namespace of its own, and a false file over the real one.
          if (unshare(CLONE_NEWIPC) != 0) return 1;
          write_file(c.outside + "/msgmax", "decoy");
          if (mount((c.outside + "/msgmax").c_str(), "/proc/sys/kernel/msgmax", nullptr, MS_BIND, nullptr) != 0)
            return 2;
          op::SysctlWrite op;
          op.path = str("kernel/msgmax");
          op.value = str("12345");
          std::string first = said(run(*c.context, op));
          if (read_all(c.outside + "/msgmax") != "decoy") return 3;
          umount2("/proc/sys/kernel/msgmax", MNT_DETACH);
          if (!old && (first != "" || read_all("/proc/sys/kernel/msgmax") != "12345\n")) return 4;
          // Without open_tree there is only /proc itself: refused rather than written somewhere else.
          if (old && first.find(": " + std::to_string(EXDEV)) == std::string::npos) return 5;
          op.path = str("kernel/../../self/comm");
          if (said(run(*c.context, op)) == "") return 6;
          op.path = str("kernel/no_such_setting");
          if (said(run(*c.context, op)).find(": " + std::to_string(ENOENT)) == std::string::npos) return 7;
          op.path = str("kernel/msgmax");
          op.value = str("banana");
          if (said(run(*c.context, op))
                  .find("write(\"/proc/sys/kernel/msgmax\", \"banana\"): " + std::to_string(EINVAL)) != 0)
            return 8;
          return 0;
        }) == 0);
}

TEST_CASE("a user namespace that sees only a masked /proc") {
  Container c;
  write_file(c.outside + "/decoy", "decoy");
  CHECK(in_child([&c] {
          // The IPC namespace first: another one has other files there, which nothing covers.
          if (unshare(CLONE_NEWIPC) != 0) return 1;
          if (mount((c.outside + "/decoy").c_str(), "/proc/sys/kernel/msgmax", nullptr, MS_BIND, nullptr) != 0)
            return 1;
          if (!enter_user_namespace()) return 2;
          op::SysctlWrite op;
          op.path = str("kernel/msgmax");
          op.value = str("23456");
          // Neither a new procfs nor a clone of this one is to be had: what is covered is refused, what is not is
          // written.
          if (said(run(*c.context, op)).find(": " + std::to_string(EXDEV)) == std::string::npos) return 3;
          op.path = str("kernel/msgmnb");
          if (said(run(*c.context, op)) != "") return 4;
          return read_all("/proc/sys/kernel/msgmnb") == "23456\n" ? 0 : 5;
        }) == 0);
  CHECK(read_all(c.outside + "/decoy") == "decoy");
}
