#!/usr/bin/env python3
"""Runs a command on a new pseudo terminal: onpty.py COLUMNS ROWS COMMAND...

Bytes of standard input go to the terminal, its end as Ctrl-D; what the terminal shows goes to standard output.
The exit status is the command's (128 + n after signal n).
"""
import fcntl
import os
import select
import signal
import struct
import sys
import termios


def main():
    columns, rows = int(sys.argv[1]), int(sys.argv[2])
    pid, master = os.forkpty()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        try:
            os.execvp(sys.argv[3], sys.argv[3:])
        except OSError as error:
            os.write(2, f"{sys.argv[3]}: {error}\n".encode())
            os._exit(127)

    def resize(_signal, _frame):
        # SIGUSR1: 100 columns, 40 rows.
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))

    signal.signal(signal.SIGUSR1, resize)
    open_in = True
    while True:
        readable, _, _ = select.select([master] + ([0] if open_in else []), [], [])
        if master in readable:
            try:
                data = os.read(master, 65536)
            except OSError:
                data = b""
            if not data:
                break
            os.write(1, data)
        elif 0 in readable:
            data = os.read(0, 65536)
            open_in = bool(data)
            os.write(master, data or b"\x04")
    _, status = os.waitpid(pid, 0)
    sys.exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))


main()
