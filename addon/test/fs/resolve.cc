// addon/init/fs/resolve: nothing leads out of the rootfs, by either resolver.
#include "init/fs/resolve.h"

#include <doctest/doctest.h>
#include <errno.h>

#include <functional>

#include "test/fs/scratch.h"

using namespace tsrunc;
using namespace tsrunc::test;
using fs::Last;
using fs::Missing;

namespace {

using Resolver = std::function<int(int, const char*, Last)>;

// Both resolvers have to agree on everything.
void with_both(const std::function<void(const Resolver&)>& check) {
  SUBCASE("openat2") {
    check([](int root, const char* path, Last last) { return fs::resolve(root, path, last); });
  }
  SUBCASE("walk") {
    check([](int root, const char* path, Last last) { return fs::walk(root, path, last, Missing::fail, 0, nullptr); });
  }
}

std::string where(const Resolver& resolver, const Scratch& scratch, const char* path, Last last = Last::follow) {
  int fd = resolver(scratch.root.get(), path, last);
  if (fd < 0) return "errno " + std::to_string(-fd);
  core::Fd owned(fd);
  std::string found = path_of(fd);
  if (found.compare(0, scratch.rootfs.size(), scratch.rootfs) != 0) return "OUTSIDE " + found;
  found.erase(0, scratch.rootfs.size());
  return found.empty() ? "/" : found;
}

}  // namespace

TEST_CASE("paths are cleaned as runc does") {
  char out[fs::kPathSize];
  auto clean = [&out](const char* path) {
    REQUIRE(fs::clean_path(path, out) == 0);
    return std::string(out);
  };
  CHECK(clean("") == "/");
  CHECK(clean("/") == "/");
  CHECK(clean("a") == "/a");
  CHECK(clean("//a///b/") == "/a/b");
  CHECK(clean("/./a/./b/.") == "/a/b");
  CHECK(clean("/a/../b") == "/b");
  CHECK(clean("/../../etc/passwd") == "/etc/passwd");
  CHECK(clean("../..") == "/");
  CHECK(clean("/a/b/../../..") == "/");
  CHECK(clean("/..a/...") == "/..a/...");
  CHECK(fs::clean_path(std::string(5000, 'a').c_str(), out) == -ENAMETOOLONG);
  CHECK(fs::clean_path(std::string(fs::kPathSize - 2, 'a').c_str(), out) == 0);
  CHECK(fs::clean_path(std::string(fs::kPathSize - 1, 'a').c_str(), out) == -ENAMETOOLONG);
}

TEST_CASE("resolution stays beneath the root") {
  Scratch s;
  s.dir("/etc");
  s.dir("/etc/deep");
  write_file(s.in("/etc/passwd"), "x");
  write_file(s.outside + "/secret", "s");
  s.link("/etc", "/absolute");
  s.link("etc/passwd", "/relative");
  s.link("../../../../../../etc", "/up");
  s.link(s.outside, "/host");
  s.link("../outside", "/host2");
  s.link("../../outside/secret", "/etc/host3");
  s.link("/nowhere", "/dangling");
  s.link("loop2", "/loop1");
  s.link("loop1", "/loop2");
  s.link("/absolute/deep/../passwd", "/long");
  s.link("/relative", "/etc/deep/from-the-top");

  with_both([&s](const Resolver& r) {
    CHECK(where(r, s, "/") == "/");
    CHECK(where(r, s, "/etc/passwd") == "/etc/passwd");
    CHECK(where(r, s, "etc/../../../etc/passwd") == "/etc/passwd");
    CHECK(where(r, s, "/absolute/passwd") == "/etc/passwd");
    CHECK(where(r, s, "/relative") == "/etc/passwd");
    CHECK(where(r, s, "/up/passwd") == "/etc/passwd");
    CHECK(where(r, s, "/long") == "/etc/passwd");
    CHECK(where(r, s, "/etc/deep/from-the-top") == "/etc/passwd");
    CHECK(where(r, s, "/host") == "errno " + std::to_string(ENOENT));
    CHECK(where(r, s, "/host/secret") == "errno " + std::to_string(ENOENT));
    CHECK(where(r, s, "/host2/secret") == "errno " + std::to_string(ENOENT));
    CHECK(where(r, s, "/etc/host3") == "errno " + std::to_string(ENOENT));
    CHECK(where(r, s, "/dangling") == "errno " + std::to_string(ENOENT));
    CHECK(where(r, s, "/loop1") == "errno " + std::to_string(ELOOP));
    CHECK(where(r, s, "/etc/passwd/x") == "errno " + std::to_string(ENOTDIR));
    CHECK(where(r, s, "/relative", Last::nofollow) == "/relative");
    CHECK(where(r, s, "/absolute/deep", Last::nofollow) == "/etc/deep");
    CHECK(where(r, s, ("/" + std::string(256, 'n')).c_str()) == "errno " + std::to_string(ENAMETOOLONG));
  });
}

TEST_CASE("at most forty symlinks") {
  Scratch s;
  s.dir("/end");
  std::string to = "/end";
  for (int i = 1; i <= 41; i++) {
    std::string name = "/l" + std::to_string(i);
    s.link(to, name);
    to = name;
  }
  with_both([&s](const Resolver& r) {
    CHECK(where(r, s, "/l40") == "/end");
    CHECK(where(r, s, "/l41") == "errno " + std::to_string(ELOOP));
  });
}

TEST_CASE("magic links of a procfs lead nowhere") {
  Scratch s;
  s.dir("/proc");
  REQUIRE(mount("proc", s.in("/proc").c_str(), "proc", 0, nullptr) == 0);
  core::Fd secret(open(s.outside.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  std::string magic = "/proc/self/fd/" + std::to_string(secret.get());
  with_both([&s, &magic](const Resolver& r) {
    CHECK(where(r, s, magic.c_str()).compare(0, 6, "errno ") == 0);
    CHECK(where(r, s, "/proc/self/root/etc").compare(0, 6, "errno ") == 0);
    CHECK(where(r, s, "/proc/sys/kernel") == "/proc/sys/kernel");
  });
}

TEST_CASE("mounts on the way are crossed, and never left upwards") {
  Scratch s;
  s.dir("/vol");
  REQUIRE(mount("tmpfs", s.in("/vol").c_str(), "tmpfs", 0, nullptr) == 0);
  s.dir("/vol/sub");
  s.link("../..", "/vol/sub/up");
  s.link("../../../../..", "/vol/sub/far");
  with_both([&s](const Resolver& r) {
    CHECK(where(r, s, "/vol/sub") == "/vol/sub");
    CHECK(where(r, s, "/vol/sub/up") == "/");
    CHECK(where(r, s, "/vol/sub/far/vol") == "/vol");
  });
}

TEST_CASE("what is missing is made, inside and with exact modes") {
  Scratch s;
  mode_t before = umask(077);
  s.dir("/setgid");
  REQUIRE(chmod(s.in("/setgid").c_str(), 02777) == 0);
  s.link(s.outside + "/new", "/dangling");
  s.link("/made/by/link", "/inside");
  bool made = false;
  struct stat st;

  core::Fd deep(fs::resolve_or_make(s.root.get(), "/setgid/a/b", Missing::directory, 0755, &made));
  REQUIRE(deep);
  CHECK(made);
  REQUIRE(stat(s.in("/setgid/a/b").c_str(), &st) == 0);
  CHECK((st.st_mode & 07777) == 0755);
  REQUIRE(stat(s.in("/setgid/a").c_str(), &st) == 0);
  CHECK((st.st_mode & 07777) == 0755);

  core::Fd again(fs::resolve_or_make(s.root.get(), "/setgid/a/b", Missing::directory, 0755, &made));
  CHECK(again);
  CHECK_FALSE(made);

  core::Fd file(fs::resolve_or_make(s.root.get(), "/x/y/file", Missing::file, 0644, &made));
  REQUIRE(file);
  REQUIRE(stat(s.in("/x/y/file").c_str(), &st) == 0);
  CHECK(S_ISREG(st.st_mode));
  CHECK((st.st_mode & 07777) == 0644);

  core::Fd linked(fs::resolve_or_make(s.root.get(), "/inside/more", Missing::directory, 0755, &made));
  CHECK(linked);
  CHECK(exists(s.in("/made/by/link/more")));

  core::Fd host(fs::resolve_or_make(s.root.get(), "/dangling", Missing::file, 0644, &made));
  CHECK(host);
  CHECK_FALSE(exists(s.outside + "/new"));
  CHECK(exists(s.in(s.outside + "/new")));

  CHECK(fs::resolve_or_make(s.root.get(), "/x/y/file/below", Missing::directory, 0755) == -ENOTDIR);
  umask(before);
}

TEST_CASE("the parent of a path") {
  Scratch s;
  char name[fs::kNameSize];
  CHECK(fs::resolve_parent(s.root.get(), "/", name, true) == -EBUSY);
  CHECK(fs::resolve_parent(s.root.get(), "/a/..", name, true) == -EBUSY);
  CHECK(fs::resolve_parent(s.root.get(), "/no/x", name, false) == -ENOENT);
  s.link(s.outside, "/dev");
  core::Fd dev(fs::resolve_parent(s.root.get(), "/dev/null", name, true));
  REQUIRE(dev);
  CHECK(std::string(name) == "null");
  CHECK(path_of(dev.get()) == s.in(s.outside));
  CHECK(fs::resolve_parent(s.root.get(), ("/" + std::string(256, 'n')).c_str(), name, true) == -ENAMETOOLONG);
  write_file(s.in("/file"), "");
  CHECK(fs::resolve_parent(s.root.get(), "/file/x", name, true) == -ENOTDIR);
}

TEST_CASE("depth has a bound and no descriptor is left behind") {
  Scratch s;
  std::string path;
  for (int i = 0; i < 200; i++) path += "/d";
  int before = dup(0);
  close(before);
  CHECK(fs::walk(s.root.get(), path.c_str(), Last::follow, Missing::directory, 0755, nullptr) == -ENAMETOOLONG);
  int after = dup(0);
  close(after);
  CHECK(before == after);
}

TEST_CASE("the same object") {
  Scratch s;
  s.dir("/a");
  s.dir("/b");
  REQUIRE(mount(s.in("/a").c_str(), s.in("/b").c_str(), nullptr, MS_BIND, nullptr) == 0);
  core::Fd a(fs::resolve(s.root.get(), "/a")), a2(fs::resolve(s.root.get(), "/a")), b(fs::resolve(s.root.get(), "/b"));
  CHECK(fs::same_object(a.get(), a2.get()));
  CHECK_FALSE(fs::same_object(a.get(), b.get()));  // the same inode on another mount
  CHECK(fs::mount_id(a.get()) == fs::mount_id(s.root.get()));
  CHECK(fs::mount_id(a.get()) != fs::mount_id(b.get()));
}
