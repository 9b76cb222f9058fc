#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "core/fd.h"
#include "fuzz/target.h"
#include "init/fs/mountinfo.h"
#include "init/fs/options.h"
#include "init/passwd.h"
#include "quickjs/utf8.h"

namespace tsrunc::fuzz {

void mountinfo(Input input) {
  fs::MountReader reader;
  reader.read_from(file_of(input));
  static fs::MountEntry entry;
  size_t lines = 0;
  while (reader.next(&entry)) {
    require(strlen(entry.root) < sizeof entry.root && strlen(entry.point) < sizeof entry.point,
            "a path without its end");
    lines++;
  }
  require(lines <= input.size(), "more lines than bytes");
}

void passwd(Input input) {
  const core::Fd file(file_of(input));
  for (size_t room : {2, 16, 4096}) {
    const std::string before(room, 'x');
    std::string home = before;
    lseek(file.get(), 0, SEEK_SET);
    init::home_in(file.get(), input.empty() ? 0 : input[0], home.data(), room);
    require(memchr(home.data(), 0, room) != nullptr, "a home without its end");
  }
}

void options(Input input) {
  const std::string data(text_of(input));
  for (bool escapes : {false, true}) {
    const char* at = data.c_str();
    static fs::Option option;
    size_t count = 0;
    while (fs::next_option(&at, escapes, &option) == fs::Next::option) count++;
    require(at <= data.c_str() + data.size() && count <= data.size(), "options beyond the end");
  }
  (void)fs::has_option(data.c_str(), "ro");
}

void utf8(Input input) {
  const auto* text = reinterpret_cast<const char*>(input.data());
  const size_t valid = quickjs::first_invalid(text, input.size());
  std::string formed = quickjs::well_formed(text, input.size());
  require(quickjs::first_invalid(formed.data(), formed.size()) == formed.size(), "text that is not UTF-8 afterwards");
  require(formed.compare(0, valid, text, valid) == 0, "what was UTF-8 has changed");
  std::string whole(text_of(input));
  quickjs::replace_surrogates(whole);
  require(valid != input.size() || whole == text_of(input), "UTF-8 without surrogates has changed");
}

}  // namespace tsrunc::fuzz
