# A seccomp agent: takes each container process state that comes to the socket argv[1], prints it as one line, and answers its notifications as
# argv[2] says: "fake" (the call succeeds, nothing is done), "errno N", "continue", or "hang-up" (closes each connection unread).
# With argv[3] "later" it begins only when a line comes on its standard input.
import array, fcntl, json, os, socket, struct, sys, threading

RECV, SEND = 0xC0502100, 0xC0182101
CONTINUE = 1
path, answer, *rest = sys.argv[1:]
server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind(path)
server.listen(16)
print("listening", flush=True)


def serve(fd):
    while True:
        request = bytearray(80)
        try:
            fcntl.ioctl(fd, RECV, request)
            (number,) = struct.unpack_from("Q", request)
            words = answer.split()
            error = -int(words[1]) if words[0] == "errno" else 0
            flags = CONTINUE if words[0] == "continue" else 0
            fcntl.ioctl(fd, SEND, bytearray(struct.pack("Qqii", number, 0, error, flags)))
        except OSError:
            return  # ENOENT: nobody is left


def receive(connection):
    text, fds = b"", array.array("i")
    while True:
        data, ancillary, _, _ = connection.recvmsg(65536, socket.CMSG_SPACE(64))
        for level, kind, payload in ancillary:
            assert text == b"" and level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS
            fds.frombytes(payload[: len(payload) - len(payload) % 4])
        text += data
        try:  # runc keeps the connection open
            state = json.loads(text)
            break
        except ValueError:
            assert data, text
    assert len(fds) == len(state["fds"]) == 1, (list(fds), state)
    print(json.dumps(state), flush=True)
    serve(fds[0])


if rest:
    sys.stdin.readline()
while True:
    connection, _ = server.accept()
    if answer == "hang-up":
        connection.close()
        print("hung up", flush=True)
        continue
    threading.Thread(target=receive, args=(connection,), daemon=True).start()
