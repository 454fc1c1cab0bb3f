"""pressroom deliveries: who got an issue, who did not and why, and what a person decides of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from publisher import pipeline
from publisher.cli import output
from publisher.cli.root import IssueNumber, Json, cli, pressroom, which
from publisher.issue import DeliveryState
from publisher.numbers import named, typed

if TYPE_CHECKING:  # slow to import: only when a verb runs
    import datetime as dt

    from publisher.ports import DeliveryEntry
    from publisher.publication import Schedule

deliveries = typer.Typer(
    name="deliveries",
    help="Show who got an issue and who did not; pause, cancel or retry its deliveries.",
    pretty_exceptions_enable=False,
    no_args_is_help=True,
)
cli.add_typer(deliveries)

Reply = Annotated[
    str | None,
    typer.Option("--reply", metavar="WORDS", help="Only those whose last answer of the server has these words."),
]
Domain = Annotated[str | None, typer.Option("--domain", metavar="NAME", help="Only addresses of this domain.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="Why, for those who ask later.")]

_COLUMNS = ("address", "state", "tries", "changed", "next try", "last answer")
_MEANS = {
    DeliveryState.QUEUED: "waits for its turn",
    DeliveryState.CLAIMED: "a sender has it in hand",
    DeliveryState.AT_DOT: "the message was handed over, and the server's answer is awaited",
    DeliveryState.DEFERRED: "waits for its next try",
    DeliveryState.SENT: "the server accepted it",
    DeliveryState.FAILED: "was given up",
    DeliveryState.IN_DOUBT: "nobody knows whether the server accepted it",
    DeliveryState.SUPPRESSED: "was not sent",
}


@deliveries.command("list", epilog="Example: pressroom deliveries list 11 --state failed --domain example.com")
def list_(
    context: typer.Context,
    issue: IssueNumber,
    state: Annotated[
        DeliveryState | None, typer.Option("--state", help="Only those in this state.", show_choices=True)
    ] = None,
    reply: Reply = None,
    domain: Domain = None,
    as_json: Json = False,
) -> None:
    """List the deliveries of an issue, by address."""
    app = pressroom(context)
    act = app.act()
    pipeline.known(act, issue)
    found = app.ledger.records.find(issue, which(state=state, reply=reply, domain=domain))
    if as_json:
        output.listed_data({"issue": issue}, "deliveries", found)
        return
    schedule = act.publication.schedule
    listed = output.long_table(_COLUMNS, (_row(entry, schedule) for entry in found))
    output.say(_counted(listed))


@deliveries.command("show", epilog="Example: pressroom deliveries show 11 ada@example.com")
def show(
    context: typer.Context,
    issue: IssueNumber,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The reader's address.")],
    as_json: Json = False,
) -> None:
    """Say what became of an issue for one address, and why."""
    app = pressroom(context)
    act = app.act()
    pipeline.known(act, issue)
    entry = next(iter(app.ledger.records.find(issue, which(address=address))), None)
    if as_json:
        output.data({"issue": issue, "address": address, "delivery": entry})
        return
    if entry is None:
        begun = app.ledger.records.entry(issue) is not None
        why = "its audience has no such address" if begun else "sending has not begun"
        output.say(f"{named(issue)} has no delivery to {address}: {why}; see: pressroom subscribers show {address}")
        return
    schedule = act.publication.schedule
    output.say(f"{named(issue)} to {entry.address}: {entry.state.value}, {_MEANS[entry.state]}")
    if entry.reply:
        output.say(f"last answer: {entry.reply}")
    if entry.tries:
        output.say(
            f"{entry.tries:,} {'try' if entry.tries == 1 else 'tries'}, the last on {_at(entry.changed, schedule)}"
        )
    if entry.due and entry.state in (DeliveryState.QUEUED, DeliveryState.DEFERRED):
        output.say(f"next try: {_when(entry.due, schedule)}")
    if entry.state is DeliveryState.IN_DOUBT:
        output.say(f"to settle it: pressroom settle {typed(issue)} --address {entry.address} --as sent|resend")
    if entry.state is DeliveryState.FAILED:
        output.say(f"to try it again: pressroom deliveries retry {typed(issue)} --address {entry.address}")


@deliveries.command("retry", epilog="Example: pressroom deliveries retry 11 --reply 'quota exceeded'")
def retry(
    context: typer.Context,
    issue: IssueNumber,
    address: Annotated[str | None, typer.Option("--address", help="Only the delivery to this address.")] = None,
    reply: Reply = None,
    domain: Domain = None,
    as_json: Json = False,
) -> None:
    """Queue failed deliveries again, all or some of them; the next send hands them over."""
    queued = pipeline.retry(pressroom(context).act(), issue, which(reply=reply, domain=domain, address=address))
    if as_json:
        output.data({"issue": issue, "queued": queued})
        return
    entry = pressroom(context).ledger.records.entry(issue)
    paused = entry is not None and entry.pause is not None
    then = (
        f"to go on: pressroom deliveries resume {typed(issue)}" if paused else f"to send: pressroom send {typed(issue)}"
    )
    output.say(f"{_counted(queued)} queued again; {'the issue is paused, ' if paused else ''}{then}")


@deliveries.command("pause", epilog='Example: pressroom deliveries pause 11 --why "A wrong link"')
def pause(context: typer.Context, issue: IssueNumber, why: Why = "", as_json: Json = False) -> None:
    """Stop an issue that is being sent, in every process, before the next message ends."""
    pipeline.pause(pressroom(context).act(), issue, why)
    _told(context, issue, as_json=as_json)


@deliveries.command("resume", epilog="Example: pressroom deliveries resume 11")
def resume(context: typer.Context, issue: IssueNumber, as_json: Json = False) -> None:
    """Let a paused issue go on, with the next tick or the next send."""
    pipeline.resume(pressroom(context).act(), issue)
    _told(context, issue, as_json=as_json)


@deliveries.command("cancel", epilog='Example: pressroom deliveries cancel 11 --why "The wrong issue"')
def cancel(
    context: typer.Context,
    issue: IssueNumber,
    why: Why = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for programs.")] = False,
    as_json: Json = False,
) -> None:
    """End all deliveries that still wait: their readers do not get the issue. What is out stays out."""
    act = pressroom(context).act()
    pipeline.known(act, issue)
    sums = act.ledger.deliveries.sums(issue, act.clock.now())
    if not yes and why.strip() and sums.open:
        if as_json or not output.at_terminal():
            raise typer.BadParameter("this cannot be undone, and nobody is there to ask; to cancel anyway, add --yes")
        if not output.sure(f"{output.count(sums.open, 'reader')} will not get {named(issue)}. Cancel?"):
            output.say("nothing was cancelled")
            raise typer.Exit(4)
    cancelled = pipeline.cancel(act, issue, why)
    if as_json:
        output.data({"issue": issue, "cancelled": cancelled.deliveries, "in_hand": cancelled.in_hand})
        return
    hand = f"; {cancelled.in_hand:,} are in hand, run this again once they ended" if cancelled.in_hand else ""
    output.say(f"{_counted(cancelled.deliveries)} cancelled{hand}")


def _told(context: typer.Context, issue: int, *, as_json: bool) -> None:
    app = pressroom(context)
    entry, sums = app.ledger.records.entry(issue), app.ledger.deliveries.sums(issue, app.clock.now())
    assert entry is not None
    if as_json:
        output.data({"issue": issue, "paused": entry.pause, "sums": sums})
        return
    word = "is paused" if entry.pause else "goes on"
    output.say(f"{named(issue)} {word}, {output.sums_line(sums)}")


def _counted(number: int) -> str:
    return f"{number:,} {'delivery' if number == 1 else 'deliveries'}"


def _row(entry: DeliveryEntry, schedule: Schedule) -> tuple[str, ...]:
    waits = entry.due is not None and entry.state in (DeliveryState.QUEUED, DeliveryState.DEFERRED)
    due = _when(entry.due, schedule) if waits and entry.due else ""
    changed = _at(entry.changed, schedule) if entry.changed else ""
    return entry.address, entry.state.value, str(entry.tries), changed, due, entry.reply


def _at(moment: dt.datetime | None, schedule: Schedule) -> str:
    from publisher import timetable  # slow to import

    return "" if moment is None else timetable.local(moment, schedule)


def _when(due: dt.datetime, schedule: Schedule) -> str:
    return "at once" if due.year == 1970 else _at(due, schedule)
