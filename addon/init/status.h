// What every function of addon/init returns that can fail. The failure itself is one record of the process (it has one
// thread and stops at the first failure that is not tolerated), so that nothing is allocated and a Status is two words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tsrunc::init {

// The pieces of a call's text: text as it is, numbers in decimal, Hex and Oct with their prefix, Quoted in double
// quotes.
struct Hex {
  uint64_t value;
};
struct Oct {
  uint64_t value;
};
struct Quoted {
  std::string_view text;
};

class Part {
 public:
  enum class Kind : uint8_t { text, quoted, decimal, negative, hex, octal };
  Part(std::string_view text) : text_(text), kind_(Kind::text) {}
  Part(const char* text) : text_(text), kind_(Kind::text) {}
  Part(Quoted quoted) : text_(quoted.text), kind_(Kind::quoted) {}
  Part(Hex hex) : number_(hex.value), kind_(Kind::hex) {}
  Part(Oct octal) : number_(octal.value), kind_(Kind::octal) {}
  Part(unsigned number) : number_(number), kind_(Kind::decimal) {}
  Part(unsigned long number) : number_(number), kind_(Kind::decimal) {}
  Part(unsigned long long number) : number_(number), kind_(Kind::decimal) {}
  Part(int number) : Part(static_cast<long long>(number)) {}
  Part(long number) : Part(static_cast<long long>(number)) {}
  Part(long long number)
      : number_(number < 0 ? -static_cast<uint64_t>(number) : static_cast<uint64_t>(number)),
        kind_(number < 0 ? Kind::negative : Kind::decimal) {}
  // Anything that converts to a string_view: wire::Str.
  template <class T>
  requires(!std::is_arithmetic_v<T> && requires(const T& t) { t.view(); }) Part(const T& text)
      : text_(text.view()), kind_(Kind::text) {}

  std::string_view text() const { return text_; }
  uint64_t number() const { return number_; }
  Kind kind() const { return kind_; }

 private:
  std::string_view text_;
  uint64_t number_ = 0;
  Kind kind_;
};

using Parts = std::initializer_list<Part>;

// Writes the parts to `out` (`size` bytes with the NUL), cut off where it ends; the length.
size_t print(char* out, size_t size, Parts parts);

// The last failure: what FAIL carries (docs/protocol.md).
struct Failure {
  int err = 0;
  char call[2048] = {};
  char object[4096] = {};
  char text[32768] = {};
};
Failure& last_failure();

class [[nodiscard]] Status {
 public:
  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  // errno of the failure; 0 for a refused state.
  int err() const { return err_; }

 private:
  friend Status done();
  friend Status fail(int, std::string_view, Parts);
  friend Status refuse(std::string_view, Parts);
  friend Status fail_text(int, std::string_view, Parts);
  Status(bool ok, int err) : err_(err), ok_(ok) {}
  int err_;
  bool ok_;
};

inline Status done() { return {true, 0}; }

// A failed system call: `err`, what it was about (a path, a pid), the call as made: fail(errno, path, {"mkdirat(",
// Quoted{path}, ")"}).
Status fail(int err, std::string_view object, Parts call);
// A state that we refuse, said in a sentence.
Status refuse(std::string_view object, Parts text);
// A failure whose whole text is part of the interface (survey 3.11).
Status fail_text(int err, std::string_view object, Parts text);

// A value, or the failure (T must have an empty state: core::Fd, int).
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)), status_(done()) {}
  Result(Status failed) : status_(failed) {}
  bool ok() const { return status_.ok(); }
  explicit operator bool() const { return status_.ok(); }
  Status status() const { return status_; }
  T& operator*() { return value_; }
  T* operator->() { return &value_; }

 private:
  T value_{};
  Status status_;
};

// As Go's syscall.Errno.Error() says it, since engines match on runc's texts: "no such file or directory". Null for one
// not in the table.
const char* errno_text(int err);

}  // namespace tsrunc::init

// Hands a failure on: TSRUNC_TRY(set_hostname(name));
#define TSRUNC_TRY(expression)                           \
  do {                                                   \
    if (auto tried = (expression); !tried) return tried; \
  } while (false)
