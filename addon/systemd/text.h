// Requests and answers as lists of strings: one a line, a line feed inside as \n, a backslash as \\ (docs/protocol.md).
#pragma once

#include <stddef.h>

namespace tsrunc::systemd {

// The strings of a request, one after the other. They live as long as the process.
class Tokens {
 public:
  // Takes the text apart in place; it ends with NUL.
  explicit Tokens(char* text) : at_(text) {}

  bool ended() const { return *at_ == 0; }
  // What was not taken apart yet.
  char* rest() const { return at_; }
  // Empty at the end: then `ok` is false from here on.
  const char* next();
  // A decimal number.
  unsigned long count();
  bool ok() const { return ok_; }

 private:
  char* at_;
  bool ok_ = true;
};

// All of stdin, ended by NUL; null when it cannot be read.
char* read_request();

// Prints one string of the answer to stdout.
void answer(const char* text);

// a, b and c in one string that is never freed; null for none.
char* join(const char* a, const char* b, const char* c);

bool equal(const char* a, const char* b);

}  // namespace tsrunc::systemd
