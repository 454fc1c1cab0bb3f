"""How much memory and time the commands about a long list take, each in a process of its own, and whether they tell progress.

    python bench/finding.py [--rows 1000000] [--only sqlite|postgresql]

Prints JSON, and each figure as it comes to standard error. The peak is VmHWM of /proc, so the memory of the measuring process does not count.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.readers import fill, postgresql
from bench.web import SECRET
from subscribers.database import open_engine

ROOT = Path(__file__).resolve().parent.parent
FEW = 1_000
"""A list to compare with."""
_WRAPPER = """
import atexit, sys
from pathlib import Path
peak = Path(sys.argv.pop(1))
atexit.register(lambda: peak.write_text(Path("/proc/self/status").read_text()))
from publisher.cli import main
main()
"""


def commands(rows: int) -> Mapping[str, tuple[str, ...]]:
    return {
        "list": ("list", "--limit", str(rows)),
        "list --json": ("list", "--limit", str(rows), "--json"),
        "search": ("list", "--limit", str(rows), "--search", "9@example"),
        "count": ("count", "--where", "domain = example.com and not tag = beta"),
        "stats": ("stats",),
        "export": ("export", "--output", "readers.csv"),
        "tag": ("tag", "--where", "source = bench", "--add", "beta"),
    }


def run(folder: Path, database: str, words: tuple[str, ...]) -> dict[str, Any]:
    """Run one command and return its seconds, its peak in MB and its lines of progress."""
    peak = folder / "peak"
    begun = time.perf_counter()
    with (folder / "out").open("wb") as out:
        made = subprocess.run(
            [sys.executable, "-c", _WRAPPER, str(peak), "--publication", str(ROOT), "--database", database, "subscribers",
             *words],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8",
                 "PRESSROOM_SECRET_KEY": SECRET},
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            check=True,
        )  # fmt: skip
    seconds = time.perf_counter() - begun
    kilobytes = next(int(line.split()[1]) for line in peak.read_text().splitlines() if line.startswith("VmHWM"))
    told = [line for line in made.stderr.splitlines() if line.startswith(f"{words[0]}: ")]
    return {"seconds": round(seconds, 1), "peak_mb": round(kilobytes / 1024, 1), "progress_lines": len(told)}


def measure(folder: Path, url: str, rows: int) -> dict[str, Any]:
    """Measure all commands on a short list and on a long one; `url` has a place for the database's name."""
    found: dict[str, Any] = {}
    for label, size in (("small", FEW), ("large", rows)):
        engine = open_engine(url.format(label))
        fill(engine, size)
        engine.dispose()
    for name, words in commands(rows).items():
        small, large = (run(folder, url.format(label), words) for label in ("small", "large"))
        found[name] = {**large, "grown_mb": round(large["peak_mb"] - small["peak_mb"], 1)}
        print(f"{name}: {found[name]}", file=sys.stderr)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found: dict[str, Any] = {"rows": options.rows}
        if options.only != "postgresql":
            found["sqlite"] = measure(folder, f"sqlite:///{folder}/{{}}.db", options.rows)
        if options.only != "sqlite":
            with postgresql() as url:
                found["postgresql"] = measure(folder, url, options.rows)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
