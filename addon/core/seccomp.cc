#include "core/seccomp.h"

#include <linux/filter.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/fd.h"
#include "core/seccomp_request.h"
#include "core/seccomp_stub.h"

namespace tsrunc::core {
namespace {

// A libseccomp filter closed by scope.
class Filter {
 public:
  explicit Filter(uint32_t default_action) : context_(seccomp_init(default_action)) {}
  ~Filter() {
    if (context_) seccomp_release(context_);
  }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;
  scmp_filter_ctx get() const { return context_; }

 private:
  scmp_filter_ctx context_;
};

Result<uint32_t> action_value(const SeccompAction& action) {
  struct Named {
    const char* name;
    uint32_t value;
  };
  static constexpr Named kActions[] = {
      {"KILL", SCMP_ACT_KILL_THREAD},
      {"KILL_THREAD", SCMP_ACT_KILL_THREAD},
      {"KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
      {"TRAP", SCMP_ACT_TRAP},
      {"ALLOW", SCMP_ACT_ALLOW},
      {"LOG", SCMP_ACT_LOG},
      {"NOTIFY", SCMP_ACT_NOTIFY},
  };
  // The kernel keeps 16 bits of data; without a value EPERM, as runc does.
  uint32_t data = action.errno_ret < 0 ? EPERM : static_cast<uint32_t>(action.errno_ret) & 0xffff;
  if (action.action == "ERRNO") return static_cast<uint32_t>(SCMP_ACT_ERRNO(data));
  if (action.action == "TRACE") return static_cast<uint32_t>(SCMP_ACT_TRACE(data));
  for (const Named& known : kActions) {
    if (action.action == known.name) return known.value;
  }
  return failure(0, action.action, "seccomp: unknown action %s", action.action.c_str());
}

Result<scmp_compare> operator_value(const std::string& name) {
  struct Named {
    const char* name;
    scmp_compare value;
  };
  static constexpr Named kOperators[] = {
      {"NE", SCMP_CMP_NE},
      {"LT", SCMP_CMP_LT},
      {"LE", SCMP_CMP_LE},
      {"EQ", SCMP_CMP_EQ},
      {"GE", SCMP_CMP_GE},
      {"GT", SCMP_CMP_GT},
      {"MASKED_EQ", SCMP_CMP_MASKED_EQ},
  };
  for (const Named& known : kOperators) {
    if (name == known.name) return known.value;
  }
  return failure(0, name, "seccomp: unknown operator %s", name.c_str());
}

// libseccomp returns -errno, -ECANCELED for what the kernel refused.
SysFailure refused(int rc, const std::string& object, const char* call) {
  return failure(-rc, object, "%s(%s)", call, object.c_str());
}

// The native architecture first (seccomp_init has put it there), then the others, each once.
Result<std::vector<uint32_t>> add_architectures(const Filter& filter, const std::vector<std::string>& names) {
  std::vector<uint32_t> all{seccomp_arch_native()};
  for (const std::string& name : names) {
    uint32_t token = seccomp_arch_resolve_name(name.c_str());
    if (token == 0) {
      return failure(0, name, "seccomp: libseccomp %u.%u.%u does not know the architecture %s",
                     seccomp_version()->major, seccomp_version()->minor, seccomp_version()->micro, name.c_str());
    }
    if (std::find(all.begin(), all.end(), token) != all.end()) continue;
    if (int rc = seccomp_arch_add(filter.get(), token); rc != 0) return refused(rc, name, "seccomp_arch_add");
    all.push_back(token);
  }
  return all;
}

Status add_rule(const Filter& filter, const SeccompRule& rule, uint32_t default_action) {
  auto action = action_value(rule);
  if (!action) return action.failure();
  // seccomp_rule_add refuses what the default does anyway.
  if (*action == default_action) return done();
  int number = seccomp_syscall_resolve_name(rule.name.c_str());
  if (number == __NR_SCMP_ERROR) return done();
  std::vector<scmp_arg_cmp> conditions;
  for (const SeccompArg& arg : rule.args) {
    auto op = operator_value(arg.op);
    if (!op) return op.failure();
    conditions.push_back(scmp_arg_cmp{arg.index, *op, arg.value, arg.value_two});
  }
  int rc = seccomp_rule_add_array(filter.get(), *action, number, static_cast<unsigned>(conditions.size()),
                                  conditions.data());
  if (rc != 0) return refused(rc, rule.name, "seccomp_rule_add");
  return done();
}

// seccomp_export_bpf writes to a descriptor only.
Result<std::vector<sock_filter>> exported(const Filter& filter) {
  Fd file(memfd_create("tsrunc-seccomp", MFD_CLOEXEC));
  if (!file) return failure(errno, "", "memfd_create(\"tsrunc-seccomp\", MFD_CLOEXEC)");
  if (int rc = seccomp_export_bpf(filter.get(), file.get()); rc != 0) return failure(-rc, "", "seccomp_export_bpf()");
  struct stat info {};
  if (fstat(file.get(), &info) != 0) return failure(errno, "", "fstat(%d)", file.get());
  std::vector<sock_filter> code(static_cast<size_t>(info.st_size) / sizeof(sock_filter));
  ssize_t wanted = static_cast<ssize_t>(code.size() * sizeof(sock_filter));
  if (wanted != info.st_size || pread(file.get(), code.data(), static_cast<size_t>(wanted), 0) != wanted) {
    return failure(EIO, "", "pread(%d)", file.get());
  }
  return code;
}

Status fill(const Filter& filter, const SeccompRequest& request, uint32_t default_action) {
  // Attributes that fail are those of a libseccomp too old to have them; neither changes what the filter decides.
  if (request.optimize) seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_NNP, 0);
  for (const SeccompRule& rule : request.rules) {
    TSRUNC_TRY(add_rule(filter, rule, default_action));
  }
  return done();
}

}  // namespace

Result<Bytes> seccomp_compile(const std::string& text) {
  auto request = read_seccomp_request(text);
  if (!request) return request.failure();
  auto default_action = action_value(request->default_action);
  if (!default_action) return default_action.failure();
  Filter filter(*default_action);
  if (!filter.get()) return failure(ENOMEM, "", "seccomp_init(%#x)", *default_action);
  auto architectures = add_architectures(filter, request->architectures);
  if (!architectures) return architectures.failure();
  TSRUNC_TRY(fill(filter, *request, *default_action));
  auto code = exported(filter);
  if (!code) return code.failure();
  if (request->enosys_stub) {
    auto stub = seccomp_enosys_stub(*architectures, request->named);
    if (!stub) return stub.failure();
    code->insert(code->begin(), stub->begin(), stub->end());
  }
  if (code->size() > BPF_MAXINSNS) {
    return failure(0, "", "seccomp: the profile compiles to %zu instructions, the kernel takes %d", code->size(),
                   BPF_MAXINSNS);
  }
  const auto* bytes = reinterpret_cast<const uint8_t*>(code->data());
  return Bytes(bytes, bytes + code->size() * sizeof(sock_filter));
}

Result<SeccompInfo> seccomp_info() {
  const scmp_version* version = seccomp_version();
  SeccompInfo info;
  info.version =
      std::to_string(version->major) + "." + std::to_string(version->minor) + "." + std::to_string(version->micro);
  return info;
}

}  // namespace tsrunc::core
