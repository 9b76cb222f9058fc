#include "core/spawn.h"

#include <sys/socket.h>
#include <cerrno>

#include "core/child.h"
#include "core/memfd.h"

// init_image.S
extern "C" const uint8_t tsrunc_init_image[];
extern "C" const uint8_t tsrunc_init_image_end[];

namespace tsrunc::core {

Result<Spawned> spawn_init(const SpawnRequest& request) {
  auto image = executable_memfd(
      "tsrunc-init", ByteView{tsrunc_init_image, static_cast<size_t>(tsrunc_init_image_end - tsrunc_init_image)});
  if (!image) return image.failure();
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return failure(errno, "", "socketpair(AF_UNIX, SOCK_SEQPACKET)");
  }
  Fd ours(ends[0]);
  Fd theirs(ends[1]);
  ChildRequest child;
  child.image = image->get();
  char name[] = "tsrunc-init";
  std::string control = std::to_string(3 + request.preserve.size());
  std::string unshare = std::to_string(request.unshare);
  // One argument more makes it init from the start (docs/protocol.md).
  char* const argv[] = {name, control.data(), request.init ? unshare.data() : nullptr, nullptr};
  char* const envp[] = {nullptr};
  // Nothing that a container runs inherits what the caller ignores.
  child.default_signals = true;
  child.elsewhere = request.init;
  child.flags = request.flags;
  child.cgroup = request.cgroup;
  child.argv = argv;
  child.envp = envp;
  child.fds.assign(request.stdio.begin(), request.stdio.end());
  child.fds.insert(child.fds.end(), request.preserve.begin(), request.preserve.end());
  child.fds.push_back(theirs.get());
  child.launch = &request.launch;
  auto started = launch_child(child);
  if (!started) return started.failure();
  return Spawned{started->pid, started->pidfd.release(), ours.release()};
}

Status check_spawn() { return launch_outcome(); }

}  // namespace tsrunc::core
