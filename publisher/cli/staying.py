"""pressroom subscribers ask-to-stay, let-go: readers who have done nothing themselves for long."""

from __future__ import annotations

import datetime as dt
import re
import sys
from typing import Annotated

import typer

from publisher.cli import output
from publisher.cli.readers import Where, readers, segment_of
from publisher.cli.root import DryRun, Json, pressroom

DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}

Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]


def period(text: str) -> dt.timedelta:
    """Read a period such as 60d, 12w, 18m (months of 30 days) or 2y (years of 365 days)."""
    match = re.fullmatch(r"([1-9]\d{0,3})([dwmy])", text.strip().lower())
    if not match:
        raise typer.BadParameter(f"{text!r} is not a period; write 60d, 12w, 18m or 2y")
    return dt.timedelta(days=int(match[1]) * DAYS[match[2]])


@readers.command("ask-to-stay", epilog="Example: pressroom subscribers ask-to-stay --not-seen 18m --dry-run")
def ask_to_stay(
    context: typer.Context,
    not_seen: Annotated[
        dt.timedelta,
        typer.Option(
            "--not-seen", parser=period, metavar="PERIOD",
            help="Ask those who have done nothing themselves for this long: 60d, 12w, 18m or 2y.",
        ),
    ],
    where: Where = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Mail readers who were not seen for long, and ask whether they still want it. Nobody is taken off the list by that."""
    app = pressroom(context)
    now, segment, staying = app.clock.now(), segment_of(app, where), app.subscribers.staying
    since = now - not_seen
    found = staying.whom_to_ask(since, now=now, segment=segment)
    who = f"{output.count(found, 'reader')} not seen since {since:%Y-%m-%d}"
    if dry_run or not found:
        if as_json:
            output.data({"asked": 0, "found": found})
        else:
            output.say(f"{who} would be asked; nothing was sent" if found else f"{who}; nobody to ask")
        return
    _sure(f"Ask {who} whether they want to stay?", yes=yes, as_json=as_json)
    with output.progress("ask") as bar:
        asked = staying.ask(since, now=now, segment=segment, progress=bar)
    if as_json:
        output.data({"asked": asked, "found": found})
    else:
        output.say(
            f"{output.count(asked, 'mail')} will leave with `pressroom run`; whoever presses the button is seen again"
        )


@readers.command("let-go", epilog="Example: pressroom subscribers let-go --asked 60d --dry-run")
def let_go(
    context: typer.Context,
    asked: Annotated[
        dt.timedelta,
        typer.Option(
            "--asked", parser=period, metavar="PERIOD",
            help="Take off those who got the question at least this long ago and have done nothing since.",
        ),
    ],
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Take readers off the list who were asked to stay and did not answer; they may sign up again."""
    app = pressroom(context)
    from subscribers import RULES, EmailKind

    proven = RULES[EmailKind.STAY].kept
    if asked >= proven:
        raise typer.BadParameter(
            f"--asked must be below {proven.days // 7} weeks, because it is known no longer that the question arrived"
        )
    now, staying = app.clock.now(), app.subscribers.staying
    before = now - asked
    found = staying.whom_to_let_go(before)
    who = f"{output.count(found, 'reader')} who got the question before {before:%Y-%m-%d} and did not answer"
    if dry_run or not found:
        if as_json:
            output.data({"gone": 0, "found": found})
        else:
            output.say(
                f"{who} would be taken off the list; nothing was changed" if found else f"{who}; nobody to let go"
            )
        return
    _sure(f"Take {who} off the list?", yes=yes, as_json=as_json)
    with output.progress("let go") as bar:
        gone = staying.let_go(before, now=now, progress=bar)
    if as_json:
        output.data({"gone": gone, "found": found})
    else:
        output.say(f"{output.count(gone, 'reader')} off the list; they may sign up again")


def _sure(question: str, *, yes: bool, as_json: bool) -> None:
    if yes:
        return
    if as_json or not sys.stdin.isatty():
        raise typer.BadParameter("nobody is there to ask; look with --dry-run, and to go ahead, add --yes")
    if not output.sure(question):
        output.say("nothing was changed")
        raise typer.Exit(4)
