#include "core/seccomp_stub.h"

#include <linux/audit.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include <cerrno>
#include <cstddef>

namespace tsrunc::core {
namespace {

// Set in every system call number of the x32 ABI, which shares AUDIT_ARCH_X86_64.
constexpr uint32_t kX32Bit = 1u << 30;

// SCMP_ARCH_* is AUDIT_ARCH_* for all but x32, whose value is libseccomp's own.
uint32_t audit_arch(uint32_t scmp) { return scmp == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : scmp; }

// What one audit architecture needs; 0: no system call of the profile exists there.
struct Last {
  uint32_t audit = 0;
  uint32_t plain = 0;
  uint32_t x32 = 0;
};

uint32_t largest(uint32_t architecture, const std::vector<std::string>& named) {
  int last = 0;
  for (const std::string& name : named) {
    // Negative: unknown, or a call that this architecture only has through a multiplexer.
    int number = seccomp_syscall_resolve_name_arch(architecture, name.c_str());
    if (number > last) last = number;
  }
  return static_cast<uint32_t>(last);
}

std::vector<Last> last_calls(const std::vector<uint32_t>& architectures, const std::vector<std::string>& named) {
  std::vector<Last> all;
  for (uint32_t architecture : architectures) {
    uint32_t audit = audit_arch(architecture);
    Last* entry = nullptr;
    for (Last& candidate : all) {
      if (candidate.audit == audit) entry = &candidate;
    }
    if (!entry) entry = &all.emplace_back(Last{audit, 0, 0});
    (architecture == SCMP_ARCH_X32 ? entry->x32 : entry->plain) = largest(architecture, named);
  }
  return all;
}

sock_filter statement(uint16_t code, uint32_t k) { return BPF_STMT(code, k); }
sock_filter jump(uint16_t code, uint32_t k, uint8_t yes, uint8_t no) { return BPF_JUMP(code, k, yes, no); }

constexpr uint32_t kEnosys = SECCOMP_RET_ERRNO | ENOSYS;
constexpr uint16_t kLoad = BPF_LD | BPF_W | BPF_ABS;
constexpr uint16_t kGreater = BPF_JMP | BPF_JGT | BPF_K;
constexpr uint16_t kBits = BPF_JMP | BPF_JSET | BPF_K;
constexpr uint16_t kEqual = BPF_JMP | BPF_JEQ | BPF_K;
constexpr uint16_t kReturn = BPF_RET | BPF_K;

// The check of one architecture. Whatever is no ENOSYS falls off its end.
std::vector<sock_filter> section(const Last& last) {
  std::vector<sock_filter> code{statement(kLoad, offsetof(seccomp_data, nr))};
  if (last.audit == AUDIT_ARCH_S390 || last.audit == AUDIT_ARCH_S390X) {
    // A number that the kernel does not know arrives as 0 (setup), through which large numbers are multiplexed there.
    code.push_back(jump(kEqual, 0, 0, 1));
    code.push_back(statement(kReturn, kEnosys));
  }
  if (last.audit != AUDIT_ARCH_X86_64) {
    code.push_back(jump(kGreater, last.plain, 0, 1));
  } else if (last.plain != 0 && last.x32 != 0) {
    code.push_back(jump(kBits, kX32Bit, 1, 0));
    code.push_back(jump(kGreater, last.plain, 1, 2));
    code.push_back(jump(kGreater, last.x32, 0, 1));
  } else if (last.plain != 0) {
    code.push_back(jump(kBits, kX32Bit, 2, 0));
    code.push_back(jump(kGreater, last.plain, 0, 1));
  } else {
    code.push_back(jump(kBits, kX32Bit, 0, 2));
    code.push_back(jump(kGreater, last.x32, 0, 1));
  }
  code.push_back(statement(kReturn, kEnosys));
  return code;
}

}  // namespace

Result<std::vector<sock_filter>> seccomp_enosys_stub(const std::vector<uint32_t>& architectures,
                                                     const std::vector<std::string>& named) {
  // Built back to front: each section ends with a jump over all that follows it, into the filter. BPF_JA has 32 bits of distance, and a
  // section is a few instructions long, so that no jump of 8 bits ever comes near 255.
  std::vector<sock_filter> stub;
  for (const Last& last : last_calls(architectures, named)) {
    if (last.plain == 0 && last.x32 == 0) continue;
    std::vector<sock_filter> code = section(last);
    code.push_back(statement(BPF_JMP | BPF_JA, static_cast<uint32_t>(stub.size())));
    code.insert(code.begin(), jump(kEqual, last.audit, 0, static_cast<uint8_t>(code.size())));
    stub.insert(stub.begin(), code.begin(), code.end());
  }
  if (stub.empty()) return stub;
  stub.insert(stub.begin(), statement(kLoad, offsetof(seccomp_data, arch)));
  return stub;
}

}  // namespace tsrunc::core
