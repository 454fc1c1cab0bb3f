"""The verbs from the approval on: send, status, week, settle, reopen, publish."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher import pipeline
from publisher.cli import output
from publisher.cli.root import (
    DryRun,
    IssueNumber,
    Json,
    OneIssueOrAll,
    Transport,
    cli,
    iso_week,
    pressroom,
    which,
)
from publisher.errors import ContentError, Problem
from publisher.issue import DeliveryState, IsoWeek
from publisher.numbers import named, typed

if TYPE_CHECKING:  # slow to import: only when a verb runs
    from publisher.act import Act
    from publisher.git_words import GitStatus
    from publisher.ports import SenderAtWork, Sums, Waiting, Week
    from publisher.publication import Schedule


@cli.command(epilog="Example: pressroom send 11 --dry-run")
def send(
    context: typer.Context,
    issue: IssueNumber,
    test: Annotated[
        str | None,
        typer.Option(
            "--test", metavar="ADDRESS", help="Send one copy to this address, without an approval or a ledger row."
        ),
    ] = None,
    late: Annotated[bool, typer.Option("--late", help="Send even though the week's window is over.")] = False,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="SEGMENT",
            help="Send only to this segment: its id in publication.toml, or words such as 'tag = beta'.",
        ),
    ] = "",
    early: Annotated[
        bool,
        typer.Option(
            "--early",
            help="Before the issue's hour, send only to readers whose own morning has come (schedule.early_mornings).",
        ),
    ] = False,
    transport: Transport = None,
    patience: Annotated[
        float,
        typer.Option(
            "--patience", metavar="SECONDS", help="Wait for deferred deliveries that are due within this time."
        ),
    ] = 90.0,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Deliver an approved issue, or resume an interrupted delivery. Ctrl-C stops between two messages."""
    app = pressroom(context)
    if transport:
        app.use_transport(transport)
    if test is not None:
        _send_test(context, issue, test, dry_run=dry_run, as_json=as_json)
        return
    act = app.act()
    if dry_run:
        would = pipeline.would_send(act, issue, late=late, to=to, early=early)
        _would_send(would, act.publication.schedule, as_json=as_json)
        return
    with output.progress(named(issue)) as bar, stopping() as stop:
        sums = pipeline.send(
            act, issue, late=late, to=to, early=early, stop=stop, patience=patience,
            progress=lambda now: bar(now.audience - now.open, now.audience),
        )  # fmt: skip
    _report_send(issue, sums, act.publication.schedule, stopped=stop.is_set(), as_json=as_json)


def _would_send(would: pipeline.WouldSend, schedule: Schedule, *, as_json: bool) -> None:
    if as_json:
        output.data(would)
        return
    verb = "still go to" if would.resumes else "go to"
    names = ", ".join(would.approved_by)
    output.say(
        f"{named(would.number)}, «{would.subject}», approved by {names}, would {verb} {output.count(would.readers, 'reader')}"
    )
    if would.waiting.readers:
        output.say(_mornings(would.waiting, schedule))
    output.say("nothing was sent")


def _send_test(context: typer.Context, issue: int, address: str, *, dry_run: bool, as_json: bool) -> None:
    act = pressroom(context).act()
    pipeline.proof(act, issue) if dry_run else pipeline.test(act, issue, address)
    result = {"issue": issue, "test": address, "sent": not dry_run}
    output.data(result) if as_json else output.say(
        f"one copy of {named(issue)} {'would go' if dry_run else 'went'} to {address}"
    )


def _mornings(waiting: Waiting, schedule: Schedule) -> str:
    from publisher import timetable  # slow to import

    assert waiting.until is not None
    who = "1 reader gets" if waiting.readers == 1 else f"{waiting.readers:,} readers get"
    return (
        f"{who} it at the scheduled hour of their own time zone, the last on {timetable.local(waiting.until, schedule)}"
    )


def _report_send(issue: int, sums: Sums, schedule: Schedule, *, stopped: bool, as_json: bool) -> None:
    waiting = sums.waiting
    if as_json:
        output.data({"issue": issue, "stopped": stopped, "sums": sums, "waiting": waiting})
    else:
        output.say(f"{named(issue)}, {output.sums_line(sums)}")
        if sums[DeliveryState.IN_DOUBT]:
            output.say(
                f"in doubt: the server never answered the end of the message; see: pressroom settle {typed(issue)}"
            )
    from publisher import timetable  # slow to import

    unfinished = sums.open - waiting.readers
    if not as_json and waiting.readers:
        output.say(
            f"{_mornings(waiting, schedule)}, from `pressroom run` or from `pressroom send {typed(issue)}` at that time"
        )
    if unfinished:
        if not as_json:
            waits = sums.next_attempt if sums[DeliveryState.DEFERRED] == unfinished else None
            due = (
                f", the next at {waits.astimezone(timetable.clock(schedule.zone)):%H:%M:%S} {schedule.zone}"
                if waits
                else ""
            )
            output.say(f"{unfinished:,} not final yet{due}; to continue: pressroom send {typed(issue)}")
        raise typer.Exit(130 if stopped else 3)
    if not sums.reached:
        if not as_json:
            output.say(
                f"no delivery arrived, so nobody has the issue; once that is put right: pressroom reopen {typed(issue)}"
            )
        raise typer.Exit(3)


@contextlib.contextmanager
def stopping() -> Iterator[threading.Event]:
    """Yield an event that the first Ctrl-C (or SIGTERM) sets; a second one ends the process at once."""
    stop = threading.Event()
    before: dict[int, Any] = {}

    def ask(number: int, _frame: object) -> None:
        # Only what the second signal may interrupt: no console, no locks.
        stop.set()
        signal.signal(number, before[number])
        os.write(2, b"stopping after the messages under way; press Ctrl-C again to stop at once\n")

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number.value] = signal.signal(number, ask)
    try:
        yield stop
    finally:
        for asked, handler in before.items():
            signal.signal(asked, handler)


@cli.command(epilog="Example: pressroom status 11 --json")
def status(
    context: typer.Context,
    issue: OneIssueOrAll = None,
    as_json: Json = False,
) -> None:
    """Show where each issue stands, and the totals of its deliveries."""
    from subscribers import unanswering_addresses, unreached_editors

    app = pressroom(context)
    act = app.act()
    found, unreached = pipeline.status(act, issue), unreached_editors(app.engine)
    silent = unanswering_addresses(app.engine, app.clock.now())
    git, git_words = _git(act)
    holds, senders = app.holds.open(), app.ledger.senders.at_work()
    if as_json:
        output.data(
            {
                "issues": found,
                "unreached_editors": unreached,
                "unanswered_addresses": silent,
                "git": git,
                "holds": holds,
                "senders": senders,
            }
        )
        return
    rows = [
        (
            typed(s.number),
            str(s.week),
            s.date.isoformat(),
            s.state,
            ", ".join(s.approvals),
            output.sums_line(s.sums) if s.sums else "",
            s.title,
        )
        for s in found
    ]
    output.table(("no", "week", "date", "state", "approved by", "ledger", "title"), rows, right=("no",))
    for one in found:
        if one.next:
            output.say(f"{named(one.number)}: {one.next}")
    for hold in holds:
        output.say(pipeline.held(hold, act.publication.schedule))
    for editor in unreached:
        output.say(f"editor {editor.address} has been out of reach since {editor.since:%Y-%m-%d}: {editor.reply}")
    if silent:
        output.say(
            f"{silent:,} {'address' if silent == 1 else 'addresses'} had five confirmation mails that nobody answered, so none leaves for now; "
            "`pressroom subscribers show` says how long"
        )
    for sender in senders:
        output.say(_at_work(sender, act.publication.schedule))
    for line in git_words:
        output.say(line)


def _at_work(sender: SenderAtWork, schedule: Schedule) -> str:
    """Say who sends, since when, and how fast; the rate is that of the last quarter of a minute."""
    from publisher import timetable  # slow to import

    since = f" since {timetable.local(sender.since, schedule)}" if sender.since else ""
    rate = "" if sender.per_minute is None else f", {output.count(sender.per_minute, 'message')} a minute"
    return f"at work: {sender.machine or 'a machine'}, process {sender.process}{since}{rate}"


def _git(act: Act) -> tuple[GitStatus | None, list[str]]:
    """Return where content by git stands, and the same in lines."""
    from publisher.errors import GitFailed
    from publisher.git_words import git_status, git_status_in_words

    try:
        found = git_status(act)
    except GitFailed as error:
        return None, [f"content: {error}"]
    return found, list(git_status_in_words(found)) if found else []


@cli.command(epilog='Example: pressroom week 2026-W49 --hold --why "The numbers of the example are wrong"')
def week(
    context: typer.Context,
    week: Annotated[IsoWeek, typer.Argument(metavar="WEEK", parser=iso_week, help="ISO week, such as 2026-W49.")],
    hold: Annotated[bool, typer.Option("--hold", help="Send nothing of its issue until the week is reopened.")] = False,
    skip: Annotated[
        bool, typer.Option("--skip", help="Let the week have no issue; it is over, without an alarm.")
    ] = False,
    reopen: Annotated[
        bool, typer.Option("--reopen", help="Let a held, skipped or missed week go on, while its window lasts.")
    ] = False,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why it is held or skipped.")] = "",
    as_json: Json = False,
) -> None:
    """Show how far the scheduler is with a week, or hold, skip or reopen it."""
    if hold + skip + reopen > 1:
        raise typer.BadParameter("--hold, --skip and --reopen are three different things; give one of them")
    if (hold or skip) and not why.strip():
        raise typer.BadParameter('say why, for those who ask later: --why "…"')
    if why and not (hold or skip):
        raise typer.BadParameter("--why goes with --hold or --skip")
    act = pressroom(context).act()
    if hold:
        found: Week | None = pipeline.hold_week(act, week, why)
    elif skip:
        found = pipeline.skip_week(act, week, why)
    else:
        found = pipeline.reopen_week(act, week) if reopen else act.weeks.find(week)
    if as_json:
        output.data({"week": week, "found": found})
    elif found is None:
        output.say(f"{week}: the scheduler has not opened it")
    else:
        from publisher import timetable  # slow to import

        issue = f", issue {found.number}" if found.number else ""
        why = (f", held: {found.why}" if found.held else f": {found.why}") if found.why else ""
        output.say(f"{week}: {found.state}{issue}, due on {timetable.local(found.due, act.publication.schedule)}{why}")
        if hold and found.state == "sending":
            output.say("its issue is being sent; what is under way is not stopped, only what waits for later")
        if skip and found.number:
            output.say(f"issue {found.number} keeps its pieces; to let a later issue have them, delete its file")


@cli.command(epilog="Example: pressroom settle 11 --address ada@example.com --as resend")
def settle(
    context: typer.Context,
    issue: IssueNumber,
    address: Annotated[
        str | None, typer.Option("--address", help="The reader's address; default: list all in doubt.")
    ] = None,
    verdict: Annotated[
        str | None, typer.Option("--as", metavar="sent|resend", help="What became of the delivery.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Settle all that are in doubt, such as after a backup was restored.")
    ] = False,
    domain: Annotated[
        str | None, typer.Option("--domain", metavar="NAME", help="With --all: only addresses of this domain.")
    ] = None,
    reply: Annotated[
        str | None,
        typer.Option("--reply", metavar="WORDS", help="With --all: only those whose last answer has these words."),
    ] = None,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="How you know; it is kept with the delivery.")] = "",
    as_json: Json = False,
) -> None:
    """List deliveries in doubt, or settle one or all: it arrived (sent), or it should go out again (resend)."""
    app = pressroom(context)
    records = app.ledger.records
    if every and address is not None:
        raise typer.BadParameter("--address settles one delivery and --all every one; give one of them")
    narrowed = which(reply=reply, domain=domain)
    some = bool(narrowed.reply or narrowed.domain)
    if some and not every:
        raise typer.BadParameter("--domain and --reply narrow --all; add it")
    if verdict is not None and address is None and not every:
        raise typer.BadParameter("--as says what became of one delivery or of all; add --address ADDRESS or --all")
    pipeline.known(app.act(), issue)
    if address is None and not every:
        rows = [(who, reply) for who, _, reply in records.of(issue, DeliveryState.IN_DOUBT)]
        output.data({"in_doubt": [who for who, _ in rows]}) if as_json else output.table(
            ("address", "last known"), rows
        )
        return
    if verdict not in ("sent", "resend"):
        raise typer.BadParameter("add --as sent or --as resend")
    state = DeliveryState.SENT if verdict == "sent" else DeliveryState.QUEUED
    settled = records.settle(issue, address, state, app.clock.now(), narrowed, " ".join(why.split()))
    if not settled:
        raise ContentError(
            [
                Problem(
                    Path(named(issue)),
                    None,
                    f"{address or 'no delivery'} is {'not ' if address else ''}in doubt{' like that' if some else ''}",
                    f"see: pressroom settle {typed(issue)}",
                )
            ]
        )
    like = " like that" if some else ""
    if as_json:
        output.data({"issue": issue, "address": address, "as": verdict, "settled": settled})
    else:
        output.say(f"{address or f'all {settled:,} that were in doubt{like}'}: {verdict}")


@cli.command(epilog="Example: pressroom reopen 11")
def reopen(context: typer.Context, issue: IssueNumber, as_json: Json = False) -> None:
    """Reopen an issue that was closed and reached nobody, so that it can be approved and sent."""
    pipeline.reopen(pressroom(context).act(), issue)
    output.data({"issue": issue, "reopened": True}) if as_json else output.say(
        f"{named(issue)} is open again; see: pressroom status {typed(issue)}"
    )


@cli.command(epilog="Example: pressroom publish")
def publish(context: typer.Context, as_json: Json = False) -> None:
    """Build the web pages: landing page, archive, learning paths, feed."""
    app = pressroom(context)
    written = pipeline.publish(app.act())
    if as_json:
        output.data({"files": written, "site": app.site_folder})
    else:
        output.say(f"{output.count(written, 'file')} in {app.site_folder}")
