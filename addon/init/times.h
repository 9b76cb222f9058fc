// tsrunc --trace: when each step began and ended, in memory shared with the runtime (docs/protocol.md, "Step times"). Stores and the clock,
// no system call (vDSO): neither a resource limit nor a closed descriptor nor a filter is in the way of them.
#pragma once

#include <cstdint>

#include "init/context.h"

namespace tsrunc::init {

// The memfd of it is in this slot of PLAN, or comes with START.
inline constexpr uint32_t kTimesSlot = kSlots - 1;

struct StepTime {
  uint64_t index;
  // ns of CLOCK_MONOTONIC; 0: not known.
  uint64_t begin;
  uint64_t end;
};

struct StepTimes {
  uint64_t count;
  StepTime at[];
};

// Maps `fd` and closes it. A trace that cannot be made is no reason to fail.
void take_times(Context& context, Fd fd);
// Null: nobody asked, or no more room.
StepTime* begin_step(Context& context, uint32_t index);
void end_step(const Context& context, StepTime* time);

}  // namespace tsrunc::init
