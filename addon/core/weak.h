// Each attack of test/attack has to succeed once the defence against it is gone: that proves the attack. A weakened build
// (build.mjs --weaken), which nobody ships, leaves out the defences that TSRUNC_WEAKEN names: "cwd-proof,stray-descriptors".
// In every other build the two functions are constants, and neither the variable nor a name is in the executable.
#pragma once

#ifdef TSRUNC_WEAK
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#endif

namespace tsrunc {

#ifdef TSRUNC_WEAK

// As the launcher hands the caller's TSRUNC_WEAKEN on, and as init gets it.
inline constexpr char kWeaken[] = "TSRUNC_ENV_TSRUNC_WEAKEN";

// What stands behind "NAME=", to the end of the list, or "" behind a bare NAME; null for a defence that stays.
inline const char* weakened(const char* name) {
  const char* list = getenv(kWeaken);
  const size_t length = strlen(name);
  while (list && *list) {
    const char end = strncmp(list, name, length) == 0 ? list[length] : '-';
    if (end == '=') return list + length + 1;
    if (end == ',' || end == 0) return "";
    list = strchr(list, ',');
    if (list) ++list;
  }
  return nullptr;
}

// For the environment of init, which has no other.
inline char* weak_variable() {
  for (char** entry = environ; *entry; ++entry) {
    if (strncmp(*entry, kWeaken, sizeof kWeaken - 1) == 0) return *entry;
  }
  return nullptr;
}

#else

constexpr const char* weakened(const char*) { return nullptr; }
constexpr char* weak_variable() { return nullptr; }

#endif

}  // namespace tsrunc
