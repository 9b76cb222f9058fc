// The data string of mount(2) as single options, split as the kernel itself would.
#pragma once

namespace tsrunc::fs {

// fsconfig(2) takes keys and values of less than 256 bytes; longer ones (overlay's lowerdir) need mount(2), which takes
// a page.
inline constexpr unsigned kOptionSize = 256;

struct Option {
  char key[kOptionSize];
  char value[kOptionSize];
  bool has_value;
};

enum class Next { option, end, too_long };

// Takes one option from `*data` and moves it on. Empty ones are skipped; a missing "=" makes a flag, "key=" an empty
// value; `\,` and `\:` stay as they are, and with `escapes` (overlay) a comma after a backslash does not split.
// A quoted SELinux context comes without its quotes, commas and all.
Next next_option(const char** data, bool escapes, Option* out);

// Whether `data` has the key `name`, with or without a value.
bool has_option(const char* data, const char* name);

}  // namespace tsrunc::fs
