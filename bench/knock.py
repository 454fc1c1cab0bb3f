"""Sends many sign-up forms over many connections at once, without a framework in the way.

    python bench/knock.py PORT CONNECTIONS < FORMS

Each line of FORMS is an address, optionally followed by a tab and the client to name in X-Forwarded-For. Each form's token
is fetched first, if the application has any. Prints, as JSON, how many answers had which status and how many came a second.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from urllib.parse import quote_plus

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def main() -> None:
    port, connections = int(sys.argv[1]), int(sys.argv[2])
    lines = [line.rstrip("\n").split("\t") for line in sys.stdin]
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]
    tokens: list[str] = []
    wanted = iter(range(len(lines)))
    await asyncio.gather(*(fetch(streams, wanted, tokens) for streams in opened))
    statuses: Counter[str] = Counter()
    forms = iter(zip(lines, tokens, strict=True))
    begun = time.perf_counter()
    await asyncio.gather(*(knock(streams, forms, statuses) for streams in opened))
    seconds = time.perf_counter() - begun
    print(json.dumps({"per_second": len(lines) / seconds, "statuses": statuses}))


async def fetch(streams: Streams, wanted: Iterator[int], tokens: list[str]) -> None:
    for _ in wanted:
        status, body = await asked(streams, b"GET /api/form HTTP/1.1\r\nHost: localhost\r\n\r\n")
        tokens.append(json.loads(body)["form"] if status == "200" else "")


async def knock(streams: Streams, forms: Iterator[tuple[list[str], str]], statuses: Counter[str]) -> None:
    for (address, *client), token in forms:
        body = f"email={quote_plus(address)}&source=knock&form={token}".encode()
        behind = f"X-Forwarded-For: {client[0]}\r\n" if client else ""
        head = (
            f"POST /subscribe HTTP/1.1\r\nHost: localhost\r\n{behind}Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        status, _ = await asked(streams, head.encode() + body)
        statuses[status] += 1
    streams[1].close()


async def asked(streams: Streams, request: bytes) -> tuple[str, bytes]:
    """Return the status and the body of an answer."""
    reader, writer = streams
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = next(int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
    return head[9:12].decode(), await reader.readexactly(length)


if __name__ == "__main__":
    asyncio.run(main())
