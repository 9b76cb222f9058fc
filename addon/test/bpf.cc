// Device programs on a real cgroup v2, which may be the empty one beside v1 hierarchies. Needs root; says so and passes elsewhere.
#include "core/bpf.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

using namespace tsrunc::core;

namespace {

constexpr long kCgroup2Magic = 0x63677270;

std::string unified_mount() {
  for (const char* path : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"}) {
    struct statfs info {};
    if (statfs(path, &info) == 0 && info.f_type == kCgroup2Magic) return path;
  }
  return "";
}

// A cgroup of its own for one test.
struct Cgroup {
  std::string dir;
  Cgroup() {
    std::string mount = unified_mount();
    if (mount.empty() || geteuid() != 0) {
      MESSAGE("skipped: needs root and a cgroup v2 hierarchy");
      return;
    }
    dir = mount + "/tsrunc-test-bpf-" + std::to_string(getpid());
    REQUIRE(mkdir(dir.c_str(), 0755) == 0);
  }
  ~Cgroup() {
    if (!dir.empty()) rmdir(dir.c_str());
  }
};

using Program = std::vector<bpf_insn>;
ByteView view(const Program& program) {
  return {reinterpret_cast<const uint8_t*>(program.data()), program.size() * sizeof(bpf_insn)};
}

bpf_insn insn(uint8_t code, uint8_t to, uint8_t from, int16_t off, int32_t imm) {
  return bpf_insn{code, to, from, off, imm};
}

Program always(int answer) { return {insn(0xb7, 0, 0, 0, answer), insn(0x95, 0, 0, 0, 0)}; }

// Allows everything but `major`.
Program all_but(int major) {
  return {insn(0x61, 4, 1, 4, 0), insn(0xb7, 0, 0, 0, 1), insn(0x55, 4, 0, 1, major), insn(0xb7, 0, 0, 0, 0),
          insn(0x95, 0, 0, 0, 0)};
}

// errno of opening `path` in a child that is in `cgroup`.
int open_in(const std::string& cgroup, const char* path, int flags) {
  pid_t pid = fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    int procs = open((cgroup + "/cgroup.procs").c_str(), O_WRONLY);
    if (procs < 0 || write(procs, "0", 1) != 1) _exit(255);
    _exit(open(path, flags) < 0 ? errno : 0);
  }
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

uint32_t programs_on(const std::string& cgroup, uint32_t* flags = nullptr) {
  int fd = open(cgroup.c_str(), O_RDONLY | O_DIRECTORY);
  uint32_t ids[64];
  bpf_attr query;
  memset(&query, 0, sizeof query);
  query.query.target_fd = static_cast<uint32_t>(fd);
  query.query.attach_type = BPF_CGROUP_DEVICE;
  query.query.prog_ids = reinterpret_cast<uintptr_t>(ids);
  query.query.prog_cnt = 64;
  REQUIRE(syscall(SYS_bpf, BPF_PROG_QUERY, &query, sizeof query) == 0);
  if (flags) *flags = query.query.attach_flags;
  close(fd);
  return query.query.prog_cnt;
}

// As another program would: attached beside whatever is there.
void attach_beside(const std::string& cgroup, const Program& program) {
  bpf_attr load;
  memset(&load, 0, sizeof load);
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insn_cnt = static_cast<uint32_t>(program.size());
  load.insns = reinterpret_cast<uintptr_t>(program.data());
  load.license = reinterpret_cast<uintptr_t>("MIT");
  int loaded = static_cast<int>(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load));
  REQUIRE(loaded >= 0);
  int fd = open(cgroup.c_str(), O_RDONLY | O_DIRECTORY);
  bpf_attr attach;
  memset(&attach, 0, sizeof attach);
  attach.target_fd = static_cast<uint32_t>(fd);
  attach.attach_bpf_fd = static_cast<uint32_t>(loaded);
  attach.attach_type = BPF_CGROUP_DEVICE;
  attach.attach_flags = BPF_F_ALLOW_MULTI;
  REQUIRE(syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach) == 0);
  close(fd);
  close(loaded);
}

}  // namespace

TEST_CASE("an attached program decides about devices, the next one takes its place") {
  Cgroup cgroup;
  if (cgroup.dir.empty()) return;
  CHECK(open_in(cgroup.dir, "/dev/null", O_RDWR) == 0);
  REQUIRE(cgroup_device_attach(cgroup.dir, view(always(0))).ok());
  CHECK(open_in(cgroup.dir, "/dev/null", O_RDWR) == EPERM);
  REQUIRE(cgroup_device_attach(cgroup.dir, view(all_but(1))).ok());
  CHECK(open_in(cgroup.dir, "/dev/zero", O_RDONLY) == EPERM);
  CHECK(open_in(cgroup.dir, "/dev/tty", O_RDONLY) != EPERM);
  REQUIRE(cgroup_device_attach(cgroup.dir, view(always(1))).ok());
  CHECK(open_in(cgroup.dir, "/dev/null", O_RDWR) == 0);
  uint32_t flags = 0;
  CHECK(programs_on(cgroup.dir, &flags) == 1);
  CHECK(flags == BPF_F_ALLOW_MULTI);
}

TEST_CASE("several programs of others are all replaced") {
  Cgroup cgroup;
  if (cgroup.dir.empty()) return;
  attach_beside(cgroup.dir, always(0));
  attach_beside(cgroup.dir, all_but(1));
  attach_beside(cgroup.dir, always(1));
  CHECK(programs_on(cgroup.dir) == 3);
  REQUIRE(cgroup_device_attach(cgroup.dir, view(always(1))).ok());
  CHECK(programs_on(cgroup.dir) == 1);
  CHECK(open_in(cgroup.dir, "/dev/null", O_RDWR) == 0);
}

TEST_CASE("failures name the call") {
  Cgroup cgroup;
  if (cgroup.dir.empty()) return;
  auto missing = cgroup_device_attach(cgroup.dir + "/none", view(always(1)));
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.failure().err == ENOENT);
  CHECK(missing.failure().call == "open(\"" + cgroup.dir + "/none\", O_RDONLY|O_DIRECTORY)");
  auto elsewhere = cgroup_device_attach("/tmp", view(always(1)));
  REQUIRE_FALSE(elsewhere.ok());
  CHECK(elsewhere.failure().call == "bpf(BPF_PROG_QUERY, BPF_CGROUP_DEVICE)");
  CHECK(elsewhere.failure().object == "/tmp");
  Program endless{insn(0xb7, 0, 0, 0, 1)};
  auto broken = cgroup_device_attach(cgroup.dir, view(endless));
  REQUIRE_FALSE(broken.ok());
  CHECK(broken.failure().call == "bpf(BPF_PROG_LOAD, BPF_PROG_TYPE_CGROUP_DEVICE, 1 instructions)");
  CHECK(broken.failure().object == cgroup.dir);
  CHECK_FALSE(cgroup_device_attach(cgroup.dir, {}).ok());
  CHECK(programs_on(cgroup.dir) == 0);
}
