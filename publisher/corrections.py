"""Corrections by the tick: each goes out as soon as it is approved, whatever its week."""

from __future__ import annotations

import hashlib
import logging
import threading

from publisher import approve, editors, pipeline
from publisher.errors import MailRefused, Refused, UserError
from publisher.issue import DeliveryState
from publisher.numbers import is_correction, named, typed
from publisher.ports import MailingEntry
from subscribers import EmailKind

log = logging.getLogger("pressroom.corrections")


def send_corrections(ports: pipeline.Ports, stop: threading.Event | None = None) -> list[str]:
    """Send what is approved and go on with what is under way; return what was done, in words. Safe to repeat."""
    begun = {entry.number: entry for entry in ports.ledger.records.entries() if is_correction(entry.number)}
    waiting = {one.number for one in ports.content.corrections if not one.published}
    waiting |= {number for number, entry in begun.items() if entry.finished is None}  # also if its file is gone
    return [
        said
        for number in sorted(waiting)
        if _is_time(ports, number, begun.get(number))
        for said in _send(ports, number, stop)
    ]


def _is_time(ports: pipeline.Ports, number: int, entry: MailingEntry | None) -> bool:
    """Say whether there is something to do. What nobody has approved is not even rendered."""
    if entry is None:
        return _approved(ports, number)
    if entry.finished:
        return bool(ports.ledger.deliveries.sums(number, ports.clock.now()).reached)
    return True


def _approved(ports: pipeline.Ports, number: int) -> bool:
    """Say whether enough people have approved it, or would have if it had not changed: then the editors are told."""
    given = ports.approvals.of(number)
    if not given:
        return False
    last = max(given, key=lambda one: one.at).digest
    return not approve.missing(ports.content.publication, last, given)


def _send(ports: pipeline.Ports, number: int, stop: threading.Event | None) -> list[str]:
    entry, before = ports.ledger.records.entry(number), ports.ledger.deliveries.sums(number, ports.clock.now())
    try:
        if entry and entry.finished:
            pipeline.close(ports, number)
            return [f"{named(number)} was sent"]
        if entry and entry.halt and ports.clock.now() < entry.halt.until:
            return _halted(ports, number, entry.halt.words)  # perhaps a worker learned it
        sums = pipeline.send(ports, number, stop=stop)
    except MailRefused as error:
        return _halted(ports, number, error.words)
    except (Refused, UserError) as error:
        if (gone := ports.ledger.records.entry(number)) and gone.finished:
            return [f"{error}; trying again"]
        what = (str(error), "It goes out by itself once this is put right and it is approved.")
        commands = (f"pressroom preflight {typed(number)}", f"pressroom proof {typed(number)}")
        return _tell(ports, number, str(error), f"Correction {typed(number)} was not sent", what, commands)
    if sums == before:
        return []
    said = f"{sums.open} deliveries are not final yet" if sums.open else f"was sent to {sums.audience}"
    return [f"{named(number)}: {said}"]


def _halted(ports: pipeline.Ports, number: int, words: str) -> list[str]:
    reached = ports.ledger.deliveries.sums(number, ports.clock.now())
    what = (
        f"The last of the mail server: «{words}».",
        f"{reached[DeliveryState.SENT]} of {reached.audience} readers have it. Pressroom tries again by itself.",
    )
    key, look = " ".join(words.split()[:2]), (f"pressroom status {typed(number)}",)
    return _tell(ports, number, key, f"Correction {typed(number)} waits: the mail server refuses it", what, look)


def _tell(
    ports: pipeline.Ports, number: int, key: str, title: str, what: tuple[str, ...], commands: tuple[str, ...]
) -> list[str]:
    """Tell the editors, once for each reason."""
    mark = hashlib.sha256(key.encode()).hexdigest()[:32]
    editors.tell(ports, EmailKind.NOTICE, f"{typed(number)} {mark}", title=title, what=what, commands=commands)
    log.info("%s: %s", named(number), what[0])
    return []
