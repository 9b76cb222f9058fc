#include "systemd/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cerrno>

namespace tsrunc::systemd {
namespace {

constexpr size_t kMost = size_t{16} * 1024 * 1024;

// In place: the text only becomes shorter.
void unescape(char* text) {
  char* to = text;
  for (const char* from = text; *from; ++from) {
    if (*from == '\\' && from[1]) {
      ++from;
      *to++ = *from == 'n' ? '\n' : *from;
    } else {
      *to++ = *from;
    }
  }
  *to = 0;
}

}  // namespace

const char* Tokens::next() {
  if (ended()) {
    ok_ = false;
    return "";
  }
  char* token = at_;
  char* end = strchr(at_, '\n');
  at_ = end ? end + 1 : at_ + strlen(at_);
  if (end) *end = 0;
  unescape(token);
  return token;
}

unsigned long Tokens::count() {
  const char* token = next();
  char* end = nullptr;
  errno = 0;
  const unsigned long value = strtoul(token, &end, 10);
  if (end == token || *end || errno != 0) ok_ = false;
  return value;
}

char* read_request() {
  size_t size = 0;
  size_t room = size_t{64} * 1024;
  char* text = static_cast<char*>(malloc(room));
  while (text) {
    const ssize_t n = ::read(STDIN_FILENO, text + size, room - size - 1);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return nullptr;
    if (n == 0) break;
    size += static_cast<size_t>(n);
    if (room - size > 1) continue;
    room *= 2;
    text = room > kMost ? nullptr : static_cast<char*>(realloc(text, room));
  }
  if (text) text[size] = 0;
  return text;
}

void answer(const char* text) {
  for (; *text; ++text) {
    if (*text == '\n') {
      (void)fputs("\\n", stdout);
    } else {
      if (*text == '\\') (void)fputc('\\', stdout);
      (void)fputc(*text, stdout);
    }
  }
  (void)fputc('\n', stdout);
}

char* join(const char* a, const char* b, const char* c) {
  const size_t room = strlen(a) + strlen(b) + strlen(c) + 1;
  char* text = static_cast<char*>(malloc(room));
  if (text) (void)snprintf(text, room, "%s%s%s", a, b, c);
  return text;
}

bool equal(const char* a, const char* b) { return strcmp(a, b) == 0; }

}  // namespace tsrunc::systemd
