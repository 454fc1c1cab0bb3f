"""pressroom database move, backup, export, restore."""

from __future__ import annotations

from typing import Annotated

import typer

from publisher.cli import output
from publisher.cli.root import Json, cli, interruptible, pressroom

database = typer.Typer(
    name="database", help="Move the database elsewhere.", no_args_is_help=True, pretty_exceptions_enable=False
)
cli.add_typer(database)


@database.command("move", epilog="Example: pressroom database move postgresql://pressroom@db.example.com/pressroom")
def move(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="An empty database: sqlite:///FILE or postgresql://…")],
    cancel: Annotated[
        bool, typer.Option("--cancel", help="Give up a move that did not end: empty the target, and stay here.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Move everything to another database, SQLite or PostgreSQL. Once interrupted, the same command goes on."""
    from publisher.moving import database_move
    from subscribers.database import open_engine

    app = pressroom(context)
    app.keyring  # noqa: B018 - raises now: without the key, links in old mail would not work
    source, target = open_engine(app.database_url), open_engine(url)
    try:
        if cancel:
            database_move.cancel(source, target)
            output.data({"cancelled": True}) if as_json else output.say("cancelled; this database can be used again")
            return
        with (
            interruptible("nothing is lost; to go on: the same command; to stay here: with --cancel"),
            output.progress("moving rows") as tell,
        ):
            moved = database_move.move(source, target, app.clock.now(), tell)
    finally:
        source.dispose()
        target.dispose()
    if as_json:
        output.data({"rows": moved.rows, "to": moved.place})
        return
    output.table(("table", "rows"), [(name, f"{rows:,}") for name, rows in moved.rows.items()], right=("rows",))
    output.say(
        f"moved {output.count(sum(moved.rows.values()), 'row')}, and compared each; the old database refuses to be used"
    )
    output.say(
        f"next: set PRESSROOM_DATABASE_URL to {moved.place}{' with its password' if '***' in moved.place else ''}, keep "
        "PRESSROOM_SECRET_KEY as it is, and start: pressroom run"
    )
