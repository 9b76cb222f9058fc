// JavaScript values to C++ ones and back, by type. Every argument is checked: `take` answers false for a value of the
// wrong kind or range, and the caller throws a TypeError that names the function and the argument.
#pragma once

#include <napi.h>

#include <cmath>
#include <cstring>

#include "core/types.h"

namespace tsrunc::node {

// ---- JavaScript to C++

template <class T>
struct From;

template <class T>
bool take(Napi::Value value, T& out) {
  return From<T>::take(value, out);
}

// No rounding, no wrapping: -0.5 and 2^32 are refused where an int is wanted.
template <class T>
bool take_integer(Napi::Value value, T& out) {
  if (!value.IsNumber()) return false;
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!(number >= static_cast<double>(std::numeric_limits<T>::min()) &&
        number <= static_cast<double>(std::numeric_limits<T>::max()))) {
    return false;
  }
  out = static_cast<T>(number);
  return static_cast<double>(out) == number;
}

template <>
struct From<int> {
  static bool take(Napi::Value value, int& out) { return take_integer(value, out); }
};
template <>
struct From<uint32_t> {
  static bool take(Napi::Value value, uint32_t& out) { return take_integer(value, out); }
};
template <>
struct From<double> {
  static bool take(Napi::Value value, double& out) {
    if (!value.IsNumber()) return false;
    out = value.As<Napi::Number>().DoubleValue();
    return std::isfinite(out);
  }
};
template <>
struct From<uint64_t> {
  static bool take(Napi::Value value, uint64_t& out) {
    if (!value.IsBigInt()) return false;
    bool lossless = false;
    out = value.As<Napi::BigInt>().Uint64Value(&lossless);
    return lossless;
  }
};
template <>
struct From<bool> {
  static bool take(Napi::Value value, bool& out) {
    if (!value.IsBoolean()) return false;
    out = value.As<Napi::Boolean>().Value();
    return true;
  }
};

inline bool take_text(Napi::Value value, std::string& out) {
  size_t length = 0;
  if (napi_get_value_string_utf8(value.Env(), value, nullptr, 0, &length) != napi_ok) return false;
  out.resize(length);
  return napi_get_value_string_utf8(value.Env(), value, out.data(), length + 1, &length) == napi_ok;
}

// A NUL byte would cut a path short: "/proc/self/x\0.txt" must not become another file.
template <>
struct From<std::string> {
  static bool take(Napi::Value value, std::string& out) {
    return take_text(value, out) && memchr(out.data(), 0, out.size()) == nullptr;
  }
};
template <>
struct From<core::ByteView> {
  static bool take(Napi::Value value, core::ByteView& out) {
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) return false;
    auto array = value.As<Napi::Uint8Array>();
    // Never null, which Content takes for "a string".
    static const uint8_t nothing = 0;
    out.data = array.ElementLength() == 0 ? &nothing : array.Data();
    out.size = array.ElementLength();
    return true;
  }
};
template <>
struct From<core::Content> {
  static bool take(Napi::Value value, core::Content& out) {
    return value.IsString() ? take_text(value, out.text) : From<core::ByteView>::take(value, out.bytes);
  }
};
template <class T>
struct From<std::vector<T>> {
  static bool take(Napi::Value value, std::vector<T>& out) {
    if (!value.IsArray()) return false;
    auto array = value.As<Napi::Array>();
    const uint32_t length = array.Length();
    out.resize(length);
    for (uint32_t i = 0; i < length; ++i) {
      if (!From<T>::take(array.Get(i), out[i])) return false;
    }
    return true;
  }
};
template <class T, size_t N>
struct From<std::array<T, N>> {
  static bool take(Napi::Value value, std::array<T, N>& out) {
    if (!value.IsArray() || value.As<Napi::Array>().Length() != N) return false;
    for (uint32_t i = 0; i < N; ++i) {
      if (!From<T>::take(value.As<Napi::Array>().Get(i), out[i])) return false;
    }
    return true;
  }
};

// A struct with `fields` (core/types.h).
struct Taker {
  Napi::Object object;
  bool good = true;
  template <class M>
  void operator()(const char* name, M& member) {
    if (good) good = From<M>::take(object.Get(name), member);
  }
};
template <class T>
struct From {
  static bool take(Napi::Value value, T& out) {
    if (!value.IsObject()) return false;
    Taker taker{value.As<Napi::Object>()};
    fields(taker, out);
    return taker.good;
  }
};

// ---- C++ to JavaScript

inline Napi::Value give(Napi::Env env, core::Unit) { return env.Undefined(); }
inline Napi::Value give(Napi::Env env, bool value) { return Napi::Boolean::New(env, value); }
inline Napi::Value give(Napi::Env env, int value) { return Napi::Number::New(env, value); }
inline Napi::Value give(Napi::Env env, uint32_t value) { return Napi::Number::New(env, value); }
inline Napi::Value give(Napi::Env env, double value) { return Napi::Number::New(env, value); }
inline Napi::Value give(Napi::Env env, uint64_t value) { return Napi::BigInt::New(env, value); }
inline Napi::Value give(Napi::Env env, const std::string& value) { return Napi::String::New(env, value); }
// Not const: a const reference would lose to the template for vectors, and the bytes become an array of numbers.
inline Napi::Value give(Napi::Env env, core::Bytes& value) {
  auto array = Napi::Uint8Array::New(env, value.size());
  if (!value.empty()) memcpy(array.Data(), value.data(), value.size());
  return array;
}

template <class Sequence>
Napi::Value give_array(Napi::Env env, Sequence& values);
// Not for Bytes: for an lvalue this template would win over the function above.
template <class T>
requires(!std::is_same_v<T, uint8_t>) Napi::Value give(Napi::Env env, std::vector<T>& values) {
  return give_array(env, values);
}
template <class T, size_t N>
Napi::Value give(Napi::Env env, std::array<T, N>& values) {
  return give_array(env, values);
}
template <class T>
Napi::Value give(Napi::Env env, std::optional<T>& value);

struct Giver {
  Napi::Env env;
  Napi::Object object;
  template <class M>
  void operator()(const char* name, M& member) {
    object.Set(name, give(env, member));
  }
};
template <class T>
requires requires(Giver& giver, T& value) { fields(giver, value); }
Napi::Value give(Napi::Env env, T& value) {
  Giver giver{env, Napi::Object::New(env)};
  fields(giver, value);
  return giver.object;
}
template <class T>
Napi::Value give(Napi::Env env, std::optional<T>& value) {
  return value ? give(env, *value) : env.Null();
}
template <class Sequence>
Napi::Value give_array(Napi::Env env, Sequence& values) {
  auto array = Napi::Array::New(env, values.size());
  for (size_t i = 0; i < values.size(); ++i) array.Set(static_cast<uint32_t>(i), give(env, values[i]));
  return array;
}

}  // namespace tsrunc::node
