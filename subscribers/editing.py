"""What editors and mail servers do to the list: add, look, count, tag, take off, suppress, lift, forget."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_

from subscribers.adapters.matching import matching
from subscribers.adapters.statistics import statistics
from subscribers.adapters.store import Store, listed
from subscribers.address import canonical, parse_address, parse_name
from subscribers.audience import Reach, reach
from subscribers.consent import Act, Consent, Wording
from subscribers.entry import SOURCE_LENGTH
from subscribers.errors import MovedAway, NotAllowed, UnknownReader
from subscribers.history import AddressHistory, Change, Happened
from subscribers.ports import Progress
from subscribers.segments import Segment
from subscribers.statistics import Statistics
from subscribers.subscriber import Reason, State, Subscriber, Suppression
from subscribers.tags import parse_tag
from subscribers.tokens import new_subject_id
from subscribers.transitions import AddressState, Enter, Event, Forget, Leave, Lift, Tag, after

TAGGED_AT_ONCE = 500
"""Readers that one transaction of `tag_all` changes: it locks their addresses, and nobody waits long for one."""


@dataclass(frozen=True, slots=True)
class SubscriberRecord:
    """All that is known about one address: the reader if there is one, whether it is suppressed, consents, history.

    `moved_to` is where the reader has their mail sent now who had it sent to this address; None if nobody had.
    """

    address: str
    reader: Subscriber | None
    suppression: Suppression | None
    consents: Sequence[Consent]
    history: Sequence[Happened]
    trail: AddressHistory
    moved_to: str | None


class Editing:
    """What editors do. Every verb is one transaction, committed on return."""

    _store: Store

    def add(self, address: str, name: str = "", *, source: str, wording: Wording, now: dt.datetime) -> bool:
        """Enter a reader who gave an editor their consent; return whether they are new to the audience.

        Raises InvalidAddress, InvalidName, and NotAllowed for a reader who left or whose mail came back.
        """
        entered = Enter(parse_address(address), parse_name(name), source[:SOURCE_LENGTH], new_subject_id())
        with self._store.writing() as connection:
            before = self._store.load(connection, entered.address.canonical)
            standing = self._change(connection, before, entered, now)
            reader = standing.subscriber
            if reader is None or reader.state is not State.ACTIVE:
                reason = standing.suppression.reason if standing.suppression else Reason.UNSUBSCRIBED
                present = self._moved_to(connection, entered.address.canonical, standing)
                raise NotAllowed(entered.address.written, f"moved to {present}" if present else reason)
            if standing is not before:
                self._store.record(connection, Consent(reader.subject_id, Act.ENTERED, now, entered.source, wording))
            return standing is not before

    def find(
        self,
        *,
        state: State | None = None,
        query: str = "",
        where: ColumnElement[bool] | None = None,
        limit: int | None = 100,
    ) -> Sequence[Subscriber]:
        """Return readers in the order in which they came, without their courses.

        `query` is part of an address or a name, `where` what `matching` makes of a segment.
        """
        conditions = [each for each in (listed(state, query), where) if each is not None]
        with self._store.reading() as connection:
            return list(self._store.find(connection, and_(*conditions) if conditions else None, limit))

    def counts(self) -> Mapping[State, int]:
        """Return how many readers are in each state."""
        with self._store.reading() as connection:
            return self._store.counts(connection)

    def count(self, segment: Segment | None, now: dt.datetime) -> Reach:
        """Return how many readers are in a segment (None: in all), and how many of them an issue would reach now."""
        with self._store.reading() as connection:
            return Reach(*connection.execute(reach(now, segment)).one())

    def statistics(self, now: dt.datetime, weeks: int = 12) -> Statistics:
        """Return what is known about the list as a whole; `weeks` says how far back the week by week goes."""
        with self._store.reading() as connection:
            return statistics(connection, now, weeks)

    def remove(self, address: str, *, now: dt.datetime) -> bool:
        """Take a reader off the list on an editor's word; return whether that changed anything.

        Raises InvalidAddress, MovedAway, and UnknownReader for an address that is neither a reader's nor suppressed.
        """
        key = canonical(address)
        with self._store.writing() as connection:
            before = self._known(connection, address, self._store.load(connection, key))
            return self._change(connection, before, Leave(key, Reason.REMOVED), now) is not before

    def suppress(self, address: str, reason: Reason, *, now: dt.datetime) -> bool:
        """See to it that an address is never mailed, a reader's or not; return whether that changed anything.

        Raises InvalidAddress.
        """
        key = canonical(address)
        with self._store.writing() as connection:
            before = self._store.load(connection, key)
            return self._change(connection, before, Leave(key, reason), now) is not before

    def forget(self, address: str, *, now: dt.datetime) -> bool:
        """Delete everything about a reader; only bare addresses stay, so that nobody mails them again.

        Return whether there was a reader. Raises InvalidAddress, UnknownReader, MovedAway.
        """
        key = canonical(address)
        with self._store.writing() as connection:
            before = self._known(connection, address, self._store.load(connection, key))
            trail = self._store.trail(connection, key, before)
            self._change(connection, before, Forget(key), now)
            self._store.forget_history(connection, trail)
            return before.subscriber is not None

    def show(self, address: str) -> SubscriberRecord:
        """Return all that is known about an address. Raises InvalidAddress, UnknownReader."""
        key = canonical(address)
        with self._store.reading() as connection:
            standing = self._store.peek(connection, key)
            if standing == AddressState():
                raise UnknownReader(address)
            reader = standing.subscriber
            return SubscriberRecord(
                address=key,
                reader=reader,
                suppression=standing.suppression,
                consents=self._store.consents(connection, reader.subject_id) if reader else (),
                history=self._store.history(connection, key),
                trail=self._store.trail(connection, key, standing),
                moved_to=self._moved_to(connection, key, standing),
            )

    def tag(self, address: str, *, add: Sequence[str] = (), remove: Sequence[str] = (), now: dt.datetime) -> bool:
        """Give a reader tags and take others away; return whether that changed anything.

        Raises InvalidAddress, InvalidTag, UnknownReader, MovedAway.
        """
        event = _tagging(add, remove)
        key = canonical(address)
        with self._store.writing() as connection:
            before = self._known(connection, address, self._store.load(connection, key))
            if before.subscriber is None:
                raise UnknownReader(address)
            return self._change(connection, before, event, now) is not before

    def tag_all(
        self,
        segment: Segment,
        *,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
        now: dt.datetime,
        progress: Progress | None = None,
    ) -> int:
        """Give tags to all readers of a segment and take others away; return how many that changed.

        One transaction for each TAGGED_AT_ONCE readers: when it is interrupted, the same call does the rest.
        Raises InvalidTag.
        """
        event, where, tell = _tagging(add, remove), matching(segment, now), progress or _silent
        total = self.count(segment, now).readers
        last, done, changed = 0, 0, 0
        while True:
            with self._store.writing() as connection:
                batch = self._store.next_ones(connection, where, last, TAGGED_AT_ONCE)
                if not batch:
                    return changed
                standings = self._store.load_all(connection, [address for _, address in batch])
                pairs = [(before, after(before, event, now)) for before in standings.values()]
                pairs = [(before, standing) for before, standing in pairs if standing is not before]
                self._store.save_all(connection, pairs, now)
            last, done, changed = batch[-1][0], done + len(batch), changed + len(pairs)
            tell(done, max(done, total))

    def unsuppress(self, address: str, why: str, *, now: dt.datetime) -> bool:
        """Lift a suppression that was wrong; return whether there was one. `why` is kept in the address's history.

        The reader is not put back on the list: they may sign up again, or an editor may add an address that never left.
        Raises InvalidAddress.
        """
        key = canonical(address)
        with self._store.writing() as connection:
            before = self._store.load(connection, key)
            standing = self._change(connection, before, Lift(), now)
            if standing is not before:
                self._store.tell(connection, key, Change("why", why), now)
            return standing is not before

    def _known(self, connection: Connection, address: str, standing: AddressState) -> AddressState:
        """Return an address's standing if there is anything to act on. Raises MovedAway, UnknownReader."""
        present = self._moved_to(connection, canonical(address), standing)
        if present is not None:
            raise MovedAway(address, present)
        if standing == AddressState():
            raise UnknownReader(address)
        return standing

    def _moved_to(self, connection: Connection, key: str, standing: AddressState) -> str | None:
        left_behind = standing.subscriber is None and standing.moved_away
        return self._store.moved_to(connection, key) if left_behind else None

    def _change(self, connection: Connection, before: AddressState, event: Event, now: dt.datetime) -> AddressState:
        standing = after(before, event, now)
        self._store.save(connection, before, standing, now)
        return standing


def _tagging(add: Sequence[str], remove: Sequence[str]) -> Tag:
    return Tag(tuple(map(parse_tag, add)), tuple(tag.strip() for tag in remove))  # one from an old list too


def _silent(done: int, total: int) -> None:
    """Tell nobody."""
