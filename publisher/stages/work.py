"""Work: what is due of issues under way -> readers' mailboxes, by as many processes on as many machines as wanted.

A worker hands over what the ledger holds, and nothing else: the frozen message, the rows. It writes no file, and makes no
page. What begins an issue, and what ends it (its file, its pages, mail to the editors), is `run` or `send`.
"""

from __future__ import annotations

import datetime as dt
import math
import threading
from collections.abc import Sequence

from publisher.clockwatch import doubt_of
from publisher.deliver.dispatch import dispatch
from publisher.errors import ConfigurationError, Refused
from publisher.numbers import is_correction, named
from publisher.ports import Sums
from publisher.stages.ports import MailPorts
from publisher.stages.waves import not_held

CLOSE = dt.timedelta(seconds=10)
"""How far a worker's clock may be from the database's: by its own it tells which senders are dead, and so takes their rows."""


def to_work_on(ports: MailPorts) -> Sequence[int]:
    """Return the issues and corrections under way of which something is due, and that neither a person nor the server stopped.

    Raises Refused while this machine's clock is wrong.
    """
    now, there = ports.clock.now(), ports.database_time()
    if there is not None and abs(now - there) > CLOSE:
        raise Refused(
            f"this machine's clock is {abs((now - there).total_seconds()):.0f} s from the database's, and a worker needs it within "
            f"{CLOSE.seconds} s, or it takes living senders for dead; set both by NTP"
        )
    ports.ledger.senders.recover(now)
    under_way = (one for one in ports.ledger.records.entries() if not one.finished and not one.pause)
    going = (one.number for one in under_way if one.halt is None or one.halt.until <= now)
    return [number for number in going if ports.ledger.senders.due(number, now)]


def work(ports: MailPorts, number: int, stop: threading.Event | None = None, grace: float = math.inf) -> Sums | None:
    """Hand over what is due of an issue that others began; return the ledger's sums, or None if it is not for this worker.

    `grace`: see dispatch(). Raises Refused while sending or its week is held, or a clock is wrong; ConfigurationError if copies from here
    would differ from those of the process that began it; and what dispatch() raises.
    """
    mailing = ports.ledger.deliveries.mailing(number)
    if mailing is None or mailing.finished or not mailing.sample_digest:
        return None  # it was taken back, has ended, or is just beginning
    if doubt := doubt_of(ports):
        raise Refused(f"{named(number)} waits, because this machine's clock {doubt}; set the one that is wrong")
    not_held(ports)
    if not is_correction(number):
        _week_goes(ports, number)
    builder = ports.message_builder
    if builder.sample_digest(mailing) != mailing.sample_digest:
        raise ConfigurationError(
            f"{named(number)} would differ from what the other machines send: make publication.toml, PRESSROOM_SECRET_KEY, "
            "PRESSROOM_BASE_URL, the DKIM keys and the release of Pressroom the same as where `pressroom run` is"
        )
    policy = ports.content.publication.delivery
    return dispatch(
        mailing, ports.ledger, ports.courier, builder.issue(mailing), policy=policy,
        clock=ports.clock, stop=stop, patience=policy.turn_seconds, limiter=ports.limiter, held=lambda: bool(ports.holds.open()), grace=grace,
    )  # fmt: skip


def _week_goes(ports: MailPorts, number: int) -> None:
    """Raise Refused for an issue whose week is held."""
    held = next((week for week in ports.weeks.unfinished() if week.number == number and week.held), None)
    if held:
        raise Refused(f"{named(number)} is held with its week («{held.why}»)")
