"""Forget: a deleted reader's name and addresses leave the records of what was sent."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from publisher.stages.ports import Ports

if TYPE_CHECKING:  # slow to import, and only named here
    from subscribers import AddressHistory


def forget(ports: Ports, trail: AddressHistory) -> int:
    """Take a deleted reader's name and addresses out of the ledger; return how many rows a sender still has in hand."""
    for wait in (0.2, 0.5, 1.0, 0.0):
        held = ports.ledger.forget(trail, ports.clock.now())
        if not held:
            break
        time.sleep(wait)  # a message under way is over in a moment
    return held
