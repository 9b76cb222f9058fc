#include "core/systemd.h"

#include "core/hook.h"
#include "core/memfd.h"

// systemd_image.S
extern "C" const uint8_t tsrunc_systemd_image[];
extern "C" const uint8_t tsrunc_systemd_image_end[];

namespace tsrunc::core {
namespace {

// The calls and the jobs that it waits for have their own timeouts, which say what was waited for.
constexpr double kTimeoutMs = 120'000;

}  // namespace

Result<HookResult> systemd_request(const std::string& request) {
  auto image = executable_memfd(
      "tsrunc-systemd",
      ByteView{tsrunc_systemd_image, static_cast<size_t>(tsrunc_systemd_image_end - tsrunc_systemd_image)});
  if (!image) return image.failure();
  return run_image(image->get(), "tsrunc-systemd", request, kTimeoutMs);
}

}  // namespace tsrunc::core
