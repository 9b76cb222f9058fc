// label.apparmor, label.selinux: where the label goes, and where it must not.
#include "test/fs/verbs.h"

using namespace tsrunc;
using namespace tsrunc::test;

namespace {

// A false file over this thread's own attribute, as a container's /proc could have it.
std::string covered(const std::string& file) {
  std::string name = "/proc/thread-self/attr/exec";
  return mount(file.c_str(), name.c_str(), nullptr, MS_BIND, nullptr) == 0 ? "" : "cannot cover " + name;
}

std::string apparmor(init::Context& context, const std::string& profile) {
  op::LabelApparmor op;
  op.profile = str(profile);
  return said(run(context, op));
}

std::string selinux(init::Context& context, const std::string& attribute, const std::string& label) {
  op::LabelSelinux op;
  op.attribute = str(attribute);
  op.label = str(label);
  return said(run(context, op));
}

bool ends_with(const std::string& text, int err) {
  std::string end = ": " + std::to_string(err);
  return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// With a module the kernel does not know the profile (ENOENT, or EACCES of a confined test), without one nobody takes it.
bool refused_by_kernel(const std::string& text) {
  return text.find("/attr/") != std::string::npos &&
         (ends_with(text, EINVAL) || ends_with(text, ENOENT) || ends_with(text, EACCES));
}

}  // namespace

TEST_CASE("labels go to the kernel and not to what is mounted over the file (CVE-2019-16884, CVE-2025-52881)") {
  Container c;
  bool old = false;
  SUBCASE("new mount API") { old = false; }
  SUBCASE("mount(2)") { old = true; }
  CHECK(in_child([&c, old] {
          fs::forget_new_api(old);
          write_file(c.outside + "/decoy", "decoy");
          if (covered(c.outside + "/decoy") != "") return 1;
          bool own = exists("/proc/self/attr/apparmor/exec");
          std::string profile = apparmor(*c.context, "tsrunc-no-such-profile");
          std::string label = selinux(*c.context, "exec", "tsrunc:no:such:label");
          if (read_all(c.outside + "/decoy") != "decoy") return 2;
          // Without open_tree there is only /proc itself: refused rather than written somewhere else.
          if (old) return ends_with(label, EXDEV) && (own || ends_with(profile, EXDEV)) ? 0 : 3;
          if (!refused_by_kernel(profile) || !refused_by_kernel(label)) return 4;
          if (profile.find("\"exec tsrunc-no-such-profile\"") == std::string::npos) return 5;
          return label.find("\"tsrunc:no:such:label\"") == std::string::npos ? 6 : 0;
        }) == 0);
}

TEST_CASE("an attribute is a name of this thread's own directory") {
  Container c;
  CHECK(in_child([&c] {
          for (const char* name : {"../comm", "no_such", ""}) {
            if (selinux(*c.context, name, "x") != "\"" + std::string(name) + "\" is no attribute for a label") return 1;
          }
          if (!refused_by_kernel(selinux(*c.context, "keycreate", "tsrunc:no:such:label"))) return 2;
          // The same after the ids of the program: the writer has the credentials of the opener (5.13).
          if (setresgid(7, 7, 7) != 0 || setresuid(7, 7, 7) != 0) return 3;
          return refused_by_kernel(apparmor(*c.context, "tsrunc-no-such-profile")) ? 0 : 4;
        }) == 0);
}

TEST_CASE("a label that does not fit is an error, not half of one") {
  Container c;
  std::string longest(8192, 'x');
  CHECK(in_child([&] { return ends_with(apparmor(*c.context, longest), ENAMETOOLONG) ? 0 : 1; }) == 0);
}
