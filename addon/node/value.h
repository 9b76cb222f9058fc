// The values of Node-API as binding/convert.h wants them.
#pragma once

#include <napi.h>

#include "core/types.h"

namespace tsrunc::node {

class Value {
 public:
  Value(Napi::Value value) : value_(value) {}

  bool number(double& out) const {
    if (!value_.IsNumber()) return false;
    out = value_.As<Napi::Number>().DoubleValue();
    return true;
  }
  bool bigint(uint64_t& out) const {
    if (!value_.IsBigInt()) return false;
    bool lossless = false;
    out = value_.As<Napi::BigInt>().Uint64Value(&lossless);
    return lossless;
  }
  bool boolean(bool& out) const {
    if (!value_.IsBoolean()) return false;
    out = value_.As<Napi::Boolean>().Value();
    return true;
  }
  bool text(std::string& out) const {
    size_t length = 0;
    if (napi_get_value_string_utf8(value_.Env(), value_, nullptr, 0, &length) != napi_ok) return false;
    out.resize(length);
    return napi_get_value_string_utf8(value_.Env(), value_, out.data(), length + 1, &length) == napi_ok;
  }
  bool bytes(core::ByteView& out) const {
    if (!value_.IsTypedArray() || value_.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) return false;
    auto array = value_.As<Napi::Uint8Array>();
    out.data = array.Data();
    out.size = array.ElementLength();
    return true;
  }
  bool array(uint32_t& length) const {
    if (!value_.IsArray()) return false;
    length = value_.As<Napi::Array>().Length();
    return true;
  }
  bool is_string() const { return value_.IsString(); }
  bool is_object() const { return value_.IsObject(); }
  Value at(uint32_t index) const { return value_.As<Napi::Array>().Get(index); }
  Value get(const char* name) const { return value_.As<Napi::Object>().Get(name); }
  Napi::Value napi() const { return value_; }

 private:
  Napi::Value value_;
};

}  // namespace tsrunc::node
