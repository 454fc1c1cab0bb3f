"""How fast an import is: a list from Ghost, with names, labels and times, into both databases, each in its own process.

    python bench/import_list.py [--rows 1000000]

All of it counts: reading, staging, the report, and the import, which is one transaction for each part. Meanwhile another
process unsubscribes readers, twenty a second, and measures how long each of them waits. Prints JSON.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import json
import resource
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import sqlalchemy as sa

from bench.readers import postgresql
from bench.web import SECRET
from publisher.adapters.database import migrate
from subscribers import Keyring, Subscribers, Wording
from subscribers.database import open_engine
from tests.readers import Mailbox

ROOT = Path(__file__).resolve().parent.parent
LEAVING = 5_000
"""Readers who are there already, and leave."""
_GHOST = (
    "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers"
)


def write(path: Path, rows: int, who: str = "reader") -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(_GHOST + "\n")
        for number in range(rows):
            stays, seconds = "false" if number % 50 == 0 else "true", number % 60
            file.write(
                f"{number:024x},{who}{number}@example{number % 997}.com,Reader {number},,{stays},false,,"
                f'2024-01-{1 + number % 28:02}T09:15:{seconds:02}.000Z,,"maths,engines",\n'
            )


def subscribers_of(database: str) -> tuple[sa.Engine, Subscribers]:
    engine = open_engine(database)
    migrate(engine)
    return engine, Subscribers(engine, Keyring(SECRET), Mailbox())


def bring_in(path: str, database: str) -> None:
    """Import a file and print how long it took; runs in its own process."""
    _, readers = subscribers_of(database)
    begun, worked = time.perf_counter(), time.process_time()
    report = readers.lists.import_list(Path(path), wording=Wording("bench"), now=dt.datetime.now(dt.UTC))
    seconds, cpu = time.perf_counter() - begun, time.process_time() - worked
    rows = report.new + report.left
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({
        "rows": rows, "seconds": seconds, "per_second": round(rows / seconds), "cpu_seconds": cpu,
        "per_cpu_second": round(rows / cpu), "peak_mb": round(peak, 1),
    }))  # fmt: skip


def take_off(database: str) -> None:
    """Unsubscribe one reader after the other until the input ends; print how long they waited."""
    engine, readers = subscribers_of(database)
    with engine.connect().execution_options(read_only=True) as connection:
        ids = list(connection.scalars(sa.text("SELECT subject_id FROM subscriber")))
    keyring, waits = Keyring(SECRET), []
    for whose in itertools.cycle(ids):
        if select.select([sys.stdin], [], [], 0.05)[0]:
            break
        begun = time.perf_counter()
        readers.leaving.unsubscribe(keyring.unsubscribe(whose), now=dt.datetime.now(dt.UTC))
        waits.append(time.perf_counter() - begun)
    print(json.dumps({"left": len(waits), "longest_wait_s": max(waits)}))


@contextmanager
def leaving(database: str, found: dict[str, float]) -> Iterator[None]:
    """Unsubscribe readers meanwhile; `found` gets how long they waited."""
    code = f"from bench import import_list; import_list.take_off({database!r})"
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield
    told, _ = process.communicate()
    found.update(json.loads(told))


def measure(path: Path, database: str) -> dict[str, float]:
    first = path.with_name("first.csv")
    write(first, LEAVING, "first")
    _, readers = subscribers_of(database)
    readers.lists.import_list(first, wording=Wording("bench"), now=dt.datetime.now(dt.UTC))
    code = f"from bench import import_list; import_list.bring_in({str(path)!r}, {database!r})"
    found: dict[str, float] = {}
    with leaving(database, found):
        made = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(made.stdout) | found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name, postgresql() as url:
        path = Path(name) / "list.csv"
        write(path, rows)
        found = {
            "sqlite": measure(path, f"sqlite:///{name}/bench.db"),
            "postgresql": measure(path, url.format("large")),
        }
    print(json.dumps({"rows": rows, **found}, indent=2))


if __name__ == "__main__":
    main()
