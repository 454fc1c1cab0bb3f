"""pressroom eval: figures on what drafting does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli import output
from publisher.cli.root import Json, cli, pressroom

if TYPE_CHECKING:  # slow to import: only when it is used
    from publisher.evaluation.grounding import Figures
    from publisher.evaluation.retrieval import RetrievalFigures
    from publisher.issue import Passage
    from publisher.ports import Retriever, VectorRetriever

evaluating = typer.Typer(name="eval", help="Measure what drafting does on real texts.", pretty_exceptions_enable=False)
cli.add_typer(evaluating)


@evaluating.command(epilog="Example: pressroom eval grounding --each 50")
def grounding(
    context: typer.Context,
    passages: Annotated[
        Path | None,
        typer.Option("--passages", metavar="FILE", help="JSON lines with id and text. Default: your published issues."),
    ] = None,
    each: Annotated[int, typer.Option("--each", min=1, metavar="N", help="The most claims of each class.")] = 300,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Chooses other sentences and mutations.")] = 1,
    as_json: Json = False,
) -> None:
    """Count how many genuine claims the checks accept, and how many changed ones they refuse, by class."""
    from publisher.evaluation.grounding import cases, judge

    found = judge(cases(_passages(context, passages), each=each, seed=seed))
    if as_json:
        output.data({"classes": [_fact(figures) for figures in found]})
        return
    output.table(
        ("class", "claims", "accepted", "right", "at least", "refused by"), [_row(figures) for figures in found],
        right=("claims", "accepted", "right", "at least"),
    )  # fmt: skip


def _passages(context: typer.Context, path: Path | None) -> tuple[Passage, ...]:
    if path is None:
        import datetime as dt

        from publisher.draft import citable

        return tuple(citable(pressroom(context).act().content.issues, before=dt.date.max).values())
    from publisher.evaluation.grounding import read_passages

    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{path} cannot be read as UTF-8 text; name a file of JSON lines") from error
    try:
        return read_passages(lines)
    except (ValueError, KeyError, TypeError) as error:
        raise typer.BadParameter(
            f"{path} does not hold JSON lines with id and text; one of them says: {error}"
        ) from None


def _fact(figures: Figures) -> dict[str, object]:
    return {
        "class": figures.kind,
        "claims": figures.tried,
        "accepted": figures.accepted,
        "right": round(figures.right, 4),
        "at_least": figures.at_least,
        "refused_by": dict(figures.by_check.most_common()),
    }


def _row(figures: Figures) -> tuple[str, ...]:
    most = ", ".join(f"{check} {count}" for check, count in figures.by_check.most_common(3) if count)
    needed = f"{figures.at_least:.0%}" if figures.at_least is not None else ""
    return figures.kind, f"{figures.tried:,}", f"{figures.accepted:,}", f"{figures.right:.1%}", needed, most


@evaluating.command(epilog="Example: pressroom eval retrieval --passages passages.jsonl --queries citations.jsonl")
def retrieval(
    context: typer.Context,
    passages: Annotated[
        Path, typer.Option("--passages", metavar="FILE", help="JSON lines with id and text; date, section, heading.")
    ],
    queries: Annotated[
        Path, typer.Option("--queries", metavar="FILE", help="JSON lines with id, query and relevant (ids); date.")
    ],
    language: Annotated[str, typer.Option("--language", metavar="TAG", help="What they are written in.")] = "en",
    links: Annotated[
        bool, typer.Option("--links", help="Let what earlier queries are about count, as links of earlier issues do.")
    ] = False,
    vectors: Annotated[
        bool, typer.Option("--vectors", help="Compare vectors, too, by the model of PRESSROOM_EMBEDDING_URL.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Count how often the search finds the passages that are relevant to a query. A query's date hides later passages."""
    from publisher.evaluation.retrieval import measure
    from publisher.evaluation.retrieval_files import read_passages, read_queries

    asked = read_queries(queries, queries.read_bytes())
    searched = read_passages(passages, passages.read_bytes())
    by_vectors = _vectors_of(context, searched) if vectors else None
    found = measure(searched, asked, language=language, links=links, vectors=by_vectors)
    if as_json:
        by_year = {year: _retrieval_fact(figures) for year, figures in found.items() if year}
        output.data({**_retrieval_fact(found[""]), "by_year": by_year})
        return
    output.table(
        ("year", "queries", "nDCG@10", "Recall@10", "p50 ms"),
        [_retrieval_row(year or "all", figures) for year, figures in sorted(found.items(), key=lambda item: (not item[0], item[0]))],
        right=("queries", "nDCG@10", "Recall@10", "p50 ms"),
    )  # fmt: skip


def _vectors_of(
    context: typer.Context, passages: Sequence[Passage]
) -> Callable[[Sequence[Passage], Retriever], VectorRetriever]:
    """Make the vectors of all passages, which are kept only as long as the measurement takes."""
    from publisher.adapters.memory import MemoryPassageVectors
    from publisher.adapters.vector_index import VectorIndex

    app = pressroom(context)
    index = VectorIndex(MemoryPassageVectors(), app.models.embedder(app.act().publication.model))
    with output.progress("vectors") as tell:
        index.make(passages, tell)
    return index.sync


def _retrieval_fact(found: RetrievalFigures) -> dict[str, object]:
    return {
        "queries": found.queries,
        "ndcg@10": round(found.ndcg, 4),
        "recall@10": round(found.recall, 4),
        "p50_ms": round(found.p50_ms, 2),
    }


def _retrieval_row(name: str, found: RetrievalFigures) -> tuple[str, ...]:
    return name, f"{found.queries:,}", f"{found.ndcg:.3f}", f"{found.recall:.3f}", f"{found.p50_ms:.2f}"
