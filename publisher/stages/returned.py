"""Returned mail: a message that came back -> a decision on record, tied to its delivery, that can be explained and undone.

Anybody may write to the address that mail is sent from. So nothing of a message counts before what we signed has proven
which delivery it is about: the tag of the envelope sender, or the Message-ID that only this issue for this reader has.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.deliver.message_builder import delivery_of, email_of
from publisher.errors import Refused, TransportUnavailable
from publisher.issue import DeliveryState
from publisher.ports import Decided, Mailbox, OpenMailbox, Report, Tied
from publisher.returned.message import Unreadable, take_apart
from publisher.returned.policy import ABOUT_US, Cause, Decision, Effect, decide
from publisher.returned.provider_events import ProviderEvent
from publisher.returned.recognise import Finding, Nature, recognise
from publisher.returned.tie import Named, named_in
from publisher.stages.bounces import tell_bounces
from publisher.stages.ports import ReturnPorts
from publisher.stages.waves import look_for_waves
from subscribers import BounceKind, BounceReport
from subscribers.database import DatabaseError

if TYPE_CHECKING:  # slow to import, and only named here
    from subscribers import Change

log = logging.getLogger("pressroom.returned")

AT_ONCE = 200
"""How many messages of a mailbox are read in one round."""
_BOUNCES = {Effect.HARD: BounceKind.HARD, Effect.SOFT: BounceKind.SOFT, Effect.COMPLAINT: BounceKind.COMPLAINT}


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one message: `said` in words. `decided` is the decision that it made, `known` if it made none anew.

    `later`: the delivery is in a sender's hands; the same message has to be read again.
    """

    said: str
    decided: Decided | None = None
    known: bool = False
    later: bool = False


@dataclass(frozen=True, slots=True)
class ReadMail:
    """What one reading of a mailbox came to: how many messages of each kind."""

    counts: Counter[str]

    @property
    def total(self) -> int:
        return self.counts.total()


def take_returned(ports: ReturnPorts, data: bytes, source: str) -> Taken:
    """Take one message that came to the address which mail is sent from. The same message twice changes nothing.

    A message whose subject carries the token of an unsubscribe link takes its reader off, as everywhere. Raises
    DatabaseError; then the same message works later.
    """
    if (left := ports.leave_by_mail(data)) is not None:
        return Taken(left)
    try:
        finding = recognise(take_apart(data))
    except Unreadable as error:
        return Taken(f"not read: {error}")
    if finding.nature is Nature.UNRELATED:
        return Taken("not a report; it may be from a person")
    return _take(ports, finding, named_in(data), source)


def take_events(ports: ReturnPorts, events: Sequence[ProviderEvent], source: str) -> list[Taken]:
    """Take what a provider reports, as if the mail itself had come back; the same report twice changes nothing.

    That a mail arrived, or is delayed, is only of interest where a delivery is in doubt: nothing is kept of all others.
    Raises DatabaseError; then the same reports work later.
    """
    taken = [_take(ports, each.finding, Named((f"+{each.tag}@",)), source, settles=True) for each in events]
    tell_bounces(ports)
    return taken


def _take(ports: ReturnPorts, finding: Finding, named: Named, source: str, *, settles: bool = False) -> Taken:
    decision, secret = decide(finding), ports.message_builder.secret
    well = settles and finding.nature in (Nature.ARRIVED, Nature.DELAYED)
    for tag in named.tags:
        if (row := email_of(tag, secret)) is not None:
            if well:
                return Taken(decision.cause.value)
            return _of_email(ports, row, decision, source)
    tied = _delivery(ports, named, finding)
    if tied is None:
        return Taken(f"{decision.cause.value}, but of no mail of ours")
    if not tied.subject_id:
        return Taken("its reader was deleted meanwhile")
    if not tied.state.final:
        return Taken("its delivery is not final yet", later=True)
    if well and tied.state is not DeliveryState.IN_DOUBT:
        return Taken(decision.cause.value)
    return _recorded(ports, decision, _report(decision, source, tied))


def read_returned(ports: ReturnPorts, mailbox: Mailbox, stop: threading.Event | None = None) -> ReadMail:
    """Take what is new in a mailbox, and let complaints count at once. Raises TransportUnavailable, DatabaseError."""
    counts: Counter[str] = Counter()
    with mailbox.open() as opened:
        for name in _new_ones(opened):
            if stop is not None and stop.is_set():
                break
            data = opened.fetch(name)
            if data is None:  # somebody else took it away
                continue
            try:
                taken = take_returned(ports, data, mailbox.source)
            except (DatabaseError, TransportUnavailable):
                raise
            except Exception:
                # Anybody may write here: a message that nobody foresaw must not keep all later ones from being read.
                log.exception("a message in %s cannot be taken, and is left there as seen", mailbox.source)
                taken = Taken("not taken; see the log")
            if not taken.later:
                opened.seen(name)
            counts["known" if taken.known else taken.decided.report.effect if taken.decided else taken.said] += 1
    tell_bounces(ports)
    return ReadMail(counts)


def _new_ones(opened: OpenMailbox) -> Iterator[str]:
    """Yield what is unread, each once; those that have to be read again later keep no newer one from being read."""
    taken: set[str] = set()
    settled = 0
    while settled < AT_ONCE:
        unread = opened.unread(AT_ONCE + len(taken))
        fresh = [name for name in unread if name not in taken]
        settled = len(taken - set(unread))
        if not fresh:
            return
        for name in fresh[: AT_ONCE - settled]:
            taken.add(name)
            yield name


def undo_returned(ports: ReturnPorts, number: int, why: str) -> tuple[Decided, Change | None]:
    """Undo a decision that was wrong; return it, and what that changed for the reader. Raises Refused."""
    found = ports.ledger.returned.entry(number)
    if found is None:
        raise Refused(f"there is no decision {number}; see: pressroom bounces list")
    report, now, change = found.report, ports.clock.now(), None
    ports.ledger.returned.undo(number, why, now)  # first: from now on nobody tells the list of it
    if report.bounce is not None and report.canonical:
        change = ports.bounces.undo(report.canonical, found.at, why, now=now)
        tell_bounces(ports)  # what else came back of that delivery counts by itself
    undone = ports.ledger.returned.entry(number)
    assert undone is not None, "a decision is never deleted"
    return undone, change


def _delivery(ports: ReturnPorts, named: Named, finding: Finding) -> Tied | None:
    builder, returned = ports.message_builder, ports.ledger.returned
    for tag in named.tags:
        if (found := delivery_of(tag, builder.secret)) is not None:
            return returned.delivery(*found)
    for name in named.names:
        number = int(name.partition(".")[0])
        for key in _canonicals(finding.recipients):
            tied = returned.addressed(number, key)
            if tied is not None and builder.is_name(name, number, tied.subject_id):
                return tied
    return None


def _canonicals(addresses: Sequence[str]) -> list[str]:
    from subscribers import InvalidAddress, canonical

    found = []
    for each in addresses:
        try:
            found.append(canonical(each))
        except InvalidAddress:
            continue
    return found


def _of_email(ports: ReturnPorts, row: int, decision: Decision, source: str) -> Taken:
    """Take what came back of a mail that is not an issue: a confirmation, a welcome, a step of a course."""
    found = ports.outbox.came_back(row, _BOUNCES.get(decision.effect))
    if found is None:
        return Taken(f"{decision.cause.value}, of a mail that nothing is kept of")
    address, bounce = found
    effect = decision.effect if bounce is None else Effect(bounce.value)
    report = Report(
        _digest("mail", row, decision), source, address, decision.cause, effect, bounce, decision.code, decision.words, email=row,
    )  # fmt: skip
    taken = _recorded(ports, decision, report)
    if bounce is not None and taken.decided is not None and taken.decided.undone is None:
        # Also of one that is known already: a crash may have come between the record and this, which counts once.
        counts = BounceReport(address, bounce, decision.words, taken.decided.at)
        ports.bounces.take([counts], now=ports.clock.now())
    return taken


def _recorded(ports: ReturnPorts, decision: Decision, report: Report) -> Taken:
    now = ports.clock.now()
    said = f"{decision.cause.value}: {report.effect}"
    made = ports.ledger.returned.record(report, now)
    if report.issue is not None and decision.cause in (*ABOUT_US, Cause.COMPLAINT):
        look_for_waves(ports, report.issue)  # also for a known one: a crash may have come between the record and this
    if made is None:
        return Taken(said, ports.ledger.returned.known(report.digest), known=True)
    about = {"delivery": report.delivery, "email": report.email, "issue": report.issue}
    what = f"delivery {report.delivery}" if report.delivery else f"mail {report.email}"
    log.info("%s came back (%s)", what, said, extra=about)
    return Taken(said, made)


def _report(decision: Decision, source: str, tied: Tied) -> Report:
    return Report(
        _digest("delivery", tied.delivery, decision), source, tied.canonical, decision.cause, decision.effect,
        _BOUNCES.get(decision.effect), decision.code, decision.words, tied.issue, tied.delivery,
    )  # fmt: skip


def _digest(kind: str, row: int, decision: Decision) -> str:
    """Return what is equal for reports that say the same of the same mail: copies of one, and repeated warnings."""
    return hashlib.sha256(f"{kind}\0{row}\0{decision.cause}\0{decision.code}".encode()).hexdigest()


def counts_from(decided: Decided) -> dt.datetime | None:
    """Return from when on a bounce counts, which waits to be compared with others; None for one that does not wait."""
    from publisher.stages.bounces import SETTLES

    waits = decided.report.delivery is not None and decided.report.bounce in (BounceKind.HARD, BounceKind.SOFT)
    return decided.at + SETTLES if waits else None
