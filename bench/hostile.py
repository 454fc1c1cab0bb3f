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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from publisher import isolation, pipeline
from publisher.adapters.files import Folder
from publisher.app import App
from publisher.archive_import import Reading, import_archive
from publisher.errors import ContentError
from publisher.render import render_issue
from publisher.resources import shipped
from publisher.scaffold import scaffold
from subscribers import InvalidSegment, UndecidedList, UnreadableList, parse_segment
from tests.hostile import Hostile, hostile
from tests.press import content, issue, templates
from tests.readers import NOW, WORDING

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
        _written(Path(name), files)
        with App(Path(name), variables={}) as app:
            problems = pipeline.check(app.act_to_check())
    return next((str(problem) for problem in problems if problem.path.as_posix() in one.files()), "")


def import_archived(one: Hostile) -> str:
    """Import the input as an archive, or as the link definitions of one."""
    with tempfile.TemporaryDirectory() as name:
        folder = _written(Path(name), one.files())
        scaffold(folder / "news")
        definitions = tuple((folder / "old").glob("*definitions.md"))
        if definitions:
            _written(folder, {"old/2024-01-02-a.md": b"See [x].\n"})
        try:
            report = import_archive(
                Folder(folder / "news"), folder / "old", Reading(definitions=definitions), dry_run=True
            )
        except ContentError as error:
            return str(error.problems[0])
    return next((str(problem) for problem in (*report.skipped, *report.problems)), "")


def import_list(one: Hostile) -> str:
    """Import the input as a list of readers."""
    with tempfile.TemporaryDirectory() as name:
        folder = _written(Path(name), one.files())
        scaffold(folder / "news")
        (path,) = folder.glob("list.*")
        with App(folder / "news", variables={}) as app:
            try:
                report = app.subscribers.lists.import_list(path, wording=WORDING, now=NOW)
            except (UnreadableList, UndecidedList) as error:
                return str(error)
    return next((f"{bad.line}: {bad.why}" for bad in report.invalid), "")


def find(one: Hostile) -> str:
    """Look for the readers in the input, as a segment."""
    with tempfile.TemporaryDirectory() as name:
        scaffold(Path(name) / "news")
        with App(Path(name) / "news", variables={}) as app:
            try:
                app.subscribers.queries.count(parse_segment(one.data.decode()), NOW)
            except InvalidSegment as error:
                return str(error)
    return ""


def _written(folder: Path, files: Mapping[str, bytes]) -> Path:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


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


STEPS: Mapping[str, Sequence[Callable[[Hostile], str]]] = {
    **dict.fromkeys(("Markdown", "raw HTML", "code", "diagram"), (check, render)),
    **dict.fromkeys(("archive", "definitions"), (import_archived,)),
    "list": (import_list,),
    "segment": (check, find),
}
"""What is done with an input of each kind; the others are checked."""


def worst(one: Hostile) -> Cost:
    """Return what the dearest step costs in each respect."""
    costs = [measure(one, step) for step in STEPS.get(one.kind, (check,))]
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
    for number, one in enumerate(hostile()):  # one at a time: some are large
        if options.only in one.id and number % options.every == 0:
            cost = worst(one)
            costs.append(replace(cost, seconds=cost.seconds - plain.seconds))
            if options.all:
                print(
                    f"{costs[-1].seconds:6.2f} s {costs[-1].memory:5.0f} MB  {one.id}\n{'':20}{costs[-1].said[:160]}",
                    flush=True,
                )
            costs[-1] = replace(costs[-1], one=replace(one, data=b""))
    for kind in dict.fromkeys(cost.one.kind for cost in costs):
        own = [cost for cost in costs if cost.one.kind == kind]
        slowest, largest = max(own, key=lambda cost: cost.seconds), max(own, key=lambda cost: cost.memory)
        print(
            f"{kind}: {len(own)}; {slowest.seconds:.2f} s ({slowest.one.name}); {largest.memory:.0f} MB ({largest.one.name})"
        )
    sys.exit(any(cost.seconds > MOST_SECONDS or cost.memory > MOST_MEMORY or cost.failed for cost in costs))


if __name__ == "__main__":
    main()
