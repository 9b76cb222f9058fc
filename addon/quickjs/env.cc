#include "quickjs/env.h"

#include "quickjs/arena.h"

namespace tsrunc::quickjs {
namespace {

Roots* roots_of(JSContext* context) { return static_cast<Roots*>(JS_GetContextOpaque(context)); }

}  // namespace

bool Value::bytes(core::ByteView& out) const {
  if (!JS_IsObject(value_) || JS_IsInstanceOf(context_, value_, roots_of(context_)->uint8_array) != 1) return false;
  size_t offset = 0;
  size_t length = 0;
  size_t element = 0;
  // An object whose prototype is Uint8Array's need not be one.
  const Value buffer(context_, JS_GetTypedArrayBuffer(context_, value_, &offset, &length, &element));
  if (buffer.failed()) JS_FreeValue(context_, JS_GetException(context_));
  if (buffer.failed() || element != 1) return false;
  size_t size = 0;
  const uint8_t* data = JS_GetArrayBuffer(context_, &size, buffer.value_);
  if (!data && JS_HasException(context_)) return false;
  out.data = data ? data + offset : nullptr;
  out.size = length;
  return true;
}

bool Value::array(uint32_t& length) const {
  if (JS_IsArray(context_, value_) != 1) return false;
  const Value found = get("length");
  return JS_ToUint32(context_, &length, found.value_) == 0;
}

Value Env::string(const std::string& value) {
  if (first_invalid(value.data(), value.size()) == value.size()) {
    return Value(context_, JS_NewStringLen(context_, value.data(), value.size()));
  }
  const std::string good = well_formed(value.data(), value.size());
  return Value(context_, JS_NewStringLen(context_, good.data(), good.size()));
}

Value Env::bytes(core::Bytes& value) {
  auto* owned = new core::Bytes(std::move(value));
  const auto release = [](JSRuntime*, void* bytes, void*) { delete static_cast<core::Bytes*>(bytes); };
  Value buffer(context_, JS_NewArrayBuffer(context_, owned->data(), owned->size(), release, owned, false));
  if (buffer.failed()) return buffer;
  JSValueConst arguments[] = {buffer.get(), JS_UNDEFINED, JS_UNDEFINED};
  return Value(context_, JS_NewTypedArray(context_, 3, arguments, JS_TYPED_ARRAY_UINT8));
}

void Env::throw_failure(const core::SysFailure& failed) {
  const Value call = string(failed.call);
  const Value code = number(failed.err);
  const Value object = string(failed.object);
  JSValueConst arguments[] = {call.get(), code.get(), object.get()};
  Value error(context_, JS_Call(context_, roots_of(context_)->make_error, JS_UNDEFINED, 3, arguments));
  if (!error.failed()) JS_Throw(context_, error.release());
}

}  // namespace tsrunc::quickjs
