"""The site of 1,000 issues, beside Pelican on the same files: built from nothing, after one edit, and from nothing again.

    python bench/big_site.py [--issues 1000] [--runs 3] [--data ../shared/data]

The issues are archives imported by `pressroom archive import`, repeated under later dates, each section with words of its
own, so that nothing is the same text twice. Pelican comes from PyPI into var/bench, and runs with its own theme.
Both are whole processes, start-up included, in turns; the second build is by a process that read everything before, as
`pressroom run` has. Prints JSON: medians of the runs; what needs Pelican or the data is null without them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from publisher import pipeline
from publisher.app import App

ROOT = Path(__file__).resolve().parent.parent
PELICAN = "pelican[markdown]==4.12.0"
ARCHIVES = ("optech/issues", "archives/lwkd", "archives/haskell-weekly")
PRESSROOM = (sys.executable, "-c", "from publisher.cli import main; main()")
CONFIGURATION = """
AUTHOR = SITENAME = "bench"
SITEURL = "https://news.example.com"
TIMEZONE = "UTC"
FEED_ALL_ATOM = "feed.xml"
SLUGIFY_SOURCE = "basename"
"""


def run(command: tuple[str, ...], folder: Path) -> tuple[float, float, float]:
    """Return a process's seconds, its seconds of CPU with those of its children, and its peak memory in MB."""
    start = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # or each process compiles what an installed program has compiled
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def publication(folder: Path, data: Path, issues: int) -> Path:
    """Make a publication with so many imported issues, and return its folder of issues."""
    run((*PRESSROOM, "init", "."), folder)
    for archive in ARCHIVES:
        run((*PRESSROOM, "archive", "import", str(data / archive), "--first-date", "2016-05-05"), folder)
    place = folder / "content" / "issues"
    texts = [path.read_text("utf-8") for path in sorted(place.glob("*.md"))]
    day = max(dt.date.fromisoformat(found) for text in texts for found in re.findall(r"^date: (.*)$", text, re.M))
    for number in range(1, issues + 1):
        text = texts[(number - 1) % len(texts)]
        if number > len(texts):
            day += dt.timedelta(days=7)
            week = "{}-W{:02}".format(*day.isocalendar())
            for key, value in (("number", number), ("week", week), ("date", day), ("published", day)):
                text = re.sub(rf"^{key}: .*$", f"{key}: {value}", text, count=1, flags=re.M)
            text = re.sub(r"^aliases:\n(?:- .*\n|  .*\n)*", "", text, count=1, flags=re.M)
        said = re.sub(r"^(## .*)$", rf"\1\n\nIn No. {number} for the first time.", text, flags=re.M)
        (place / f"{number:04d}.md").write_text(said, "utf-8")
    return place


def pelican() -> tuple[str, ...] | None:
    """Return Pelican's command; None when it cannot be installed."""
    folder = ROOT / "var" / "bench" / "pelican"
    if not (folder / "bin" / "pelican").exists():
        venv.create(folder, with_pip=True, clear=True)
        made = subprocess.run([folder / "bin" / "pip", "install", "--quiet", PELICAN], check=False)
        if made.returncode:
            shutil.rmtree(folder)
            return None
    return (str(folder / "bin" / "pelican"),)


def _put_aside(folder: Path, number: int) -> None:
    """Let a folder be gone, but not deleted: ext4 looks at each file that was deleted just now before it makes a new one."""
    if folder.exists():
        folder.rename(folder.with_name(f"{folder.name}-{number}"))


def after_one_edit(folder: Path, place: Path, runs: int) -> float:
    """Return the seconds that a running process takes for the site after an edit of the newest issue."""
    newest = max(place.glob("*.md"))
    with App(folder, variables={}) as app:
        pipeline.publish(app.act())
        took = []
        for number in range(runs):
            newest.write_text(newest.read_text("utf-8") + f"\nMore words, {number}.\n", "utf-8")
            start = time.perf_counter()
            pipeline.publish(app.act())
            took.append(time.perf_counter() - start)
    return statistics.median(took)


def measure(data: Path, issues: int, runs: int) -> dict[str, Any]:
    if not all((data / archive).is_dir() for archive in ARCHIVES):
        return {"issues": 0}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = publication(folder, data, issues)
        (folder / "PEER.py").write_text(CONFIGURATION)
        peer = pelican()
        ours, theirs, again = [], [], []
        for number in range(runs):
            _put_aside(folder / "var", number)  # with all that is kept for the next command
            ours.append(run((*PRESSROOM, "publish"), folder))
            again.append(run((*PRESSROOM, "publish"), folder))
            if peer:
                out = folder / "out"
                _put_aside(out, number)
                theirs.append(run((*peer, "-q", "-s", "PEER.py", "-o", str(out), str(place)), folder))
        found: dict[str, Any] = {
            "issues": len(list(place.glob("*.md"))), "runs": runs,
            "seconds": statistics.median(wall for wall, _, _ in ours),
            "cpu_seconds": statistics.median(cpu for _, cpu, _ in ours),
            "peak_mb": max(peak for _, _, peak in ours),
            "unchanged_cpu_seconds": statistics.median(cpu for _, cpu, _ in again),
            "after_one_edit_seconds": after_one_edit(folder, place, runs),
            "ratio": None, "cpu_ratio": None,
        }  # fmt: skip
        if theirs:
            pairs = list(zip(ours, theirs, strict=True))
            found["pelican_seconds"] = statistics.median(wall for wall, _, _ in theirs)
            found["pelican_cpu_seconds"] = statistics.median(cpu for _, cpu, _ in theirs)
            found["ratio"] = statistics.median(his[0] / mine[0] for mine, his in pairs)
            found["cpu_ratio"] = statistics.median(his[1] / mine[1] for mine, his in pairs)
        return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--issues", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.data, chosen.issues, chosen.runs), indent=2))
