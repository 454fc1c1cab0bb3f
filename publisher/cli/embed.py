"""pressroom embed: the sign-up form for other sites."""

from __future__ import annotations

from typing import Annotated

import typer

from publisher.cli import output
from publisher.cli.root import Json, cli, pressroom


@cli.command(epilog="Example: pressroom embed --source blog")
def embed(
    context: typer.Context,
    source: Annotated[
        str, typer.Option("--source", metavar="NAME", help="Where the form is used; kept as each reader's source.")
    ] = "embed",
    path: Annotated[
        str | None, typer.Option("--path", metavar="SLUG", help="A learning path that the form offers by mail.")
    ] = None,
    script: Annotated[
        bool,
        typer.Option("--script/--no-script", help="Answer in place, with 1 KB of script, or on a page of our own."),
    ] = True,
    as_json: Json = False,
) -> None:
    """Print the sign-up form as HTML to paste into another site."""
    from publisher.render.templates import expand

    act = pressroom(context).act()
    paths = {one.slug: one for one in act.content.paths}
    if path is not None and path not in paths:
        known = f"the paths are: {', '.join(paths)}" if paths else "this publication has none"
        raise typer.BadParameter(f"{path!r} is not a learning path; {known}")
    html = expand(
        act.templates, "web/embed.html",
        {"publication": act.publication, "source": source, "path": paths[path] if path else None, "script": script},
    )  # fmt: skip
    output.data({"html": html}) if as_json else output.text([html])
