"""How fast an import is: a list from Ghost, with names, labels and times, into both databases, each in its own process.

    python bench/import_list.py [--rows 1000000]

All of it counts: reading, staging, the report, and the import, which is one transaction for each part. Prints JSON.
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

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.door import SECRET
from bench.readers import postgresql

ROOT = Path(__file__).resolve().parent.parent
_GHOST = (
    "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers"
)


def write(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(_GHOST + "\n")
        for number in range(rows):
            stays, seconds = "false" if number % 50 == 0 else "true", number % 60
            file.write(
                f"{number:024x},reader{number}@example{number % 997}.com,Reader {number},,{stays},false,,"
                f'2024-01-{1 + number % 28:02}T09:15:{seconds:02}.000Z,,"maths,engines",\n'
            )


def bring_in(path: str, database: str) -> None:
    """Import a file and print how long it took; runs in its own process."""
    from publisher.adapters.database import migrate
    from subscribers import Keyring, Subscribers, Wording
    from subscribers.database import open_engine
    from tests.readers import Mailbox

    engine = open_engine(database)
    migrate(engine)
    readers = Subscribers(engine, Keyring(SECRET), Mailbox())
    begun = time.perf_counter()
    report = readers.lists.import_list(Path(path), wording=Wording("bench"), now=dt.datetime.now(dt.UTC))
    seconds = time.perf_counter() - begun
    rows = report.new + report.left
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps({"rows": rows, "seconds": seconds, "per_second": round(rows / seconds), "peak_mb": round(peak, 1)})
    )


def measure(path: Path, database: str) -> dict[str, float]:
    code = f"from bench import import_list; import_list.bring_in({str(path)!r}, {database!r})"
    made = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    return dict(json.loads(made.stdout))


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
