#include "systemd/library.h"

#include <dlfcn.h>

namespace tsrunc::systemd {
namespace {

constexpr const char* kLibrary = "libsystemd.so.0";

template <class F>
bool find(void* library, const char* name, F& function) {
  function = reinterpret_cast<F>(::dlsym(library, name));
  return function != nullptr;
}

}  // namespace

const char* load_library() {
  // Never unloaded: the process makes one request.
  void* library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (!library) return ::dlerror();
#define TSRUNC_FIND(NAME, RESULT, ARGUMENTS) \
  if (!find(library, "sd_bus_" #NAME, bus_##NAME)) return ::dlerror();
  TSRUNC_SD_BUS(TSRUNC_FIND)
#undef TSRUNC_FIND
  return nullptr;
}

}  // namespace tsrunc::systemd
