"""Letters: they become due in the transaction that causes them, and leave afterwards, here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from subscribers import breaker
from subscribers.adapters.store import Store
from subscribers.address import canonical
from subscribers.breaker import Breaker
from subscribers.errors import LetterRefused, MailerError
from subscribers.ports import Mailer, Outgoing, Tokens
from subscribers.subscriber import Kind, Letter, State, Subscriber
from subscribers.tokens import Keyring
from subscribers.transitions import AddressState, StepDue, after

LETTERS_AT_ONCE = 50
LETTER_LEASE = dt.timedelta(minutes=5)
"""How long a letter that is being handed over stays out of sight; a failed one is tried again after it."""
LETTER_PATIENCE = dt.timedelta(hours=24)
"""A letter that could not leave for so long is dropped: it would only puzzle the reader ..."""
STEP_PATIENCE = dt.timedelta(days=7)
"""... but for a step of a course, which would be missing."""
LATE = dt.timedelta(minutes=1)
"""A confirmation mail that waited for longer counts as asked for when it left."""


@dataclass(frozen=True, slots=True)
class Posted:
    """How many due letters left, stay due, and were given up."""

    sent: int = 0
    delayed: int = 0
    dropped: int = 0


class Correspondence:
    """What leaves after readers acted, and the breaker that stops it when others act in their name."""

    _store: Store
    _keyring: Keyring
    _mailer: Mailer

    def post_letters(self, now: dt.datetime, limit: int = LETTERS_AT_ONCE) -> Posted:
        """Hand the due letters to the mailer. Call it after a form was answered, and every minute or so.

        A letter leaves once; only a process that dies between handing it over and writing that down repeats it.
        """
        with self._store.writing() as connection:
            due = self._store.claim_letters(connection, now, now + LETTER_LEASE, limit)
            there = self._store.peek_all(connection, [_addressee(letter, reader) for _, letter, _, reader in due])
        held = {id_: until for id_, letter, _, reader in due if (until := _held(letter, reader, now)) is not None}
        wanted = [
            (id_, self._outgoing(letter, since, reader, there[_addressee(letter, reader)], id_, now))
            for id_, letter, since, reader in due
            if id_ not in held
            and _still_wanted(letter, reader, since, now)
            and _may_get(letter, there[_addressee(letter, reader)])
        ]
        answers = self._mailer.send([letter for _, letter in wanted]) if wanted else []
        outcomes = dict(zip((id_ for id_, _ in wanted), answers, strict=True))
        delayed = [id_ for id_, error in outcomes.items() if error is not None and not isinstance(error, LetterRefused)]
        ended = [id_ for id_, *_ in due if id_ not in delayed and id_ not in held]
        late = [reader.subject_id for id_, letter, since, reader in due
                if letter.kind is Kind.CONFIRMATION and now - since > LATE and outcomes.get(id_, ...) is None]  # fmt: skip
        if due:
            with self._store.writing() as connection:
                self._store.settle_letters(connection, ended)
                self._store.left_late(connection, late, now)
                for id_, until in held.items():
                    self._store.hold_letter(connection, id_, until)
        sent = sum(error is None for error in outcomes.values())
        return Posted(sent, len(delayed) + len(held), len(ended) - sent)

    def take_steps(self, now: dt.datetime, limit: int = LETTERS_AT_ONCE) -> int:
        """Let the next step of each course that is due become a letter; return how many. Call it every minute or so.

        A path whose steps cannot be counted just now holds up nobody else's.
        """
        with self._store.reading() as connection:
            steps = self._steps(self._store.due_paths(connection, now))
            due = self._store.due_courses(connection, now, steps, limit)
        taken = 0
        for key, path in due:
            with self._store.writing() as connection:
                before = self._store.load(connection, key)
                standing = after(before, StepDue(path, steps[path]), now)
                self._store.save(connection, before, standing, now)
            taken += len(standing.letters)
        return taken

    def _steps(self, paths: Sequence[str]) -> dict[str, int]:
        """Return how many steps these learning paths have, those left out that cannot say."""
        found = {}
        for path in paths:
            with suppress(MailerError):
                found[path] = self._mailer.steps(path)
        return found

    def _outgoing(
        self, letter: Letter, since: dt.datetime, reader: Subscriber, there: AddressState, id_: int, now: dt.datetime
    ) -> Outgoing:
        subject_id = reader.subject_id
        action = ""
        if letter.kind is Kind.CONFIRMATION:
            action = self._keyring.confirm(subject_id, now)
        elif letter.kind is Kind.LINK:
            action = self._keyring.account(subject_id, now)
        elif letter.kind is Kind.MOVE:
            action = self._keyring.move(subject_id, since)  # made for this wish, however late the letter leaves
        # Another mailbox than the reader's own gets no way to their page, and its link to leave is its own.
        leaves = there.subscriber.subject_id if letter.kind is Kind.MOVE and there.subscriber else subject_id
        preferences = self._keyring.preferences(subject_id, now) if letter.address is None else ""
        path, step, every_days = (*letter.detail.split(" "), "", "")[:3]
        return Outgoing(
            letter.kind,
            letter.address or reader.address,
            subject_id,
            Tokens(action, self._keyring.unsubscribe(leaves), preferences),
            # SQLite gives the ids of rows that are gone to new ones.
            reference=f"{subject_id} {id_} {since.isoformat()}",
            path=path,
            step=int(step or 0),
            every_days=int(every_days or 0),
            name=reader.name if letter.kind in (Kind.WELCOME, Kind.STEP) else "",
        )

    # The circuit breaker

    def watch_sign_ups(self, now: dt.datetime) -> Breaker | None:
        """Open the breaker when hardly anybody confirms; return it while it is open. Call it every minute or so."""
        with self._store.writing() as connection:
            self._store.lock_breaker(connection)
            last = self._store.breaker(connection)
            if last is not None and last.open(now):
                return last
            for since, until in breaker.looked_at(last, now):
                opened = breaker.tripped(since, *self._store.sign_ups(connection, since, until), now)
                if opened is not None:
                    self._store.save_breaker(connection, opened)
                    return opened
        return None

    def sign_ups_stopped(self, now: dt.datetime) -> Breaker | None:
        """Return the breaker while it is open."""
        with self._store.reading() as connection:
            last = self._store.breaker(connection)
        return last if last is not None and last.open(now) else None

    def untold(self) -> Breaker | None:
        """Return the last opening of the breaker if the editors were not told of it yet, also when it is over."""
        with self._store.reading() as connection:
            last = self._store.breaker(connection)
        return last if last is not None and last.told is None else None

    @contextmanager
    def telling(self, now: dt.datetime) -> Iterator[Breaker | None]:
        """Give the opening that the editors have still to be told of; told they are when the block ends well."""
        untold = self.untold()
        yield untold
        if untold is not None:
            with self._store.writing() as connection:
                self._store.tell_breaker(connection, untold, now)


def _held(letter: Letter, reader: Subscriber, now: dt.datetime) -> dt.datetime | None:
    """Return until when a letter has to wait: nobody gets a step in a pause, also not one that was late already."""
    return reader.paused_until if letter.kind is Kind.STEP and reader.paused(now) else None


def _still_wanted(letter: Letter, reader: Subscriber, since: dt.datetime, now: dt.datetime) -> bool:
    """Say whether the letter's cause still stands: who left meanwhile gets nothing more, and nobody gets old news."""
    if letter.kind is Kind.STEP:
        course = reader.course(letter.detail.partition(" ")[0])
        stopped = course is None or (course.ended is not None and course.ended > since)
        waited = now - max(since, reader.paused_until or since)
        return reader.state is State.ACTIVE and not stopped and waited <= STEP_PATIENCE
    if now - since > LETTER_PATIENCE:
        return False
    if letter.kind is Kind.CONFIRMATION:
        return reader.state is State.PENDING
    if letter.kind is Kind.MOVE:
        return reader.state is State.ACTIVE and reader.moving_to == letter.address and reader.moving_since == since
    if letter.kind is Kind.MOVED:
        return True  # it goes to the former address, which is told this one last thing
    return reader.state is State.ACTIVE


def _addressee(letter: Letter, reader: Subscriber) -> str:
    return canonical(letter.address) if letter.address is not None else reader.canonical


def _may_get(letter: Letter, there: AddressState) -> bool:
    """Say whether the address that a letter goes to may be mailed; who left is asked to confirm that they come back."""
    if letter.kind is Kind.CONFIRMATION:
        return not there.barred
    if letter.kind is Kind.MOVE:
        return there.open_to_moves and there.subscriber is not None
    return there.open_to_moves if letter.kind is Kind.MOVED else there.suppression is None


__all__ = ["LETTER_LEASE", "LETTER_PATIENCE", "Correspondence", "MailerError", "Posted"]
