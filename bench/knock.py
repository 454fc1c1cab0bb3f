"""Sends many sign-up forms over many connections at once, without a framework in the way.

    python bench/knock.py PORT CONNECTIONS [TOKEN] < FORMS

Each line of FORMS is an address, optionally followed by a tab and the client to name in X-Forwarded-For. Prints, as
JSON, how many answers had which status and how many came a second.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from urllib.parse import quote_plus


async def main() -> None:
    port, connections = int(sys.argv[1]), int(sys.argv[2])
    token = sys.argv[3] if len(sys.argv) > 3 else ""
    lines = [line.rstrip("\n").split("\t") for line in sys.stdin]
    statuses: Counter[str] = Counter()
    forms = iter(lines)
    begun = time.perf_counter()
    await asyncio.gather(*(knock(port, forms, token, statuses) for _ in range(connections)))
    seconds = time.perf_counter() - begun
    print(json.dumps({"per_second": len(lines) / seconds, "statuses": statuses}))


async def knock(port: int, forms: Iterator[list[str]], token: str, statuses: Counter[str]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for address, *client in forms:
        body = f"email={quote_plus(address)}&source=knock&form={token}".encode()
        behind = f"X-Forwarded-For: {client[0]}\r\n" if client else ""
        writer.write(
            f"POST /subscribe HTTP/1.1\r\nHost: localhost\r\n{behind}Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(length)
        statuses[head[9:12].decode()] += 1
    writer.close()


if __name__ == "__main__":
    asyncio.run(main())
