// The Node binding: `load(makeError)` returns the functions of core/table.h; a failed system call is thrown as what
// `makeError(call, errno, object)` returns (src/host/node/native.ts).
#include <napi.h>

#include <tuple>

#include "core/table.h"
#include "node/convert.h"

namespace tsrunc::node {
namespace {

using core::SysFailure;

// One per process: the addon serves a command-line program, not workers.
Napi::FunctionReference make_error;

void throw_type_error(Napi::Env env, const std::string& text) {
  Napi::TypeError::New(env, text).ThrowAsJavaScriptException();
}

void throw_failure(Napi::Env env, const SysFailure& failed) {
  Napi::Value error = make_error.Value().Call(
      {Napi::String::New(env, failed.call), Napi::Number::New(env, failed.err), Napi::String::New(env, failed.object)});
  if (!env.IsExceptionPending()) napi_throw(env, error);
}

template <class R, class... Args, size_t... I>
Napi::Value call(const Napi::CallbackInfo& info, const char* name, core::Result<R> (*function)(Args...),
                 std::index_sequence<I...>) {
  Napi::Env env = info.Env();
  std::tuple<std::remove_cvref_t<Args>...> arguments{};
  if (info.Length() != sizeof...(Args)) {
    throw_type_error(env, std::string(name) + ": " + std::to_string(sizeof...(Args)) + " arguments expected");
    return env.Undefined();
  }
  size_t wrong = 0;
  ((wrong == 0 && !take(info[I], std::get<I>(arguments)) ? void(wrong = I + 1) : void()), ...);
  if (wrong != 0) {
    if (!env.IsExceptionPending())
      throw_type_error(env, std::string(name) + ": argument " + std::to_string(wrong) + " is not valid");
    return env.Undefined();
  }
  core::Result<R> result = function(std::get<I>(arguments)...);
  if (!result) {
    throw_failure(env, result.failure());
    return env.Undefined();
  }
  return give(env, *result);
}

template <class R, class... Args>
Napi::Value dispatch(const Napi::CallbackInfo& info, const char* name, core::Result<R> (*function)(Args...)) {
  return call(info, name, function, std::index_sequence_for<Args...>());
}

// What JavaScript calls; the data of the function is its name.
template <auto Function>
Napi::Value bound(const Napi::CallbackInfo& info) {
  return dispatch(info, static_cast<const char*>(info.Data()), Function);
}

Napi::Value load(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!info[0].IsFunction()) {
    throw_type_error(env, "load: a function that makes errors expected");
    return env.Undefined();
  }
  make_error = Napi::Persistent(info[0].As<Napi::Function>());
  make_error.SuppressDestruct();
  Napi::Object functions = Napi::Object::New(env);
#define TSRUNC_BIND(NAME, FUNCTION) \
  functions.Set(NAME, Napi::Function::New<bound<&core::FUNCTION>>(env, NAME, const_cast<char*>(NAME)));
  TSRUNC_FUNCTIONS(TSRUNC_BIND)
#undef TSRUNC_BIND
  return functions;
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("load", Napi::Function::New<load>(env, "load"));
  return exports;
}

}  // namespace
}  // namespace tsrunc::node

using tsrunc::node::init;
NODE_API_MODULE(tsrunc, init)
