"""What hostile input costs: each of tests/hostile.py is checked, rendered in three forms, and measured.

    python bench/hostile.py [--all] [--every N] [--only WORDS]

Prints a table: by kind how many there are, and the worst of them in seconds of computing and in memory. `--all` prints
every input. It exits with 1 if one takes more than 2 s or 200 MB. Each is read in a process of its own, whose worker counts; the seconds are those beyond what one word takes.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from publisher import isolation, pipeline
from publisher.app import App
from publisher.render import render_issue
from publisher.resources import shipped
from tests.hostile import Hostile, hostile
from tests.press import content, issue, templates

MOST_SECONDS = 2.0
MOST_MEMORY = 200.0
"""MB."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one input cost: seconds of computing, MB of the larger process, and what `check` says first."""

    one: Hostile
    seconds: float
    memory: float
    said: str
    failed: bool = False


def check(one: Hostile) -> str:
    """Check a publication with the input in it, and return what is said first of it."""
    with tempfile.TemporaryDirectory() as name:
        files = {"content/publication.toml": (shipped("content") / "publication.toml").read_bytes()} | one.files()
        for path, data in files.items():
            (Path(name) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(name) / path).write_bytes(data)
        with App(Path(name), variables={}) as app:
            problems = pipeline.check(app.act_to_check())
    return next((str(problem) for problem in problems if problem.path.as_posix() in one.files()), "")


def render(one: Hostile) -> str:
    """Write mail, text and page of an issue with the input in it."""
    text = issue(3, concept=one.data.decode())
    render_issue(text, content(text), templates())
    return ""


def measure(one: Hostile, step: Callable[[Hostile], str]) -> Cost:
    """Take a step in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            os.write(writing, step(one)[:4_000].encode("utf-8", "replace"))
            isolation.end_workers()
            code = 0
        except Exception:  # noqa: BLE001  # whatever it is, this input failed
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        said = pipe.read()
    _, status, used = os.wait4(child, 0)
    return Cost(one, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, said, bool(status))


def worst(one: Hostile) -> Cost:
    """Return what the dearest step costs in each respect."""
    steps = (check, render) if one.kind in ("Markdown", "raw HTML", "code", "diagram") else (check,)
    costs = [measure(one, step) for step in steps]
    return Cost(
        one, max(cost.seconds for cost in costs), max(cost.memory for cost in costs),
        " ".join(cost.said for cost in costs if cost.said), any(cost.failed for cost in costs),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--all", action="store_true", help="print every input, not only the worst of each kind")
    parser.add_argument("--only", default="", help="measure only inputs whose name holds this")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="measure every Nth input alone")
    options = parser.parse_args()
    plain = worst(Hostile("Markdown", "a word", b"Word."))
    costs = []
    for one in list(hostile())[:: options.every]:
        if options.only in one.id:
            cost = worst(one)
            costs.append(replace(cost, seconds=cost.seconds - plain.seconds))
            if options.all:
                print(
                    f"{costs[-1].seconds:6.2f} s {costs[-1].memory:5.0f} MB  {one.id}\n{'':20}{costs[-1].said[:160]}",
                    flush=True,
                )
    for kind in dict.fromkeys(cost.one.kind for cost in costs):
        own = [cost for cost in costs if cost.one.kind == kind]
        slowest, largest = max(own, key=lambda cost: cost.seconds), max(own, key=lambda cost: cost.memory)
        print(
            f"{kind}: {len(own)}; {slowest.seconds:.2f} s ({slowest.one.name}); {largest.memory:.0f} MB ({largest.one.name})"
        )
    sys.exit(any(cost.seconds > MOST_SECONDS or cost.memory > MOST_MEMORY or cost.failed for cost in costs))


if __name__ == "__main__":
    main()
