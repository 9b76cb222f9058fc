#include "quickjs/parts.h"

#include <cmath>
#include <cstring>

namespace tsrunc::quickjs {
namespace {

// Sections of the plan blob are two deep.
constexpr int kDeepest = 8;
constexpr size_t kUsual = 8192;

// As src/plan/encode.ts numbers them.
enum class Form : int32_t { text = 0, boolean = 1, bytes = 2, u32 = 3, u64 = 4, texts = 5, u64s = 6, u32s = 7 };
constexpr int32_t kOptional = 16;
constexpr double kMostU32 = 4294967295.0;
constexpr double kMostExact = 9007199254740991.0;

class Joiner {
 public:
  explicit Joiner(JSContext* context) : context_(context) { out_.reserve(kUsual); }

  bool add(const Value& part) {
    const JSValueConst value = part.get();
    if (JS_IsNull(value)) return open();
    if (JS_IsUndefined(value)) return close();
    if (JS_IsString(value)) return add_string(value);
    if (JS_IsBool(value)) {
      out_.push_back(JS_ToBool(context_, value) != 0);
      return true;
    }
    if (JS_IsNumber(value)) {
      uint32_t number = 0;
      return JS_ToUint32(context_, &number, value) == 0 && add_u32(number);
    }
    if (JS_IsBigInt(context_, value)) {
      int64_t number = 0;
      if (JS_ToBigInt64(context_, &number, value) != 0) return false;
      append(&number, sizeof number);
      return true;
    }
    core::ByteView bytes;
    if (!part.bytes(bytes) || !add_u32(static_cast<uint32_t>(bytes.size))) return false;
    append(bytes.data, bytes.size);
    return true;
  }

  // `layout` is a list of names and forms in turn: the fields of `object`.
  bool add_fields(const Value& layout, const Value& object) {
    uint32_t length = 0;
    if (!layout.array(length) || !object.is_object()) return false;
    for (uint32_t i = 0; i + 1 < length; i += 2) {
      const Value name = layout.at(i);
      int32_t form = 0;
      const JSAtom atom = JS_ValueToAtom(context_, name.get());
      const Value field(context_, JS_GetProperty(context_, object.get(), atom));
      JS_FreeAtom(context_, atom);
      if (field.failed() || JS_ToInt32(context_, &form, layout.at(i + 1).get()) != 0) return false;
      if (!add_field(field, form)) return false;
    }
    return true;
  }

  bool complete() const { return depth_ == 0; }
  core::Bytes& bytes() { return out_; }

 private:
  void append(const void* data, size_t size) {
    const auto* bytes = static_cast<const uint8_t*>(data);
    out_.insert(out_.end(), bytes, bytes + size);
  }

  bool add_field(const Value& field, int32_t form) {
    const bool there = !JS_IsUndefined(field.get());
    if (form & kOptional) out_.push_back(there);
    if (!there) return (form & kOptional) != 0;
    switch (static_cast<Form>(form & (kOptional - 1))) {
      case Form::text:
        return JS_IsString(field.get()) && add_string(field.get());
      case Form::boolean:
        return JS_IsBool(field.get()) && add(field);
      case Form::bytes: {
        core::ByteView bytes;
        return field.bytes(bytes) && add(field);
      }
      case Form::u32:
        return add_integer(field, kMostU32, sizeof(uint32_t));
      case Form::u64:
        return add_integer(field, kMostExact, sizeof(uint64_t));
      case Form::texts:
      case Form::u64s:
      case Form::u32s:
        return add_list(field, static_cast<Form>(form & (kOptional - 1)));
    }
    return false;
  }

  bool add_list(const Value& list, Form form) {
    uint32_t length = 0;
    if (!list.array(length) || !add_u32(length)) return false;
    const Form each = form == Form::texts ? Form::text : form == Form::u64s ? Form::u64 : Form::u32;
    for (uint32_t i = 0; i < length; ++i) {
      if (!add_field(list.at(i), static_cast<int32_t>(each))) return false;
    }
    return true;
  }

  // Little endian, as the machine.
  bool add_integer(const Value& value, double most, size_t size) {
    double number = 0;
    if (!value.number(number) || !(number >= 0 && number <= most) || number != std::trunc(number)) return false;
    const auto integer = static_cast<uint64_t>(number);
    append(&integer, size);
    return true;
  }

  bool add_u32(uint32_t number) {
    append(&number, sizeof number);
    return true;
  }

  bool add_string(JSValueConst value) {
    size_t length = 0;
    const char* text = JS_ToCStringLen(context_, &length, value);
    if (!text) return false;
    // The engine writes half a surrogate pair as three bytes, which no UTF-8 has.
    const bool good = !memchr(text, '\0', length) && first_invalid(text, length) == length;
    if (good) {
      add_u32(static_cast<uint32_t>(length));
      append(text, length);
    }
    JS_FreeCString(context_, text);
    return good;
  }

  bool open() {
    if (depth_ == kDeepest) return false;
    sections_[depth_++] = out_.size();
    return add_u32(0);
  }

  bool close() {
    if (depth_ == 0) return false;
    const size_t at = sections_[--depth_];
    const auto length = static_cast<uint32_t>(out_.size() - at - sizeof(uint32_t));
    memcpy(&out_[at], &length, sizeof length);
    return true;
  }

  JSContext* context_;
  core::Bytes out_;
  size_t sections_[kDeepest] = {};
  int depth_ = 0;
};

}  // namespace

JSValue join_parts(JSContext* context, JSValueConst, int count, JSValueConst* values) {
  uint32_t length = 0;
  if (count != 1 || !Value::borrowed(context, values[0]).array(length))
    return JS_ThrowTypeError(context, "joinParts: a list expected");
  const Value parts = Value::borrowed(context, values[0]);
  Joiner joiner(context);
  for (uint32_t i = 0; i < length; ++i) {
    const Value part = parts.at(i);
    uint32_t fields = 0;
    if (part.array(fields) ? joiner.add_fields(part, parts.at(++i)) : joiner.add(part)) continue;
    return JS_HasException(context) ? JS_EXCEPTION : JS_NULL;
  }
  return joiner.complete() ? Env(context).bytes(joiner.bytes()).release() : JS_NULL;
}

namespace {

// Fewer digits than 2^53 has.
constexpr size_t kExactDigits = 15;
constexpr int kDeepestJson = 128;

bool in_number(char c) { return (c >= '0' && c <= '9') || c == '-'; }

// Past the string that begins before `at`; `size` where it has no end, or an escape that could be a NUL or half a surrogate pair, or that is
// none in JSON and one for the engine (\x41).
size_t after_string(const char* text, size_t at, size_t size) {
  constexpr char kEscaped[] = {'"', '\\', '/', 'b', 'f', 'n', 'r', 't'};
  for (; at < size && text[at] != '"'; ++at) {
    if (text[at] != '\\') continue;
    if (++at < size && !memchr(kEscaped, text[at], sizeof kEscaped)) return size;
  }
  return at < size ? at + 1 : size;
}

bool is_plain(const char* text, size_t size) {
  int depth = 0;
  for (size_t at = 0; at < size;) {
    const char c = text[at];
    if (c == '"') {
      at = after_string(text, at + 1, size);
      if (at == size) return false;
      continue;
    }
    if ((c == '{' || c == '[') && ++depth > kDeepestJson) return false;
    if (c == '}' || c == ']') --depth;
    const size_t start = at++;
    if (!in_number(c)) continue;
    while (at < size && in_number(text[at])) ++at;
    // The engine reads -01.
    const bool zeros = at - start > 2 && text[start] == '-' && text[start + 1] == '0';
    if (zeros || at - start > kExactDigits || (at < size && strchr(".eE", text[at]))) return false;
  }
  return true;
}

}  // namespace

JSValue is_plain_json(JSContext* context, JSValueConst, int count, JSValueConst* values) {
  core::ByteView bytes;
  if (count != 1 || !Value::borrowed(context, values[0]).bytes(bytes))
    return JS_ThrowTypeError(context, "isPlainJson: bytes expected");
  return JS_NewBool(context, is_plain(reinterpret_cast<const char*>(bytes.data), bytes.size));
}

}  // namespace tsrunc::quickjs
