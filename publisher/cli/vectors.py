"""pressroom vectors: makes the vectors that the search over past issues lacks."""

from __future__ import annotations

import datetime as dt

import typer

from publisher.cli import output
from publisher.cli.root import Json, cli, interruptible, pressroom
from publisher.errors import ConfigurationError


@cli.command(epilog="Example: pressroom vectors")
def vectors(context: typer.Context, as_json: Json = False) -> None:
    """Make the vectors of past issues that are missing; all of them when the model is another one than before."""
    from publisher.draft import citable

    act = pressroom(context).act()
    index = act.vectors
    if index is None:
        raise ConfigurationError(
            "PRESSROOM_EMBEDDING_URL is not set, so past issues are searched by words alone; set it to an endpoint, with "
            "PRESSROOM_EMBEDDING_NAME, or to local"
        )
    passages = tuple(citable(act.content.issues, before=dt.date.max).values())
    with interruptible("what was made is kept; the same command goes on"), output.progress("vectors") as tell:
        made = index.make(passages, tell)
    if as_json:
        output.data(made)
        return
    again = "; the model makes other vectors than before, so all are new" if made.anew else ""
    output.say(f"{output.count(made.texts, 'text')} by {made.model}, {made.made:,} made now{again}")
