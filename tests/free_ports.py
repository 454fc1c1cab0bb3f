"""Ports on loopback for servers that a test starts."""

from __future__ import annotations

import random
import socket


def free_port() -> int:
    """Return a port that is free over TCP and UDP, and that no connection on its way out takes meanwhile.

    The kernel gives ports above 32,767 to whoever connects anywhere, so that one asked of it may be gone by the time a
    server listens there.
    """
    drawn = random.SystemRandom()  # random's own state is the same in every process of a test run
    while True:
        port = drawn.randrange(10_000, 32_768)
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
