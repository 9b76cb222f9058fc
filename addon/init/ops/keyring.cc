// keyring.join
#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/ops/ops.h"

namespace tsrunc::init {
namespace {

// The fourth field of "type;uid;gid;perm;description" (keyctl_describe(3)), in hexadecimal.
bool permissions_of(const char* description, uint32_t& permissions) {
  int field = 0;
  permissions = 0;
  for (const char* c = description; *c; c++) {
    if (*c == ';') {
      if (++field == 4) return true;
    } else if (field == 3) {
      int digit = *c >= '0' && *c <= '9' ? *c - '0' : *c >= 'a' && *c <= 'f' ? *c - 'a' + 10 : -1;
      if (digit < 0) return false;
      permissions = permissions << 4 | static_cast<uint32_t>(digit);
    }
  }
  return false;
}

}  // namespace

Status run(Context&, const op::KeyringJoin& op) {
  long key = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, op.name.c_str());
  if (key < 0) return fail(errno, op.name, {"keyctl(KEYCTL_JOIN_SESSION_KEYRING, ", Quoted{op.name}, ")"});
  char description[512] = {};
  if (syscall(SYS_keyctl, KEYCTL_DESCRIBE, key, description, sizeof description - 1) < 0) {
    return fail(errno, op.name, {"keyctl(KEYCTL_DESCRIBE, ", key, ")"});
  }
  uint32_t permissions = 0;
  if (!permissions_of(description, permissions))
    return refuse(op.name, {"keyctl(KEYCTL_DESCRIBE) said ", Quoted{description}});
  if (syscall(SYS_keyctl, KEYCTL_SETPERM, key, permissions | op.search) != 0) {
    return fail(errno, op.name, {"keyctl(KEYCTL_SETPERM, ", key, ", ", Hex{permissions | op.search}, ")"});
  }
  return done();
}

}  // namespace tsrunc::init
