// The container's /etc/passwd, without NSS: it belongs to the image and may hold anything.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tsrunc::init {

// The home directory of `uid` into `out`: "/" without a file, without such a user, or when it does not fit.
void home_of(uint32_t uid, char* out, size_t size);

// The same of an open file, for tests.
void home_in(int fd, uint32_t uid, char* out, size_t size);

}  // namespace tsrunc::init
