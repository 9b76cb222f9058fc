// What every function of addon/core returns: a value, or the system call that failed. No exceptions, no errno across
// calls.
#pragma once

#include <cstdarg>
#include <string>
#include <utility>

namespace tsrunc::core {

// `call` as made: `openat("/x", O_RDONLY)`; `object`: what it was about (a path, a pid). err 0: a state that we refuse,
// and `call` is then the whole message.
struct SysFailure {
  std::string call;
  int err = 0;
  std::string object;
};

// printf-style; `err` is passed rather than read, so that nothing between the call and here can change it.
__attribute__((format(printf, 3, 4))) SysFailure failure(int err, std::string object, const char* call, ...);

struct Unit {};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)), ok_(true) {}
  Result(SysFailure failed) : failure_(std::move(failed)), ok_(false) {}
  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  T& operator*() { return value_; }
  const T& operator*() const { return value_; }
  T* operator->() { return &value_; }
  const T* operator->() const { return &value_; }
  SysFailure& failure() { return failure_; }
  const SysFailure& failure() const { return failure_; }

 private:
  T value_{};
  SysFailure failure_;
  bool ok_;
};

using Status = Result<Unit>;
inline Status done() { return Unit{}; }

}  // namespace tsrunc::core

// Hands a failure on: TSRUNC_TRY(fsync_file(fd));
#define TSRUNC_TRY(expression)                                     \
  do {                                                             \
    if (auto tried = (expression); !tried) return tried.failure(); \
  } while (false)
