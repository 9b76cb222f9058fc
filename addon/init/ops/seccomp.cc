// seccomp.load
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/init.h"
#include "init/ops/ops.h"
#include "init/sys.h"

namespace tsrunc::init {
namespace {

constexpr size_t kMostInstructions = 4096;  // BPF_MAXINSNS
// SECCOMP_FILTER_FLAG_LOG (4.14) and SPEC_ALLOW (4.17) change nothing of what is allowed: a kernel without them does
// without.
constexpr uint32_t kDispensable = (1U << 1) | (1U << 2);

}  // namespace

Status run(Context& context, const op::SeccompLoad& op) {
  int fd = context.slot(op.slot);
  if (fd < 0) return refuse("", {"seccomp.load: nothing is at slot ", op.slot.index});
  auto program = read_all(fd, "seccomp program");
  if (!program) return program.status();
  size_t count = program->size / sizeof(sock_filter);
  if (count == 0 || count > kMostInstructions || program->size % sizeof(sock_filter) != 0) {
    return refuse("seccomp program",
                  {"a seccomp program has 1 to ", kMostInstructions, " instructions, this one ", count});
  }
  // What the filter could forbid comes before it. The capabilities that identity.set kept need no dropping: execve
  // computes the permitted and effective sets anew from the bounding, inheritable and ambient ones (capabilities(7)).
  TSRUNC_TRY(ready_for_exec(context));
  sock_fprog filter = {static_cast<unsigned short>(count), static_cast<sock_filter*>(program->data)};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, op.flags, &filter) == 0) return done();
  if (errno == EINVAL && (op.flags & kDispensable) &&
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, op.flags & ~kDispensable, &filter) == 0) {
    return done();
  }
  return fail(errno, "seccomp program",
              {"seccomp(SECCOMP_SET_MODE_FILTER, ", Hex{op.flags}, ", ", count, " instructions)"});
}

}  // namespace tsrunc::init
