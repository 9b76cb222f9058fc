#include "quickjs/parts.h"

#include <cstring>

namespace tsrunc::quickjs {
namespace {

// Sections of the plan blob are two deep.
constexpr int kDeepest = 8;
constexpr size_t kUsual = 8192;

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

  bool complete() const { return depth_ == 0; }
  core::Bytes& bytes() { return out_; }

 private:
  void append(const void* data, size_t size) {
    const auto* bytes = static_cast<const uint8_t*>(data);
    out_.insert(out_.end(), bytes, bytes + size);
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
    if (joiner.add(parts.at(i))) continue;
    return JS_HasException(context) ? JS_EXCEPTION : JS_NULL;
  }
  return joiner.complete() ? Env(context).bytes(joiner.bytes()).release() : JS_NULL;
}

}  // namespace tsrunc::quickjs
