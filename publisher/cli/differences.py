"""pressroom diff: what changed since an issue was last proofed or approved."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from publisher import pipeline
from publisher.cli import output
from publisher.cli.root import IssueNumber, Json, cli, pressroom


@cli.command(epilog="Example: pressroom diff 11 --since approval")
def diff(
    context: typer.Context,
    issue: IssueNumber,
    since: Annotated[
        Literal["proof", "approval"] | None,
        typer.Option("--since", help="Compare with the last of these; default: whichever was later."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what changed in an issue since its last proof or approval: words, with their lines, and parts of the mail."""
    from publisher import timetable  # slow to import
    from publisher.ports import Occasion

    act = pressroom(context).act()
    found = pipeline.diff(act, issue, Occasion(since) if since else None)
    if as_json:
        output.data(found)
        return
    for change in found.words:
        output.change(f"{found.file}:{change.line}", change)
    for part in found.parts:
        for change in part.words:
            output.change(part.part, change)
        if not part.words:
            output.line(str(part))
    if found.unknown:
        output.say(f"whether publication.toml, templates or pictures changed the mail is not known: {found.unknown}")
    when = f"since the {found.occasion} of {timetable.local(found.at, act.publication.schedule)}"
    output.say(f"nothing changed {when}" if found.nothing else f"changed {when}")
