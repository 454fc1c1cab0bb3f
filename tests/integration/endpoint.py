"""A model endpoint on loopback that can misbehave: raw sockets, so that nothing polite stands between.

Each behaviour is a function that gets the connection after the request was read; the script of an endpoint is the
list of behaviours for its first, second ... request (the last one repeats).
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Behaviour = Callable[[socket.socket, threading.Event], None]


@dataclass
class Endpoint:
    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


def completion(sentences: Sequence[tuple[str, str, str]], *, finish: str | None = "stop", **more: Any) -> bytes:
    """A chat completion as small servers send it: without `logprobs`, `refusal` and the like."""
    content = json.dumps({"sentences": [{"sentence": s, "passage": p, "quotation": q} for s, p, q in sentences]})
    message = {"role": "assistant", "content": content}
    reply: dict[str, Any] = {"id": "1", "object": "chat.completion", "model": "small-1", "choices": [{"index": 0, "message": message, "finish_reason": finish}],
                             "usage": {"prompt_tokens": 100, "completion_tokens": 23, "total_tokens": 123}}  # fmt: skip
    return json.dumps(reply | more).encode()


def response(
    body: bytes, status: str = "200 OK", kind: str = "application/json", *headers: str, length: int | None = None
) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body) if length is None else length}",
        "Connection: close",
        *headers,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def says(data: bytes) -> Behaviour:
    return lambda connection, stop: connection.sendall(data)


def hangs(connection: socket.socket, stop: threading.Event) -> None:
    stop.wait(30)


def stalls(data: bytes) -> Behaviour:
    """Say a little, then nothing, with the connection open."""

    def behave(connection: socket.socket, stop: threading.Event) -> None:
        connection.sendall(data)
        stop.wait(30)

    return behave


def drips(data: bytes, pause: float = 0.05) -> Behaviour:
    """One byte at a time: a time-out between two bytes never fires."""

    def behave(connection: socket.socket, stop: threading.Event) -> None:
        for byte in data:
            if stop.wait(pause):
                return
            connection.sendall(bytes([byte]))

    return behave


def never_ends(chunk: bytes, pause: float = 0.0) -> Behaviour:
    def behave(connection: socket.socket, stop: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while not stop.wait(pause):
            connection.sendall(chunk)

    return behave


def resets(connection: socket.socket, stop: threading.Event) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


@contextmanager
def endpoint(*script: Behaviour) -> Iterator[Endpoint]:
    """Serve the script on a free port; leave no thread behind."""
    stop, threads = threading.Event(), list[threading.Thread]()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        served = Endpoint(f"http://127.0.0.1:{server.getsockname()[1]}/v1")

        def answer(connection: socket.socket, behaviour: Behaviour) -> None:
            with connection:
                try:
                    _read_request(connection, served)
                    behaviour(connection, stop)
                except OSError:
                    pass  # the client gave up, which is what many tests are about

        def accept() -> None:
            count = 0
            while not stop.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                connection.settimeout(10)
                threads.append(threading.Thread(target=answer, args=(connection, script[min(count, len(script) - 1)])))
                threads[-1].start()
                count += 1

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield served
        finally:
            stop.set()
            acceptor.join()
            for thread in threads:
                thread.join()


def _read_request(connection: socket.socket, served: Endpoint) -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _receive(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head.decode().split("\r\n")[1:])
    }
    while len(body) < int(headers["content-length"]):
        body += _receive(connection)
    served.headers.append(headers)
    served.requests.append(json.loads(body))


def _receive(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("closed before the request was complete")
    return data
