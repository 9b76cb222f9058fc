// JavaScript values to C++ ones and back, by type, for every host. Every argument is checked: `take` answers false for a value of the wrong
// kind or range, and the caller throws a TypeError that names the function and the argument.
//
// A host brings two classes. Value, one JavaScript value:
//   bool number(double&), bigint(uint64_t&), boolean(bool&), text(std::string&), bytes(core::ByteView&), array(uint32_t& length) const:
//     false when it is of another kind (bigint: or does not fit);
//   bool is_string(), is_object() const;  Value at(uint32_t), get(const char*) const: an element, a property.
// Env, which makes them:
//   Value undefined(), null(), boolean(bool), number(double), bigint(uint64_t), string(const std::string&), bytes(core::Bytes&);
//   Value array(size_t), object();  void set(Value&, uint32_t, Value), set(Value&, const char*, Value).
#pragma once

#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "core/types.h"

namespace tsrunc::binding {

// ---- JavaScript to C++

template <class T>
struct From;

template <class V, class T>
bool take(const V& value, T& out) {
  return From<T>::take(value, out);
}

// No rounding, no wrapping: -0.5 and 2^32 are refused where an int is wanted.
template <class V, class T>
bool take_integer(const V& value, T& out) {
  double number = 0;
  if (!value.number(number)) return false;
  if (!(number >= static_cast<double>(std::numeric_limits<T>::min()) &&
        number <= static_cast<double>(std::numeric_limits<T>::max()))) {
    return false;
  }
  out = static_cast<T>(number);
  return static_cast<double>(out) == number;
}

template <>
struct From<int> {
  template <class V>
  static bool take(const V& value, int& out) {
    return take_integer(value, out);
  }
};
template <>
struct From<uint32_t> {
  template <class V>
  static bool take(const V& value, uint32_t& out) {
    return take_integer(value, out);
  }
};
template <>
struct From<double> {
  template <class V>
  static bool take(const V& value, double& out) {
    return value.number(out) && std::isfinite(out);
  }
};
template <>
struct From<uint64_t> {
  template <class V>
  static bool take(const V& value, uint64_t& out) {
    return value.bigint(out);
  }
};
template <>
struct From<bool> {
  template <class V>
  static bool take(const V& value, bool& out) {
    return value.boolean(out);
  }
};

// A NUL byte would cut a path short: "/proc/self/x\0.txt" must not become another file.
template <>
struct From<std::string> {
  template <class V>
  static bool take(const V& value, std::string& out) {
    // NOLINTNEXTLINE(bugprone-not-null-terminated-result): nothing is copied.
    return value.text(out) && memchr(out.data(), 0, out.size()) == nullptr;
  }
};
template <>
struct From<core::ByteView> {
  template <class V>
  static bool take(const V& value, core::ByteView& out) {
    if (!value.bytes(out)) return false;
    // Never null, which Content takes for "a string".
    static const uint8_t nothing = 0;
    if (out.size == 0) out.data = &nothing;
    return true;
  }
};
template <>
struct From<core::Content> {
  template <class V>
  static bool take(const V& value, core::Content& out) {
    return value.is_string() ? value.text(out.text) : From<core::ByteView>::take(value, out.bytes);
  }
};
template <class T>
struct From<std::vector<T>> {
  template <class V>
  static bool take(const V& value, std::vector<T>& out) {
    uint32_t length = 0;
    if (!value.array(length)) return false;
    out.resize(length);
    for (uint32_t i = 0; i < length; ++i) {
      if (!From<T>::take(value.at(i), out[i])) return false;
    }
    return true;
  }
};
template <class T, size_t N>
struct From<std::array<T, N>> {
  template <class V>
  static bool take(const V& value, std::array<T, N>& out) {
    uint32_t length = 0;
    if (!value.array(length) || length != N) return false;
    for (uint32_t i = 0; i < N; ++i) {
      if (!From<T>::take(value.at(i), out[i])) return false;
    }
    return true;
  }
};

// A struct with `fields` (core/types.h).
template <class V>
struct Taker {
  const V& object;
  bool good = true;
  template <class M>
  void operator()(const char* name, M& member) {
    if (good) good = From<M>::take(object.get(name), member);
  }
};
template <class T>
struct From {
  template <class V>
  static bool take(const V& value, T& out) {
    if (!value.is_object()) return false;
    Taker<V> taker{value};
    fields(taker, out);
    return taker.good;
  }
};

// ---- C++ to JavaScript

template <class Env>
class Giver {
 public:
  using Value = typename Env::Value;
  explicit Giver(Env env) : env_(env) {}

  // Walks a struct with `fields` (core/types.h).
  struct Visitor {
    Giver& giver;
    Value object;
    template <class M>
    void operator()(const char* name, M& member) {
      giver.env_.set(object, name, giver.give(member));
    }
  };

  Value give(core::Unit) { return env_.undefined(); }
  Value give(bool value) { return env_.boolean(value); }
  Value give(int value) { return env_.number(value); }
  Value give(uint32_t value) { return env_.number(value); }
  Value give(double value) { return env_.number(value); }
  Value give(uint64_t value) { return env_.bigint(value); }
  Value give(const std::string& value) { return env_.string(value); }
  // Not const: a const reference would lose to the template for vectors, and the bytes become an array of numbers.
  Value give(core::Bytes& value) { return env_.bytes(value); }
  template <class T>
  requires(!std::is_same_v<T, uint8_t>) Value give(std::vector<T>& values) { return sequence(values); }
  template <class T, size_t N>
  Value give(std::array<T, N>& values) {
    return sequence(values);
  }
  template <class T>
  Value give(std::optional<T>& value) {
    return value ? give(*value) : env_.null();
  }
  template <class T>
  requires requires(Visitor& visitor, T& value) { fields(visitor, value); }
  Value give(T& value) {
    Visitor visitor{*this, env_.object()};
    fields(visitor, value);
    return std::move(visitor.object);
  }

 private:
  template <class Sequence>
  Value sequence(Sequence& values) {
    Value array = env_.array(values.size());
    for (size_t i = 0; i < values.size(); ++i) env_.set(array, static_cast<uint32_t>(i), give(values[i]));
    return array;
  }

  Env env_;
};

}  // namespace tsrunc::binding
