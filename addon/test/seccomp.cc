// The seccomp compiler: its reader, its programs in a small interpreter of classic BPF, and loaded for real in a forked child.
#include "core/seccomp.h"

#include <doctest/doctest.h>
#include <linux/audit.h>
#include <linux/bpf_common.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <vector>

#include "core/seccomp_request.h"

using namespace tsrunc::core;

namespace {

constexpr uint32_t kX32Bit = 1u << 30;
constexpr uint32_t kErrno = SECCOMP_RET_ERRNO;

std::string list(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "\"" : ",\"") + name + "\"";
  return "[" + out + "]";
}

struct Parts {
  std::string default_action = R"({"action":"ERRNO","errnoRet":1})";
  std::vector<std::string> architectures{"x86_64"};
  std::string rules = R"({"name":"read","action":"ALLOW","args":[]})";
  std::vector<std::string> named{"read"};
  bool stub = true;
  bool optimize = false;
};

std::string request(const Parts& parts) {
  return "{\"default\":" + parts.default_action + ",\"architectures\":" + list(parts.architectures) + ",\"rules\":[" +
         parts.rules + "],\"named\":" + list(parts.named) + ",\"enosysStub\":" + (parts.stub ? "true" : "false") +
         ",\"optimize\":" + (parts.optimize ? "true" : "false") + "}";
}

std::vector<sock_filter> compile(const Parts& parts) {
  auto bytes = seccomp_compile(request(parts));
  REQUIRE_MESSAGE(bytes.ok(), bytes.failure().call);
  REQUIRE(bytes->size() % sizeof(sock_filter) == 0);
  std::vector<sock_filter> code(bytes->size() / sizeof(sock_filter));
  memcpy(code.data(), bytes->data(), bytes->size());
  return code;
}

// What the kernel's interpreter would answer; every instruction that libseccomp or the stub uses, no others.
uint32_t evaluate(const std::vector<sock_filter>& code, const seccomp_data& data) {
  uint32_t a = 0;
  const auto* words = reinterpret_cast<const uint32_t*>(&data);
  for (size_t at = 0; at < code.size(); ++at) {
    const sock_filter& insn = code[at];
    bool yes = false;
    switch (insn.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        REQUIRE(insn.k % 4 == 0);
        REQUIRE(insn.k < sizeof data);
        a = words[insn.k / 4];
        continue;
      case BPF_ALU | BPF_AND | BPF_K:
        a &= insn.k;
        continue;
      case BPF_RET | BPF_K:
        return insn.k;
      case BPF_JMP | BPF_JA:
        at += insn.k;
        continue;
      case BPF_JMP | BPF_JEQ | BPF_K:
        yes = a == insn.k;
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        yes = a > insn.k;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        yes = a >= insn.k;
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        yes = (a & insn.k) != 0;
        break;
      default:
        FAIL("unexpected instruction ", insn.code);
    }
    at += yes ? insn.jt : insn.jf;
  }
  FAIL("ran off the end");
  return 0;
}

uint32_t ask(const std::vector<sock_filter>& code, uint32_t arch, uint32_t number, std::vector<uint64_t> args = {}) {
  seccomp_data data{};
  data.nr = static_cast<int>(number);
  data.arch = arch;
  for (size_t i = 0; i < args.size(); ++i) data.args[i] = args[i];
  return evaluate(code, data);
}

// Loads `code` in a child and returns what `body` exits with there; 100 + signal when it is killed, 255 when loading failed.
template <class F>
int in_child(const std::vector<sock_filter>& code, F body) {
  pid_t pid = fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    sock_fprog program{static_cast<unsigned short>(code.size()), const_cast<sock_filter*>(code.data())};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
      _exit(255);
    syscall(SYS_exit_group, body());
  }
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

int errno_of(long number, long a = 0, long b = 0, long c = 0) { return syscall(number, a, b, c) == -1 ? errno : 0; }

const std::string kExit = R"({"name":"exit_group","action":"ALLOW","args":[]})";

}  // namespace

TEST_CASE("the reader takes what TypeScript writes") {
  Parts parts;
  parts.rules =
      R"({"name":"a","action":"ERRNO","errnoRet":38,"args":[{"index":5,"op":"MASKED_EQ","value":"18446744073709551615","valueTwo":"7"}]})";
  auto read = read_seccomp_request(request(parts));
  REQUIRE(read.ok());
  REQUIRE(read->rules.size() == 1);
  CHECK(read->rules[0].errno_ret == 38);
  CHECK(read->rules[0].args[0].index == 5);
  CHECK(read->rules[0].args[0].value == UINT64_MAX);
  CHECK(read->rules[0].args[0].value_two == 7);
  CHECK(read->default_action.action == "ERRNO");
  CHECK(read->enosys_stub);
}

TEST_CASE("the reader refuses anything else, at its place") {
  const std::string good = request({});
  REQUIRE(read_seccomp_request(good).ok());
  for (size_t length = 0; length < good.size(); ++length) {
    CHECK_FALSE(read_seccomp_request(std::string_view(good).substr(0, length)).ok());
  }
  auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    auto read = read_seccomp_request(text);
    REQUIRE_FALSE(read.ok());
    CHECK(read.failure().err == 0);
    return read.failure().call;
  };
  CHECK(with("\"named\"", "\"names\"") == "seccomp request: unknown key at byte 131");
  CHECK(with("\"named\":[\"read\"],", "") == "seccomp request: a part of the request is missing at byte 158");
  CHECK(with("\"named\"", "\"architectures\"").find("repeated key") != std::string::npos);
  CHECK(with("true", "truth").find("true or false expected") != std::string::npos);
  CHECK(with("read", "re\\u0061d").find("only plain ASCII") != std::string::npos);
  CHECK(with("read", "r\xc3\xa9").find("only plain ASCII") != std::string::npos);
  CHECK(with(":1}", ":4294967296}").find("number out of range") != std::string::npos);
  CHECK(with(":1}", ":-1}").find("number expected") != std::string::npos);
  CHECK(with(":1}", ":1.0}").find("unexpected character") != std::string::npos);
  CHECK(with("[]}", "[{\"index\":6}]}").find("number out of range") != std::string::npos);
  CHECK(with("[]}", "[{\"index\":1}]}").find("a part of a condition is missing") != std::string::npos);
  CHECK_FALSE(read_seccomp_request(good + " ").ok());
}

TEST_CASE("what cannot be compiled is refused with its name") {
  auto why = [](const Parts& parts) {
    auto result = seccomp_compile(request(parts));
    REQUIRE_FALSE(result.ok());
    return result.failure().call;
  };
  Parts parts;
  parts.default_action = R"({"action":"SHRUG"})";
  CHECK(why(parts) == "seccomp: unknown action SHRUG");
  parts = {};
  parts.architectures = {"x86_64", "vax"};
  CHECK(why(parts).find("does not know the architecture vax") != std::string::npos);
  parts = {};
  parts.architectures = {"s390x"};  // the other byte order
  CHECK(why(parts) == "seccomp_arch_add(s390x)");
  parts = {};
  parts.rules = R"({"name":"read","action":"ALLOW","args":[{"index":0,"op":"IS","value":"0","valueTwo":"0"}]})";
  CHECK(why(parts) == "seccomp: unknown operator IS");
}

TEST_CASE("default, errno values, unknown names, the same as the default") {
  Parts parts;
  parts.stub = false;
  parts.rules =
      R"({"name":"read","action":"ALLOW","args":[]},{"name":"no_such_call","action":"ALLOW","args":[]},)"
      R"({"name":"mount","action":"ERRNO","errnoRet":22,"args":[]},{"name":"write","action":"ERRNO","errnoRet":1,"args":[]},)"
      R"({"name":"bpf","action":"ERRNO","args":[]},{"name":"fork","action":"KILL_PROCESS","args":[]},)"
      R"({"name":"vfork","action":"KILL","args":[]},{"name":"clone","action":"TRAP","args":[]},)"
      R"({"name":"ptrace","action":"TRACE","errnoRet":9,"args":[]},{"name":"open","action":"LOG","args":[]})";
  auto code = compile(parts);
  CHECK(ask(code, AUDIT_ARCH_X86_64, SYS_read) == SECCOMP_RET_ALLOW);
  CHECK(ask(code, AUDIT_ARCH_X86_64, SYS_mount) == (kErrno | 22));
  CHECK(ask(code, AUDIT_ARCH_X86_64, SYS_write) == (kErrno | EPERM));
  CHECK(ask(code, AUDIT_ARCH_X86_64, SYS_bpf) == (kErrno | EPERM));
  CHECK(ask(code, AUDIT_ARCH_X86_64, SYS_fork) == SECCOMP_RET_KILL_PROCESS);
  CHECK(ask(code, AUDIT_ARCH_X86_64, SYS_vfork) == SECCOMP_RET_KILL_THREAD);
  CHECK(ask(code, AUDIT_ARCH_X86_64, SYS_clone) == SECCOMP_RET_TRAP);
  CHECK(ask(code, AUDIT_ARCH_X86_64, SYS_ptrace) == (SECCOMP_RET_TRACE | 9));
  CHECK(ask(code, AUDIT_ARCH_X86_64, SYS_open) == SECCOMP_RET_LOG);
  CHECK(ask(code, AUDIT_ARCH_X86_64, 100000) == (kErrno | EPERM));
}

TEST_CASE("an architecture that is not listed is killed, the native one is always in") {
  Parts parts;
  parts.architectures = {"x86"};
  auto code = compile(parts);
  CHECK(ask(code, AUDIT_ARCH_X86_64, SYS_read) == SECCOMP_RET_ALLOW);
  CHECK(ask(code, AUDIT_ARCH_I386, 3) == SECCOMP_RET_ALLOW);
  CHECK(ask(code, AUDIT_ARCH_I386, 4) == (kErrno | ENOSYS));
  CHECK(ask(code, AUDIT_ARCH_AARCH64, 63) == SECCOMP_RET_KILL_THREAD);
  parts.architectures = {"x86_64"};
  code = compile(parts);
  CHECK(ask(code, AUDIT_ARCH_I386, 3) == SECCOMP_RET_KILL_THREAD);
  CHECK(ask(code, AUDIT_ARCH_I386, 1000) == SECCOMP_RET_KILL_THREAD);
}

TEST_CASE("conditions, exact to 64 bits") {
  Parts parts;
  parts.stub = false;
  parts.rules =
      R"({"name":"read","action":"ALLOW","args":[{"index":0,"op":"EQ","value":"18446744073709551615","valueTwo":"0"},)"
      R"({"index":2,"op":"GT","value":"4294967296","valueTwo":"0"}]},)"
      R"({"name":"clone","action":"ALLOW","args":[{"index":0,"op":"MASKED_EQ","value":"2114060288","valueTwo":"0"}]})";
  auto code = compile(parts);
  auto read = [&](uint64_t a, uint64_t c) {
    return ask(code, AUDIT_ARCH_X86_64, SYS_read, {a, 0, c}) == SECCOMP_RET_ALLOW;
  };
  CHECK(read(UINT64_MAX, 4294967297));
  CHECK_FALSE(read(UINT64_MAX, 4294967296));
  CHECK_FALSE(read(UINT64_MAX - 1, 4294967297));
  CHECK_FALSE(read(UINT32_MAX, 4294967297));
  CHECK(ask(code, AUDIT_ARCH_X86_64, SYS_clone, {0x11}) == SECCOMP_RET_ALLOW);
  CHECK(ask(code, AUDIT_ARCH_X86_64, SYS_clone, {0x10000000}) == (kErrno | EPERM));
}

TEST_CASE("the stub: ENOSYS above the largest call that the profile names") {
  Parts parts;
  parts.named = {"read", "openat2", "no_such_call"};
  auto code = compile(parts);
  CHECK(ask(code, AUDIT_ARCH_X86_64, SYS_openat2) == (kErrno | EPERM));
  CHECK(ask(code, AUDIT_ARCH_X86_64, SYS_openat2 + 1) == (kErrno | ENOSYS));
  CHECK(ask(code, AUDIT_ARCH_X86_64, SYS_read) == SECCOMP_RET_ALLOW);
  CHECK_MESSAGE(ask(code, AUDIT_ARCH_X86_64, kX32Bit | 500) == SECCOMP_RET_KILL_THREAD,
                "x32 is not in the filter: no ENOSYS");
  CHECK(ask(code, AUDIT_ARCH_I386, 100000) == SECCOMP_RET_KILL_THREAD);
}

TEST_CASE("the stub: x86_64, x86 and x32 have their own last calls") {
  Parts parts;
  parts.architectures = {"x86_64", "x86", "x32"};
  parts.named = {"read", "statx"};  // 332 on x86_64, 383 on x86
  auto code = compile(parts);
  CHECK(ask(code, AUDIT_ARCH_X86_64, 332) == (kErrno | EPERM));
  CHECK(ask(code, AUDIT_ARCH_X86_64, 333) == (kErrno | ENOSYS));
  CHECK(ask(code, AUDIT_ARCH_X86_64, kX32Bit | 332) == (kErrno | EPERM));
  CHECK(ask(code, AUDIT_ARCH_X86_64, kX32Bit | 333) == (kErrno | ENOSYS));
  CHECK(ask(code, AUDIT_ARCH_X86_64, kX32Bit) == SECCOMP_RET_ALLOW);
  CHECK(ask(code, AUDIT_ARCH_I386, 383) == (kErrno | EPERM));
  CHECK(ask(code, AUDIT_ARCH_I386, 384) == (kErrno | ENOSYS));
}

TEST_CASE("the stub: every architecture of this byte order at once") {
  const char* all[] = {"x86", "x32", "arm", "aarch64", "mipsel", "mipsel64", "mipsel64n32", "ppc64le", "riscv64"};
  Parts parts;
  parts.architectures.assign(std::begin(all), std::end(all));
  parts.named = {"read", "openat2"};
  auto code = compile(parts);
  for (const std::string& name : parts.architectures) {
    if (name == "x32") continue;
    uint32_t arch = seccomp_arch_resolve_name(name.c_str());
    uint32_t read = static_cast<uint32_t>(seccomp_syscall_resolve_name_arch(arch, "read"));
    uint32_t last = static_cast<uint32_t>(seccomp_syscall_resolve_name_arch(arch, "openat2"));
    CAPTURE(name);
    CHECK(ask(code, arch, read) == SECCOMP_RET_ALLOW);
    CHECK(ask(code, arch, last) == (kErrno | EPERM));
    CHECK(ask(code, arch, last + 1) == (kErrno | ENOSYS));
  }
  CHECK(ask(code, AUDIT_ARCH_S390X, 3) == SECCOMP_RET_KILL_THREAD);
}

TEST_CASE("the binary tree decides like the list") {
  Parts parts;
  parts.rules.clear();
  parts.named.clear();
  parts.architectures = {"x86_64", "x86", "x32"};
  for (int number = 0; number < 300; number += 2) {
    char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, number);
    if (!name) continue;
    parts.named.emplace_back(name);
    parts.rules += (parts.rules.empty() ? "" : ",") + std::string("{\"name\":\"") + name +
                   "\",\"action\":\"ALLOW\",\"args\":" +
                   (number % 6 == 0 ? R"([{"index":1,"op":"LT","value":"9","valueTwo":"0"}])" : "[]") + "}";
    free(name);
  }
  auto plain = compile(parts);
  parts.optimize = true;
  auto tree = compile(parts);
  CHECK(memcmp(plain.data(), tree.data(), std::min(plain.size(), tree.size()) * sizeof(sock_filter)) != 0);
  for (uint32_t arch : {static_cast<uint32_t>(AUDIT_ARCH_X86_64), static_cast<uint32_t>(AUDIT_ARCH_I386)}) {
    for (uint32_t number = 0; number < 600; ++number) {
      for (uint64_t arg : {0, 100}) {
        CAPTURE(number);
        CHECK(ask(plain, arch, number, {0, arg}) == ask(tree, arch, number, {0, arg}));
        CHECK(ask(plain, arch, number | kX32Bit, {0, arg}) == ask(tree, arch, number | kX32Bit, {0, arg}));
      }
    }
  }
}

TEST_CASE("loaded for real") {
  Parts parts;
  parts.architectures = {"x86_64", "x86", "x32"};
  parts.rules =
      kExit +
      R"(,{"name":"getppid","action":"ALLOW","args":[]},{"name":"getpid","action":"ERRNO","errnoRet":77,"args":[]},)"
      R"({"name":"personality","action":"ALLOW","args":[{"index":0,"op":"EQ","value":"4294967295","valueTwo":"0"}]})";
  parts.named = {"exit_group", "getppid", "getpid", "personality", "statx"};
  auto code = compile(parts);
  CHECK(in_child(code, [] { return errno_of(SYS_getppid); }) == 0);
  CHECK(in_child(code, [] { return errno_of(SYS_getpid); }) == 77);
  CHECK(in_child(code, [] { return errno_of(SYS_getuid); }) == EPERM);
  CHECK(in_child(code, [] { return errno_of(SYS_personality, 0xffffffff); }) == 0);
  CHECK(in_child(code, [] { return errno_of(SYS_personality, 0); }) == EPERM);
  CHECK(in_child(code, [] { return errno_of(SYS_statx); }) == EPERM);
  CHECK(in_child(code, [] { return errno_of(SYS_statx + 1); }) == ENOSYS);
  CHECK(in_child(code, [] { return errno_of(SYS_close_range); }) == ENOSYS);
  parts.rules =
      kExit + R"(,{"name":"getpid","action":"KILL_PROCESS","args":[]},{"name":"getuid","action":"TRAP","args":[]})";
  code = compile(parts);
  CHECK(in_child(code, [] { return errno_of(SYS_getpid); }) == 100 + SIGSYS);
  CHECK(in_child(code, [] { return errno_of(SYS_getuid); }) == 100 + SIGSYS);
}

TEST_CASE("the version is that of the header") {
  auto info = seccomp_info();
  REQUIRE(info.ok());
  CHECK(info->version ==
        std::to_string(SCMP_VER_MAJOR) + "." + std::to_string(SCMP_VER_MINOR) + "." + std::to_string(SCMP_VER_MICRO));
}
