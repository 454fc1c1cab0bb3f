"""pressroom eval: all figures on drafting in one table, beside those of the last run."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

import typer

from publisher.cli import output
from publisher.cli.evaluating import evaluating
from publisher.cli.root import Json, pressroom

if TYPE_CHECKING:  # slow to import: only when it is used
    from publisher.act import Act
    from publisher.app import App
    from publisher.evaluation.overview import Figure
    from publisher.issue import Passage


@dataclass(frozen=True, slots=True)
class LastRun:
    """The figures of the last run with the same options, by their keys; none if there was no such run."""

    at: str = ""
    values: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file that may be missing, cut off or written by hand: it is there to be compared with, and no more."""
        try:
            found = json.loads(path.read_text("utf-8"))
            return cls(str(found["at"]), {str(key): float(value) for key, value in found["values"].items()})
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls()

    def write(self, path: Path) -> None:
        output.to_file(path, [json.dumps({"at": self.at, "values": self.values}, indent=2) + "\n"])


@evaluating.callback(invoke_without_command=True, epilog="Example: pressroom eval")
def everything(
    context: typer.Context,
    passages: Annotated[
        Path | None,
        typer.Option("--passages", metavar="FILE", help="Passages for retrieval and grounding. Default: your issues'."),
    ] = None,
    queries: Annotated[
        list[Path] | None,
        typer.Option(
            "--queries", metavar="FILE", help="Queries for --passages, one kind in each file; may be repeated."
        ),
    ] = None,
    each: Annotated[int, typer.Option("--each", min=1, metavar="N", help="The most cases of each kind.")] = 100,
    last: Annotated[int, typer.Option("--last", min=1, metavar="N", help="How many issues are drafted again.")] = 10,
    as_json: Json = False,
) -> None:
    """Measure what drafting does on real texts: retrieval, grounding, drafting, repeats and the gateway, beside the last run.

    Exit code 1 if a figure is lower than it may be. The figures are kept in var/eval/, which may be deleted.
    """
    if context.invoked_subcommand is not None:
        return
    if bool(passages) != bool(queries):
        raise typer.BadParameter("--passages and --queries belong together: name both, or neither")
    app = pressroom(context)
    options = _options(app, [one for one in (passages, *(queries or ())) if one], each, last)
    path = app.folder / "var" / "eval" / f"{hashlib.sha256(repr(options).encode()).hexdigest()[:12]}.json"
    before, now = LastRun.read(path), app.clock.now()
    found = list(_figures(app.act(), passages, queries or [], each, last))
    _keep(app.folder, path, LastRun(now.isoformat(timespec="seconds"), {one.key: one.value for one in found}))
    if as_json:
        output.data(_facts(found, before))
    else:
        _print(found, before)
    if not all(one.holds for one in found):
        raise typer.Exit(1)


def _options(app: App, files: Sequence[Path], each: int, last: int) -> list[str]:
    """Return all that figures depend on beside the archive: drafting and repeats search by vectors, too."""
    options = [*(str(one.absolute()) for one in files), str(each), str(last)]
    if app.settings.embedding_url is not None:
        options.append(app.models.embedder(app.act().publication.model).model)
    return options


def _figures(act: Act, passages: Path | None, queries: Sequence[Path], each: int, last: int) -> Iterator[Figure]:
    from publisher.adapters.extractive_writer import ExtractiveWriter
    from publisher.adapters.trial.scenarios import faulty_endpoint, run_all
    from publisher.draft import citable
    from publisher.evaluation import overview
    from publisher.evaluation.drafting import figures, redraft
    from publisher.evaluation.grounding import cases, judge
    from publisher.evaluation.own_queries import own_queries
    from publisher.evaluation.repeats import find_repeats
    from publisher.evaluation.retrieval import measure
    from publisher.evaluation.retrieval_files import read_passages, read_queries

    content, language = act.content, act.publication.language
    own = tuple(citable(content.issues, before=dt.date.max).values())
    known: tuple[Passage, ...] = read_passages(passages, passages.read_bytes()) if passages else own
    asked = {one.stem: read_queries(one, one.read_bytes()) for one in queries} or own_queries(content, own, each=each)
    yield from overview.of_retrieval(
        {kind: measure(known, some, language=language)[""] for kind, some in asked.items()}
    )
    yield from overview.of_grounding(judge(cases(known, each=each)))
    yield from overview.of_drafting(figures(list(redraft(content, last, act.index, [ExtractiveWriter()]))))
    yield from overview.of_repeats(find_repeats(content.issues, act.index(own), each=each))
    with faulty_endpoint() as address, output.progress("gateway"):
        happened = run_all(address, "eval")
    yield overview.of_gateway(sum(one.as_declared for one in happened), len(happened))


def _keep(folder: Path, path: Path, run: LastRun) -> None:
    from publisher.adapters.permissions import make_private

    make_private(folder / "var")
    make_private(path.parent)
    run.write(path)


def _facts(found: Sequence[Figure], before: LastRun) -> dict[str, object]:
    figures = [
        {
            "of": one.of, "name": one.name, "tried": one.tried, "value": round(one.value, 4), "last": before.values.get(one.key),
            "at_least": one.at_least, "holds": one.holds,
        }
        for one in found
    ]  # fmt: skip
    return {"figures": figures, "last_run": before.at or None, "holds": all(one.holds for one in found)}


def _print(found: Sequence[Figure], before: LastRun) -> None:
    rows = [
        (
            one.of,
            one.name,
            f"{one.tried:,}",
            f"{one.value:.3f}",
            _share(before.values.get(one.key)),
            _share(one.at_least),
        )
        for one in found
    ]
    output.table(
        ("figure", "of", "tried", "now", "last run", "at least"), rows, right=("tried", "now", "last run", "at least")
    )
    output.say(
        f"the last run with these options was at {before.at}" if before.at else "no earlier run with these options"
    )
    for one in found:
        if not one.holds:
            output.say(f"{one.key} is {one.value:.3f}, and may not be below {one.at_least:.3f}")


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
