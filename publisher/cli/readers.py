"""pressroom subscribers: add, import, list, unsubscribe, export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli import output
from publisher.cli.root import DryRun, Json, app, pressroom

if TYPE_CHECKING:  # slow to import: only when it is used
    from subscribers import ImportReport, State

readers = typer.Typer(
    name="subscribers", help="The list of readers.", no_args_is_help=True, pretty_exceptions_enable=False
)
app.add_typer(readers)

Consent = Annotated[
    str, typer.Option("--consent", metavar="WORDS", help="What they agreed to and where, kept as proof.")
]
StateOption = Annotated[
    str | None,
    typer.Option("--state", metavar="pending|active|unsubscribed", help="Only readers in this state."),
]


def _state(text: str | None) -> State | None:
    from subscribers import State

    if text is None or text in set(State):
        return State(text) if text else None
    raise typer.BadParameter(f"{text!r} is no state; readers are {', '.join(State)}")


@readers.command(epilog="Example: pressroom subscribers add ada@example.com --name Ada")
def add(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="The reader's address.")],
    name: Annotated[str, typer.Option("--name", help="How issues greet the reader.")] = "",
    consent: Consent = "asked an editor to be added",
    as_json: Json = False,
) -> None:
    """Add a reader who asked you to; one who left or bounced is refused."""
    from subscribers import Wording

    room = pressroom(context)
    new = room.subscribers.add(address, name, source="cli", wording=Wording(consent), now=room.clock.now())
    if as_json:
        output.data({"address": address, "new": new})
    else:
        output.say(f"{address} {'is on the list' if new else 'was on the list already'}")


@readers.command("import", epilog="Example: pressroom subscribers import list.csv --dry-run")
def import_(
    context: typer.Context,
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV with a header: email, and if you like name, tags, status.")
    ],
    consent: Consent = "subscribed on the list that was imported",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Import a CSV in one transaction; lines that are no address are named and left out.

    Exit code 1 says that there were such lines. Who left or bounced is never revived.
    """
    from subscribers import Wording

    room = pressroom(context)
    with output.progress(f"import {path.name}") as bar:
        report = room.subscribers.import_list(
            path, wording=Wording(consent), now=room.clock.now(), dry_run=dry_run, progress=bar
        )
    if as_json:
        output.data(report)
    else:
        _say_report(report, path, dry_run=dry_run)
    if report.invalid_count:
        raise typer.Exit(1)


def _say_report(report: ImportReport, path: Path, *, dry_run: bool) -> None:
    for line in report.invalid:
        output.out.print(f"{path}:{line.line}: {line.why}", markup=False)
    would = "would be " if dry_run else ""
    output.say(
        f"{report.new:,} {would}new, {report.known:,} known, {report.suppressed:,} suppressed, {report.left:,} left their old list, "
        f"{report.duplicates:,} duplicates, {report.invalid_count:,} invalid"
    )


@readers.command("list", epilog="Example: pressroom subscribers list --state active --search example.com")
def list_(
    context: typer.Context,
    state: StateOption = None,
    search: Annotated[str, typer.Option("--search", metavar="TEXT", help="Part of an address or a name.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 100,
    as_json: Json = False,
) -> None:
    """List readers in the order in which they came."""
    room = pressroom(context)
    found = room.subscribers.find(state=_state(state), query=search, limit=limit)
    counts = room.subscribers.counts()
    if as_json:
        output.data({"counts": counts, "subscribers": found})
        return
    rows = [(r.address, r.name, r.state.value, f"{r.created:%Y-%m-%d}", r.source, ", ".join(r.tags)) for r in found]
    output.table(("address", "name", "state", "since", "source", "tags"), rows)
    output.say(", ".join(f"{count:,} {kind.value}" for kind, count in counts.items()) or "nobody yet")


@readers.command(epilog="Example: pressroom subscribers unsubscribe ada@example.com")
def unsubscribe(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="The reader's address.")],
    as_json: Json = False,
) -> None:
    """Take a reader off the list, for good: only their own confirmed sign-up brings them back."""
    room = pressroom(context)
    changed = room.subscribers.remove(address, now=room.clock.now())
    if as_json:
        output.data({"address": address, "changed": changed})
    else:
        output.say(f"{address} {'is off the list' if changed else 'was off the list already'}")


@readers.command(epilog="Example: pressroom subscribers export --state active > readers.csv")
def export(context: typer.Context, state: StateOption = None, as_json: Json = False) -> None:
    """Write the list to stdout as CSV (or JSON); `import` reads it back."""
    subscribers = pressroom(context).subscribers
    output.text(subscribers.export_json(_state(state)) if as_json else subscribers.export_csv(_state(state)))
