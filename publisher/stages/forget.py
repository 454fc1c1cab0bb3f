"""Forget: a deleted reader's name and addresses leave the records of what was sent."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

from publisher.stages.ports import RecordPorts

if TYPE_CHECKING:  # slow to import, and only named here
    from subscribers import AddressHistory

SETTLES = dt.timedelta(hours=1)
"""How long a deletion is repeated: an audience that was being frozen at its time may include the reader."""


def forget(ports: RecordPorts, history: AddressHistory) -> int:
    """Take a deleted reader's name and addresses out of the ledger; return how many rows a sender still has in hand.

    `erase` clears those when the sender is done with them.
    """
    ports.ledger.returned.forget(history)
    for wait in (0.2, 0.5, 1.0, 0.0):
        held = ports.ledger.records.forget(history, ports.clock.now())
        if not held:
            break
        time.sleep(wait)  # a message under way is over in a moment
    return held


def erase(ports: RecordPorts) -> int:
    """Continue every deletion that is not done yet; return how many rows senders still have in hand. Safe to repeat."""
    now, held = ports.clock.now(), 0
    for one in ports.erasures.under_way():
        left = ports.ledger.records.forget(one.history, now, begun_before=one.returned)
        ports.ledger.returned.forget(one.history, before=one.returned)
        held += left
        if not left and now - one.asked >= SETTLES:
            ports.erasures.done(one.id)
    return held
