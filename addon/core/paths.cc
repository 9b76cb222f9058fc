// The functions of files.h that answer with names.
#include <dirent.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "core/files.h"

namespace tsrunc::core {

Result<std::vector<std::string>> read_directory(const std::string& path) {
  DIR* directory = ::opendir(path.c_str());
  if (!directory) return failure(errno, path, "opendir(\"%s\")", path.c_str());
  std::vector<std::string> names;
  errno = 0;
  while (const struct dirent* entry = ::readdir(directory)) {
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) names.emplace_back(entry->d_name);
    errno = 0;
  }
  int err = errno;
  ::closedir(directory);
  if (err != 0) return failure(err, path, "readdir(\"%s\")", path.c_str());
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> read_link(const std::string& path) {
  std::string target(256, '\0');
  for (;;) {
    ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
    if (length < 0) return failure(errno, path, "readlink(\"%s\")", path.c_str());
    if (static_cast<size_t>(length) < target.size()) {
      target.resize(static_cast<size_t>(length));
      return target;
    }
    target.resize(target.size() * 2);
  }
}

Result<std::string> real_path(const std::string& path) {
  char* resolved = ::realpath(path.c_str(), nullptr);
  if (!resolved) return failure(errno, path, "realpath(\"%s\")", path.c_str());
  std::string result(resolved);
  free(resolved);
  return result;
}

Result<std::string> current_directory() {
  // No name that the kernel has is longer.
  char path[PATH_MAX];
  if (!::getcwd(path, sizeof path)) return failure(errno, ".", "getcwd()");
  std::string result(path);
  // The directory is not reachable from our root (CVE-2024-21626's symptom): no name that we could hand on.
  if (result.empty() || result[0] != '/') return failure(ENOENT, result, "getcwd()");
  return result;
}

}  // namespace tsrunc::core
