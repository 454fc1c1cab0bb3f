"""pressroom database move, backup, export, restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli import output
from publisher.cli.root import Json, cli, interruptible, pressroom
from publisher.numbers import file_of, is_correction, named, typed

if TYPE_CHECKING:  # slow to import: only when a verb runs
    from publisher.moving.manifest import Manifest
    from publisher.moving.restore import Restored

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


@cli.command(epilog="Example: pressroom backup 'backups/{date}.zip' --keep 14")
def backup(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="The file to write; {date} and {time} in its name become those in UTC."),
    ],
    keep: Annotated[
        int | None, typer.Option("--keep", metavar="N", min=1, help="Delete all but the newest N backups of that name.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Pack everything but secrets into one file, while all goes on, and see that it can be restored."""
    from publisher.moving.backup import back_up

    app = pressroom(context)
    with interruptible("no backup was written"), output.progress("backup") as tell:
        path, manifest, deleted = back_up(app, file, tell, keep)
    if as_json:
        output.data({"file": path, "rows": _rows(manifest), "content": len(manifest.content), "deleted": deleted})
        return
    output.line(str(path))
    _say_written(manifest)
    for older in deleted:
        output.say(f"deleted {older}")


@cli.command(epilog="Example: pressroom export ../our-newsletter")
def export(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
    as_json: Json = False,
) -> None:
    """Write everything but secrets into a folder, in open formats: tables as JSON lines, content as it is."""
    from publisher.moving.backup import export as write

    app = pressroom(context)
    with interruptible("nothing was written"), output.progress("export") as tell:
        manifest = write(app, folder, tell)
    if as_json:
        output.data({"folder": folder, "rows": _rows(manifest), "content": len(manifest.content)})
        return
    output.line(str(folder))
    _say_written(manifest)


@cli.command(epilog="Example: pressroom restore backups/2026-11-26.zip")
def restore(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="FILE|DIR", help="What backup or export wrote.")],
    database_only: Annotated[
        bool, typer.Option("--database-only", help="Leave content/ and templates/ as they are, such as from git.")
    ] = False,
    other_key: Annotated[
        bool, typer.Option("--other-key", help="Restore although the secret key of then is lost, with its links.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring a backup or export back into an empty folder and database; what may have been sent since is held."""
    from publisher.moving.restore import restore as bring_back

    app = pressroom(context)
    with interruptible("nothing was restored"), output.progress("restore") as tell:
        restored = bring_back(app, source, tell, database_only=database_only, other_key=other_key)
    if as_json:
        output.data({
            "made": restored.manifest.made, "rows": _rows(restored.manifest), "content": len(restored.manifest.content),
            "uncertain": restored.uncertain, "unset": restored.unset,
        })  # fmt: skip
        return
    _say_restored(restored)


def _rows(manifest: Manifest) -> dict[str, int]:
    return {entry.name: entry.rows for entry in manifest.tables}


def _say_written(manifest: Manifest) -> None:
    rows, files = sum(_rows(manifest).values()), len(manifest.content)
    output.say(f"{output.count(rows, 'row')} and {output.count(files, 'file')} of content; read back, and whole")
    if not manifest.keys:
        output.say("PRESSROOM_SECRET_KEY is not set here, so a restore cannot say whether links in old mail will work")


def _say_restored(restored: Restored) -> None:
    manifest, uncertain = restored.manifest, restored.uncertain
    rows, files = sum(_rows(manifest).values()), len(manifest.content)
    output.say(
        f"restored the backup of {manifest.made:%Y-%m-%d %H:%M} UTC: {output.count(rows, 'row')}, "
        f"{output.count(files, 'file')} of content. What happened after that is not in it:"
    )
    for number, count in uncertain.deliveries.items():
        one, then = typed(number), "" if is_correction(number) else ". Then reopen its week"
        output.say(
            f"- {named(number)}: {count:,} deliveries are in doubt, because they may have left since. List them: pressroom settle "
            f"{one}. Compare with the mail server's log, then: pressroom settle {one} --address ADDRESS --as sent (or "
            f"resend), or all that are left at once: --all{then}"
        )
    for number in uncertain.corrections:
        output.say(
            f"- {named(number)} was approved and may be out, so its approval does not count. If it is out, write «published: "
            f"YYYY-MM-DD» into content/{file_of(number)}; else approve it again: pressroom proof {typed(number)}"
        )
    for week in uncertain.weeks:
        output.say(f"- {week} is held: its issue may be out. To let it go on: pressroom week {week} --reopen")
    for kind, count in uncertain.emails.items():
        output.say(f"- {output.count(count, 'mail')} of the kind {kind} may have left, and will not leave again")
    if uncertain.steps:
        output.say(
            f"- {output.count(uncertain.steps, 'step')} of courses may have left, and will not leave again; each course goes on "
            "with the next"
        )
    output.say(
        "- who signed up, left, moved, bounced or was deleted is not known: suppress or forget them again, from the mailbox and the logs"
    )
    for name in restored.unset:
        output.say(f"- {name} was set, and is not")
    output.say(
        "next: pressroom status, then decide the above, then pressroom check, pressroom publish, and pressroom run"
    )
