#include "core/seccomp_request.h"

#include <cstdint>

namespace tsrunc::core {
namespace {

// A cursor over the text. The first mistake is kept and makes every later read fail, so that callers need no check of their own
// between two reads.
class Json {
 public:
  explicit Json(std::string_view text) : text_(text) {}

  bool ok() const { return !failed_; }
  bool at_end() const { return at_ == text_.size(); }
  SysFailure why(const char* what) const {
    return core::failure(0, "", "seccomp request: %s at byte %zu", failed_ ? message_ : what,
                         failed_ ? failed_at_ : at_);
  }

  void fail(const char* message) {
    if (failed_) return;
    failed_ = true;
    message_ = message;
    failed_at_ = at_;
  }

  bool take(char c) {
    if (failed_ || at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail("unexpected character");
  }

  std::string string() {
    expect('"');
    size_t start = at_;
    while (!failed_ && at_ < text_.size() && text_[at_] != '"') {
      unsigned char c = static_cast<unsigned char>(text_[at_]);
      if (c < 0x20 || c >= 0x7f || c == '\\') fail("only plain ASCII strings are used");
      ++at_;
    }
    expect('"');
    return failed_ ? std::string() : std::string(text_.substr(start, at_ - 1 - start));
  }

  // Decimal digits only, at most `max`.
  uint64_t integer(uint64_t max) {
    uint64_t value = 0;
    size_t start = at_;
    while (!failed_ && at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
      uint64_t digit = static_cast<uint64_t>(text_[at_] - '0');
      if (digit > max || value > (max - digit) / 10) {
        fail("number out of range");
        return 0;
      }
      value = value * 10 + digit;
      ++at_;
    }
    if (at_ == start) fail("number expected");
    return value;
  }
  // 64 bits do not survive as a JSON number in JavaScript: they travel as decimal strings.
  uint64_t quoted_integer() {
    expect('"');
    uint64_t value = integer(UINT64_MAX);
    expect('"');
    return value;
  }

  bool boolean() {
    if (literal("true")) return true;
    if (!literal("false")) fail("true or false expected");
    return false;
  }

  // Calls `element` for each element of an array.
  template <class F>
  void array(F element) {
    expect('[');
    if (take(']')) return;
    do {
      element();
    } while (take(','));
    expect(']');
  }

  // Calls `member(key)` for each member of an object; it returns a bit of its own for each key it knows, 0 for others. A key whose bit
  // is already set is a repeated one. Returns all bits.
  template <class F>
  unsigned object(F member) {
    unsigned seen = 0;
    expect('{');
    if (take('}')) return seen;
    do {
      std::string key = string();
      expect(':');
      if (failed_) return seen;
      unsigned bit = member(key);
      if (bit == 0) fail("unknown key");
      if (seen & bit) fail("repeated key");
      seen |= bit;
    } while (take(','));
    expect('}');
    return seen;
  }

 private:
  bool literal(std::string_view word) {
    if (failed_ || text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
  bool failed_ = false;
  const char* message_ = "";
  size_t failed_at_ = 0;
};

unsigned action_member(Json& json, const std::string& key, SeccompAction& out) {
  if (key == "action") {
    out.action = json.string();
    return 1;
  }
  if (key == "errnoRet") {
    out.errno_ret = static_cast<int64_t>(json.integer(UINT32_MAX));
    return 2;
  }
  return 0;
}

SeccompAction action(Json& json) {
  SeccompAction out;
  unsigned seen = json.object([&](const std::string& key) { return action_member(json, key, out); });
  if (!(seen & 1)) json.fail("an action is missing");
  return out;
}

SeccompArg argument(Json& json) {
  SeccompArg out;
  unsigned seen = json.object([&](const std::string& key) -> unsigned {
    if (key == "index") {
      out.index = static_cast<uint32_t>(json.integer(5));
      return 1;
    }
    if (key == "op") {
      out.op = json.string();
      return 2;
    }
    if (key == "value") {
      out.value = json.quoted_integer();
      return 4;
    }
    if (key == "valueTwo") {
      out.value_two = json.quoted_integer();
      return 8;
    }
    return 0;
  });
  if (seen != 15) json.fail("a part of a condition is missing");
  return out;
}

SeccompRule rule(Json& json) {
  SeccompRule out;
  unsigned seen = json.object([&](const std::string& key) -> unsigned {
    if (key == "name") {
      out.name = json.string();
      return 4;
    }
    if (key == "args") {
      json.array([&] { out.args.push_back(argument(json)); });
      return 8;
    }
    return action_member(json, key, out);
  });
  if ((seen | 2) != 15) json.fail("a part of a rule is missing");
  return out;
}

unsigned request_member(Json& json, const std::string& key, SeccompRequest& out) {
  if (key == "default") {
    out.default_action = action(json);
    return 1;
  }
  if (key == "architectures") {
    json.array([&] { out.architectures.push_back(json.string()); });
    return 2;
  }
  if (key == "rules") {
    json.array([&] { out.rules.push_back(rule(json)); });
    return 4;
  }
  if (key == "named") {
    json.array([&] { out.named.push_back(json.string()); });
    return 8;
  }
  if (key == "enosysStub") {
    out.enosys_stub = json.boolean();
    return 16;
  }
  if (key == "optimize") {
    out.optimize = json.boolean();
    return 32;
  }
  return 0;
}

}  // namespace

Result<SeccompRequest> read_seccomp_request(std::string_view text) {
  Json json(text);
  SeccompRequest request;
  unsigned seen = json.object([&](const std::string& key) { return request_member(json, key, request); });
  if (json.ok() && seen != 63) json.fail("a part of the request is missing");
  if (!json.ok() || !json.at_end()) return json.why("text after the request");
  return request;
}

}  // namespace tsrunc::core
