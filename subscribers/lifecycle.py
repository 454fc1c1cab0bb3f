"""A reader's life. THE TABLE OF CONTENTS of this package: read it first.

    sign_up -> (confirmation mail) -> confirm -> (welcome mail) -> unsubscribe -> suppressed, for good
    add, import_list, find, export, remove, suppress, forget: what editors and mail servers do to the list

Every verb loads a standing, lets `transitions.after` decide, and saves: one transaction, committed on return.
Letters become due in the same transaction and leave afterwards, through `post_letters`: none is lost when the mail
server or this process goes down, and the answer to a form takes as long for a reader as for a stranger.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from subscribers.adapters.bulk import Origin, bulk
from subscribers.adapters.listing import as_csv, as_json
from subscribers.adapters.roster_file import count_lines, open_roster
from subscribers.adapters.store import Store
from subscribers.address import canonical, parse_address, parse_name
from subscribers.consent import Act, Consent, Wording
from subscribers.errors import LetterRefused, MailerUnavailable, NotAllowed, UnknownReader
from subscribers.ports import Mailer, Progress
from subscribers.roster import Entry, Invalid
from subscribers.subscriber import Letter, Reason, State, Subscriber
from subscribers.tokens import Keyring, new_subject_id
from subscribers.transitions import Confirm, Enter, Event, Forget, Leave, SignUp, Standing, after

LETTERS_AT_ONCE = 20
LETTER_LEASE = dt.timedelta(minutes=5)
"""How long a letter that is being handed over stays out of sight; a failed one is tried again after it."""
LETTER_PATIENCE = dt.timedelta(hours=24)
"""A letter that could not leave for so long is dropped: it would only puzzle the reader."""
INVALID_SHOWN = 1_000
"""An import reports so many invalid lines in words; the rest it counts."""
SOURCE_LENGTH = 200


class Confirmed(StrEnum):
    """What pressing the confirmation button came to."""

    NOW = "now"
    BEFORE = "before"
    """The reader is active already; pressing twice is fine."""
    NOT = "not"
    """They left, were deleted, or may not be mailed; a new sign-up is needed."""


@dataclass(frozen=True, slots=True)
class Posted:
    """How many due letters left, stay due, and were given up."""

    sent: int = 0
    delayed: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or with `dry_run` would do. Addresses are counted once, however many lines name them.

    `left` counts addresses that the list itself calls unsubscribed, bounced and so on: they are suppressed now.
    `suppressed` were on the list as readers, but must not be mailed. `invalid` has the first INVALID_SHOWN lines.
    """

    new: int
    known: int
    suppressed: int
    left: int
    duplicates: int
    invalid: tuple[Invalid, ...]
    invalid_count: int
    dry_run: bool


class Subscribers:
    """The readers of one publication: this package's verbs, bound to a database, the signing keys and a mailer.

    Any verb may raise StoreUnavailable or StoreBroken; what else it may raise is said with it. `now` is aware.
    """

    def __init__(self, engine: Engine, keyring: Keyring, mailer: Mailer) -> None:
        self._store = Store(engine)
        self._keyring = keyring
        self._mailer = mailer

    # What readers do

    def sign_up(self, address: str, *, source: str, wording: Wording, now: dt.datetime) -> None:
        """Take an address from a form. Whoever asks learns nothing about who is on the list: there is no answer.

        A confirmation mail becomes due, unless the address is active, had one within a day, had five in all, or must
        not be mailed. Raises InvalidAddress.
        """
        wanted = parse_address(address)
        with self._store.writing() as connection:
            before = self._store.load(connection, wanted.canonical)
            standing = after(before, SignUp(wanted, source[:SOURCE_LENGTH], new_subject_id()), now)
            self._store.save(connection, before, standing)
            if standing is not before and standing.subscriber is not None:
                whose = standing.subscriber.subject_id
                self._store.record(connection, Consent(whose, Act.ASKED, now, source[:SOURCE_LENGTH], wording))

    def confirm(self, token: str, *, now: dt.datetime) -> Confirmed:
        """Take the press of the confirmation button. A welcome mail becomes due the first time.

        Raises ForgedToken, ExpiredToken.
        """
        proof = self._keyring.confirmation(token, now)
        with self._store.writing() as connection:
            before = self._store.load_subject(connection, proof.subject_id)
            standing = after(before, Confirm(proof.issued), now)
            self._store.save(connection, before, standing)
            reader = standing.subscriber
            if reader is None or reader.state is not State.ACTIVE:
                return Confirmed.NOT
            if standing is before:
                return Confirmed.BEFORE
            words = self._store.last_wording(connection, reader.subject_id) or Wording("")
            self._store.record(connection, Consent(reader.subject_id, Act.CONFIRMED, now, reader.source, words))
            return Confirmed.NOW

    def unsubscribe(self, token: str, *, now: dt.datetime) -> bool:
        """Take a reader off the list, whatever their state; return whether that changed anything.

        Effective on return, may be repeated, and is no error for a reader who was deleted. Raises ForgedToken.
        """
        subject_id = self._keyring.subject_to_unsubscribe(token)
        with self._store.writing() as connection:
            before = self._store.load_subject(connection, subject_id)
            if before.subscriber is None:
                return False
            leaving = Leave(before.subscriber.canonical, Reason.UNSUBSCRIBED)
            return self._change(connection, before, leaving, now) is not before

    # What leaves afterwards

    def post_letters(self, now: dt.datetime, limit: int = LETTERS_AT_ONCE) -> Posted:
        """Hand the due letters to the mailer. Call it after a form was answered, and every minute or so.

        A letter leaves once; only a process that dies between handing it over and writing that down repeats it.
        """
        with self._store.writing() as connection:
            due = self._store.claim_letters(connection, now, now + LETTER_LEASE, limit)
        outcomes = [self._post(reader, now) for reader in due]
        return Posted(*(outcomes.count(outcome) for outcome in ("sent", "delayed", "dropped")))

    def _post(self, reader: Subscriber, now: dt.datetime) -> str:
        letter = reader.letter
        assert letter is not None
        since = reader.asked if letter is Letter.CONFIRMATION else reader.confirmed
        outcome = "sent"
        if since is not None and now - since > LETTER_PATIENCE:
            outcome = "dropped"
        else:
            try:
                self._hand_over(letter, reader, now)
            except MailerUnavailable:
                return "delayed"  # still claimed; it comes up again when the lease ends
            except LetterRefused:
                outcome = "dropped"
        with self._store.writing() as connection:
            self._store.settle_letter(connection, reader.subject_id, letter)
        return outcome

    def _hand_over(self, letter: Letter, reader: Subscriber, now: dt.datetime) -> None:
        if letter is Letter.CONFIRMATION:
            token = self._keyring.confirm(reader.subject_id, now)
            self._mailer.send_confirmation(reader.address, reader.subject_id, token)
        else:
            token = self._keyring.unsubscribe(reader.subject_id)
            self._mailer.send_welcome(reader.address, reader.subject_id, token)

    # What editors do

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
                raise NotAllowed(entered.address.written, reason)
            if standing is not before:
                self._store.record(connection, Consent(reader.subject_id, Act.ENTERED, now, entered.source, wording))
            return standing is not before

    def import_list(
        self, path: Path, *, wording: Wording, now: dt.datetime, dry_run: bool = False, progress: Progress | None = None
    ) -> ImportReport:
        """Bring in a CSV file: all of it in one transaction, or nothing. With `dry_run` nothing, but the same report.

        The first line names the columns: email (or Email Address, address), and if you like name, tags, status. Who
        left is never revived, and who the list says has left is suppressed. Raises UnreadableList.
        """
        tell = progress or _silent
        total = 2 * count_lines(path)  # every line is staged, then merged
        invalid: list[Invalid] = []
        invalid_count = 0

        def usable(lines: Iterator[Entry | Invalid]) -> Iterator[Entry]:
            nonlocal invalid_count
            for number, line in enumerate(lines, start=1):
                if number % 1_000 == 0:
                    tell(number, total)
                if isinstance(line, Entry):
                    yield line
                    continue
                invalid_count += 1
                if len(invalid) < INVALID_SHOWN:
                    invalid.append(line)

        origin = Origin(f"import {path.name}"[:SOURCE_LENGTH], wording, now)
        with bulk(self._store) as importing:
            with open_roster(path) as lines:
                duplicates = importing.stage(usable(lines))
            merged = importing.merge(
                origin, lambda done, last: tell(total // 2 + done * (total // 2) // last, total), dry_run=dry_run
            )
        tell(total, total)
        return ImportReport(
            merged.new, merged.known, merged.suppressed, merged.left, duplicates, tuple(invalid), invalid_count, dry_run
        )

    def find(self, *, state: State | None = None, query: str = "", limit: int | None = 100) -> Sequence[Subscriber]:
        """Return readers in the order in which they came; `query` is part of an address or a name."""
        with self._store.reading() as connection:
            return list(self._store.find(connection, state, query, limit))

    def counts(self) -> Mapping[State, int]:
        """Return how many readers are in each state."""
        with self._store.reading() as connection:
            return self._store.counts(connection)

    def export_csv(self, state: State | None = None) -> Iterator[str]:
        """Yield the list as lines of CSV that `import_list` reads back; no cell can be a formula."""
        with self._store.reading() as connection:
            yield from as_csv(self._store.find(connection, state, "", None))

    def export_json(self, state: State | None = None) -> Iterator[str]:
        """Yield the list as one JSON array, an object on each line."""
        with self._store.reading() as connection:
            yield from as_json(self._store.find(connection, state, "", None))

    def remove(self, address: str, *, now: dt.datetime) -> bool:
        """Take a reader off the list on an editor's word; return whether that changed anything.

        Raises InvalidAddress, and UnknownReader for an address that is neither a reader's nor suppressed.
        """
        key = canonical(address)
        with self._store.writing() as connection:
            before = self._store.load(connection, key)
            if before == Standing():
                raise UnknownReader(address)
            return self._change(connection, before, Leave(key, Reason.REMOVED), now) is not before

    def suppress(self, address: str, reason: Reason, *, now: dt.datetime) -> bool:
        """See to it that an address is never mailed, a reader's or not; return whether that changed anything.

        Raises InvalidAddress.
        """
        key = canonical(address)
        with self._store.writing() as connection:
            before = self._store.load(connection, key)
            return self._change(connection, before, Leave(key, reason), now) is not before

    def forget(self, address: str, *, now: dt.datetime) -> None:
        """Delete everything about a reader; only the bare address stays, so that nobody mails it again.

        Raises InvalidAddress.
        """
        key = canonical(address)
        with self._store.writing() as connection:
            before = self._store.load(connection, key)
            self._change(connection, before, Forget(key), now)

    # For the doors

    def unsubscribe_token(self, subject_id: str) -> str:
        """Return what stands behind /unsubscribe/ in this reader's mail."""
        return self._keyring.unsubscribe(subject_id)

    def check_confirmation(self, token: str, *, now: dt.datetime) -> None:
        """Look at a confirmation link without using it, or the database. Raises ForgedToken, ExpiredToken."""
        self._keyring.confirmation(token, now)

    def check_unsubscription(self, token: str) -> None:
        """Look at an unsubscribe link without using it, or the database. Raises ForgedToken."""
        self._keyring.subject_to_unsubscribe(token)

    def check_database(self) -> None:
        """Ask the database one question. Raises StoreUnavailable."""
        with self._store.reading() as connection:
            connection.execute(select(1))

    def _change(self, connection: Connection, before: Standing, event: Event, now: dt.datetime) -> Standing:
        standing = after(before, event, now)
        self._store.save(connection, before, standing)
        return standing


def _silent(done: int, total: int) -> None:
    """Tell nobody."""
