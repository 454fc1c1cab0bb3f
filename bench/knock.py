"""Knocks at a door: many forms over many connections at once, in one process without a framework.

python bench/knock.py PORT FORMS CONNECTIONS FIRST [TOKEN]
"""

from __future__ import annotations

import asyncio
import json
import sys
import time


async def knock(port: int, numbers: list[int], token: str, statuses: dict[int, int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in numbers:
        body = f"email=reader{number}%40example{number % 997}.com&source=bench&form={token}".encode()
        writer.write(
            b"POST /subscribe HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        )
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(length)
        status = int(head[9:12])
        statuses[status] = statuses.get(status, 0) + 1
    writer.close()


async def main() -> None:
    port, forms, connections, first = map(int, sys.argv[1:5])
    token = sys.argv[5] if len(sys.argv) > 5 else ""
    statuses: dict[int, int] = {}
    begun = time.perf_counter()
    shares = [list(range(first + share, first + forms, connections)) for share in range(connections)]
    await asyncio.gather(*(knock(port, numbers, token, statuses) for numbers in shares))
    seconds = time.perf_counter() - begun
    print(json.dumps({"per_second": forms / seconds, "statuses": statuses}))


if __name__ == "__main__":
    asyncio.run(main())
