// build/tsrunc: what engines call. Records how it was called, before Node changes it, and becomes Node with the bundle
// that lies next to it. It is exec and not fork: pid, parent-death signal, cgroup and everything else stay the caller's
// choice.
//
// Node gets no variable of the caller: NODE_OPTIONS, NODE_PATH, NODE_EXTRA_CA_CERTS, LD_PRELOAD, OPENSSL_CONF and the
// like would load code into, or put noise on the output of, a tool that runs as root (survey 4.3). Each NAME=value is
// handed over as TSRUNC_ENV_NAME=value, beside one TSRUNC_LAUNCH=record; src/host/node/launch.ts takes both apart
// again.
#include <unistd.h>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "launcher/node_flags.h"
#include "launcher/record.h"

namespace {

using tsrunc::launcher::kNodeFlags;

constexpr char kPrefix[] = "TSRUNC_ENV_";

// One line: "tsrunc: WHAT: WHY".
[[noreturn]] void die(const char* what, const char* why) {
  dprintf(STDERR_FILENO, "tsrunc: %s: %s\n", what, why);
  _exit(1);
}

bool executable(const char* path) { return path[0] == '/' && access(path, X_OK) == 0; }

// In the caller's PATH; relative and empty elements, which would depend on the directory, are skipped.
const char* node_in_path(const char* path) {
  static char candidate[PATH_MAX];
  while (path && *path) {
    size_t length = strcspn(path, ":");
    if (path[0] == '/' && length + sizeof "/node" <= sizeof candidate) {
      memcpy(candidate, path, length);
      memcpy(candidate + length, "/node", sizeof "/node");
      if (executable(candidate)) return candidate;
    }
    path += length;
    if (*path == ':') ++path;
  }
  return nullptr;
}

const char* find_node() {
  if (executable(TSRUNC_NODE)) return TSRUNC_NODE;
  if (const char* found = node_in_path(getenv("PATH"))) return found;
  for (const char* usual : {"/usr/local/bin/node", "/usr/bin/node"}) {
    if (executable(usual)) return usual;
  }
  die("Node.js is not to be found",
      "not at " TSRUNC_NODE ", where it was when tsrunc was built, nor in PATH, /usr/local/bin or /usr/bin");
}

// Every variable with the prefix, and the record last. A string beyond the kernel's limit for one (MAX_ARG_STRLEN) is
// then refused by execve, as is one of the caller's.
char** guarded_environment(const char* record) {
  size_t count = 0;
  size_t bytes = 0;
  for (char** entry = environ; *entry; ++entry, ++count) bytes += strlen(*entry) + sizeof kPrefix;
  char** result = static_cast<char**>(malloc((count + 2) * sizeof(char*)));
  char* text = static_cast<char*>(malloc(bytes + 1));
  if (!result || !text) die("the environment", "no memory");
  size_t used = 0;
  for (char** entry = environ; *entry; ++entry) {
    // Without "=": getenv would never find it.
    if (!strchr(*entry, '=')) continue;
    result[used++] = text;
    text = stpcpy(stpcpy(text, kPrefix), *entry) + 1;
  }
  result[used++] = const_cast<char*>(record);
  result[used] = nullptr;
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  static char bundle[PATH_MAX];
  static char record[tsrunc::launcher::kRecordSize];
  // Before anything else of ours is open.
  if (!tsrunc::launcher::fill_stdio() || !tsrunc::launcher::write_record(argc > 0 ? argv[0] : "", record)) {
    die("the state of the process cannot be recorded", strerror(errno));
  }
  static constexpr char kBoot[] = "/tsrunc.boot.cjs";
  ssize_t length = readlink("/proc/self/exe", bundle, sizeof bundle - sizeof kBoot);
  if (length <= 0) die("readlink(\"/proc/self/exe\")", strerror(errno));
  bundle[length] = '\0';
  memcpy(strrchr(bundle, '/'), kBoot, sizeof kBoot);

  const char* node = find_node();
  constexpr size_t flags = sizeof kNodeFlags / sizeof *kNodeFlags;
  const char** args = static_cast<const char**>(malloc((flags + static_cast<size_t>(argc) + 3) * sizeof(char*)));
  if (!args) die("the arguments", "no memory");
  size_t used = 0;
  args[used++] = "tsrunc";
  for (const char* flag : kNodeFlags) args[used++] = flag;
  args[used++] = bundle;
  for (int i = 1; i < argc; ++i) args[used++] = argv[i];
  args[used] = nullptr;
  execve(node, const_cast<char* const*>(args), guarded_environment(record));
  // E2BIG: every variable is longer by the prefix.
  die(node, strerror(errno));
}
