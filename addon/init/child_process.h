// Runs a program to its end: input given, output captured, a time limit. For hooks.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "init/status.h"

namespace tsrunc::init {

struct ProgramRequest {
  const char* path = nullptr;
  const char* const* argv = nullptr;
  const char* const* envp = nullptr;
  const char* input = nullptr;
  size_t input_size = 0;
  // 0: none. After it the program's process group gets SIGKILL.
  uint64_t timeout_ms = 0;
  mode_t umask = 0;
  // Its working directory; -1: ours.
  int directory = -1;
};

struct ProgramResult {
  // errno of execve, or 0.
  int exec_err = 0;
  // As waitpid(2) says.
  int wait_status = 0;
  bool timed_out = false;
  // What it wrote, cut off at their size, with a NUL behind.
  char out[8192];
  char err[8192];
};

// Fails only when the program could not be tried at all. What its children still write after its own end is not waited
// for.
Status run_program(const ProgramRequest& request, ProgramResult& result);

}  // namespace tsrunc::init
