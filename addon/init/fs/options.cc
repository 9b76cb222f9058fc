#include "init/fs/options.h"

#include <string.h>

namespace tsrunc::fs {

Next next_option(const char** data, bool escapes, Option* out) {
  const char* at = *data;
  for (;;) {
    while (*at == ',') at++;
    if (*at == 0) {
      *data = at;
      return Next::end;
    }
    const char* end = at;
    while (*end && *end != ',') {
      if (escapes && *end == '\\' && end[1]) end++;
      end++;
    }
    const char* equals = static_cast<const char*>(memchr(at, '=', static_cast<size_t>(end - at)));
    if (equals == at) {  // "=value": the kernel skips it too
      at = end;
      continue;
    }
    size_t key = static_cast<size_t>((equals ? equals : end) - at);
    size_t value = equals ? static_cast<size_t>(end - equals - 1) : 0;
    *data = end;
    if (key >= kOptionSize || value >= kOptionSize) return Next::too_long;
    memcpy(out->key, at, key);
    out->key[key] = 0;
    if (equals) memcpy(out->value, equals + 1, value);
    out->value[value] = 0;
    out->has_value = equals != nullptr;
    return Next::option;
  }
}

bool has_option(const char* data, const char* name) {
  size_t n = strlen(name);
  for (const char* at = data; *at;) {
    if (strncmp(at, name, n) == 0 && (at[n] == '=' || at[n] == ',' || at[n] == 0)) return true;
    at = strchr(at, ',');
    if (!at) return false;
    at++;
  }
  return false;
}

}  // namespace tsrunc::fs
