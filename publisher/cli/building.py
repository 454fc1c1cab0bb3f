"""pressroom build: the site as files for a static host."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from publisher import pipeline
from publisher.cli import output
from publisher.cli.root import Json, cli, pressroom


@cli.command(epilog="Example: pressroom build --out public")
def build(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder; it is made, or was made by build.")],
    as_json: Json = False,
) -> None:
    """Build the web pages into a folder for a static host; forms and links of readers lead to the service."""
    from publisher.adapters.static_copy import copy_site, refuse_unless_ours

    app = pressroom(context)
    refuse_unless_ours(out, app.folder, app.site_folder)
    pipeline.publish(app.act())
    written = copy_site(app.site_folder, out)
    if as_json:
        output.data({"files": written, "site": out})
    else:
        output.say(f"{output.count(written, 'file')} in {out}")
