// addon/init/fs/options: split as fs/fs_context.c generic_parse_monolithic() does.
#include "init/fs/options.h"

#include <doctest/doctest.h>

#include <string>

using namespace tsrunc;

namespace {

std::string split(const char* data, bool escapes = false) {
  std::string out;
  fs::Option option;
  for (;;) {
    fs::Next next = fs::next_option(&data, escapes, &option);
    if (next == fs::Next::end) return out;
    if (next == fs::Next::too_long) return out + "TOO LONG";
    out += std::string("<") + option.key + (option.has_value ? std::string("|") + option.value : "") + ">";
  }
}

}  // namespace

TEST_CASE("options are split as the kernel splits them") {
  CHECK(split("") == "");
  CHECK(split(",,") == "");
  CHECK(split("ro") == "<ro>");
  CHECK(split("size=1m,newinstance,mode=755") == "<size|1m><newinstance><mode|755>");
  CHECK(split("a=,b") == "<a|><b>");
  CHECK(split("=value,b") == "<b>");
  CHECK(split("a=b=c,d") == "<a|b=c><d>");
  CHECK(split("lowerdir=/a:/b\\,c,x", true) == "<lowerdir|/a:/b\\,c><x>");
  CHECK(split("lowerdir=/a\\,b", false) == "<lowerdir|/a\\><b>");
  CHECK(split("end=\\", true) == "<end|\\>");
}

TEST_CASE("lengths") {
  std::string fits(fs::kOptionSize - 1, 'v'), long_one(fs::kOptionSize, 'v');
  CHECK(split(("k=" + fits).c_str()) == "<k|" + fits + ">");
  CHECK(split(("k=" + long_one).c_str()) == "TOO LONG");
  CHECK(split((long_one + "=1").c_str()) == "TOO LONG");
}

TEST_CASE("has_option") {
  CHECK(fs::has_option("mode=755", "mode"));
  CHECK(fs::has_option("size=1,mode", "mode"));
  CHECK(fs::has_option("mode,size=1", "mode"));
  CHECK_FALSE(fs::has_option("ptmxmode=755,model=1", "mode"));
  CHECK_FALSE(fs::has_option("", "mode"));
}

TEST_CASE("a quoted SELinux context is one value, commas and all") {
  const char* data = "size=1k,context=\"a:b:c:s0:c1,c2\",fscontext=\"x,y\",name=\"q,r\"";
  fs::Option option;
  const char* want[][2] = {{"size", "1k"}, {"context", "a:b:c:s0:c1,c2"}, {"fscontext", "x,y"}, {"name", "\"q"}};
  for (auto& [key, value] : want) {
    REQUIRE(fs::next_option(&data, false, &option) == fs::Next::option);
    CHECK(std::string(option.key) == key);
    CHECK(std::string(option.value) == value);
  }
}
