"""pressroom rehearse: the whole week on a copy of the publication, into a sink. Nothing of the publication changes."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

import typer

from publisher import pipeline
from publisher.cli import output
from publisher.cli.root import Json, cli, pressroom


@cli.command(epilog="Example: pressroom rehearse")
def rehearse(context: typer.Context, as_json: Json = False) -> None:
    """Run the whole week on a copy in var/rehearsal/, to one made-up reader: it mails nobody and changes nothing of yours.

    A section for which no piece is ready takes its newest draft, and else a starter.
    """
    from publisher import timetable
    from publisher.adapters.permissions import make_private
    from publisher.adapters.smtp_sink import Sink
    from publisher.app import App
    from publisher.cli.demo import variables_of, where_to_look, whole_week

    app = pressroom(context)
    publication = app.act().content.publication
    folder = app.folder / "var" / "rehearsal"
    shutil.rmtree(folder, ignore_errors=True)
    make_private(folder)
    home = folder / "publication"
    for name in ("content", "templates"):
        if (app.folder / name).is_dir():
            shutil.copytree(app.folder / name, home / name, symlinks=True)
    _approve_by_name(home)
    with Sink(folder / "outbox") as sink:
        variables = variables_of(folder, sink.url) | {"PRESSROOM_SECRET_KEY": secrets.token_hex(32)}
        with App(home, clock=app.clock, variables=variables) as copy:
            week = timetable.current_week(publication.schedule, app.clock.now())
            while any(issue.week == week and issue.published for issue in copy.act().content.issues):
                week = week.next()
            for path in pipeline.stand_in(copy.act(), week):
                output.say(f"     {path} is a draft; it stands in for a piece that is ready")
            number = whole_week(copy, week, sink, [("reader@example.com", publication.editors[0].name)])
    if as_json:
        places: dict[str, Path] = {
            "outbox": folder / "outbox",
            "site": folder / "site" / "index.html",
            "preview": folder / "preview",
        }
        output.data({"issue": number, "week": week, "messages": sink.received, **places})
        return
    where_to_look(folder, home, number)
    output.say("This was a rehearsal on a copy: nothing of the publication has changed, and nobody was mailed.")


def _approve_by_name(home: Path) -> None:
    """Let one name be enough in the copy: the rehearsal approves in the first editor's."""
    from publisher.adapters.publication_edit import with_values

    path = home / "content" / "publication.toml"
    values: dict[tuple[str, ...], object] = {("approval", "shell"): True, ("approval", "people"): 1}
    path.write_text(with_values(path.read_text("utf-8-sig"), values, Path("content/publication.toml")), "utf-8")
