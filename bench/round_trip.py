"""Whether a list is the same after a move to another database, and how long that takes: SQLite to PostgreSQL, and back.

    python bench/round_trip.py [--rows 100000]

The list has readers of every state, with courses, pauses, consents, histories, former ids and moves, and addresses without
a reader (tests/whole_lists.py). After each move all rows are compared; then the same file is imported once more, which
must change nothing. Prints JSON, and fails if a row differs.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import sqlalchemy as sa

from bench.import_list import subscribers_of
from bench.readers import postgresql
from subscribers import Subscribers, Wording
from tests.whole_lists import everything, fill


def moved(before: str, after: str, path: Path) -> dict[str, Any]:
    """Move a list from one database to another, and compare."""
    here, there = subscribers_of(before), subscribers_of(after)
    begun = time.perf_counter()
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(here[1].lists.export_csv())
    exported = time.perf_counter() - begun
    found = {"export_seconds": round(exported, 1), "megabytes": round(path.stat().st_size / 1e6, 1)}
    whole = everything(here[0])
    for name in ("import", "second_import"):
        begun = time.perf_counter()
        _bring_in(there[1], path)
        found[f"{name}_seconds"] = round(time.perf_counter() - begun, 1)
        _compare(whole, there[0])
    return {"rows": {name: len(rows) for name, rows in whole.items()}, **found}


def _bring_in(readers: Subscribers, path: Path) -> None:
    report = readers.lists.import_list(path, wording=Wording("bench"), now=dt.datetime.now(dt.UTC))
    if report.invalid_count or report.duplicates:
        sys.exit(f"{report.invalid_count} invalid lines, such as {report.invalid[:3]}; {report.duplicates} duplicates")


def _compare(whole: Mapping[str, Any], engine: sa.Engine) -> None:
    there = everything(engine)
    for name, rows in whole.items():
        differing = [pair for pair in zip(rows, there[name], strict=False) if pair[0] != pair[1]]
        if differing or len(rows) != len(there[name]):
            sys.exit(f"{name}: {len(rows)} rows became {len(there[name])}; they begin to differ at {differing[:1]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name, postgresql() as url:
        first, path = f"sqlite:///{name}/first.db", Path(name) / "list.csv"
        fill(subscribers_of(first)[0], rows)
        found = {
            "sqlite to postgresql": moved(first, url.format("large"), path),
            "postgresql to sqlite": moved(url.format("large"), f"sqlite:///{name}/second.db", path),
        }
    print(json.dumps({"rows": rows, **found}, indent=2))


if __name__ == "__main__":
    main()
