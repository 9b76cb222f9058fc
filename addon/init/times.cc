#include "init/times.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

namespace tsrunc::init {
namespace {

uint64_t now(const Context& context) {
  // Behind seccomp.load even this call may be one too many, where the vDSO has no clock of its own.
  if (context.filtered) return 0;
  timespec time = {};
  if (clock_gettime(CLOCK_MONOTONIC, &time) != 0) return 0;
  return static_cast<uint64_t>(time.tv_sec) * 1000000000 + static_cast<uint64_t>(time.tv_nsec);
}

}  // namespace

void take_times(Context& context, Fd fd) {
  struct stat stat = {};
  if (!fd || fstat(fd.get(), &stat) != 0 || stat.st_size < static_cast<off_t>(sizeof(StepTimes))) return;
  size_t size = static_cast<size_t>(stat.st_size);
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) return;
  context.times = static_cast<StepTimes*>(memory);
  context.times_room = (size - sizeof(StepTimes)) / sizeof(StepTime);
}

StepTime* begin_step(Context& context, uint32_t index) {
  if (!context.times || context.times->count >= context.times_room) return nullptr;
  StepTime* time = &context.times->at[context.times->count++];
  time->index = index;
  time->begin = now(context);
  return time;
}

void end_step(const Context& context, StepTime* time) {
  if (time) time->end = now(context);
}

}  // namespace tsrunc::init
