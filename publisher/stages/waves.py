"""Waves: when too much of an issue is blocked or reported as spam, all sending is held until a person lets it go on."""

from __future__ import annotations

import logging

from publisher import timetable
from publisher.errors import Refused
from publisher.numbers import named
from publisher.ports import Hold
from publisher.publication import Schedule
from publisher.returned.policy import ABOUT_US, Cause
from publisher.returned.waves import BLOCKED, Wave, blocked, complained
from publisher.stages.ports import MailPorts, RecordPorts

log = logging.getLogger("pressroom.returned")

COMPLAINT = "complaint"


def look_for_waves(ports: RecordPorts, number: int) -> None:
    """Hold sending if what came back of an issue says that we are refused; once for each issue and cause."""
    ledger, now = ports.ledger, ports.clock.now()
    came_back = ledger.returned.by_domain(number, ABOUT_US)
    complaints = sum(ledger.returned.by_domain(number, (Cause.COMPLAINT,)).values())
    reached = ledger.deliveries.sums(number, now).reached
    if complaints:  # at most one mail a day for each issue, however many complain
        words = (
            f"{complaints:,} {'reader' if complaints == 1 else 'readers'} of {named(number)} reported it as spam so far"
        )
        ports.holds.add(number, f"{COMPLAINT} {now:%Y-%m-%d}", words, now, holds=False)
    waves = [complained(complaints, reached)]
    if sum(came_back.values()) >= BLOCKED:  # the domains of all deliveries are read only then
        waves.append(blocked(came_back, ledger.bounces.ended(number)))
    for wave in waves:
        if wave is not None and ports.holds.add(number, wave.cause, in_words(wave, number), now, holds=wave.holds):
            log.warning("%s%s", in_words(wave, number), "; sending is held" if wave.holds else "")


def in_words(wave: Wave, number: int) -> str:
    """Say what a wave is, without a full stop."""
    if wave.cause == "blocked":
        where = f" to {wave.domain}" if wave.domain else ""
        return f"{wave.count:,} of {wave.sent:,} mails of {named(number)}{where} came back because we are blocked or taken for spam"
    limit = "0.3 %, above which Gmail and Yahoo refuse a sender" if wave.holds else "0.1 %, which Gmail and Yahoo want"
    return f"{wave.count:,} of {wave.sent:,} readers of {named(number)} reported it as spam: {wave.percent}, which is more than {limit}"


def not_held(ports: MailPorts) -> None:
    """Raise Refused while sending is held."""
    if found := ports.holds.open():
        raise Refused(held(found[0], ports.content.publication.schedule))


def held(hold: Hold, schedule: Schedule) -> str:
    return (
        f"sending is held since {timetable.local(hold.since, schedule)}: {hold.what}; once you know why, let it go on: pressroom bounces "
        "resume --why TEXT"
    )


def resume_sending(ports: RecordPorts, why: str) -> int:
    """Let sending go on; return how many holds that lifted."""
    return ports.holds.lift(why, ports.clock.now())
