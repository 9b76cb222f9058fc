// The texts of failures, made without stdio.
#include <doctest/doctest.h>
#include <errno.h>

#include <cstdint>
#include <string>

#include "init/status.h"
#include "init/text.h"
#include "wire/types.h"

using namespace tsrunc::init;

namespace {

std::string printed(Parts parts, size_t room = 256) {
  std::string out(room, 'x');
  size_t size = print(out.data(), out.size(), parts);
  CHECK(size == std::string(out.c_str()).size());
  return out.c_str();
}

}  // namespace

TEST_CASE("parts are text, quoted text and numbers") {
  CHECK(printed({"a", Quoted{"b c"}, std::string_view("d"), tsrunc::wire::Str("e", 1)}) == "a\"b c\"de");
  CHECK(printed({0, " ", -1, " ", 4294967295u, " ", INT64_MIN, " ", UINT64_MAX}) ==
        "0 -1 4294967295 -9223372036854775808 18446744073709551615");
  CHECK(printed({Hex{0}, " ", Hex{0xdeadbeef}, " ", Oct{0755}}) == "0x0 0xdeadbeef 0755");
}

TEST_CASE("what does not fit is cut off") {
  CHECK(printed({"0123456789"}, 5) == "0123");
  CHECK(printed({"012", 12345}, 6) == "01212");
  CHECK(printed({"x"}, 1).empty());
}

TEST_CASE("a failure is recorded whole, and replaces the one before") {
  Status status = fail(EINVAL, "/data", {"move_mount(", Quoted{"/data"}, ")"});
  CHECK_FALSE(status);
  CHECK(status.err() == EINVAL);
  CHECK(std::string(last_failure().call) == "move_mount(\"/data\")");
  CHECK(std::string(last_failure().object) == "/data");
  CHECK(std::string(last_failure().text).empty());
  Status refused = refuse("plan", {"no"});
  CHECK(refused.err() == 0);
  CHECK(std::string(last_failure().call).empty());
  CHECK(std::string(last_failure().text) == "no");
}

TEST_CASE("fields are taken one by one") {
  std::string_view rest = "a::b";
  CHECK(take_field(rest, ':') == "a");
  CHECK(take_field(rest, ':') == "");
  CHECK(take_field(rest, ':') == "b");
  CHECK(rest.empty());
}
