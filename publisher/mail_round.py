"""What runs every half minute, whatever the week: course steps, emails to readers, an eye on the sign-ups.

Each may be poked at any time, by any number of processes; nothing happens twice.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import zoneinfo
from collections.abc import Callable
from typing import Protocol

from publisher import editors, pipeline
from publisher.clockwatch import Jump, doubt_of
from publisher.errors import ConfigurationError, PressroomError
from publisher.numbers import typed
from publisher.ports import Mailbox
from publisher.returned.pace import Pace
from subscribers import Breaker, EmailKind, Subscribers
from subscribers.database import DatabaseUnavailable

log = logging.getLogger("pressroom.mail_round")

LOCK_SECONDS = 5 * 60
"""How long one process may take to tell the editors before another tries."""
STEPS = "steps of courses could not be taken"
BATCHES = 40
"""How many batches of steps are taken in one round; the rest wait for the next one."""
PORTIONS = 10
"""How many portions of each kind expire at once; the rest go the next time, so that nobody waits for the database."""


class WatchPorts(pipeline.Ports, Protocol):
    """What a round needs besides the pipeline's ports."""

    @property
    def subscribers(self) -> Subscribers: ...
    @property
    def mailbox(self) -> Mailbox | None:
        """The mailbox that mail comes back to, None where none is read."""
        ...

    @property
    def mailbox_pace(self) -> Pace: ...


def round_of_mail(ports: WatchPorts, stop: threading.Event | None = None) -> None:
    """Do everything that is due, once. A failure is logged, and does not keep the rest from being done."""
    stop = stop or threading.Event()
    try:
        if _doubted(ports):
            return
    except DatabaseUnavailable as error:
        log.warning("%s; trying again", error)
        return
    for what, do in (
        (STEPS, lambda: take_steps(ports, stop)),
        ("the sign-ups could not be watched", lambda: watch_sign_ups(ports)),
        ("mail could not be handed over", lambda: pipeline.post(ports, stop)),
        ("deletions could not be continued", lambda: pipeline.erase(ports)),
        ("mail that came back could not be read", lambda: read_returned(ports, stop)),
        ("the editors could not be told of complaints or a hold", lambda: tell_of_holds(ports)),
        ("bounces could not be told to the list of readers", lambda: pipeline.tell_bounces(ports)),
        ("old mail could not be removed from the outbox", lambda: ports.outbox.sweep(ports.clock.now())),
    ):
        _tried(what, do)


def hand_over(ports: WatchPorts, stop: threading.Event, enough: Callable[[], bool]) -> int:
    """Hand over mail that is due, right after a form, until there is `enough`; return how many left.

    Steps of courses too: whoever confirms one has its first step at once. While the time is in doubt none leaves,
    because its date and the age of its link would be wrong: it stays due.
    """
    if _doubted(ports):
        return 0
    _tried(STEPS, lambda: take_steps(ports, stop, enough))
    return pipeline.post(ports, stop, enough).sent


def _doubted(ports: WatchPorts) -> bool:
    doubt = doubt_of(ports)
    if doubt:
        how = f"was set {doubt}" if isinstance(doubt, Jump) else f"is {doubt}"
        log.warning("the clock %s; no mail leaves or is given up until that is settled", how)
    return doubt is not None


def take_steps(ports: WatchPorts, stop: threading.Event, enough: Callable[[], bool] = lambda: False) -> int:
    """Turn the course steps that are due into emails, until there is `enough`; return how many.

    Their pages are built before the mails leave.
    """
    taken = 0
    for _ in range(BATCHES):
        batch = 0 if stop.is_set() or enough() else ports.subscribers.courses.take_steps(ports.clock.now())
        taken += batch
        if not batch:
            break
    if taken:
        # The mails show pictures of pages that may have been edited since the site was last built.
        _tried("the pages of a course could not be built", lambda: pipeline.publish(ports))
    return taken


def read_returned(ports: WatchPorts, stop: threading.Event) -> int:
    """Take what came back since the last time; return how many messages. Two processes never read at once.

    Raises TransportUnavailable, ConfigurationError; the next try is later each time.
    """
    mailbox, pace = ports.mailbox, ports.mailbox_pace
    if mailbox is None or stop.is_set() or ports.clock.steady() < pace.due:
        return 0
    with ports.weeks.lock("returned", LOCK_SECONDS, ports.clock.now()) as mine:
        if not mine:
            return 0
        well = False
        try:
            total = pipeline.read_returned(ports, mailbox, stop).total
            if pace.failures:
                _tell_read(ports)
            well = True
        except ConfigurationError as error:
            _tell_unread(ports, error)
            raise
        finally:
            pace.ended(ports.clock.steady(), well=well)
    return total


def _tell_unread(ports: WatchPorts, error: ConfigurationError) -> None:
    """Tell the editors that the mailbox is not read, at most once a week: nothing gets better by itself."""
    what = (f"{error}.", "Until then nobody learns whose mailbox is gone, or who reports your mail as spam.")
    title = "Mail that comes back is not read"
    editors.tell(ports, EmailKind.NOTICE, _unread(ports), title=title, what=what, commands=())


def _tell_read(ports: WatchPorts) -> None:
    """Tell the editors that the mailbox is read again, if they were told this week that it is not."""
    if ports.outbox.told(_unread(ports)):
        title, what = "Mail that comes back is read again", ("What came meanwhile has been taken.",)
        editors.tell(ports, EmailKind.NOTICE, f"{_unread(ports)} over", title=title, what=what, commands=())


def _unread(ports: WatchPorts) -> str:
    return f"mailbox {ports.clock.now():%G-W%V}"


def tell_of_holds(ports: WatchPorts) -> int:
    """Tell the editors once of what holds sending, of complaints and of warnings; return how many mails that were.

    Raises TransportUnavailable while nobody can be reached; they are told later then.
    """
    if not ports.holds.untold():
        return 0
    with ports.weeks.lock("holds", LOCK_SECONDS, ports.clock.now()) as mine:
        found = ports.holds.untold() if mine else ()
        for hold in found:
            number = typed(hold.issue)
            title = f"Sending is held after issue {number}" if hold.holds else f"Complaints about issue {number}"
            what = (f"{hold.what[0].upper()}{hold.what[1:]}.", *(_HELD if hold.holds else _COMPLAINED))
            look = f"pressroom bounces list --issue {number}"
            commands = (look, "pressroom bounces resume --why TEXT") if hold.holds else (look,)
            editors.tell(
                ports, EmailKind.NOTICE, f"hold {hold.issue} {hold.cause}", title=title, what=what, commands=commands
            )
            ports.holds.told(hold.id, ports.clock.now())
        return len(found)


_HELD = (
    "No issue and no correction leaves until somebody lets it go on; what is under way waits, and nobody gets anything twice. "
    "Confirmations and other mail still leave.",
    "Find out why first: the words of the servers are in the list below. Who asks for your mail, and how easily it is left, is "
    "what complaints are about; a block usually names the list that you are on.",
)
_COMPLAINED = ("Whoever reported it is off the list, and gets no more mail. Nothing is held.",)


def expire(ports: WatchPorts, stop: threading.Event) -> list[str]:
    """Delete what is kept no longer (`[privacy]`), and return in words what was; of very much, only a part at once.

    While the time is in doubt, nothing is deleted.
    """
    if _doubted(ports):
        return []
    now, kept, retention = ports.clock.now(), ports.content.publication.privacy, ports.subscribers.retention
    unconfirmed = now - dt.timedelta(days=kept.unconfirmed_days)
    networks = now - dt.timedelta(days=kept.network_days)
    done = (
        ("sign-ups and moves that nobody confirmed", lambda: retention.expire(unconfirmed, now=now)),
        ("network addresses of consents", lambda: retention.forget_networks(networks)),
    )
    counts = [(what, _in_portions(portion, stop)) for what, portion in done]
    return [f"deleted, because their time was over: {count} {what}" for what, count in counts if count]


def _in_portions(portion: Callable[[], int], stop: threading.Event) -> int:
    total = 0
    for _ in range(PORTIONS):
        count = 0 if stop.is_set() else portion()
        total += count
        if not count:
            break
    return total


def watch_sign_ups(ports: WatchPorts) -> bool:
    """Stop the sign-ups when hardly anybody confirms; return whether the editors were told just now.

    They are told once of each time, and later if no mail could leave. Raises TransportUnavailable.
    """
    now = ports.clock.now()
    ports.subscribers.watch.watch_sign_ups(now)
    if ports.subscribers.watch.untold() is None:
        return False
    with ports.weeks.lock("watch", LOCK_SECONDS, now) as mine:
        if not mine:
            return False
        with ports.subscribers.watch.telling(now) as untold:
            if untold is None:
                return False
            editors.tell(
                ports, EmailKind.NOTICE, f"sign-ups {untold.opened.isoformat()}", **_stopped(ports, untold, now)
            )
    log.warning("sign-ups are stopped until %s UTC; the editors were told", f"{untold.until:%Y-%m-%d %H:%M}")
    return True


def _stopped(ports: WatchPorts, opened: Breaker, now: dt.datetime) -> dict[str, object]:
    """Return the content of a notice about sign-ups that were stopped."""
    zone = zoneinfo.ZoneInfo(ports.content.publication.schedule.zone)

    def local(moment: dt.datetime) -> str:
        there = moment.astimezone(zone)
        return f"{there:%a} {there.day} {there:%b}, {there:%H:%M}"

    confirmed = {0: "none of them", 1: "only 1 of them"}.get(opened.confirmed, f"only {opened.confirmed} of them")
    goes_on = opened.open(now)
    return {
        "title": f"Sign-ups {'are' if goes_on else 'were'} stopped until {local(opened.until)}",
        "what": (
            f"Since {local(opened.since)}, {opened.asked} addresses were typed into the sign-up forms, and {confirmed} "
            "confirmed. Readers who asked for themselves confirm far more often: somebody is probably filling in the "
            "forms with other people's addresses, to flood them with mail.",
            f"So no confirmation mail {'leaves' if goes_on else 'left'} for new sign-ups from {local(opened.opened)} "
            f"until {local(opened.until)} (times are those of {zone.key}). Issues, courses, preferences and unsubscribing work as always.",
            "You need not do anything: sign-ups begin again by themselves, and stop again if it goes on. If the addresses look "
            "like real readers to you, look for what keeps them from confirming, such as a mail server that is refused. The "
            "command below shows who was asked.",
        ),
        "commands": ("pressroom subscribers list --state pending",),
    }


def _tried(what: str, do: Callable[[], object]) -> None:
    try:
        do()
    except PressroomError as error:
        log.error("%s: %s", what, error)  # noqa: TRY400 - a sentence for a person; its trace would say nothing
    except Exception:
        log.exception(what)
