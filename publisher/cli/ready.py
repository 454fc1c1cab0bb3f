"""pressroom ready: drafts become pieces that issues take."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from publisher import pipeline
from publisher.cli import output
from publisher.cli.root import Json, cli, pressroom


@cli.command(epilog="Example: pressroom ready content/concepts/golden-sets.md")
def ready(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Pieces, such as content/concepts/golden-sets.md.")
    ],
    as_it_is: Annotated[
        bool,
        typer.Option(
            "--as-it-is", help="Take out lines that begin with TODO, as the starters of a new publication have them."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Put finished pieces into the queue: `status: ready`, once nothing in them is left to be written."""
    app = pressroom(context)
    made = [pipeline.ready(app.act(), _below(file, app.folder), as_it_is=as_it_is) for file in files]
    if as_json:
        output.data({"pieces": [{"file": piece.path, "status": piece.status} for piece in made]})
        return
    for piece in made:
        output.line(f"{piece.path}: {piece.status}")


def _below(file: Path, folder: Path) -> Path:
    """Return a path as pieces are named: from content/ on, whatever folder the command runs in."""
    whole = Path(os.path.normpath(Path.cwd() / file))
    return whole.relative_to(folder) if whole.is_relative_to(folder) else file
