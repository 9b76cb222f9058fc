// The JSON of SeccompRequest (src/seccomp/request.ts), read strictly: it is our own writing, so anything odd is a mistake of ours.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace tsrunc::core {

struct SeccompAction {
  std::string action;
  // -1: none given.
  int64_t errno_ret = -1;
};

struct SeccompArg {
  uint32_t index = 0;
  std::string op;
  uint64_t value = 0;
  uint64_t value_two = 0;
};

struct SeccompRule : SeccompAction {
  std::string name;
  std::vector<SeccompArg> args;
};

struct SeccompRequest {
  SeccompAction default_action;
  std::vector<std::string> architectures;
  std::vector<SeccompRule> rules;
  std::vector<std::string> named;
  bool enosys_stub = false;
  bool optimize = false;
};

// Refuses unknown and repeated keys, escapes in strings, numbers that are no plain integers, and anything after the object.
Result<SeccompRequest> read_seccomp_request(std::string_view text);

}  // namespace tsrunc::core
