"""Deliveries: what a person decides of an issue that is being sent, or was: pause, resume, cancel, retry."""

from __future__ import annotations

from publisher.errors import Refused
from publisher.issue import DeliveryState
from publisher.numbers import named, typed
from publisher.ports import Cancelled, Pause, Which
from publisher.stages.bounces import tell_bounces
from publisher.stages.lookup import known, reason
from publisher.stages.ports import MailPorts


def pause(ports: MailPorts, number: int, why: str) -> None:
    """Let no message of an issue begin until it is resumed; those whose end was written already may arrive. Raises Refused."""
    why = reason(why)
    known(ports, number)
    if not ports.ledger.decisions.pause(number, why, ports.clock.now()):
        raise Refused(_not_under_way(ports, number, "pause"))


def resume(ports: MailPorts, number: int) -> None:
    """Let a paused issue go on. Raises Refused if it is not paused."""
    known(ports, number)
    if not ports.ledger.decisions.resume(number):
        raise Refused(f"{named(number)} is not paused; see: pressroom status {typed(number)}")


def cancel(ports: MailPorts, number: int, why: str) -> Cancelled:
    """End all deliveries of an issue that wait: their readers do not get it. What a sender has in hand ends as it ends.

    If nothing is in hand, the issue is finished. Raises Refused if it is not being sent.
    """
    why = reason(why)
    known(ports, number)
    now = ports.clock.now()
    ports.ledger.senders.recover(now)  # what a dead sender held waits again
    cancelled = ports.ledger.decisions.cancel(number, why, now)
    if cancelled is None:
        raise Refused(_not_under_way(ports, number, "cancel"))
    if ports.ledger.deliveries.finish(number, now):
        tell_bounces(ports)
    return cancelled


def retry(ports: MailPorts, number: int, which: Which) -> int:
    """Queue failed deliveries of an issue again, for the next `send`; return how many. Raises Refused if there are none."""
    known(ports, number)
    tell_bounces(ports)  # what their ends said of the addresses is forgotten with them
    queued = ports.ledger.decisions.retry(number, which, ports.clock.now())
    if not queued:
        failed = ports.ledger.deliveries.sums(number, ports.clock.now())[DeliveryState.FAILED]
        others = f" like that; {failed:,} failed otherwise" if failed else ""
        raise Refused(f"{named(number)} has no failed delivery{others}; see: pressroom deliveries list {typed(number)}")
    return queued


def paused(number: int, pause: Pause) -> str:
    """Return «paused», why, and how the issue goes on."""
    return f"paused («{pause.why}»); to go on: pressroom deliveries resume {typed(number)}"


def _not_under_way(ports: MailPorts, number: int, what: str) -> str:
    entry = ports.ledger.records.entry(number)
    if entry is None:
        return (
            f"{named(number)} is not being sent, so there is nothing to {what}; "
            "what waits for its week is held by: pressroom week WEEK --hold"
        )
    return f"{named(number)} was sent, and that cannot be taken back; see: pressroom status {typed(number)}"
