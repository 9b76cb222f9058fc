// Descriptors that other processes see: sockets, pipes, sealed memory. All CLOEXEC.
#pragma once

#include <array>

#include "core/fd.h"
#include "core/types.h"

namespace tsrunc::core {

using FdPair = std::array<int, 2>;

constexpr size_t kMaxMessage = size_t{64} * 1024;
constexpr size_t kMaxMessageFds = 16;

// A memfd with these bytes, sealed against any change, never executable where the kernel can say so (6.3).
Result<int> sealed_memfd(const std::string& name, ByteView data);
// A memfd of `size` zero bytes (64 MiB at most), to be written through a mapping of another process and read here.
Result<int> shared_memory(const std::string& name, uint32_t size);
// {read end, write end}.
Result<FdPair> make_pipe();
// AF_UNIX SOCK_STREAM.
Result<FdPair> make_socketpair();
Result<FdPair> make_packet_pair();
// AF_UNIX SOCK_STREAM, bound and listening; the file has exactly `mode`. A path beyond the 108 bytes of sun_path goes
// through a descriptor of its directory.
Result<int> listen_unix(const std::string& path, uint32_t mode);
Result<int> connect_unix(const std::string& path);
// AF_UNIX SOCK_DGRAM, bound; the file has exactly `mode`.
Result<int> bind_datagram(const std::string& path, uint32_t mode);
// `path` may be `@name`, which is abstract (unix(7)).
Result<int> connect_datagram(const std::string& path);
// One sendmsg(2), at most kMaxMessage bytes and kMaxMessageFds descriptors. EPIPE, not SIGPIPE.
Status send_message(int fd, const std::vector<ByteView>& parts, const std::vector<int>& fds);
// Nothing at end of file, also when the peer died with unread messages (ECONNRESET). ETIMEDOUT after `timeout_ms` (-1:
// never). EMSGSIZE for what does not fit; descriptors received with it are closed.
Result<std::optional<Message>> receive_message(int fd, int timeout_ms);

}  // namespace tsrunc::core
