"""pressroom subscribers import, export: whole lists, in and out."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli import output
from publisher.cli.import_report import say_report, sums
from publisher.cli.readers import Consent, StateOption, readers, reason_of, state_of
from publisher.cli.root import DryRun, Json, interruptible, pressroom

if TYPE_CHECKING:  # slow to import: only when it is used
    from subscribers import Column, DateOrder, Import, ImportReport, Meaning


def _mapped(words: list[str]) -> dict[Column, tuple[str, ...]]:
    """Read words such as address=Adresse, name=Nom."""
    from subscribers import SEVERAL, Column

    found: dict[Column, tuple[str, ...]] = {}
    for word in words:
        column, mark, name = word.partition("=")
        if not mark or column.strip() not in set(Column) or not name.strip():
            raise typer.BadParameter(
                f"{word!r} is not a mapping; write COLUMN=NAME, where COLUMN is one of: {', '.join(Column)}"
            )
        kind = Column(column.strip())
        if kind in found and kind not in SEVERAL:
            raise typer.BadParameter(
                f"{kind} is mapped twice; only these may be several columns: {', '.join(sorted(SEVERAL))}"
            )
        found[kind] = (*found.get(kind, ()), name.strip())
    return found


def _order(word: str) -> DateOrder:
    from subscribers import DateOrder

    if word not in set(DateOrder):
        raise typer.BadParameter(f"{word!r} is not an order of dates; write one of: {', '.join(DateOrder)}")
    return DateOrder(word)


def _meanings(words: list[str]) -> dict[str, Meaning]:
    """Read words such as cancelled=unsubscribed, vip=active; =active is for an empty cell."""
    from subscribers import UNCONFIRMED, Reason, State

    known: dict[str, Meaning] = {reason.value: reason for reason in Reason if reason is not Reason.MOVED}
    known |= {"active": State.ACTIVE, "pending": UNCONFIRMED}
    found: dict[str, Meaning] = {}
    for each in words:
        word, mark, meaning = each.rpartition("=")
        if not mark or meaning.strip() not in known:
            raise typer.BadParameter(
                f"{each!r} is not a meaning; write WORD=MEANING, where MEANING is one of: {', '.join(known)}"
            )
        found[word.strip()] = known[meaning.strip()]
    return found


@readers.command("import", epilog="Example: pressroom subscribers import list.csv --dry-run")
def import_(
    context: typer.Context,
    path: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A CSV file, a workbook (.xlsx), or the zip that Mailchimp or Substack exports."
        ),
    ],
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="COLUMN=NAME", help="Which column of the file holds what; may be repeated."),
    ] = None,
    all_left: Annotated[
        str | None,
        typer.Option("--all-left", metavar="REASON", help="Why everyone in the file left: unsubscribed, bounced, …"),
    ] = None,
    ignored: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore", metavar="NAME", help="A column, name or line that does not say who left; may be repeated."
        ),
    ] = None,
    words: Annotated[
        list[str] | None,
        typer.Option(
            "--status", metavar="WORD=MEANING", help="A status's meaning: cancelled=unsubscribed; may be repeated."
        ),
    ] = None,
    dates: Annotated[
        str | None,
        typer.Option(
            "--dates",
            metavar="ORDER",
            help="How to read 03/04/2024 if the list does not show it: day-first or month-first.",
        ),
    ] = None,
    tags: Annotated[
        list[str] | None,
        typer.Option(
            "--tag", metavar="NAME", help="A tag for every reader of the list, known ones too; may be repeated."
        ),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option("--encoding", metavar="NAME", help="The file's encoding, such as cp1252; default: found."),
    ] = None,
    sheet: Annotated[
        str | None,
        typer.Option("--sheet", metavar="NAME", help="The sheet of a workbook; default: the one that is a list."),
    ] = None,
    rejects: Annotated[
        Path | None,
        typer.Option(
            "--rejects",
            metavar="FILE",
            help="Write the rows that cannot be used, and why, to this file (also with --dry-run); fix it and import it.",
        ),
    ] = None,
    consent: Consent = "subscribed on the list that was imported",
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Say what would become of a list, ask, then import it. After an interruption, the same command goes on.

    The lists of many other systems are recognised by their columns. A column or a status that is not understood, and
    may say who left, stops the import until it is mapped (--map, --status) or waived (--ignore). Lines that cannot be
    used are listed and left out (--rejects keeps them), and the exit code is then 1. Whoever left or bounced is never
    put back on the list.
    """
    from subscribers import Wording

    app = pressroom(context)
    wanted, left = _mapped(columns or []), reason_of(all_left) if all_left else None
    meanings = _meanings(words or [])
    try:
        with output.progress(f"read {path.name}") as bar:
            opened = app.subscribers.lists.open_import(
                path,
                wording=Wording(consent),
                now=app.clock.now(),
                columns=wanted,
                all_left=left,
                ignored=ignored or (),
                words=meanings,
                dates=_order(dates) if dates else None,
                encoding=encoding,
                sheet=sheet,
                tags=tags or (),
                rejects=rejects,
                progress=bar,
            )
            ready = context.with_resource(opened)
        report = ready.report
        if not as_json:
            say_report(report, path)
        wanted_now = not dry_run and not report.idle and _agreed(report, yes=yes, as_json=as_json)
    except KeyboardInterrupt:
        raise _interrupted() from None
    if wanted_now:
        report = _carried_out(ready, path)
        if not as_json:
            if report.resumed:
                output.say(f"went on after the first {report.resumed:,} addresses, which an earlier run imported")
            output.say(f"imported: {sums(report)}")
    if as_json:
        output.data(report)
    if report.invalid_count:
        raise typer.Exit(1)


def _carried_out(ready: Import, path: Path) -> ImportReport:
    """Import a list; Ctrl-C stops it between two transactions, where progress is reported."""
    asked = threading.Event()
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:  # as in a script's background job
        signal.signal(signal.SIGINT, lambda *_: asked.set())
    try:
        with output.progress(f"import {path.name}") as bar:

            def tell(done: int, total: int) -> None:
                bar(done, total)
                if asked.is_set() and done < total:
                    raise _Stopped(done, total)

            return ready.carry_out(tell)
    except _Stopped as stopped:
        output.say(
            f"interrupted after {stopped.done:,} of {stopped.total:,} addresses; "
            "run the same import again to go on from there"
        )
        raise typer.Exit(130) from None
    finally:
        signal.signal(signal.SIGINT, before)


class _Stopped(Exception):
    """Ctrl-C was pressed after `done` of `total` addresses."""

    def __init__(self, done: int, total: int) -> None:
        self.done = done
        self.total = total


def _interrupted() -> typer.Exit:
    output.say("interrupted: nothing was imported; run the same import again")
    return typer.Exit(130)


def _agreed(report: ImportReport, *, yes: bool, as_json: bool) -> bool:
    """Ask whether to carry out the import. Raises Exit(4) when nobody says yes."""
    if yes:
        return True
    if as_json or not sys.stdin.isatty():
        if as_json:
            output.data(report)
        output.say("nothing was imported, because nobody is there to ask; to import without asking, add --yes")
        raise typer.Exit(4)
    if output.sure("Import these?"):
        return True
    output.say("nothing was imported")
    raise typer.Exit(4)


@readers.command(epilog="Example: pressroom subscribers export --output readers.csv")
def export(
    context: typer.Context,
    state: StateOption = None,
    suppressed: Annotated[
        bool, typer.Option("--suppressed", help="Only the addresses that must not be mailed, with reason and time.")
    ] = False,
    hashes: Annotated[
        bool,
        typer.Option(
            "--hashed-suppressions",
            help="SHA-256 in place of suppressed addresses that are not readers'; with --suppressed, of all.",
        ),
    ] = False,
    system: Annotated[
        str | None,
        typer.Option("--for", metavar="SYSTEM", help="As this system imports it: ghost, listmonk, mailchimp, …"),
    ] = None,
    path: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write into this file once the list is complete.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the whole list as CSV (or JSON): readers and addresses not to be mailed; `import` reads it back.

    With --for, write the active readers for another system, or with --suppressed what it must not mail.
    """
    wanted = state_of(state)
    if suppressed and wanted is not None:
        raise typer.BadParameter("--suppressed and --state exclude each other: a suppressed address has no state")
    if system and (as_json or hashes or wanted is not None):
        raise typer.BadParameter(
            "--for goes with --suppressed and --output alone: other systems take CSV of active readers"
        )
    lists = pressroom(context).subscribers.lists
    unfinished = f"{path} was not written" if path else "the list is not complete"
    note = ""
    with interruptible(unfinished), output.progress("export", streams=path is None) as bar:
        if system:
            parts, note = lists.export_for(system, suppressed=suppressed, progress=bar)
        elif suppressed:
            write = lists.export_suppressions_json if as_json else lists.export_suppressions_csv
            parts = write(hashes=hashes, progress=bar)
        else:
            write_all = lists.export_json if as_json else lists.export_csv
            parts = write_all(wanted, hashes=hashes, progress=bar)
        if path:
            output.to_file(path, parts)
        else:
            output.text(parts)
    if note:
        output.say(note)
