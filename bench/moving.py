"""How long a move to another database, a backup and a restore take, with an issue half sent, and how much memory.

    python bench/moving.py [--rows 100000]

The list has readers of every state (tests/whole_lists.py), and half of an issue's deliveries are open. Everything goes from
SQLite to PostgreSQL and back, and through a backup of each into the other. All rows are compared each time. Each step
runs in its own process. Prints JSON, and fails if a row differs.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import sqlalchemy as sa

from bench.import_list import subscribers_of
from bench.readers import postgresql
from publisher.adapters.database.tables import delivery, mailing
from publisher.app import App
from publisher.moving import backup, database_move, restore
from publisher.moving.tables import whole_tables
from subscribers.database import digest_of, open_engine, snapshot
from tests.publication import example, variables
from tests.whole_lists import fill

ROOT = Path(__file__).resolve().parent.parent
NOW = dt.datetime(2026, 11, 26, 8, 0, tzinfo=dt.UTC)
HELD = {"delivery", "email", "issue_slot", "lease", "sender_process"}
"""What a restore changes."""


def prepare(database: str, rows: int) -> None:
    """Fill a database, and send half of an issue."""
    engine, _ = subscribers_of(database)
    fill(engine, rows)
    with engine.begin() as connection:
        connection.execute(
            mailing.insert().values(number=7, digest="d", subject="s", message=b"m" * 100_000, started=NOW)
        )
        who = sa.text("SELECT id, subject_id, address, canonical, name FROM subscriber WHERE state = 'active'")
        for part in connection.execute(who, execution_options={"yield_per": 10_000}).mappings().partitions():
            connection.execute(
                delivery.insert(),
                [
                    {
                        "issue": 7, "subscriber_id": row["id"], "state": "sent" if row["id"] % 2 else "queued",
                        "due": None if row["id"] % 2 else NOW, "changed": NOW, **{name: row[name] for name in row if name != "id"},
                    }
                    for row in part
                ],
            )  # fmt: skip
    engine.dispose()


def content_of(database: str) -> dict[str, tuple[int, str]]:
    engine, found = open_engine(database), {}
    with snapshot(engine) as connection:
        for table in whole_tables():
            digest = digest_of(connection, table)
            found[table.name] = (digest.rows, digest.value)
    engine.dispose()
    return found


def told(_done: int, _total: int) -> None:
    pass


def app(folder: str, database: str) -> App:
    return App(Path(folder), database=database, variables=variables("smtp://127.0.0.1:1"))


def move(source: str, target: str) -> None:
    here, there = open_engine(source), open_engine(target)
    database_move.move(here, there, NOW, told)
    here.dispose()
    there.dispose()


def back_up(folder: str, database: str, file: str) -> None:
    with app(folder, database) as made:
        backup.back_up(made, Path(file), told)


def bring_back(folder: str, database: str, file: str) -> None:
    with app(folder, database) as made:
        restore.restore(made, Path(file), told)


def timed(step: str, *words: str) -> dict[str, float]:
    """Run a step in its own process; return its seconds, those of its processor, and its peak of memory."""
    code = f"import sys; from bench import moving; moving.measured(moving.{step}, *sys.argv[1:])"
    made = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    return dict(json.loads(made.stdout))


def measured(step: Any, *words: str) -> None:
    begun, worked = time.perf_counter(), time.process_time()
    step(*words)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds, cpu = time.perf_counter() - begun, time.process_time() - worked
    print(json.dumps({"seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1), "peak_mb": round(peak)}))


def same(before: dict[str, tuple[int, str]], database: str, but: frozenset[str] = frozenset()) -> None:
    after = content_of(database)
    if differing := [name for name in before if name not in but and before[name] != after[name]]:
        sys.exit(f"{', '.join(differing)}: not the same in {database}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name, postgresql() as url:
        folder = str(example(Path(name) / "news"))
        first, middle, last = f"sqlite:///{name}/first.db", url.format("large"), f"sqlite:///{name}/last.db"
        prepare(first, rows)
        before, found = content_of(first), {}
        archive = f"{name}/backup.zip"
        found["backup of sqlite"] = timed("back_up", folder, first, archive)
        found["megabytes of the backup"] = round(Path(archive).stat().st_size / 1e6, 1)
        (Path(name) / "again").mkdir()
        found["restore in postgresql"] = timed("bring_back", f"{name}/again", url.format("small"), archive)
        same(before, url.format("small"), frozenset(HELD))
        found["move to postgresql"] = timed("move", first, middle)
        same(before, middle)
        found["backup of postgresql"] = timed("back_up", folder, middle, f"{name}/second.zip")
        found["move to sqlite"] = timed("move", middle, last)
        same(before, last)
    print(
        json.dumps({"readers": rows, "rows": {table: count for table, (count, _) in before.items()}, **found}, indent=2)
    )


if __name__ == "__main__":
    main()
