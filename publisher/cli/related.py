"""pressroom related: what past issues said of a piece before."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from publisher import pipeline
from publisher.cli import output
from publisher.cli.root import Json, cli, pressroom

MOST_CHARACTERS = 200


@cli.command(epilog="Example: pressroom related content/concepts/golden-sets.md")
def related(
    context: typer.Context,
    piece: Annotated[Path, typer.Argument(metavar="PIECE", help="A piece, such as content/concepts/golden-sets.md.")],
    as_json: Json = False,
) -> None:
    """Show what past issues already said of a piece, and which of its links they had."""
    app = pressroom(context)
    whole = Path(os.path.normpath(Path.cwd() / piece))
    found = pipeline.related(app.act(), whole.relative_to(app.folder) if whole.is_relative_to(app.folder) else piece)
    if as_json:
        output.data(found)
        return
    if not found.passages and not found.links:
        output.say("no past issue has anything on it")
    for passage in found.passages:
        text = " ".join(passage.text.split())
        output.line(f"[{passage.id}] {passage.date} {passage.heading}: {shorten(text)}")
    for link in found.links:
        output.line(f"{link.url} was in issue {', '.join(map(str, link.issues))}")


def shorten(text: str) -> str:
    """Return the beginning of a long text, up to a space if there is one: Chinese has none.

    >>> len(shorten("缓存" * 200)), shorten("word " * 50)[-6:]
    (202, 'word …')
    """
    if len(text) <= MOST_CHARACTERS:
        return text
    beginning = text[:MOST_CHARACTERS]
    return f"{beginning.rpartition(' ')[0] or beginning} …"
