"""Letters: they become due in the transaction that causes them, and leave afterwards, here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from subscribers.adapters.store import Store
from subscribers.address import canonical
from subscribers.change import ByAddress, ByLink, change, change_all
from subscribers.errors import LetterRefused, MailerError
from subscribers.ports import Mailer, Outgoing, ReaderStore, Tokens
from subscribers.subscriber import Kind, Letter, State, Subscriber
from subscribers.tokens import Keyring
from subscribers.transitions import AddressState, MailedLate, StepDue

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
    """What leaves after readers acted."""

    def __init__(self, store: Store, readers: ReaderStore, keyring: Keyring, mailer: Mailer) -> None:
        self._store = store
        self._readers = readers
        self._keyring = keyring
        self._mailer = mailer

    def post_letters(self, now: dt.datetime, limit: int = LETTERS_AT_ONCE) -> Posted:
        """Hand the due letters to the mailer. Call it after a form was answered, and every minute or so.

        A letter leaves once; only a process that dies between handing it over and writing that down repeats it.
        """
        with self._store.writing() as connection:
            due = self._store.claim_letters(connection, now, now + LETTER_LEASE, limit)
        with self._readers.reading() as readers:
            there = readers.states([_addressee(letter, reader) for _, letter, _, reader in due])
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
        change_all(self._readers, [(ByLink(subject_id), MailedLate()) for subject_id in late], now)
        if due:
            with self._store.writing() as connection:
                self._store.settle_letters(connection, ended)
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
            taken += len(change(self._readers, ByAddress(key), StepDue(path, steps[path]), now).after.letters)
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
