#include "core/bpf.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "core/fd.h"

namespace tsrunc::core {
namespace {

// A cgroup holds at most 64 programs of a kind (BPF_CGROUP_MAX_PROGS).
constexpr uint32_t kMaxPrograms = 64;

// Every byte that a command does not use must be zero.
bpf_attr no_attributes() {
  bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  return attributes;
}

long bpf(int command, bpf_attr& attributes) { return syscall(SYS_bpf, command, &attributes, sizeof attributes); }

uint64_t address(const void* pointer) { return reinterpret_cast<uintptr_t>(pointer); }

// Before Linux 5.11 programs count against RLIMIT_MEMLOCK, whose default is too small for some. Raised for the one call only, since
// containers inherit it.
class MemlockRaised {
 public:
  MemlockRaised() {
    raised_ = getrlimit(RLIMIT_MEMLOCK, &before_) == 0;
    struct rlimit most {
      RLIM_INFINITY, RLIM_INFINITY
    };
    raised_ = raised_ && setrlimit(RLIMIT_MEMLOCK, &most) == 0;
  }
  ~MemlockRaised() {
    if (raised_) setrlimit(RLIMIT_MEMLOCK, &before_);
  }
  MemlockRaised(const MemlockRaised&) = delete;
  MemlockRaised& operator=(const MemlockRaised&) = delete;

 private:
  struct rlimit before_ {};
  bool raised_ = false;
};

Result<Fd> load(ByteView program) {
  static constexpr char kLicense[] = "Apache-2.0";
  bpf_attr attributes = no_attributes();
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.insn_cnt = static_cast<uint32_t>(program.size / sizeof(bpf_insn));
  attributes.insns = address(program.data);
  attributes.license = address(kLicense);
  memcpy(attributes.prog_name, "tsrunc_devices", sizeof "tsrunc_devices");
  long fd = bpf(BPF_PROG_LOAD, attributes);
  if (fd < 0 && errno == EPERM) {
    MemlockRaised raised;
    fd = bpf(BPF_PROG_LOAD, attributes);
  }
  // bpf(2): the verifier's EINVAL and EACCES mean a program that we should not have made.
  if (fd < 0)
    return failure(errno, "", "bpf(BPF_PROG_LOAD, BPF_PROG_TYPE_CGROUP_DEVICE, %u instructions)", attributes.insn_cnt);
  return Fd(static_cast<int>(fd));
}

// The programs attached to this very cgroup. One that we may not open (EPERM, EACCES: an LSM) stays: a program can only forbid more.
Result<std::vector<Fd>> attached(int cgroup, const std::string& name) {
  std::vector<uint32_t> ids(kMaxPrograms);
  bpf_attr query = no_attributes();
  query.query.target_fd = static_cast<uint32_t>(cgroup);
  query.query.attach_type = BPF_CGROUP_DEVICE;
  query.query.prog_ids = address(ids.data());
  query.query.prog_cnt = kMaxPrograms;
  if (bpf(BPF_PROG_QUERY, query) != 0) return failure(errno, name, "bpf(BPF_PROG_QUERY, BPF_CGROUP_DEVICE)");
  std::vector<Fd> programs;
  for (uint32_t i = 0; i < query.query.prog_cnt; ++i) {
    bpf_attr get = no_attributes();
    get.prog_id = ids[i];
    long fd = bpf(BPF_PROG_GET_FD_BY_ID, get);
    if (fd >= 0) {
      programs.emplace_back(static_cast<int>(fd));
    } else if (errno != EPERM && errno != EACCES && errno != ENOENT) {
      return failure(errno, name, "bpf(BPF_PROG_GET_FD_BY_ID, %u)", ids[i]);
    }
  }
  return programs;
}

// `replaced`: -1, or the program whose place it takes.
int attach(int cgroup, int program, int replaced) {
  bpf_attr attributes = no_attributes();
  attributes.target_fd = static_cast<uint32_t>(cgroup);
  attributes.attach_bpf_fd = static_cast<uint32_t>(program);
  attributes.attach_type = BPF_CGROUP_DEVICE;
  attributes.attach_flags = BPF_F_ALLOW_MULTI;
  if (replaced >= 0) {
    attributes.attach_flags |= BPF_F_REPLACE;
    attributes.replace_bpf_fd = static_cast<uint32_t>(replaced);
  }
  return bpf(BPF_PROG_ATTACH, attributes) == 0 ? 0 : errno;
}

Status detach(int cgroup, const std::string& name, int program) {
  bpf_attr attributes = no_attributes();
  attributes.target_fd = static_cast<uint32_t>(cgroup);
  attributes.attach_bpf_fd = static_cast<uint32_t>(program);
  attributes.attach_type = BPF_CGROUP_DEVICE;
  if (bpf(BPF_PROG_DETACH, attributes) != 0) return failure(errno, name, "bpf(BPF_PROG_DETACH, BPF_CGROUP_DEVICE)");
  return done();
}

}  // namespace

Status cgroup_device_attach(const std::string& cgroup_dir, ByteView program) {
  if (program.size == 0 || program.size % sizeof(bpf_insn) != 0) {
    return failure(EINVAL, cgroup_dir, "a device program of %zu bytes", program.size);
  }
  Fd cgroup(open(cgroup_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!cgroup) return failure(errno, cgroup_dir, "open(\"%s\", O_RDONLY|O_DIRECTORY)", cgroup_dir.c_str());
  auto loaded = load(program);
  if (!loaded) {
    loaded.failure().object = cgroup_dir;
    return loaded.failure();
  }
  auto old = attached(cgroup.get(), cgroup_dir);
  if (!old) return old.failure();
  if (old->size() == 1) {
    int err = attach(cgroup.get(), loaded->get(), (*old)[0].get());
    if (err == 0) return done();
    // EINVAL: no BPF_F_REPLACE before Linux 5.6. ENOENT: it was detached meanwhile.
    if (err != EINVAL && err != ENOENT) {
      return failure(err, cgroup_dir, "bpf(BPF_PROG_ATTACH, BPF_CGROUP_DEVICE, BPF_F_ALLOW_MULTI|BPF_F_REPLACE)");
    }
  }
  if (int err = attach(cgroup.get(), loaded->get(), -1); err != 0) {
    return failure(err, cgroup_dir, "bpf(BPF_PROG_ATTACH, BPF_CGROUP_DEVICE, BPF_F_ALLOW_MULTI)");
  }
  for (const Fd& program_fd : *old) {
    TSRUNC_TRY(detach(cgroup.get(), cgroup_dir, program_fd.get()));
  }
  return done();
}

}  // namespace tsrunc::core
