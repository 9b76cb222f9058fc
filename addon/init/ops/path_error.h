// The commonest failure of a verb about a path of the container: `call("path")`, with a positive errno or the -errno of
// addon/init/fs.
#pragma once

#include "init/status.h"

namespace tsrunc::init {

inline Status failed(int err, const char* call, std::string_view path) {
  return fail(err < 0 ? -err : err, path, {call, "(", Quoted{path}, ")"});
}
inline Status failed(int err, const char* call, std::string_view path, const char* rest) {
  return fail(err < 0 ? -err : err, path, {call, "(", Quoted{path}, ", ", rest, ")"});
}

}  // namespace tsrunc::init
