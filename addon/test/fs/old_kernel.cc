// A kernel without the new calls, or an older seccomp profile around us that refuses them: the kernel itself answers so
// here, by a filter.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "test/fs/verbs.h"

using namespace tsrunc;
using namespace tsrunc::test;

namespace {

// What kernels learned since 4.11, and we use.
constexpr unsigned kNew[] = {SYS_statx,   SYS_open_tree, SYS_move_mount,    SYS_fsopen, SYS_fsconfig,
                             SYS_fsmount, SYS_openat2,   SYS_mount_setattr, 452 /* fchmodat2 */};
constexpr unsigned kCount = sizeof kNew / sizeof *kNew;

bool refuse_new_calls(unsigned err) {
  sock_filter filter[kCount + 3];
  filter[0] = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
  for (unsigned i = 0; i < kCount; i++) {
    filter[1 + i] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kNew[i], static_cast<unsigned char>(kCount - i), 0);
  }
  filter[kCount + 1] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  filter[kCount + 2] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | err);
  sock_fprog program = {kCount + 3, filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

#define EXPECT(condition)          \
  do {                             \
    step++;                        \
    if (!(condition)) return step; \
  } while (false)

int whole_container(Container& c, unsigned err) {
  int step = 0;
  EXPECT(refuse_new_calls(err));
  op::RootfsEnter enter;
  enter.path = str(c.rootfs);
  enter.bind = true;
  EXPECT(said(run(*c.context, enter)) == "");
  EXPECT(c.filesystem("proc", "/proc", 0, "", [](op::MountFs& op) { op.ordinary_dir = true; }) == "");
  EXPECT(c.filesystem("tmpfs", "/dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=64k") == "");
  EXPECT(c.device("/dev/null", 1, 3, [](op::DeviceNode& op) { op.mode = 0606; }) == "");
  EXPECT(c.bind(c.outside, "/data", MS_RDONLY | MS_NOSUID) == "");
  EXPECT(c.bind("/dev/zero", "/dev/zero") == "");
  EXPECT(c.bind(c.outside + "/none", "/x").find(": " + std::to_string(ENOENT)) != std::string::npos);
  EXPECT(c.bind(c.outside, "/none", 0, [](op::MountBind& op) { op.rec_set = MOUNT_ATTR_RDONLY; }) != "");
  EXPECT(said(run(*c.context, op::RootfsPivot{})) == "");
  EXPECT(c.readonly("/proc/sys") == "");
  EXPECT(c.mask("/proc/keys") == "");
  c.rootfs = "";
  EXPECT(mkdir("/secret", 0755) == 0);
  EXPECT(c.mask("/secret") == "");
  EXPECT(said(run(*c.context, op::RootfsReadonly{})) == "");
  EXPECT(mounted("/").find("ro,") == 0);
  EXPECT(mounted("/dev") == "rw,nosuid - tmpfs tmpfs rw,size=64k,mode=755");
  EXPECT(mounted("/data").find("ro,nosuid,relatime") == 0);
  EXPECT(mounted("/proc/sys").find("ro,relatime - proc") == 0);
  EXPECT(mounted("/secret") == "ro,relatime - tmpfs tmpfs ro");
  EXPECT(read_all("/proc/keys") == "");
  struct stat st;
  EXPECT(stat("/dev/null", &st) == 0 && st.st_rdev == makedev(1, 3) && (st.st_mode & 07777) == 0606);
  EXPECT(stat("/proc/keys", &st) == 0 && st.st_rdev == makedev(1, 3));
  return 0;
}

}  // namespace

TEST_CASE("everything works with the old calls: ENOSYS") {
  Container c;
  CHECK(in_child([&c] { return whole_container(c, ENOSYS); }) == 0);
}

TEST_CASE("everything works with the old calls: EPERM of an older seccomp profile") {
  Container c;
  CHECK(in_child([&c] { return whole_container(c, EPERM); }) == 0);
}
