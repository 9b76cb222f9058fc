#include "init/status.h"

#include <errno.h>
#include <string.h>

namespace tsrunc::init {
namespace {

Failure record;

// Keeps room for the NUL.
class Out {
 public:
  Out(char* out, size_t size) : at_(out), end_(out + size - 1), begin_(out) {}
  void text(std::string_view text) {
    size_t n = text.size() < static_cast<size_t>(end_ - at_) ? text.size() : static_cast<size_t>(end_ - at_);
    if (n > 0) memcpy(at_, text.data(), n);
    at_ += n;
  }
  void number(uint64_t value, unsigned base) {
    char digits[24];
    char* first = digits + sizeof digits;
    do {
      *--first = "0123456789abcdef"[value % base];
      value /= base;
    } while (value != 0);
    text({first, static_cast<size_t>(digits + sizeof digits - first)});
  }
  size_t finish() {
    *at_ = 0;
    return static_cast<size_t>(at_ - begin_);
  }

 private:
  char* at_;
  char* end_;
  char* begin_;
};

void print_part(Out& out, const Part& part) {
  switch (part.kind()) {
    case Part::Kind::text:
      return out.text(part.text());
    case Part::Kind::quoted:
      out.text("\"");
      out.text(part.text());
      return out.text("\"");
    case Part::Kind::negative:
      out.text("-");
      [[fallthrough]];
    case Part::Kind::decimal:
      return out.number(part.number(), 10);
    case Part::Kind::hex:
      out.text("0x");
      return out.number(part.number(), 16);
    case Part::Kind::octal:
      out.text("0");
      return out.number(part.number(), 8);
  }
}

void begin(int err, std::string_view object) {
  record.err = err;
  record.call[0] = 0;
  record.text[0] = 0;
  print(record.object, sizeof record.object, {object});
}

}  // namespace

size_t print(char* out, size_t size, Parts parts) {
  Out printer(out, size);
  for (const Part& part : parts) print_part(printer, part);
  return printer.finish();
}

Failure& last_failure() { return record; }

Status fail(int err, std::string_view object, Parts call) {
  begin(err, object);
  print(record.call, sizeof record.call, call);
  return {false, err};
}

Status refuse(std::string_view object, Parts text) { return fail_text(0, object, text); }

Status fail_text(int err, std::string_view object, Parts text) {
  begin(err, object);
  print(record.text, sizeof record.text, text);
  return {false, err};
}

const char* errno_text(int err) {
  switch (err) {
    case EPERM:
      return "operation not permitted";
    case ENOENT:
      return "no such file or directory";
    case EIO:
      return "input/output error";
    case E2BIG:
      return "argument list too long";
    case ENOEXEC:
      return "exec format error";
    case EAGAIN:
      return "resource temporarily unavailable";
    case ENOMEM:
      return "cannot allocate memory";
    case EACCES:
      return "permission denied";
    case EFAULT:
      return "bad address";
    case EBUSY:
      return "device or resource busy";
    case ENODEV:
      return "no such device";
    case ENOTDIR:
      return "not a directory";
    case EISDIR:
      return "is a directory";
    case EINVAL:
      return "invalid argument";
    case ENFILE:
      return "too many open files in system";
    case EMFILE:
      return "too many open files";
    case ETXTBSY:
      return "text file busy";
    case ENOSPC:
      return "no space left on device";
    case EROFS:
      return "read-only file system";
    case ENAMETOOLONG:
      return "file name too long";
    case ENOSYS:
      return "function not implemented";
    case ELOOP:
      return "too many levels of symbolic links";
    case ELIBBAD:
      return "accessing a corrupted shared library";
    default:
      return nullptr;
  }
}

}  // namespace tsrunc::init
