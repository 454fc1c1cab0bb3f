"""pressroom subscribers: add, list, show, count, stats, tag, unsubscribe, bounce, suppress, unsuppress, forget."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from publisher import pipeline
from publisher.cli import output, reader_tables
from publisher.cli.root import Json, cli, interruptible, pressroom
from publisher.plain import plain

if TYPE_CHECKING:  # slow to import: only when it is used
    from publisher.app import App
    from subscribers import Reason, Segment, State

readers = typer.Typer(
    name="subscribers", help="Manage the list of readers.", no_args_is_help=True, pretty_exceptions_enable=False
)
cli.add_typer(readers)

Consent = Annotated[
    str, typer.Option("--consent", metavar="WORDS", help="What they agreed to and where; kept as proof.")
]
StateOption = Annotated[
    str | None,
    typer.Option("--state", metavar="pending|active|unsubscribed", help="Only readers in this state."),
]
Where = Annotated[
    str | None,
    typer.Option(
        "--where", metavar="SEGMENT", help="Only readers in this segment: 'tag = beta', or the id of a [[segment]]."
    ),
]
Reader = Annotated[str, typer.Argument(metavar="ADDRESS", help="The reader's address.")]


def segment_of(app: App, text: str | None) -> Segment | None:
    return app.act().publication.segment(text) if text is not None else None


def state_of(text: str | None) -> State | None:
    from subscribers import State

    if text is None or text in set(State):
        return State(text) if text else None
    raise typer.BadParameter(f"{text!r} is not a state; use one of: {', '.join(State)}")


@readers.command(epilog="Example: pressroom subscribers add ada@example.com --name Ada")
def add(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="The reader's address.")],
    name: Annotated[str, typer.Option("--name", help="The name by which issues greet the reader.")] = "",
    consent: Consent = "asked an editor to be added",
    as_json: Json = False,
) -> None:
    """Add a reader who asked to be added; one who left or bounced is refused."""
    from subscribers import Wording

    app = pressroom(context)
    new = app.subscribers.editors.add(address, name, source="cli", wording=Wording(consent), now=app.clock.now())
    if as_json:
        output.data({"address": address, "new": new})
    else:
        output.say(f"{address} {'is on the list' if new else 'was already on the list'}")


@readers.command("list", epilog="Example: pressroom subscribers list --state active --search example.com")
def list_(
    context: typer.Context,
    where: Where = None,
    state: StateOption = None,
    search: Annotated[str, typer.Option("--search", metavar="TEXT", help="Part of an address or a name.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000_000_000, help="List at most this many.")] = 100,
    as_json: Json = False,
) -> None:
    """List readers in the order in which they joined."""
    from subscribers import matching

    app = pressroom(context)
    segment = segment_of(app, where)
    condition = matching(segment, app.clock.now()) if segment else None
    queries, wanted = app.subscribers.queries, state_of(state)
    counts = queries.counts()
    with interruptible("the list is not complete"), output.progress("list", streams=True) as bar:
        found = queries.stream(state=wanted, query=search, where=condition, limit=limit, progress=bar)
        if as_json:
            output.listed_data({"counts": counts}, "subscribers", found)
            return
        shown = reader_tables.listed(found)
    if shown == limit:
        output.say(f"these are the first {limit:,}; --limit lists more")
    output.say("the whole list: " + ", ".join(f"{count:,} {kind.value}" for kind, count in counts.items()))


@readers.command(epilog="Example: pressroom subscribers show ada@example.com")
def show(context: typer.Context, address: Reader, as_json: Json = False) -> None:
    """Show everything known about one reader: choices, courses, consents, history, deliveries. Times are in UTC."""
    from publisher.pipeline import readers_deliveries

    app = pressroom(context)
    found = app.subscribers.editors.show(address)
    deliveries = readers_deliveries(app.act(), found)
    if as_json:
        output.data(reader_tables.record_json(found, deliveries, app.clock.now()))
    else:
        reader_tables.record(found, deliveries, app.clock.now())


@readers.command(epilog="Example: pressroom subscribers count --where 'tag = beta and not seen < 30d ago'")
def count(context: typer.Context, where: Where = None, as_json: Json = False) -> None:
    """Count the readers, or those in a segment, and how many of them an issue would reach now."""
    app = pressroom(context)
    segment = segment_of(app, where)
    with interruptible("nothing was counted"), output.progress("count"):
        found = app.subscribers.queries.count(segment, app.clock.now())
    if as_json:
        output.data({"where": str(segment) if segment else None, "reached": found.reached, "readers": found.readers})
        return
    output.line(f"{found.reached:,} of {output.count(found.readers, 'reader')} would get an issue now")
    if segment:
        output.say(f"where {segment}")


@readers.command(epilog="Example: pressroom subscribers stats --weeks 4")
def stats(
    context: typer.Context,
    weeks: Annotated[int, typer.Option("--weeks", min=1, max=104, help="How many weeks to go back.")] = 12,
    as_json: Json = False,
) -> None:
    """Show the list in numbers: states, largest sources, weeks (UTC), why readers left, courses."""
    app = pressroom(context)
    with interruptible("nothing was counted"), output.progress("stats"):
        found = app.subscribers.queries.statistics(app.clock.now(), weeks)
    if as_json:
        output.data({**plain(found), "share_confirmed": found.share_confirmed})
    else:
        reader_tables.statistics(found)


@readers.command(epilog="Example: pressroom subscribers tag --where 'source ~ learn' --add learner")
def tag(
    context: typer.Context,
    address: Annotated[str | None, typer.Argument(metavar="[ADDRESS]", help="One reader's address.")] = None,
    where: Where = None,
    add: Annotated[
        list[str] | None, typer.Option("--add", metavar="TAG", help="Add this tag; may be repeated.")
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", metavar="TAG", help="Remove this tag; may be repeated.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Add tags to one reader or to a whole segment, and remove others."""
    if (address is None) == (where is None):
        raise typer.BadParameter("name one reader by their address, or several with --where")
    if not add and not remove:
        raise typer.BadParameter("say which tags, with --add TAG or --remove TAG")
    app = pressroom(context)
    now, given, taken = app.clock.now(), add or (), remove or ()
    if address is not None:
        changed = int(app.subscribers.editors.tag(address, add=given, remove=taken, now=now))
    else:
        segment = app.act().publication.segment(where or "")
        done = "the readers before this are tagged; run the same command again to go on"
        with interruptible(done), output.progress("tag") as bar:
            changed = app.subscribers.editors.tag_all(segment, add=given, remove=taken, now=now, progress=bar)
    if as_json:
        output.data({"changed": changed})
    else:
        output.say(f"{output.count(changed, 'reader')} changed")


@readers.command(epilog="Example: pressroom subscribers unsubscribe ada@example.com")
def unsubscribe(context: typer.Context, address: Reader, as_json: Json = False) -> None:
    """Take a reader off the list; only their own confirmed sign-up brings them back."""
    app = pressroom(context)
    changed = app.subscribers.editors.remove(address, now=app.clock.now())
    _say_changed(address, "is off the list", "was already off the list", changed=changed, as_json=as_json)


@readers.command(epilog="Example: pressroom subscribers bounce ada@example.com --hard --why '550 5.1.1 no such user'")
def bounce(
    context: typer.Context,
    address: Reader,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The mail server's words; kept on record.")],
    hard: Annotated[bool, typer.Option("--hard", help="The mailbox does not exist: never mail it again.")] = False,
    soft: Annotated[
        bool, typer.Option("--soft", help="It could not take the mail this time; counts, at most once in 6 days.")
    ] = False,
    complaint: Annotated[
        bool, typer.Option("--complaint", help="The reader reported our mail as spam: never mail it again.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Report that mail to an address came back, or was reported as spam. Issues that are refused report themselves."""
    from subscribers import BounceKind

    chosen = [kind for kind, said in zip(BounceKind, (hard, soft, complaint), strict=True) if said]
    if len(chosen) != 1:
        raise typer.BadParameter("say which it is: --hard, --soft or --complaint")
    done = pipeline.report_bounce(pressroom(context).act(), address, chosen[0], why)
    suppressed = done.after.suppression
    if as_json:
        output.data({"address": address, "changed": done.happened, "suppressed": suppressed})
    elif suppressed is None and done.after.subscriber is None:
        output.say(f"{address} is not a reader; nothing was changed")
    elif suppressed is not None:
        output.say(f"{address} {'is' if done.happened else 'was already'} suppressed ({suppressed.reason.value})")
    else:
        output.say(f"{address} stays on the list; {'this bounce counts' if done.happened else 'this does not count'}")


@readers.command(epilog="Example: pressroom subscribers suppress ada@example.com --reason bounced")
def suppress(
    context: typer.Context,
    address: Reader,
    reason: Annotated[
        str,
        typer.Option(
            "--reason", metavar="unsubscribed|removed|bounced|refused|complained", help="Why; kept on record."
        ),
    ],
    as_json: Json = False,
) -> None:
    """Never mail an address again, whether it is a reader's or not.

    After `bounced`, `refused` and `complained` not even the reader's own sign-up brings them back.
    """
    app = pressroom(context)
    changed = app.subscribers.editors.suppress(address, reason_of(reason), now=app.clock.now())
    _say_changed(address, "is suppressed", "was already suppressed", changed=changed, as_json=as_json)


@readers.command(epilog="Example: pressroom subscribers unsuppress ada@example.com --why 'the mailbox is back'")
def unsuppress(
    context: typer.Context,
    address: Reader,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why the suppression was wrong; kept on record.")],
    as_json: Json = False,
) -> None:
    """Lift a suppression that was wrong. The reader is not put back on the list, but may sign up again.

    If the mailbox refused mail, that is lifted at all addresses that reach it.
    """
    if not why.strip():
        raise typer.BadParameter("--why is empty; say why the suppression was wrong")
    app = pressroom(context)
    lifted = app.subscribers.editors.unsuppress(address, why.strip(), now=app.clock.now())
    if as_json:
        output.data({"address": address, "changed": bool(lifted), "lifted": lifted})
    elif lifted:
        others = f"; nor is any other address of the mailbox: {', '.join(lifted[1:])}" if lifted[1:] else ""
        output.say(f"{address} is no longer suppressed{others}")
    else:
        output.say(f"{address} was not suppressed")


@readers.command(epilog="Example: pressroom subscribers forget ada@example.com --yes")
def forget(
    context: typer.Context,
    address: Reader,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Delete everything known about a reader, except the bare address, so that it is never mailed again.

    Addresses that they moved away from stay suppressed, too. The ledger keeps a row without name and address for each
    issue that they got.
    """
    from subscribers import MovedAway

    app = pressroom(context)
    found = app.subscribers.editors.show(address)  # raises before the question when nobody has this address
    if found.moved_to is not None:
        raise MovedAway(address, found.moved_to)
    if not yes:
        if as_json or not sys.stdin.isatty():
            raise typer.BadParameter("this cannot be undone, and nobody is there to ask; to delete anyway, add --yes")
        if not output.sure(f"Delete everything known about {address}? This cannot be undone."):
            output.say("nothing was deleted")
            raise typer.Exit(4)
    changed = app.subscribers.editors.forget(address, now=app.clock.now())
    if not changed:  # a record of an earlier release may still have the name
        app.subscribers.erasures.add(found.address_history, app.clock.now())
    held = pipeline.forget(app.act(), found.address_history)
    if as_json:
        output.data({"address": address, "changed": changed, "held": held})
    elif held:
        output.say(
            f"{address} is off the list, but an issue is on its way to them, and its record still names them; the "
            "sender clears it when it ends, and so does `pressroom run`"
        )
    else:
        output.say(f"{address} {'is forgotten' if changed else 'is not a reader, so only the address itself is kept'}")
    if held:
        raise typer.Exit(3)


def _say_changed(address: str, done: str, already: str, *, changed: bool, as_json: bool) -> None:
    if as_json:
        output.data({"address": address, "changed": changed})
    else:
        output.say(f"{address} {done if changed else already}")


def reason_of(text: str) -> Reason:
    """Read the reason that an editor gives; `moved` is not one, for only readers themselves move."""
    from subscribers import Reason

    reasons = [reason for reason in Reason if reason is not Reason.MOVED]
    if text in reasons:
        return Reason(text)
    raise typer.BadParameter(f"{text!r} is not a reason; use one of: {', '.join(reasons)}")
