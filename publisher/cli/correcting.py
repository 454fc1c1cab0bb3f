"""pressroom correct: a short mail to those who got an issue that was wrong."""

from __future__ import annotations

import typer

from publisher import pipeline
from publisher.cli import output
from publisher.cli.planning import edit
from publisher.cli.root import IssueNumber, Json, cli, pressroom
from publisher.numbers import named, typed


@cli.command(epilog="Example: pressroom correct 11")
def correct(context: typer.Context, issue: IssueNumber, as_json: Json = False) -> None:
    """Begin a correction: a short mail to those who got an issue that was wrong, opened in $EDITOR at a terminal."""
    app = pressroom(context)
    begun = pipeline.correct(app.act(), issue)
    if as_json:
        output.data(begun)
        return
    state = "is a draft" if begun.new else "was begun before and is not sent yet"
    output.say(f"{named(begun.number)} {state}; {output.count(begun.readers, 'reader')} would get it")
    output.say(
        f"once it is written: pressroom preflight {typed(begun.number)}, then pressroom proof {typed(begun.number)}"
    )
    output.line(str(begun.path))
    if output.at_terminal():
        edit(app.folder / begun.path)
