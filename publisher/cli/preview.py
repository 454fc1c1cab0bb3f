"""pressroom preview: issues and pieces in a browser, anew with each save."""

from __future__ import annotations

import contextlib
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from publisher.cli import output
from publisher.cli.root import cli, issue_number, pressroom

if TYPE_CHECKING:  # slow to import: only when a verb runs
    from publisher.app import App
    from publisher.local.serving import LocalServer


@cli.command(epilog="Example: pressroom preview 11")
def preview(
    context: typer.Context,
    what: Annotated[
        str | None,
        typer.Argument(metavar="[PIECE-OR-ISSUE]", help="An issue's number or a file; default: a list of all."),
    ] = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on; default: a free one.")] = 0,
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Show issues and pieces as mail, page, text and proof in a browser, and again whenever a file is saved. Ctrl-C ends it.

    It writes nothing, and needs no database and no secret.
    """
    from publisher.values import is_loopback  # slow to import

    app = pressroom(context)
    path = _path(what, app.folder) if what else ""
    with previewing(app, host, port) as server:
        if not is_loopback(host):
            output.say("whoever can reach this address can read your drafts")
        output.line(f"{server.address}{path}")
        output.say("Ctrl-C ends the preview")
        if open_:
            webbrowser.open(f"{server.address}{path}")
        server.run_until_interrupted()


@contextlib.contextmanager
def previewing(app: App, host: str = "127.0.0.1", port: int = 0) -> Iterator[LocalServer]:
    """Watch a publication, and yield a server of its preview, which is to be run."""
    from publisher.local.changes import Changes
    from publisher.local.preview_app import preview_app
    from publisher.local.previewer import Previewer
    from publisher.local.serving import LocalServer
    from publisher.local.watching import Watching
    from publisher.serve import listen

    if not (app.folder / "content" / "publication.toml").is_file():
        app.content_store.read()  # raises, and says that this is no publication
    with listen(host, port) as listening:
        previewer, changes = Previewer(app), Changes()
        watching = Watching(app.folder, previewer, changes)
        watching.start()
        try:
            yield LocalServer(listening, lambda ended: preview_app(previewer, changes, ended), host)
        finally:
            watching.stop()


def _path(what: str, folder: Path) -> str:
    """Return the path of the page of what a word names: 11, content/issues/0011.md, content/concepts/sets.md."""
    file = next(
        (one for one in (folder / what, folder / "content" / what, Path(what).absolute()) if one.is_file()), None
    )
    content = (folder / "content").resolve()
    if file and file.resolve().is_relative_to(content) and file.parent.name not in ("issues", "corrections"):
        return f"pieces/{quote(file.resolve().relative_to(content).as_posix(), errors='replace')}"
    try:
        return f"issues/{issue_number(what)}"
    except typer.BadParameter:
        raise typer.BadParameter(
            f"{what!r} is neither an issue nor a file below content/; without it, all are listed"
        ) from None
