"""Asks `tests.forks` for a command; as a program it is `pressroom`, with nothing to import: SOCKET WORDS."""

import json
import os
import socket
import sys


def run(
    path: str, words: list[str], folder: str, environment: dict[str, str], umask: int, files: list[int],
    timeout: float | None = None,
) -> int:  # fmt: skip
    """Run `pressroom WORDS` with files as its stdin, stdout and stderr; return how it ended, as `subprocess` does.

    Raises TimeoutError, after which the command is killed.
    """
    with socket.socket(socket.AF_UNIX) as server:
        server.settimeout(timeout)
        server.connect(path)
        socket.send_fds(server, [b"\n"], files)
        server.sendall(json.dumps([words, folder, environment, umask]).encode() + b"\n")
        return int(server.recv(16))


if __name__ == "__main__":
    umask = os.umask(0o077)
    ended = run(sys.argv[1], sys.argv[2:], os.getcwd(), dict(os.environ), umask, [0, 1, 2])
    sys.exit(ended if ended >= 0 else 128 - ended)
