// The values of QuickJS as binding/convert.h wants them. Reference counts are kept by scope.
#pragma once

#include <quickjs.h>

#include "core/types.h"
#include "quickjs/utf8.h"

namespace tsrunc::quickjs {

class Value {
 public:
  // Takes over a reference.
  Value(JSContext* context, JSValue value) : context_(context), value_(value) {}
  static Value borrowed(JSContext* context, JSValueConst value) { return Value(context, JS_DupValue(context, value)); }
  Value(Value&& other) noexcept : context_(other.context_), value_(other.release()) {}
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;
  Value& operator=(Value&&) = delete;
  ~Value() { JS_FreeValue(context_, value_); }

  bool number(double& out) const { return JS_IsNumber(value_) && JS_ToFloat64(context_, &out, value_) == 0; }
  bool bigint(uint64_t& out) const {
    int64_t low = 0;
    if (!JS_IsBigInt(context_, value_) || JS_ToBigInt64(context_, &low, value_) != 0) return false;
    out = static_cast<uint64_t>(low);
    // What has more than 64 bits or a sign has been cut.
    const Value again(context_, JS_NewBigUint64(context_, out));
    return JS_StrictEq(context_, again.value_, value_);
  }
  bool boolean(bool& out) const {
    if (!JS_IsBool(value_)) return false;
    out = JS_ToBool(context_, value_) != 0;
    return true;
  }
  bool text(std::string& out) const {
    if (!JS_IsString(value_)) return false;
    size_t length = 0;
    const char* bytes = JS_ToCStringLen(context_, &length, value_);
    if (!bytes) return false;
    out.assign(bytes, length);
    JS_FreeCString(context_, bytes);
    replace_surrogates(out);
    return true;
  }
  bool bytes(core::ByteView& out) const;
  bool array(uint32_t& length) const;
  bool is_string() const { return JS_IsString(value_); }
  bool is_object() const { return JS_IsObject(value_); }
  Value at(uint32_t index) const { return Value(context_, JS_GetPropertyUint32(context_, value_, index)); }
  Value get(const char* name) const { return Value(context_, JS_GetPropertyStr(context_, value_, name)); }

  JSValueConst get() const { return value_; }
  bool failed() const { return JS_IsException(value_); }
  // Gives the reference away.
  JSValue release() {
    const JSValue value = value_;
    value_ = JS_UNDEFINED;
    return value;
  }

 private:
  JSContext* context_;
  JSValue value_;
};

}  // namespace tsrunc::quickjs
