"""pressroom queue, new: what the coming weeks need, and a file to write it in."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher import pipeline
from publisher.cli import output
from publisher.cli.root import Json, cli, pressroom

if TYPE_CHECKING:  # slow to import: only when a verb runs
    from publisher.coming_weeks import Place


@cli.command(epilog="Example: pressroom queue")
def queue(context: typer.Context, as_json: Json = False) -> None:
    """Show what the next eight issues have and lack, and what each waiting piece waits for."""
    found = pipeline.queue(pressroom(context).act())
    if as_json:
        output.data(found)
        return
    rows: list[tuple[str, str, str, str]] = []
    for coming in found.weeks:
        if coming.held or coming.skipped:
            rows.append((str(coming.week), "", "held" if coming.held else "skipped", coming.held or coming.skipped))
        rows += [(str(coming.week), place.section, place.filling.value, _what(place)) for place in coming.places]
    output.table(("week", "section", "filled", "by"), rows)
    if found.waiting:
        output.line("")
        output.table(("piece", "waits for"), [(str(one.piece), one.waits_for) for one in found.waiting])


def _what(place: Place) -> str:
    return str(place.piece) if place.piece else place.why


@cli.command(epilog='Example: pressroom new concept "Golden sets: how many questions are enough"')
def new(
    context: typer.Context,
    section: Annotated[str, typer.Argument(metavar="SECTION", help="A section's id, as in publication.toml.")],
    title: Annotated[str, typer.Argument(metavar="TITLE", help="The piece's title; its file is named after it.")],
    as_json: Json = False,
) -> None:
    """Begin a piece: a draft from the section's template, opened in $EDITOR at a terminal."""
    app = pressroom(context)
    path = pipeline.new(app.act(), section, title)
    if as_json:
        output.data({"file": path})
        return
    output.line(str(path))
    if output.at_terminal():
        edit(app.folder / path)


def edit(path: Path) -> None:
    """Open a file in the editor that the environment names, if it names one."""
    editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "")
    if not editor:
        return
    try:
        subprocess.run([*editor, str(path)], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        output.say(f"the editor failed ({error}); the file is there all the same")
