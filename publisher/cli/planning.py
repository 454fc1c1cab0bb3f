"""pressroom queue, new: what the coming weeks need, and a file to write it in."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    rows = [
        (str(coming.week), place.section, place.filling.value, _what(place))
        for coming in found.weeks
        for place in coming.places
    ]
    output.table(("week", "section", "filled", "by"), rows)
    if found.waiting:
        output.line("")
        output.table(("piece", "waits for"), [(str(one.piece), one.waits_for) for one in found.waiting])


def _what(place: Place) -> str:
    return str(place.piece) if place.piece else place.why
