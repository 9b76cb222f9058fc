// mount.fs: the kernel shows the same as after mount(2) with the same arguments.
#include "test/fs/verbs.h"

using namespace tsrunc;
using namespace tsrunc::test;

TEST_CASE("every flag looks in mountinfo as mount(2) makes it") {
  struct Sample {
    uint64_t flags;
    const char* data;
  };
  const Sample samples[] = {
      {0, ""},
      {MS_RDONLY, ""},
      {MS_NOSUID, ""},
      {MS_NODEV, ""},
      {MS_NOEXEC, ""},
      {MS_NOATIME, ""},
      {MS_NODIRATIME, ""},
      {MS_RELATIME, ""},
      {MS_STRICTATIME, ""},
      {MS_STRICTATIME | MS_NOATIME, ""},
      {MS_RELATIME | MS_NOATIME | MS_NODIRATIME, ""},
      {MS_NOSYMFOLLOW, ""},
      {MS_SYNCHRONOUS, ""},
      {MS_DIRSYNC, ""},
      {MS_MANDLOCK, ""},
      {MS_LAZYTIME, ""},
      {MS_I_VERSION, ""},
      {MS_SILENT, ""},
      {MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, "mode=0700,size=64k"},
      {MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k,nr_inodes=100"},
      {0, ",,size=1m,,uid=5,gid=6,huge=never,"},
  };
  Container c;
  int n = 0;
  for (const Sample& sample : samples) {
    std::string ours = "/ours" + std::to_string(n), theirs = "/theirs" + std::to_string(n++);
    c.dir(theirs);
    REQUIRE(mount("tmpfs", c.in(theirs).c_str(), "tmpfs", sample.flags, sample.data) == 0);
    CHECK(c.filesystem("tmpfs", ours, sample.flags, sample.data) == "");
    CHECK(mounted(c.in(ours)) != "");
    CHECK_MESSAGE(mounted(c.in(ours)) == mounted(c.in(theirs)), sample.flags);
  }
}

TEST_CASE("filesystems of a container look as mount(2) makes them") {
  struct Sample {
    const char* type;
    const char* source;
    uint64_t flags;
    const char* data;
  };
  const Sample samples[] = {
      {"proc", "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, ""},
      {"proc", "", 0, "hidepid=2"},
      {"sysfs", "sysfs", MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, ""},
      {"devpts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"},
      {"mqueue", "mqueue", MS_NOSUID | MS_NOEXEC | MS_NODEV, ""},
      {"tmpfs", "a name with blanks", 0, ""},
      {"ramfs", "none", 0, "mode=700"},
  };
  Container c;
  int n = 0;
  for (const Sample& sample : samples) {
    std::string ours = "/ours" + std::to_string(n), theirs = "/theirs" + std::to_string(n++);
    c.dir(theirs);
    REQUIRE(mount(sample.source, c.in(theirs).c_str(), sample.type, sample.flags, sample.data) == 0);
    std::string source = sample.source;
    CHECK(c.filesystem(sample.type, ours, sample.flags, sample.data,
                       [&](op::MountFs& op) { op.source = str(source); }) == "");
    CHECK_MESSAGE(mounted(c.in(ours)) == mounted(c.in(theirs)), sample.type);
  }
}

TEST_CASE("overlay: colons, escaped commas, and options longer than fsconfig takes") {
  Container c;
  for (const char* dir : {"/l1", "/l,2", "/up", "/work"}) c.dir(dir);
  write_file(c.in("/l1/one"), "1");
  write_file(c.in("/l,2/two"), "2");
  std::string data =
      "lowerdir=" + c.rootfs + "/l1:" + c.rootfs + "/l\\,2,upperdir=" + c.in("/up") + ",workdir=" + c.in("/work");
  CHECK(c.filesystem("overlay", "/merged", 0, data) == "");
  CHECK(read_all(c.in("/merged/one")) == "1");
  CHECK(read_all(c.in("/merged/two")) == "2");

  std::string lower = "lowerdir=" + c.in("/l1");
  for (int i = 0; i < 12; i++) {
    c.dir("/a-rather-long-name-of-a-layer-" + std::to_string(i));
    lower += ":" + c.in("/a-rather-long-name-of-a-layer-" + std::to_string(i));
  }
  REQUIRE(lower.size() > 256);
  CHECK(c.filesystem("overlay", "/long", 0, lower) == "");
  CHECK(read_all(c.in("/long/one")) == "1");
}

TEST_CASE("an error carries what the kernel says about it") {
  Container c;
  std::string text = c.filesystem("tmpfs", "/t", 0, "size=banana");
  CHECK(text.find("fsconfig(\"size=banana\")") == 0);
  CHECK(text.find("tmpfs: Bad value for 'size'") != std::string::npos);
  CHECK(c.filesystem("tmpfs", "/t", 0, "nonsense").find("Unknown parameter 'nonsense'") != std::string::npos);
  CHECK(c.filesystem("no-such-fs", "/t").find("fsopen(\"no-such-fs\"): " + std::to_string(ENODEV)) == 0);
  write_file(c.in("/file"), "");
  CHECK(c.filesystem("tmpfs", "/file").find(": " + std::to_string(ENOTDIR)) != std::string::npos);
  CHECK(c.filesystem("tmpfs", "/big", 0, std::string(5000, 'x')).find(": " + std::to_string(EINVAL)) !=
        std::string::npos);
}

TEST_CASE("tmpfs takes the mode of what it covers") {
  Container c;
  with_both_apis([&c] {
    c.dir("/old", 0700);
    REQUIRE(chmod(c.in("/old").c_str(), 01750) == 0);
    struct stat st;
    REQUIRE(c.filesystem("tmpfs", "/old") == "");
    REQUIRE(stat(c.in("/old").c_str(), &st) == 0);
    CHECK((st.st_mode & 07777) == 01750);
    REQUIRE(c.filesystem("tmpfs", "/new") == "");
    REQUIRE(stat(c.in("/new").c_str(), &st) == 0);
    CHECK((st.st_mode & 07777) == 01777);
    REQUIRE(c.filesystem("tmpfs", "/old", 0, "mode=711") == "");
    REQUIRE(stat(c.in("/old").c_str(), &st) == 0);
    CHECK((st.st_mode & 07777) == 0711);
    REQUIRE(c.filesystem("tmpfs", "/old", MS_RDONLY, "size=1m") == "");
    REQUIRE(stat(c.in("/old").c_str(), &st) == 0);
    CHECK((st.st_mode & 07777) == 0711);
  });
}

TEST_CASE("proc and sysfs only on a real directory") {
  Container c;
  auto ordinary = [](op::MountFs& op) { op.ordinary_dir = true; };
  c.dir("/elsewhere");
  c.link("/elsewhere", "/proc");
  c.link(c.outside, "/sys");
  CHECK(c.filesystem("proc", "/proc", 0, "", ordinary) == "filesystem \"proc\" must be mounted on ordinary directory");
  CHECK(c.filesystem("sysfs", "/sys", 0, "", ordinary) == "filesystem \"sysfs\" must be mounted on ordinary directory");
  write_file(c.in("/file"), "");
  CHECK(c.filesystem("proc", "/file", 0, "", ordinary) == "filesystem \"proc\" must be mounted on ordinary directory");
  CHECK(c.filesystem("proc", "/missing/proc", 0, "", ordinary) == "");
  CHECK(mounted(c.in("/missing/proc")) != "");
  CHECK(mounted(c.outside) == "");
  CHECK(mounted(c.in("/elsewhere")) == "");
}

TEST_CASE("nothing is mounted on the rootfs itself or inside its /proc") {
  Container c;
  c.link("/", "/self");
  CHECK(c.filesystem("tmpfs", "/") == "mountpoint \"/\" is on the top of rootfs");
  CHECK(c.filesystem("tmpfs", "/self") == "mountpoint \"/self\" is on the top of rootfs");
  c.dir("/proc");
  c.link("/proc", "/alias");
  CHECK(c.filesystem("tmpfs", "/proc") == "\"/proc\" cannot be mounted because it is not of type proc");
  CHECK(c.filesystem("tmpfs", "/alias") == "\"/alias\" cannot be mounted because it is not of type proc");
  CHECK(c.filesystem("proc", "/proc") == "");
  CHECK(c.filesystem("proc", "/proc") == "");
  CHECK(c.filesystem("tmpfs", "/proc/sys") == "\"/proc/sys\" cannot be mounted because it is inside /proc");
  CHECK(c.filesystem("tmpfs", "/alias/bus") == "\"/alias/bus\" cannot be mounted because it is inside /proc");
}

TEST_CASE("recursive attributes and propagation, in their order") {
  Container c;
  CHECK(c.filesystem("tmpfs", "/rec", 0, "",
                     [](op::MountFs& op) { op.rec_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC; }) == "");
  CHECK(mounted(c.in("/rec")).find("ro,noexec,relatime - ") == 0);
  const uint64_t types[] = {MS_SHARED, MS_SLAVE | MS_REC, MS_SHARED};
  CHECK(c.filesystem("tmpfs", "/shared", 0, "", [&types](op::MountFs& op) { op.propagation = {types, 1}; }) == "");
  CHECK(mounted(c.in("/shared")).find("rw,relatime shared:") == 0);
  // Below a shared parent the mount becomes shared by being attached, and private only by a type given after that.
  CHECK(c.filesystem("tmpfs", "/shared/below") == "");
  CHECK(mounted(c.in("/shared/below")).find("shared:") != std::string::npos);
  const uint64_t alone[] = {MS_PRIVATE};
  CHECK(c.filesystem("tmpfs", "/shared/alone", 0, "", [&alone](op::MountFs& op) { op.propagation = alone; }) == "");
  CHECK(mounted(c.in("/shared/alone")).find("shared:") == std::string::npos);
  const uint64_t unbindable[] = {MS_UNBINDABLE};
  CHECK(c.filesystem("tmpfs", "/un", 0, "", [&unbindable](op::MountFs& op) { op.propagation = unbindable; }) == "");
  CHECK(mounted(c.in("/un")).find("unbindable") != std::string::npos);
}

TEST_CASE("copy up") {
  Container c;
  with_both_apis([&c] {
    c.dir("/etc", 0750);
    c.dir("/etc/sub", 0711);
    write_file(c.in("/etc/sub/file"), "content");
    REQUIRE(chown(c.in("/etc/sub/file").c_str(), 12, 34) == 0);
    REQUIRE(chmod(c.in("/etc/sub/file").c_str(), 04751) == 0);
    timespec times[2] = {{1000, 5}, {2000, 7}};
    REQUIRE(utimensat(AT_FDCWD, c.in("/etc/sub").c_str(), times, 0) == 0);
    c.link("/etc/passwd-of-the-host", "/etc/link");
    REQUIRE(mkfifo(c.in("/etc/fifo").c_str(), 0600) == 0);
    REQUIRE(mknod(c.in("/etc/null").c_str(), S_IFCHR | 0640, makedev(1, 3)) == 0);
    std::string big(300000, 'b');
    write_file(c.in("/etc/big"), big);

    REQUIRE(c.filesystem("tmpfs", "/etc", 0, "", [](op::MountFs& op) { op.copy_up = true; }) == "");
    struct stat st;
    REQUIRE(stat(c.in("/etc").c_str(), &st) == 0);
    CHECK((st.st_mode & 07777) == 0750);
    CHECK(mounted(c.in("/etc")).find("tmpfs") != std::string::npos);
    CHECK(read_all(c.in("/etc/sub/file")) == "content");
    CHECK(read_all(c.in("/etc/big")) == big);
    REQUIRE(stat(c.in("/etc/sub/file").c_str(), &st) == 0);
    CHECK(st.st_uid == 12);
    CHECK(st.st_gid == 34);
    CHECK((st.st_mode & 07777) == 04751);
    REQUIRE(stat(c.in("/etc/sub").c_str(), &st) == 0);
    CHECK((st.st_mode & 07777) == 0711);
    CHECK(st.st_mtim.tv_sec == 2000);
    REQUIRE(lstat(c.in("/etc/link").c_str(), &st) == 0);
    CHECK(S_ISLNK(st.st_mode));
    REQUIRE(lstat(c.in("/etc/fifo").c_str(), &st) == 0);
    CHECK(S_ISFIFO(st.st_mode));
    REQUIRE(lstat(c.in("/etc/null").c_str(), &st) == 0);
    CHECK(st.st_rdev == makedev(1, 3));
  });
  std::string full = c.filesystem("tmpfs", "/etc", 0, "size=64k", [](op::MountFs& op) { op.copy_up = true; });
  if (exists(c.in("/etc/big")))
    CHECK(full.find("while copying up /etc: " + std::to_string(ENOSPC)) != std::string::npos);
  CHECK(c.filesystem("ramfs", "/r", 0, "", [](op::MountFs& op) { op.copy_up = true; }) ==
        "tmpcopyup is only for tmpfs, not for \"ramfs\"");
}
