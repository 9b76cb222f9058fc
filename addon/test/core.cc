// addon/core without a JavaScript engine around it, and so under the sanitizers: build.mjs --tests --sanitize.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include "core/child.h"
#include "core/files.h"
#include "core/hook.h"
#include "core/process.h"
#include "core/sockets.h"
#include "core/stream.h"

using namespace tsrunc::core;

namespace {

std::string read_until_end(int fd) {
  std::string all;
  char chunk[4096];
  for (ssize_t n; (n = ::read(fd, chunk, sizeof chunk)) > 0;) all.append(chunk, static_cast<size_t>(n));
  return all;
}

Result<HookResult> shell(const char* script, double timeout_ms = 0) {
  HookRequest request;
  request.path = "/bin/sh";
  request.args = {"sh", "-c", script};
  request.env = {"PATH=/bin:/usr/bin"};
  request.timeout_ms = timeout_ms;
  return run_hook(request);
}

}  // namespace

TEST_CASE("a failure prints the call, however long") {
  const std::string path(5000, 'p');
  auto failed = read_text("/nowhere/" + path.substr(0, 20));
  REQUIRE(!failed);
  CHECK(failed.failure().err == ENOENT);
  CHECK(failed.failure().call == "open(\"/nowhere/pppppppppppppppppppp\", O_RDONLY)");
  auto longer = read_text(path);
  REQUIRE(!longer);
  CHECK(longer.failure().err == ENAMETOOLONG);
  CHECK(longer.failure().call.size() > 5000);
}

TEST_CASE("descriptors of a child: swapped, closed, and nothing else") {
  auto pipe = make_pipe();
  REQUIRE(pipe);
  Fd read_end((*pipe)[0]);
  Fd write_end((*pipe)[1]);
  Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  // 0 closed, 1 the pipe, 2 what is our 0, 3 and 4 each other's numbers.
  Fd three(::fcntl(null.get(), F_DUPFD_CLOEXEC, 40));
  char* const argv[] = {const_cast<char*>("sh"), const_cast<char*>("-c"), const_cast<char*>("echo /proc/self/fd/*"),
                        nullptr};
  char* const envp[] = {nullptr};
  ChildRequest request;
  request.path = "/bin/sh";
  request.argv = argv;
  request.envp = envp;
  request.fds = {-1, write_end.get(), null.get(), three.get(), read_end.get()};
  auto child = spawn_child(request);
  REQUIRE(child);
  write_end.reset();
  // The shell lists them with one more descriptor for the directory, on 0, the lowest free.
  CHECK(read_until_end(read_end.get()) ==
        "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3 /proc/self/fd/4\n");
  auto status = wait_process(child->pid, true);
  REQUIRE(status);
  CHECK((*status)->exit_code == 0);
}

TEST_CASE("limits and signals of a child are those of the record") {
  HookRequest request;
  // Not a shell: those change their mask.
  request.path = "/bin/grep";
  request.args = {"grep", "-hE", "^(Max open|SigBlk|SigIgn)", "/proc/self/limits", "/proc/self/status"};
  request.launch.nofile = {123, 456};
  request.launch.ignored = {SIGHUP, 64};
  request.launch.blocked = {SIGUSR1};
  auto result = run_hook(request);
  REQUIRE(result);
  const size_t signals = result->output.find("SigBlk");
  REQUIRE(signals != std::string::npos);
  CHECK(result->output.substr(signals) == "SigBlk:\t0000000000000200\nSigIgn:\t8000000000000001\n");
  CHECK(result->output.find("Max open files            123                  456 ") == 0);
}

TEST_CASE("hooks: output, end, time") {
  auto result = shell("echo out; echo err >&2; exit 7");
  REQUIRE(result);
  CHECK(result->output == "out\n");
  CHECK(result->error_output == "err\n");
  CHECK(result->exit_code == 7);
  auto late = shell("yes", 50);
  // A machine that is busy may not have come to the shell by then.
  for (double ms = 500; late && late->output.size() < 64 * 1024 && ms < 60'000; ms *= 4) late = shell("yes", ms);
  REQUIRE(late);
  CHECK(late->timed_out);
  CHECK(late->output.size() == 64 * 1024);
}

TEST_CASE("more descriptors than a message may have: refused, and those received closed") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
  Fd ours(ends[0]);
  Fd theirs(ends[1]);
  int many[20];
  for (int& fd : many) fd = ours.get();
  char byte = 1;
  struct iovec part = {&byte, 1};
  alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof many)] = {};
  struct msghdr header {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  struct cmsghdr* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof many);
  memcpy(CMSG_DATA(rights), many, sizeof many);
  REQUIRE(::sendmsg(theirs.get(), &header, 0) == 1);
  const int lowest = ::fcntl(0, F_DUPFD_CLOEXEC, 3);
  ::close(lowest);
  auto received = receive_message(ours.get(), 100);
  REQUIRE(!received);
  CHECK(received.failure().err == EMSGSIZE);
  const int after = ::fcntl(0, F_DUPFD_CLOEXEC, 3);
  ::close(after);
  CHECK(after == lowest);
}

TEST_CASE("a stream copies all, and ends on either side") {
  auto from = make_pipe();
  auto to = make_pipe();
  REQUIRE(from);
  REQUIRE(to);
  Fd source((*from)[1]);
  Fd source_end((*from)[0]);
  Fd sink((*to)[0]);
  Fd sink_end((*to)[1]);
  const std::string text(50'000, 's');
  REQUIRE(::write(source.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  source.reset();
  {
    Stream stream(source_end.get(), sink_end.get());
    stream.drain();
    CHECK(!stream.advance());
  }
  sink_end.reset();
  CHECK(read_until_end(sink.get()) == text);

  auto broken = make_pipe();
  auto more = make_pipe();
  REQUIRE(broken);
  REQUIRE(more);
  Fd writer((*broken)[1]);
  ::close((*broken)[0]);
  Fd reader((*more)[0]);
  REQUIRE(::write((*more)[1], "x", 1) == 1);
  Fd keep((*more)[1]);
  ::signal(SIGPIPE, SIG_IGN);
  Stream stream(reader.get(), writer.get());
  CHECK(stream.advance());
  CHECK(!stream.advance());
  CHECK(!stream.open());
}
