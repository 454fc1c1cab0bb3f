"""Waves: when too much of an issue is blocked or reported as spam, all sending is held until a person lets it go on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from publisher.errors import Refused
from publisher.numbers import named
from publisher.ports import Hold
from publisher.returned.policy import ABOUT_US, Cause
from publisher.returned.waves import BLOCKED, Wave, blocked, complained
from publisher.stages.ports import RecordPorts

log = logging.getLogger("pressroom.returned")

COMPLAINT = "complaint"
LOOK_SECONDS = 1.0
"""How often a send asks whether it is held."""


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


def not_held(ports: RecordPorts) -> None:
    """Raise Refused while sending is held."""
    if found := ports.holds.open():
        raise Refused(held(found[0]))


def held(hold: Hold) -> str:
    return (
        f"sending is held since {hold.since:%Y-%m-%d %H:%M} UTC: {hold.what}; once you know why, let it go on: pressroom bounces "
        "resume --why TEXT"
    )


def resume_sending(ports: RecordPorts, why: str) -> int:
    """Let sending go on; return how many holds that lifted."""
    return ports.holds.lift(why, ports.clock.now())


class StopOrHold(threading.Event):
    """A stop that is also set when sending is held meanwhile: each connection then ends its message, and the rest waits."""

    def __init__(self, stop: threading.Event | None, is_held: Callable[[], bool]) -> None:
        super().__init__()
        self._stop, self._is_held, self._looked = stop, is_held, time.monotonic()

    def is_set(self) -> bool:
        if super().is_set() or (self._stop is not None and self._stop.is_set()):
            return True
        now = time.monotonic()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            if self._is_held():
                self.set()
        return super().is_set()
