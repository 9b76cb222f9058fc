#include "core/result.h"

#include <cstdio>

namespace tsrunc::core {

SysFailure failure(int err, std::string object, const char* call, ...) {
  va_list arguments;
  va_start(arguments, call);
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(nullptr, 0, call, arguments);
  va_end(arguments);
  std::string text(length > 0 ? static_cast<size_t>(length) : 0, '\0');
  if (length > 0) (void)vsnprintf(text.data(), text.size() + 1, call, again);
  va_end(again);
  return SysFailure{std::move(text), err, std::move(object)};
}

}  // namespace tsrunc::core
