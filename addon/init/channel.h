// The child's side of the control socket (docs/protocol.md).
#pragma once

#include <cstddef>
#include <cstdint>

#include "init/context.h"

namespace tsrunc::init {

// Receives PLAN: its slots go to the context, its blob stays where it was received, or is mapped read-only from a memfd,
// which is refused if somebody could still change it.
struct Blob {
  const void* data = nullptr;
  size_t size = 0;
};
Result<Blob> receive_plan(Context& context);

// TURN after step `index`, then blocks until GO, whose slots go to the context. The runtime's end of file ends the
// process.
Status give_turn(Context& context, uint32_t index);
// As give_turn, after somebody else has said for us that it is the runtime's turn (process.clone).
Status await_go(Context& context);
// CLONED with `pidfd` (-1: none).
Status send_cloned(Context& context, pid_t pid, int pidfd);

// OPENED: the detached mount `mount` for `slot` of the runtime, and its mount id.
Status send_opened(Context& context, uint32_t slot, int mount, uint64_t mount_id);

// FAIL of the last failure at the context's step, to the gate's connection when there is one. Nothing can be done about
// an error here.
void send_failure(Context& context);

}  // namespace tsrunc::init
