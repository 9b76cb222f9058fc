// Makes values of QuickJS, as binding/convert.h and binding/call.h want it.
#pragma once

#include "quickjs/value.h"

namespace tsrunc::quickjs {

class Env {
 public:
  using Value = quickjs::Value;
  explicit Env(JSContext* context) : context_(context) {}

  // An exception that is on its way is told by every value that could not be made, so `undefined` says it too.
  Value undefined() { return Value(context_, pending() ? JS_EXCEPTION : JS_UNDEFINED); }
  Value null() { return Value(context_, JS_NULL); }
  Value boolean(bool value) { return Value(context_, JS_NewBool(context_, value)); }
  Value number(double value) { return Value(context_, JS_NewFloat64(context_, value)); }
  Value number(int value) { return Value(context_, JS_NewInt32(context_, value)); }
  Value number(uint32_t value) { return Value(context_, JS_NewUint32(context_, value)); }
  Value bigint(uint64_t value) { return Value(context_, JS_NewBigUint64(context_, value)); }
  // Bytes that are no UTF-8 become U+FFFD, as under Node.
  Value string(const std::string& value);
  Value bytes(core::Bytes& value);
  Value array(size_t) { return Value(context_, JS_NewArray(context_)); }
  Value object() { return Value(context_, JS_NewObject(context_)); }
  void set(Value& array, uint32_t index, Value value) {
    JS_DefinePropertyValueUint32(context_, array.get(), index, value.release(), JS_PROP_C_W_E);
  }
  void set(Value& object, const char* name, Value value) {
    JS_DefinePropertyValueStr(context_, object.get(), name, value.release(), JS_PROP_C_W_E);
  }

  bool pending() { return JS_HasException(context_); }
  void throw_type_error(const std::string& text) { JS_ThrowTypeError(context_, "%s", text.c_str()); }
  void throw_failure(const core::SysFailure& failed);

 private:
  JSContext* context_;
};

}  // namespace tsrunc::quickjs
