// The Node binding: `load(makeError)` returns the functions of core/table.h; a failed system call is thrown as what
// `makeError(call, errno, object)` returns (src/host/native.ts).
#include <napi.h>

#include "binding/call.h"
#include "core/table.h"
#include "node/value.h"

namespace tsrunc::node {
namespace {

// One per process: the addon serves a command-line program, not workers.
Napi::FunctionReference make_error;

class Env {
 public:
  using Value = node::Value;
  explicit Env(Napi::Env env) : env_(env) {}

  Value undefined() { return env_.Undefined(); }
  Value null() { return env_.Null(); }
  Value boolean(bool value) { return Napi::Boolean::New(env_, value); }
  Value number(double value) { return Napi::Number::New(env_, value); }
  Value bigint(uint64_t value) { return Napi::BigInt::New(env_, value); }
  Value string(const std::string& value) { return Napi::String::New(env_, value); }
  Value bytes(core::Bytes& value) {
    auto array = Napi::Uint8Array::New(env_, value.size());
    if (!value.empty()) memcpy(array.Data(), value.data(), value.size());
    return Value(array);
  }
  Value array(size_t length) { return Value(Napi::Array::New(env_, length)); }
  Value object() { return Value(Napi::Object::New(env_)); }
  void set(Value& array, uint32_t index, const Value& value) {
    array.napi().As<Napi::Array>().Set(index, value.napi());
  }
  void set(Value& object, const char* name, const Value& value) {
    object.napi().As<Napi::Object>().Set(name, value.napi());
  }

  bool pending() { return env_.IsExceptionPending(); }
  void throw_type_error(const std::string& text) { Napi::TypeError::New(env_, text).ThrowAsJavaScriptException(); }
  void throw_failure(const core::SysFailure& failed) {
    Napi::Value error =
        make_error.Value().Call({Napi::String::New(env_, failed.call), Napi::Number::New(env_, failed.err),
                                 Napi::String::New(env_, failed.object)});
    if (!env_.IsExceptionPending()) napi_throw(env_, error);
  }

 private:
  Napi::Env env_;
};

struct Arguments {
  const Napi::CallbackInfo& info;
  size_t size() const { return info.Length(); }
  Value operator[](size_t index) const { return info[index]; }
};

// What JavaScript calls; the data of the function is its name.
template <auto Function>
Napi::Value bound(const Napi::CallbackInfo& info) {
  return binding::call(Env(info.Env()), Arguments{info}, static_cast<const char*>(info.Data()), Function).napi();
}

Napi::Value load(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!info[0].IsFunction()) {
    Env(env).throw_type_error("load: a function that makes errors expected");
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
