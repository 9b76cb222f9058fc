// The other end of --console-socket and --pidfd-socket.
import { type ChildProcess, spawn } from "node:child_process";
import { basename, dirname } from "node:path";
import type { TestContext } from "node:test";
import { waitUntil } from "./command.js";

/** Accepts one connection and reads one message with one descriptor, as engines do; prints the name, what `inspect` makes of it, then waits. */
const receiver = (inspect: string) => `
import array, os, socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind(sys.argv[1]); server.listen(1)
print("listening", flush=True)
connection, _ = server.accept(); server.close()
data, ancillary, flags, _ = connection.recvmsg(4096, socket.CMSG_SPACE(64))
fds = array.array("i")
for level, kind, payload in ancillary: fds.frombytes(payload[:len(payload) - len(payload) % 4])
assert len(fds) == 1 and data, (data, list(fds))
fd = fds[0]
${inspect}
`;

/** `inspect`: Python, with the descriptor as `fd` and the payload as `data`. */
export async function listen(t: TestContext, path: string, inspect: string): Promise<{ output: () => string }> {
  const child: ChildProcess = spawn("python3", ["-c", receiver(inspect), basename(path)], {
    cwd: dirname(path),
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await waitUntil("the socket listens", () => text.includes("listening"));
  return { output: () => text };
}
