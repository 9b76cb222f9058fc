#include "core/notify.h"

#include <sys/socket.h>
#include <unistd.h>
#include <string>
#include <string_view>

#include "core/sockets.h"

namespace tsrunc::core {
namespace {

bool may_pass(std::string_view line) {
  for (std::string_view name : {"MAINPID", "BARRIER", "FDSTORE", "FDNAME", "FDPOLL"}) {
    if (line.starts_with(name)) return false;
  }
  return !line.empty();
}

}  // namespace

void relay_notification(int inside, int host) {
  auto message = receive_message(inside, 0);
  if (!message || !*message) return;
  for (int fd : (*message)->fds) ::close(fd);
  const auto& data = (*message)->data;
  std::string_view rest(reinterpret_cast<const char*>(data.data()), data.size());
  std::string out;
  while (!rest.empty()) {
    size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (may_pass(line)) out.append(line).append("\n");
  }
  if (!out.empty()) (void)send_message(host, {ByteView{reinterpret_cast<const uint8_t*>(out.data()), out.size()}}, {});
}

}  // namespace tsrunc::core
