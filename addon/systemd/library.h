// sd-bus, as far as it is used here, out of libsystemd.so.0 (sd-bus(3)): loaded when the program runs, so that building tsrunc needs no
// libsystemd, and running it only with the systemd cgroup driver.
#pragma once

#include <stdint.h>

struct sd_bus;
struct sd_bus_slot;
struct sd_bus_message;

namespace tsrunc::systemd {

// sd_bus_error
struct BusError {
  const char* name = nullptr;
  const char* message = nullptr;
  int need_free = 0;
};

using Handler = int (*)(sd_bus_message*, void*, BusError*);

// Each returns a negative errno when it fails.
#define TSRUNC_SD_BUS(F)                                                                                           \
  F(new, int, (sd_bus**))                                                                                          \
  F(set_address, int, (sd_bus*, const char*))                                                                      \
  F(set_bus_client, int, (sd_bus*, int))                                                                           \
  F(start, int, (sd_bus*))                                                                                         \
  F(flush_close_unref, sd_bus*, (sd_bus*))                                                                         \
  F(add_match, int, (sd_bus*, sd_bus_slot**, const char*, Handler, void*))                                         \
  F(process, int, (sd_bus*, sd_bus_message**))                                                                     \
  F(wait, int, (sd_bus*, uint64_t))                                                                                \
  F(call, int, (sd_bus*, sd_bus_message*, uint64_t, BusError*, sd_bus_message**))                                  \
  F(get_property_string, int, (sd_bus*, const char*, const char*, const char*, const char*, BusError*, char**))    \
  F(get_property_strv, int, (sd_bus*, const char*, const char*, const char*, const char*, BusError*, char***))     \
  F(error_free, void, (BusError*))                                                                                 \
  F(message_new_method_call, int, (sd_bus*, sd_bus_message**, const char*, const char*, const char*, const char*)) \
  F(message_append_basic, int, (sd_bus_message*, char, const void*))                                               \
  F(message_open_container, int, (sd_bus_message*, char, const char*))                                             \
  F(message_close_container, int, (sd_bus_message*))                                                               \
  F(message_read_basic, int, (sd_bus_message*, char, void*))                                                       \
  F(message_unref, sd_bus_message*, (sd_bus_message*))

// ARGUMENTS has its parentheses. NOLINTNEXTLINE(bugprone-macro-parentheses)
#define TSRUNC_DECLARE(NAME, RESULT, ARGUMENTS) inline RESULT(*bus_##NAME) ARGUMENTS = nullptr;
TSRUNC_SD_BUS(TSRUNC_DECLARE)
#undef TSRUNC_DECLARE

// Null when all of it is there, else what the dynamic linker says.
const char* load_library();

}  // namespace tsrunc::systemd
