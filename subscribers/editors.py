"""What editors and mail servers do with readers: add, show, tag, remove, suppress, unsuppress, forget."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from subscribers.address import canonical, parse_address, parse_name
from subscribers.asks import Asks, asks_of, together
from subscribers.change import change, change_all
from subscribers.consent import Consent, Wording
from subscribers.errors import NotAllowed, UnknownReader
from subscribers.events import Enter, Forget, Leave, Lift, Tag
from subscribers.history import DETAIL_LENGTH, AddressHistory, Happened, plain
from subscribers.mailbox import mailbox_of, refuses_mailbox
from subscribers.ports import Progress, ReaderStore
from subscribers.queries import Queries
from subscribers.segments import Segment
from subscribers.subscriber import SOURCE_LENGTH, Reason, Subscriber, Suppression
from subscribers.tags import parse_tag
from subscribers.tokens import new_subject_id
from subscribers.who import ByAddress, KnownAddress, present_address

TAGGED_AT_ONCE = 500
"""How many readers one transaction of `tag_all` changes: it locks their addresses, so it must not take long."""


@dataclass(frozen=True, slots=True)
class SubscriberRecord:
    """Everything that is known about one address: its reader, suppression, acts of consent and history.

    `moved_to` is the present address of the reader who moved away from this one, or None if nobody did. `asks` are the
    confirmation mails to its mailbox.
    """

    address: str
    reader: Subscriber | None
    suppression: Suppression | None
    consents: Sequence[Consent]
    history: Sequence[Happened]
    address_history: AddressHistory
    moved_to: str | None
    asks: Asks


class Editors:
    """What editors do. Each verb is one transaction, committed on return."""

    def __init__(self, store: ReaderStore, queries: Queries) -> None:
        self._store = store
        self._queries = queries

    def add(self, address: str, name: str = "", *, source: str, wording: Wording, now: dt.datetime) -> bool:
        """Add a reader who gave an editor their consent; return whether they are new to the audience.

        Raises InvalidAddress, InvalidName, and NotAllowed for an address that must not be mailed.
        """
        entered = Enter(
            parse_address(address), parse_name(name), plain(source, SOURCE_LENGTH), new_subject_id(), wording
        )
        done = change(self._store, ByAddress(entered.address.canonical), entered, now)
        if not done.after.active:
            with self._store.reading() as readers:
                present = present_address(readers, done.after)
            reason = done.after.suppression.reason if done.after.suppression else Reason.UNSUBSCRIBED
            raise NotAllowed(
                entered.address.written,
                f"moved to {present}" if present else reason,
                liftable=not done.after.not_liftable,
            )
        return done.happened

    def remove(self, address: str, *, now: dt.datetime) -> bool:
        """Remove a reader from the list; return whether that changed anything.

        Raises InvalidAddress, MovedAway, and UnknownReader for an address that is neither a reader's nor suppressed.
        """
        return change(self._store, KnownAddress(address), Leave(Reason.REMOVED), now).happened

    def suppress(self, address: str, reason: Reason, *, now: dt.datetime) -> bool:
        """Suppress an address, a reader's or not, so that it is never mailed; return whether that changed anything.

        Raises InvalidAddress.
        """
        return change(self._store, ByAddress(canonical(address)), Leave(reason), now).happened

    def unsuppress(self, address: str, why: str, *, now: dt.datetime) -> Sequence[str]:
        """Lift a suppression that was wrong; return the addresses that are no longer suppressed. `why` is kept.

        If the mailbox refused mail, at whichever address, that is lifted at all its addresses. The reader is not put back
        on the list: they may sign up again, or an editor may add an address whose reader never left. Raises
        InvalidAddress.
        """
        key, lift = canonical(address), Lift(plain(why, DETAIL_LENGTH))
        with self._store.reading() as readers:
            found = readers.states([key], [mailbox_of(key)])
        there = found[key].suppression
        refused = there is not None and refuses_mailbox(there)
        others = (each for each, state in found.items() if state.suppression and refuses_mailbox(state.suppression))
        keys = dict.fromkeys([key, *others] if refused else [key])
        changes = change_all(self._store, [(ByAddress(each), lift) for each in keys], now)
        return [each.before.canonical for each in changes if each.happened]

    def forget(self, address: str, *, now: dt.datetime) -> bool:
        """Delete everything about a reader; only bare addresses stay, so that they are never mailed again.

        Returns whether there was a reader. Raises InvalidAddress, UnknownReader, MovedAway.
        """
        return change(self._store, KnownAddress(address), Forget(), now).before.subscriber is not None

    def show(self, address: str) -> SubscriberRecord:
        """Return everything that is known about an address. Raises InvalidAddress, UnknownReader."""
        key = canonical(address)
        with self._store.reading() as readers:
            found = readers.states([key], [mailbox_of(key)])
            state = found[key]
            if state.unknown:
                raise UnknownReader(address)
            reader = state.subscriber
            return SubscriberRecord(
                address=key,
                reader=reader,
                suppression=state.suppression,
                consents=readers.consents(reader.subject_id) if reader else (),
                history=readers.happened(key),
                address_history=readers.address_history(state),
                moved_to=present_address(readers, state),
                asks=together(asks_of(each.subscriber, each.suppression) for each in found.values()),
            )

    def tag(self, address: str, *, add: Sequence[str] = (), remove: Sequence[str] = (), now: dt.datetime) -> bool:
        """Add tags to a reader and remove others; return whether that changed anything.

        Raises InvalidAddress, InvalidTag, UnknownReader, MovedAway.
        """
        done = change(self._store, KnownAddress(address), _tagging(add, remove), now)
        if done.before.subscriber is None:
            raise UnknownReader(address)
        return done.happened

    def tag_all(
        self,
        segment: Segment,
        *,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
        now: dt.datetime,
        progress: Progress | None = None,
    ) -> int:
        """Add tags to all readers of a segment and remove others; return how many readers that changed.

        Each transaction changes TAGGED_AT_ONCE readers; after an interruption, the same call does the rest. Raises
        InvalidTag.
        """
        event, tell = _tagging(add, remove), progress or _silent
        total = self._queries.count(segment, now).readers
        done = changed = 0
        for batch in self._batches(segment, now):
            changes = change_all(self._store, [(ByAddress(key), event) for key in batch], now)
            done, changed = done + len(batch), changed + sum(each.happened for each in changes)
            tell(done, max(done, total))
        return changed

    def _batches(self, segment: Segment, now: dt.datetime) -> Iterator[Sequence[str]]:
        last = 0
        while batch := self._queries.next_ones(segment, now, last, TAGGED_AT_ONCE):
            yield [key for _, key in batch]
            last = batch[-1][0]


def _tagging(add: Sequence[str], remove: Sequence[str]) -> Tag:
    # A tag from an old list may break today's rules, and can still be removed.
    return Tag(tuple(map(parse_tag, add)), tuple(tag.strip() for tag in remove))


def _silent(done: int, total: int) -> None:
    """Report no progress."""
