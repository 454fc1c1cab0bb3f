"""What the events of one transaction have led to so far: states, and all that is written with them. It touches no table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from subscribers.address_state import AddressState, by_mailbox
from subscribers.agreement import agreed
from subscribers.asks import Asks, asks_of, together
from subscribers.consent import Consent
from subscribers.events import Event, Expire, Leave
from subscribers.history import AddressHistory, Happened, told
from subscribers.listed import Listed, restored
from subscribers.mailbox import mailbox_of, refuses_mailbox
from subscribers.moves import Move
from subscribers.outcome import ImportProgress, Outcome
from subscribers.subscriber import Email, Reason, State
from subscribers.transitions import after


@dataclass(slots=True)
class Decided:
    """The result of the events of one transaction so far."""

    found: Mapping[str, AddressState]
    now_is: dict[str, AddressState]
    mailboxes: Mapping[str, Collection[str]] = field(default_factory=dict)
    """The addresses of each mailbox that an event may ask to confirm, or may refuse mail for."""
    emails: dict[str, tuple[Email, ...]] = field(default_factory=dict)
    consents: list[Consent] = field(default_factory=list)
    happened: list[tuple[str, Happened]] = field(default_factory=list)
    former_ids: list[tuple[str, str]] = field(default_factory=list)
    expired: list[str] = field(default_factory=list)

    def note(self, before: AddressState, now_is: AddressState, event: Event | Listed | Move, now: dt.datetime) -> None:
        """Record one address's new state, and all that follows from it."""
        key = now_is.canonical
        self.now_is[key] = replace(now_is, emails=()) if now_is.emails else now_is
        self.emails[key] = (*self.emails.get(key, ()), *now_is.emails)
        more = restored(before, now_is, event)
        if more is not None:
            self.consents += more.consents
            self.happened += [(key, each) for each in more.history]
            return
        self.consents += agreed(before, now_is, event, now)
        if isinstance(event, Expire) and now_is.subscriber is None:
            self.expired.append(key)
        if now_is.subscriber is not None or before.subscriber is None:  # a deleted reader's history goes with them
            self.happened += [(key, each) for each in told(before, now_is, event, now)]

    def others(self, key: str) -> Asks:
        """Return the confirmation mails to the other addresses of this one's mailbox."""
        others = (self.now_is[each] for each in self.mailboxes.get(mailbox_of(key), ()) if each != key)
        return together(asks_of(each.subscriber, each.suppression) for each in others)

    def refuse(self, key: str, now: dt.datetime) -> None:
        """If an address's mailbox refuses mail, let it refuse at its other addresses, too: their readers leave."""
        refusal = self.now_is[key].suppression
        if refusal is None or not refuses_mailbox(refusal):
            return
        for each in self.mailboxes.get(mailbox_of(key), ()):
            there = self.now_is[each]
            if each == key:
                continue
            known = there.subscriber
            refused = replace(there, suppression=by_mailbox(there.suppression, each, refusal), inferred=True)
            if known is None or known.state is State.UNSUBSCRIBED:
                self.now_is[each] = refused
                continue
            leave = Leave(Reason.REFUSED, at=refusal.at)
            self.note(there, after(refused, leave, now), leave, now)

    def outcome(self, deleted: Sequence[AddressHistory], imported: ImportProgress | None) -> Outcome:
        # In the order of the addresses, so that two transactions cannot wait for each other's rows.
        changed = [
            (self.found[key], replace(self.now_is[key], emails=emails) if emails else self.now_is[key])
            for key, emails in sorted(self.emails.items())
        ]
        return Outcome(changed, self.consents, self.happened, deleted, imported, self.former_ids, self.expired)
