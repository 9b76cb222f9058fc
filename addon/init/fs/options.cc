#include "init/fs/options.h"

#include <string.h>

namespace tsrunc::fs {
namespace {

// As the kernel has it (selinux_sb_eat_lsm_opts): the categories of a label have commas, so it may be quoted.
bool is_context(const char* at, size_t key) {
  static constexpr const char* names[] = {"context", "fscontext", "defcontext", "rootcontext"};
  for (const char* name : names) {
    if (strlen(name) == key && strncmp(at, name, key) == 0) return true;
  }
  return false;
}

}  // namespace

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
    const char* from = equals ? equals + 1 : end;
    size_t value = static_cast<size_t>(end - from);
    *data = end;
    if (equals && *from == '"' && is_context(at, key)) {
      if (const char* close = strchr(from + 1, '"')) {
        from++;
        value = static_cast<size_t>(close - from);
        *data = close + 1;
      }
    }
    if (key >= kOptionSize || value >= kOptionSize) return Next::too_long;
    memcpy(out->key, at, key);
    out->key[key] = 0;
    if (equals) memcpy(out->value, from, value);
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
