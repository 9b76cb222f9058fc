// seccomp.load
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/channel.h"
#include "init/init.h"
#include "init/ops/ops.h"
#include "init/sys.h"

namespace tsrunc::init {
namespace {

constexpr size_t kMostInstructions = 4096;  // BPF_MAXINSNS
// SECCOMP_FILTER_FLAG_LOG (4.14) and SPEC_ALLOW (4.17) change nothing of what is allowed: a kernel without them does
// without.
constexpr uint32_t kDispensable = (1U << 1) | (1U << 2);

// What the agent is sent, by a thread of its own: seccomp(2) filters the thread that calls it, and our own profile may
// forbid sendmsg(2), or ask the agent about it. Nothing but loads and stores passes between the two from the filter on.
struct Delivery {
  Context* context;
  const char* text;
  size_t size;
  // kNone, then the listener, or kFailed.
  int listener;
  bool sent;
};
constexpr int kNone = -1;
constexpr int kFailed = -2;

// The descriptor with the first byte (config-linux.md: "only in the first call").
Status send_state(const Delivery& delivery, int listener) {
  int agent = delivery.context->agent.get();
  TSRUNC_TRY(send_packet(agent, delivery.text, 1, listener, "seccomp agent"));
  for (size_t at = 1; at < delivery.size;) {
    ssize_t n = send(agent, delivery.text + at, delivery.size - at, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(errno, "seccomp agent", {"send(seccomp agent, ", delivery.size - at, " bytes)"});
    at += static_cast<size_t>(n);
  }
  return done();
}

void* deliver(void* argument) {
  Delivery& delivery = *static_cast<Delivery*>(argument);
  int listener;
  while ((listener = __atomic_load_n(&delivery.listener, __ATOMIC_ACQUIRE)) == kNone) usleep(20);
  if (listener == kFailed) return nullptr;
  if (!send_state(delivery, listener)) {
    // No program runs that nobody answers; the filtered thread could not say so.
    send_failure(*delivery.context);
    _exit(1);
  }
  // The agent may wait for the end of the connection, and execve for the agent. Descriptors are shared with the thread
  // that has none of these calls any more.
  delivery.context->agent.reset();
  close(listener);
  __atomic_store_n(&delivery.sent, true, __ATOMIC_RELEASE);
  return nullptr;
}

// The parts of `state` with the pid between them.
Result<char*> state_text(const Context& context, const wire::Strs& state, size_t& size) {
  size_t room = 1;
  for (uint32_t i = 0; i < state.size(); i++) room += strlen(state.argv()[i]) + 12;
  auto memory = allocate(room);
  if (!memory) return memory.status();
  char* text = static_cast<char*>(*memory);
  size = 0;
  for (uint32_t i = 0; i < state.size(); i++) {
    if (i > 0) size += print(text + size, room - size, {context.host_pid});
    size_t length = strlen(state.argv()[i]);
    memcpy(text + size, state.argv()[i], length);
    size += length;
  }
  return text;
}

long load(uint32_t flags, sock_fprog& filter) {
  long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
  if (result >= 0 || errno != EINVAL || !(flags & kDispensable)) return result;
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags & ~kDispensable, &filter);
}

Status load_notifying(Context& context, const op::SeccompLoad& op, sock_fprog& filter) {
  size_t size = 0;
  auto text = state_text(context, op.state, size);
  if (!text) return text.status();
  static Delivery delivery = {&context, *text, size, kNone, false};
  pthread_t thread;
  if (int err = pthread_create(&thread, nullptr, deliver, &delivery); err != 0) {
    return fail(err, "seccomp agent", {"pthread_create()"});
  }
  long listener = load(op.flags, filter);
  if (listener < 0) {
    int err = errno;
    __atomic_store_n(&delivery.listener, kFailed, __ATOMIC_RELEASE);
    return fail(err, "seccomp program",
                {"seccomp(SECCOMP_SET_MODE_FILTER, ", Hex{op.flags}, ", ", filter.len, " instructions)"});
  }
  __atomic_store_n(&delivery.listener, static_cast<int>(listener), __ATOMIC_RELEASE);
  // A wait would be a system call. The agent has the socket already: it takes some microseconds.
  while (!__atomic_load_n(&delivery.sent, __ATOMIC_ACQUIRE)) {
  }
  return done();
}

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
  if (op.listener) {
    if (context.slot(*op.listener) < 0)
      return refuse("seccomp agent", {"seccomp.load: no agent at slot ", op.listener->index});
    context.agent = static_cast<Fd&&>(context.slots[op.listener->index]);
  }
  TSRUNC_TRY(ready_for_exec(context));
  sock_fprog filter = {static_cast<unsigned short>(count), static_cast<sock_filter*>(program->data)};
  if (op.listener) return load_notifying(context, op, filter);
  if (load(op.flags, filter) == 0) return done();
  return fail(errno, "seccomp program",
              {"seccomp(SECCOMP_SET_MODE_FILTER, ", Hex{op.flags}, ", ", count, " instructions)"});
}

}  // namespace tsrunc::init
