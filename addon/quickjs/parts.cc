#include "quickjs/parts.h"

#include <cmath>
#include <cstring>
#include <vector>

#include "wire/protocol.h"

namespace tsrunc::quickjs {
namespace {

constexpr size_t kUsual = 8192;

// As src/plan/encode.ts numbers them.
enum class Form : int32_t { text = 0, boolean = 1, bytes = 2, u32 = 3, u64 = 4, texts = 5, u64s = 6, u32s = 7 };
constexpr int32_t kOptional = 16;
constexpr double kMostU32 = 4294967295.0;
constexpr double kMostExact = 9007199254740991.0;

// What is asked of each step, as an atom and as a value.
class Name {
 public:
  Name(JSContext* context, const char* text)
      : context_(context), atom_(JS_NewAtom(context, text)), value_(context, JS_AtomToString(context, atom_)) {}
  Name(const Name&) = delete;
  Name& operator=(const Name&) = delete;
  ~Name() { JS_FreeAtom(context_, atom_); }

  Value of(const Value& object) const { return Value(context_, JS_GetProperty(context_, object.get(), atom_)); }
  bool is(const Value& text) const { return JS_StrictEq(context_, value_.get(), text.get()); }

 private:
  JSContext* context_;
  JSAtom atom_;
  Value value_;
};

// The fields of a verb: src/plan/encode.ts has its code, and then a name and a form for each. Read once for steps of one verb that follow each other.
class Row {
 public:
  struct Field {
    JSAtom name;
    int32_t form;
  };

  explicit Row(JSContext* context) : context_(context) {}
  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;
  ~Row() { clear(); }

  // False: `list` is none.
  bool read(const Value& list) {
    uint32_t length = 0;
    if (JS_VALUE_GET_PTR(list.get()) == known_ && list.is_object()) return true;
    clear();
    if (!list.array(length) || JS_ToUint32(context_, &code_, list.at(0).get()) != 0) return false;
    for (uint32_t i = 1; i + 1 < length; i += 2) {
      Field field = {JS_ValueToAtom(context_, list.at(i).get()), 0};
      fields_.push_back(field);
      if (field.name == JS_ATOM_NULL || JS_ToInt32(context_, &fields_.back().form, list.at(i + 1).get()) != 0)
        return false;
    }
    known_ = JS_VALUE_GET_PTR(list.get());
    return true;
  }

  uint32_t code() const { return code_; }
  const std::vector<Field>& fields() const { return fields_; }

 private:
  void clear() {
    for (const Field& field : fields_) JS_FreeAtom(context_, field.name);
    fields_.clear();
    known_ = nullptr;
  }

  JSContext* context_;
  const void* known_ = nullptr;
  uint32_t code_ = 0;
  std::vector<Field> fields_;
};

// False of its functions: there is something that TypeScript has to look at.
class Encoder {
 public:
  Encoder(JSContext* context, const Value& rows) : context_(context), rows_(rows), row_(context) {
    out_.reserve(kUsual);
    add_u32(wire::kBlobMagic);
    add_u32(wire::kBlobVersion);
    add_u32(0);
  }

  bool add_segment(const Value& segment) {
    if (!child_.is(who_.of(segment))) return true;
    const Value steps = steps_.of(segment);
    uint32_t length = 0;
    uint32_t first = 0;
    if (!steps.array(length) || JS_ToUint32(context_, &first, first_.of(segment).get()) != 0) return false;
    const bool turn = JS_ToBool(context_, turn_.of(segment).get()) != 0;
    for (uint32_t i = 0; i < length; ++i) {
      if (!add_step(steps.at(i), first + i, turn && i + 1 == length)) return false;
    }
    count_ += length;
    return true;
  }

  core::Bytes& finish() {
    memcpy(&out_[2 * sizeof(uint32_t)], &count_, sizeof count_);
    return out_;
  }

 private:
  bool add_step(const Value& step, uint32_t index, bool turn) {
    const Value op = op_.of(step);
    const Value or_else = or_else_.of(step);
    const Value tolerate = tolerate_.of(step);
    const bool has_or_else = or_else.is_object();
    const uint32_t bits = (turn ? wire::kTurnAfter : 0) | (has_or_else ? wire::kHasOrElse : 0);
    const uint32_t who = stage_.is(who_.of(step)) ? 1 : 2;
    const size_t start = open();
    if (!read_row(op)) return false;
    add_u32(row_.code() | who << 16 | bits << 24);
    add_u32(index);
    if (!add_field(id_.of(step), static_cast<int32_t>(Form::text))) return false;
    if (JS_IsUndefined(tolerate.get())) {
      add_u32(0);
    } else if (!add_list(tolerate, Form::u32s)) {
      return false;
    }
    const size_t fields = open();
    if (!add_fields(op)) return false;
    close(fields);
    if (has_or_else) {
      if (!read_row(or_else)) return false;
      add_u32(row_.code());
      if (!add_fields(or_else)) return false;
    }
    close(start);
    return true;
  }

  bool read_row(const Value& op) {
    const JSAtom verb = JS_ValueToAtom(context_, verb_.of(op).get());
    const Value list(context_, JS_GetProperty(context_, rows_.get(), verb));
    JS_FreeAtom(context_, verb);
    return row_.read(list);
  }

  bool add_fields(const Value& op) {
    for (const auto& [name, form] : row_.fields()) {
      const Value field(context_, JS_GetProperty(context_, op.get(), name));
      if (field.failed() || !add_field(field, form)) return false;
    }
    return true;
  }

  bool add_field(const Value& field, int32_t form) {
    const bool there = !JS_IsUndefined(field.get());
    if (form & kOptional) out_.push_back(there);
    if (!there) return (form & kOptional) != 0;
    switch (static_cast<Form>(form & (kOptional - 1))) {
      case Form::text:
        return JS_IsString(field.get()) && add_string(field.get());
      case Form::boolean:
        if (!JS_IsBool(field.get())) return false;
        out_.push_back(JS_ToBool(context_, field.get()) != 0);
        return true;
      case Form::bytes: {
        core::ByteView bytes;
        if (!field.bytes(bytes)) return false;
        add_u32(static_cast<uint32_t>(bytes.size));
        append(bytes.data, bytes.size);
        return true;
      }
      case Form::u32:
        return add_integer(field, kMostU32, sizeof(uint32_t));
      case Form::u64: {
        uint64_t number = 0;
        if (!field.bigint(number)) return add_integer(field, kMostExact, sizeof number);
        append(&number, sizeof number);
        return true;
      }
      case Form::texts:
      case Form::u64s:
      case Form::u32s:
        return add_list(field, static_cast<Form>(form & (kOptional - 1)));
    }
    return false;
  }

  bool add_list(const Value& list, Form form) {
    uint32_t length = 0;
    if (!list.array(length)) return false;
    add_u32(length);
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

  void add_u32(uint32_t number) { append(&number, sizeof number); }

  void append(const void* data, size_t size) {
    const auto* bytes = static_cast<const uint8_t*>(data);
    out_.insert(out_.end(), bytes, bytes + size);
  }

  // Begins a section that is preceded by its length.
  size_t open() {
    add_u32(0);
    return out_.size();
  }

  void close(size_t start) {
    const auto length = static_cast<uint32_t>(out_.size() - start);
    memcpy(&out_[start - sizeof length], &length, sizeof length);
  }

  JSContext* context_;
  const Value& rows_;
  Row row_;
  core::Bytes out_;
  uint32_t count_ = 0;
  const Name who_{context_, "who"}, child_{context_, "child"}, stage_{context_, "stage"}, steps_{context_, "steps"},
      first_{context_, "first"}, turn_{context_, "turn"}, id_{context_, "id"}, op_{context_, "op"},
      verb_{context_, "verb"}, tolerate_{context_, "tolerate"}, or_else_{context_, "orElse"};
};

}  // namespace

JSValue encode_steps(JSContext* context, JSValueConst, int count, JSValueConst* values) {
  uint32_t length = 0;
  if (count != 2 || !JS_IsObject(values[0]) || !Value::borrowed(context, values[1]).array(length))
    return JS_ThrowTypeError(context, "encodeSteps: rows and segments expected");
  const Value rows = Value::borrowed(context, values[0]);
  const Value segments = Value::borrowed(context, values[1]);
  Encoder encoder(context, rows);
  for (uint32_t i = 0; i < length; ++i) {
    if (encoder.add_segment(segments.at(i))) continue;
    return JS_HasException(context) ? JS_EXCEPTION : JS_NULL;
  }
  return Env(context).bytes(encoder.finish()).release();
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
