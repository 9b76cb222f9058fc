#include "core/memfd.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <string>

#include "core/files.h"
#include "core/sockets.h"
#include "core/weak.h"

// Since 6.3; Debian 12's headers are older.
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif

namespace tsrunc::core {
namespace {

constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

// EINVAL: a kernel that does not know `exec` yet, where every memfd is executable and cannot say otherwise.
Fd create(const char* name, unsigned exec) {
  Fd fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | exec));
  if (!fd && errno == EINVAL) fd.reset(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  return fd;
}

Status fill(int fd, ByteView data) {
  Content content;
  content.bytes = data;
  return data.size == 0 ? done() : write_fd(fd, content);
}

Status seal(int fd, int seals) {
  if (::fcntl(fd, F_ADD_SEALS, seals) == 0) return done();
  return failure(errno, "memfd", "fcntl(%d, F_ADD_SEALS, 0x%x)", fd, static_cast<unsigned>(seals));
}

// An unlinked file that only we ever open: it is copied anew for every container, so writing to it once it has ended
// its run changes nothing (and while it runs the kernel answers ETXTBSY).
Result<Fd> unlinked_executable(ByteView image) {
  SysFailure last;
  for (const char* directory : {"/run", "/dev/shm", "/tmp"}) {
    Fd writable(::open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0700));
    if (!writable) {
      last = failure(errno, directory, "open(\"%s\", O_TMPFILE)", directory);
      continue;
    }
    TSRUNC_TRY(fill(writable.get(), image));
    if (::fchmod(writable.get(), 0500) != 0) return failure(errno, directory, "fchmod(0500)");
    std::string self = "/proc/self/fd/" + std::to_string(writable.get());
    // Read-only: execve refuses a file that anyone has open for writing.
    Fd readable(::open(self.c_str(), O_RDONLY | O_CLOEXEC));
    if (!readable) return failure(errno, self, "open(\"%s\", O_RDONLY)", self.c_str());
    return readable;
  }
  return last;
}

}  // namespace

Result<int> sealed_memfd(const std::string& name, ByteView data) {
  Fd fd = create(name.c_str(), MFD_NOEXEC_SEAL);
  if (!fd) return failure(errno, name, "memfd_create(\"%s\")", name.c_str());
  TSRUNC_TRY(fill(fd.get(), data));
  TSRUNC_TRY(seal(fd.get(), kSeals));
  if (::lseek(fd.get(), 0, SEEK_SET) != 0) return failure(errno, name, "lseek(%d, 0)", fd.get());
  return fd.release();
}

Result<int> shared_memory(const std::string& name, uint32_t size) {
  if (size > (64u << 20)) return failure(EFBIG, name, "memfd_create(\"%s\")", name.c_str());
  Fd fd = create(name.c_str(), MFD_NOEXEC_SEAL);
  if (!fd) return failure(errno, name, "memfd_create(\"%s\")", name.c_str());
  if (::ftruncate(fd.get(), size) != 0) return failure(errno, name, "ftruncate(%d, %u)", fd.get(), size);
  return fd.release();
}

Result<Fd> executable_memfd(const char* name, ByteView image) {
  if (const char* file = weakened("sealed-image")) return Fd(::open(file, O_RDONLY | O_CLOEXEC));
  Fd fd = create(name, MFD_EXEC);
  if (!fd && errno == EACCES) return unlinked_executable(image);
  if (!fd) return failure(errno, name, "memfd_create(\"%s\", MFD_EXEC)", name);
  TSRUNC_TRY(fill(fd.get(), image));
  if (::fcntl(fd.get(), F_ADD_SEALS, kSeals | F_SEAL_EXEC) != 0) TSRUNC_TRY(seal(fd.get(), kSeals));
  return fd;
}

}  // namespace tsrunc::core
