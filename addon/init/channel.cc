#include "init/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/sys.h"
#include "init/times.h"
#include "wire/protocol.h"

#ifndef F_GET_SEALS
#define F_GET_SEALS 1034
#define F_SEAL_SHRINK 2
#define F_SEAL_GROW 4
#define F_SEAL_WRITE 8
#endif

namespace tsrunc::init {
namespace {

// A packet and its descriptors, which are closed unless taken.
struct Packet {
  uint8_t small[1024];
  // Where it goes: for PLAN there is more room, and it stays.
  uint8_t* data = small;
  size_t room = sizeof small;
  size_t size = 0;
  Fd fds[wire::kMaxDescriptors];
  size_t count = 0;
};

void take_descriptors(msghdr& header, Packet& packet) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
      Fd owned(fd);
      if (packet.count < wire::kMaxDescriptors) packet.fds[packet.count++] = static_cast<Fd&&>(owned);
    }
  }
}

// Blocks. The runtime's end of file means that nobody waits for a container any more.
Status receive(Context& context, Packet& packet) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * wire::kMaxDescriptors)];
  iovec vector = {packet.data, packet.room};
  msghdr header = {};
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  ssize_t n;
  do {
    n = recvmsg(context.control.get(), &header, MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  if (n < 0) return fail(errno, "control socket", {"recvmsg(", context.control.get(), ")"});
  if (n == 0) _exit(1);
  packet.size = static_cast<size_t>(n);
  take_descriptors(header, packet);
  if (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
    return refuse("control socket", {"a message of the runtime is too long"});
  return done();
}

Status fill_slots(Context& context, std::span<const uint32_t> slots, Packet& packet, size_t first) {
  if (slots.size() != packet.count - first) {
    return refuse("control socket",
                  {"the runtime announced ", slots.size(), " descriptors and sent ", packet.count - first});
  }
  for (size_t i = 0; i < slots.size(); i++) {
    if (slots[i] >= kSlots) return refuse("control socket", {"slot ", slots[i], " is beyond the table"});
    context.slots[slots[i]] = static_cast<Fd&&>(packet.fds[first + i]);
  }
  return done();
}

Result<Blob> map_blob(int fd) {
  constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  int seals = fcntl(fd, F_GET_SEALS);
  if (seals < 0) return fail(errno, "plan", {"fcntl(", fd, ", F_GET_SEALS)"});
  if ((seals & kSeals) != kSeals) return refuse("plan", {"the plan's memfd is not sealed"});
  struct stat stat = {};
  if (fstat(fd, &stat) != 0) return fail(errno, "plan", {"fstat(", fd, ")"});
  if (stat.st_size <= 0) return refuse("plan", {"the plan is empty"});
  Blob blob;
  blob.size = static_cast<size_t>(stat.st_size);
  blob.data = mmap(nullptr, blob.size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (blob.data == MAP_FAILED) return fail(errno, "plan", {"mmap(", blob.size, ", PROT_READ, MAP_PRIVATE, ", fd, ")"});
  return blob;
}

}  // namespace

Result<Blob> receive_plan(Context& context) {
  Packet packet;
  auto room = allocate(wire::kMaxMessage);
  if (!room) return room.status();
  packet.data = static_cast<uint8_t*>(*room);
  packet.room = wire::kMaxMessage;
  TSRUNC_TRY(receive(context, packet));
  alignas(8) char memory[sizeof packet.small];
  wire::Arena arena(memory, sizeof memory);
  wire::PlanMessage plan;
  if (!wire::decode(wire::Reader(packet.data, packet.size, arena), plan) || (plan.blob.empty() && packet.count == 0)) {
    return refuse("control socket", {"the first message is not a plan"});
  }
  TSRUNC_TRY(fill_slots(context, plan.slots, packet, plan.blob.empty() ? 1 : 0));
  take_times(context, static_cast<Fd&&>(context.slots[kTimesSlot]));
  context.umask = plan.umask & 0777;
  context.preserve_fds = plan.preserve_fds;
  context.host_pid = plan.host_pid;
  if (!plan.blob.empty()) return Blob{plan.blob.data(), plan.blob.size()};
  return map_blob(packet.fds[0].get());
}

Status give_turn(Context& context, uint32_t index) {
  char message[8];
  wire::Writer writer(message, sizeof message);
  writer.kind(wire::Kind::turn);
  writer.u32(index);
  TSRUNC_TRY(send_packet(context.control.get(), message, writer.size(), -1, "control socket"));
  return await_go(context);
}

Status await_go(Context& context) {
  Packet packet;
  TSRUNC_TRY(receive(context, packet));
  alignas(8) char memory[sizeof packet.small * 2];
  wire::Arena arena(memory, sizeof memory);
  wire::GoMessage go;
  if (!wire::decode(wire::Reader(packet.data, packet.size, arena), go)) {
    return refuse("control socket", {"a message of the runtime is not GO"});
  }
  context.host_pid = go.host_pid;
  return fill_slots(context, go.slots, packet, 0);
}

Status send_cloned(Context& context, pid_t pid, int pidfd) {
  char message[8];
  wire::Writer writer(message, sizeof message);
  writer.kind(wire::Kind::cloned);
  writer.i32(pid);
  return send_packet(context.control.get(), message, writer.size(), pidfd, "control socket");
}

Status send_opened(Context& context, uint32_t slot, int mount, uint64_t mount_id) {
  char message[16];
  wire::Writer writer(message, sizeof message);
  writer.kind(wire::Kind::opened);
  writer.u32(slot);
  writer.u64(mount_id);
  return send_packet(context.control.get(), message, writer.size(), mount, "control socket");
}

void send_failure(Context& context) {
  // Static: the stack stays small, and these pages are touched by nobody else.
  static char message[wire::kMaxMessage - 1024];
  const Failure& failure = last_failure();
  // Behind the length that the gate's stream needs; the control socket keeps packets apart by itself.
  wire::Writer writer(message + 4, sizeof message - 4);
  writer.kind(wire::Kind::fail);
  writer.u32(context.step);
  writer.i32(failure.err);
  writer.str(failure.call);
  writer.str(failure.object);
  writer.str(failure.text);
  uint32_t size = static_cast<uint32_t>(writer.size());
  memcpy(message, &size, sizeof size);
  // The process ends with this failure either way.
  if (context.gate) {
    (void)send_packet(context.gate.get(), message, size + 4, -1, "control socket");
  } else if (context.control) {
    (void)send_packet(context.control.get(), message + 4, size, -1, "control socket");
  }
}

}  // namespace tsrunc::init
