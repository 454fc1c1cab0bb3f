"""pressroom bounces: read, list, show, undo, resume; what came back of issues and other mail, and what was decided about it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from publisher import pipeline
from publisher.cli import output
from publisher.cli.root import Json, cli, issue_number, pressroom
from publisher.errors import ConfigurationError, Refused, TransportUnavailable
from publisher.numbers import named

if TYPE_CHECKING:  # slow to import: only when a verb runs
    from publisher.app import App
    from publisher.ports import Decided

bounces = typer.Typer(
    help="Read mail that comes back, and see, explain and undo what was decided about it; let sending that it holds go on.",
    no_args_is_help=True,
)
cli.add_typer(bounces, name="bounces")

CHUNK = 64 * 1024
EFFECTS = ("hard", "soft", "complaint", "nothing")
Decision = Annotated[int, typer.Argument(metavar="DECISION", min=1, help="The decision's number; see: bounces list.")]


@bounces.command(epilog="Example: pressroom bounces read")
def read(
    context: typer.Context,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read one message from standard input, as a mail server hands it over.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Read what is new in the mailbox of PRESSROOM_BOUNCES_URL, and decide about it; `pressroom run` does so by itself.

    What was read stays there, marked as read. What cannot be tied to a mail of ours, or may be from a person, changes
    nothing and is no error: whoever sent it must not get an answer. The same message twice changes nothing.
    """
    app = pressroom(context)
    if stdin:
        _read_one(app, as_json=as_json)
        return
    if app.mailbox is None:
        raise ConfigurationError(
            "PRESSROOM_BOUNCES_URL is not set, so no mailbox is read; set it to where mail to sender.bounces is delivered, or let your "
            "mail server hand each message over: pressroom bounces read --stdin"
        )
    found = pipeline.read_returned(app.act(), app.mailbox)
    if as_json:
        output.data({"read": found.total, "of": dict(found.counts)})
        return
    for what, count in sorted(found.counts.items()):
        output.say(f"{count:6,}  {what}")
    output.say(f"{found.total:,} {'message was' if found.total == 1 else 'messages were'} read")


def _read_one(app: App, *, as_json: bool) -> None:
    if sys.stdin.isatty():
        raise typer.BadParameter("there is no message on standard input; write: bounces read --stdin < message.eml")
    from publisher.returned.message import READ_AT_MOST

    message = sys.stdin.buffer.read(READ_AT_MOST)
    while sys.stdin.buffer.read(CHUNK):  # a mail server takes it for a failure if the rest is not read
        pass
    act = app.act()
    taken = pipeline.take_returned(act, message, "stdin")
    if taken.later:
        raise TransportUnavailable("the delivery that this is about is not final yet; the same message works later")
    pipeline.tell_bounces(act)
    if as_json:
        output.data({"said": taken.said, "known": taken.known, "decision": taken.decided and _plain(taken.decided)})
    else:
        output.say(f"{taken.said}{' (known already)' if taken.known else ''}")


@bounces.command("list", epilog="Example: pressroom bounces list --issue 11 --effect hard")
def list_(
    context: typer.Context,
    issue: Annotated[
        int | None,
        typer.Option("--issue", metavar="ISSUE", parser=issue_number, help="Only what came back of this issue."),
    ] = None,
    effect: Annotated[
        str | None, typer.Option("--effect", metavar="|".join(EFFECTS), help="Only decisions with this effect.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, the newest first.")] = 50,
    as_json: Json = False,
) -> None:
    """List decisions about mail that came back: when, about whom, why, and what each does."""
    if effect not in (None, *EFFECTS):
        raise typer.BadParameter(f"--effect takes one of {', '.join(EFFECTS)}")
    from publisher.timetable import local  # slow to import

    app = pressroom(context)
    found = app.ledger.returned.entries(limit, issue, effect)
    if as_json:
        output.data([_plain(each) for each in found])
        return
    schedule = app.act().publication.schedule
    rows = [
        (
            str(each.id), local(each.at, schedule), each.report.canonical or "(deleted)", _of(each), each.report.cause,
            f"{each.report.effect}, undone" if each.undone else each.report.effect, each.report.code,
        )
        for each in found
    ]  # fmt: skip
    for hold in app.holds.open():
        output.say(pipeline.held(hold, schedule))
    if rows:
        output.table(("no.", "read", "address", "of", "why", "effect", "code"), rows)
    else:
        output.say("nothing came back, as far as was read")


@bounces.command(epilog="Example: pressroom bounces show 17")
def show(context: typer.Context, decision: Decision, as_json: Json = False) -> None:
    """Explain one decision: what came back, from where, of which delivery, and what follows."""
    from publisher.timetable import local  # slow to import

    app = pressroom(context)
    found = app.ledger.returned.entry(decision)
    if found is None:
        raise Refused(f"there is no decision {decision}; see: pressroom bounces list")
    if as_json:
        output.data(_plain(found))
        return
    report = found.report
    counts, schedule = pipeline.counts_from(found), app.act().publication.schedule
    pairs = [
        ("address", report.canonical or "(the reader was deleted)"),
        ("of", _of(found)),
        ("why", report.cause),
        ("code", report.code),
        ("words", report.words),
        ("effect", EXPLAINED[report.effect]),
        ("read", f"{local(found.at, schedule)}, from {report.source}"),
        ("counts from", local(counts, schedule) if counts else ""),
        ("undone", f"{local(found.undone, schedule)}: {found.why}" if found.undone else ""),
    ]
    output.facts([(name, value) for name, value in pairs if value])


EXPLAINED = {
    "hard": "hard bounce: the address is suppressed, unless too many bounce alike",
    "soft": "soft bounce: weighed with others; enough of them suppress the address",
    "complaint": "complaint: the address is suppressed, and the editors are told",
    "nothing": "none: it is only kept on record",
}


@bounces.command(epilog="Example: pressroom bounces undo 17 --why 'their server was broken for an hour'")
def undo(
    context: typer.Context,
    decision: Decision,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why it was wrong; kept on record.")],
    as_json: Json = False,
) -> None:
    """Undo a decision that was wrong: a reader whom it took off is on the list again, with all that they chose.

    Somebody who had left by themselves stays off. What other decisions did stays, too. The same report that comes once
    more changes nothing.
    """
    if not why.strip():
        raise typer.BadParameter("--why is empty; say why the decision was wrong")
    undone, change = pipeline.undo_returned(pressroom(context).act(), decision, why.strip())
    back = change is not None and change.after.active and not change.before.active
    if as_json:
        output.data({"decision": _plain(undone), "back_on_the_list": back})
    elif back:
        output.say(f"decision {decision} is undone: {undone.report.canonical} is on the list again")
    else:
        output.say(f"decision {decision} is undone; it had taken nobody off the list, or something else keeps them off")


@bounces.command(epilog="Example: pressroom bounces resume --why 'the list was bought; it is deleted'")
def resume(
    context: typer.Context,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why it may go on; kept on record.")],
    as_json: Json = False,
) -> None:
    """Let issues be sent again after too many complaints, or too much blocked mail, held all sending.

    The same cause does not hold the same issue again.
    """
    if not why.strip():
        raise typer.BadParameter("--why is empty; say why sending may go on")
    lifted = pipeline.resume_sending(pressroom(context).act(), why.strip())
    if as_json:
        output.data({"lifted": lifted})
    else:
        output.say("sending goes on" if lifted else "sending is not held")


def _of(decided: Decided) -> str:
    return named(decided.report.issue) if decided.report.issue is not None else "other mail"


def _plain(decided: Decided) -> dict[str, object]:
    report = decided.report
    return {
        "id": decided.id, "at": decided.at, "source": report.source, "address": report.canonical or None,
        "issue": report.issue, "delivery": report.delivery, "email": report.email, "cause": report.cause,
        "effect": report.effect, "code": report.code, "words": report.words,
        "counts_from": pipeline.counts_from(decided), "undone": decided.undone, "why": decided.why,
    }  # fmt: skip
