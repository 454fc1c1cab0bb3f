"""Acts of consent: which ones an event proves, found by comparing an address's state before and after it. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from subscribers.consent import AS_ASKED, Act, Consent
from subscribers.events import Confirm, Enter, SignUp
from subscribers.listed import Listed
from subscribers.subscriber import State
from subscribers.transitions import AddressState


def agreed(before: AddressState, after: AddressState, event: object, now: dt.datetime) -> Iterator[Consent]:
    """Yield the acts by which the reader consented in an event, or for which an editor vouches."""
    reader = after.subscriber
    if after is before or reader is None:
        return
    whose = reader.subject_id
    match event:
        case SignUp() if reader.state is State.PENDING:
            yield Consent(whose, Act.ASKED, now, event.source, event.wording, event.client)
        case Confirm():
            yield Consent(whose, Act.CONFIRMED, now, reader.source, AS_ASKED, event.client)
        case Listed() if after.active and not before.active:
            row = event.row
            for act, at, client in (
                (Act.ASKED, row.asked, row.asked_from),
                (Act.CONFIRMED, row.confirmed, row.confirmed_from),
            ):
                if at is not None:
                    yield Consent(whose, act, at, event.source, event.wording, client)
            yield Consent(whose, Act.ENTERED, now, event.source, event.wording)
        case Enter():
            yield Consent(whose, Act.ENTERED, now, event.source, event.wording)
