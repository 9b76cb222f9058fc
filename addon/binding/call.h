// A call of a function of core/table.h from JavaScript, for every host: takes the arguments apart, calls, gives the result or throws.
//
// Beside what convert.h names, Env brings: bool pending() (an exception is on its way), void throw_type_error(const std::string&),
// void throw_failure(const core::SysFailure&). `Arguments` brings size_t size() and Value operator[](size_t).
#pragma once

#include <string>
#include <tuple>

#include "binding/convert.h"

namespace tsrunc::binding {

template <class Env, class Arguments, class R, class... Args, size_t... I>
typename Env::Value invoke(Env env, const Arguments& given, const char* name, core::Result<R> (*function)(Args...),
                           std::index_sequence<I...>) {
  if (given.size() != sizeof...(Args)) {
    env.throw_type_error(std::string(name) + ": " + std::to_string(sizeof...(Args)) + " arguments expected");
    return env.undefined();
  }
  std::tuple<std::remove_cvref_t<Args>...> arguments{};
  size_t wrong = 0;
  ((wrong == 0 && !take(given[I], std::get<I>(arguments)) ? void(wrong = I + 1) : void()), ...);
  if (wrong != 0) {
    if (!env.pending())
      env.throw_type_error(std::string(name) + ": argument " + std::to_string(wrong) + " is not valid");
    return env.undefined();
  }
  core::Result<R> result = function(std::get<I>(arguments)...);
  if (!result) {
    env.throw_failure(result.failure());
    return env.undefined();
  }
  return Giver<Env>(env).give(*result);
}

template <class Env, class Arguments, class R, class... Args>
typename Env::Value call(Env env, const Arguments& given, const char* name, core::Result<R> (*function)(Args...)) {
  return invoke(env, given, name, function, std::index_sequence_for<Args...>());
}

}  // namespace tsrunc::binding
