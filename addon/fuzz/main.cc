// libFuzzer's entry. TSRUNC_FUZZ_TARGET names the reader.
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/target.h"

namespace tsrunc::fuzz {

int file_of(Input input) {
  const int fd = memfd_create("fuzz", MFD_CLOEXEC);
  require(fd >= 0 && write(fd, input.data(), input.size()) == static_cast<ssize_t>(input.size()), "no memfd");
  lseek(fd, 0, SEEK_SET);
  return fd;
}

namespace {

struct Target {
  std::string_view name;
  void (*run)(Input);
};

bool good = false;

constexpr Target kTargets[] = {
    {"plan", [](Input input) { plan(input, good); }},
    {"step", step},
    {"message", message},
    {"channel", channel},
    {"notify", notify},
    {"seccomp", [](Input input) { seccomp(input, good); }},
    {"netlink", netlink},
    {"mountinfo", mountinfo},
    {"passwd", passwd},
    {"options", options},
    {"utf8", utf8},
    {"systemd", systemd},
};

void (*chosen)(Input) = nullptr;

}  // namespace
}  // namespace tsrunc::fuzz

extern "C" __attribute__((visibility("default"))) int LLVMFuzzerInitialize(int*, char***) {
  using namespace tsrunc::fuzz;
  const char* name = getenv("TSRUNC_FUZZ_TARGET");
  good = getenv("TSRUNC_FUZZ_GOOD") != nullptr;
  for (const Target& target : kTargets) {
    if (name && target.name == name) chosen = target.run;
  }
  require(chosen, "TSRUNC_FUZZ_TARGET names no target");
  return 0;
}

extern "C" __attribute__((visibility("default"))) int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // libFuzzer begins with nothing, whatever it is given.
  if (!tsrunc::fuzz::good || size > 0) tsrunc::fuzz::chosen({data, size});
  return 0;
}
