"""The outbox: the rows of all mail except the issues. A sender claims them here, and reports how each of them ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from subscribers.address import canonical
from subscribers.address_state import AddressState
from subscribers.bounce_reports import BounceReport, BounceReports
from subscribers.change import change_all
from subscribers.emails import LATE, RULES, URGENT, EmailEnd, EmailEntry, EmailState, Found, held, wanted
from subscribers.events import MailedLate
from subscribers.ports import EmailJob, EmailStore, EmailTransaction, ReaderStore, Tokens
from subscribers.subscriber import BounceKind, EmailKind
from subscribers.tokens import Keyring
from subscribers.who import ByLink

GONE = "no longer wanted, or too late"
TO_MANY = frozenset({EmailKind.WELCOME, EmailKind.STEP, EmailKind.STAY})
"""Kinds that leave for many readers who joined before. A server that has lost its mailboxes refuses all of them, and
nothing compares them, so each refusal counts as a soft bounce; whoever is gone is gone for the next issue, too.
"""
LOST = "the sender ended between the final dot and the server's answer"


@dataclass(frozen=True, slots=True)
class EmailClaim:
    """The mails that were claimed, and how many others were put off or given up."""

    jobs: tuple[EmailJob, ...] = ()
    held: int = 0
    dropped: int = 0


class Outbox:
    """Claims, marks and ends mails. A sender is one run of a process; its id fences its writes, as in the ledger."""

    def __init__(self, emails: EmailStore, readers: ReaderStore, keyring: Keyring) -> None:
        self._emails = emails
        self._readers = readers
        self._keyring = keyring

    def put(self, kind: EmailKind, addresses: Sequence[str], detail: str, reference: str, now: dt.datetime) -> None:
        """Make mails to editors due; any that still wait under this reference get the new `detail` instead.

        Those that were given up as too late are due once more: their reason goes on.
        """
        with self._emails.writing() as rows:
            rows.put(kind, addresses, detail, reference, now)

    def claim(
        self, sender: str, limit: int, now: dt.datetime, *, urgent: bool = False, patient: bool = False
    ) -> EmailClaim:
        """Claim mails that are due, committed on return; end those that must not be sent or are no longer wanted.

        `patient`, here and below: no mail is too late, because `now` is doubtful.
        """
        waiting = dropped = 0
        while True:
            with self._emails.writing() as rows:
                found = rows.due(now, limit, URGENT if urgent else max(each.priority for each in RULES.values()))
                there = self._there(rows, found)
                gone = self._stopped(found, there, now, patient=patient)
                put_off = {each.id: until for each in found if (until := held(each.email, each.reader, now))}
                jobs = [each for each in found if each.id not in gone and each.id not in put_off]
                rows.give_up(gone, GONE, now)
                rows.hold(put_off)
                rows.claim([each.id for each in jobs], sender)
            waiting, dropped = waiting + len(put_off), dropped + len(gone)
            if jobs or not found:
                return EmailClaim(tuple(self._job(each, there, now) for each in jobs), waiting, dropped)

    def stopped(self, ids: Collection[int], now: dt.datetime, *, patient: bool = False) -> frozenset[int]:
        """Return those of these mails that must not be sent or are no longer wanted, or whose reader was deleted."""
        with self._emails.reading() as rows:
            found = rows.of(ids)
            deleted = frozenset(ids) - {each.id for each in found}
            return deleted | self._stopped(found, self._there(rows, found), now, patient=patient)

    def commit(
        self,
        sender: str,
        ends: Sequence[EmailEnd],
        at_dot: Collection[int],
        now: dt.datetime,
        *,
        patient: bool = False,
    ) -> frozenset[int]:
        """Record ends and mark mails at_dot, in one transaction; return the marked ones, which may go ahead."""
        if not patient:
            self._note_late(ends, now)
        self._note_bounces(ends, now)
        with self._emails.writing() as rows:
            rows.end(ends, sender, now)
            if not at_dot:
                return frozenset()
            found = rows.of(at_dot)
            stopped = self._stopped(found, self._there(rows, found), now, patient=patient)
            return rows.mark(set(at_dot) - stopped, sender)

    def _note_late(self, ends: Sequence[EmailEnd], now: dt.datetime) -> None:
        """Record when late confirmation mails left. Their rows still wait, so a crash after this loses nothing."""
        sent = [
            end.id for end in ends if end.state is EmailState.SENT and (end.since is None or now - end.since > LATE)
        ]
        if not sent:
            return
        with self._emails.reading() as rows:
            late = [
                each.reader.subject_id
                for each in rows.of(sent)
                if each.email.kind is EmailKind.CONFIRMATION and each.reader is not None and now - each.since > LATE
            ]
        change_all(self._readers, [(ByLink(subject_id), MailedLate()) for subject_id in late], now)

    def _note_bounces(self, ends: Sequence[EmailEnd], now: dt.datetime) -> None:
        """Let bounces count. Their rows are not ended yet, so after a crash they come again, and count once."""
        bounced = {end.id: end for end in ends if end.bounce is not None}
        if not bounced:
            return
        with self._emails.reading() as rows:
            found = [each for each in rows.of(bounced) if each.reader is not None]
        BounceReports(self._readers).take(
            [
                BounceReport(_addressee(each), _counted(kind, each.email.kind), bounced[each.id].reply)
                for each in found
                if (kind := bounced[each.id].bounce) is not None
            ],
            now=now,
        )

    def came_back(self, email: int, bounce: BounceKind | None) -> tuple[str, BounceKind | None] | None:
        """Return whom a mail went to that came back, as a canonical address, and as what it counts.

        `bounce` is None where that says nothing about the address. Returns None for mail to editors, which never counts, and
        for mail of which nothing is kept. `BounceReports.take` lets it count.
        """
        with self._emails.reading() as rows:
            found = next((each for each in rows.of([email]) if each.reader is not None), None)
        if found is None:
            return None
        return _addressee(found), None if bounce is None else _counted(bounce, found.email.kind)

    def holders(self) -> frozenset[str]:
        """Return the senders that hold mails."""
        with self._emails.reading() as rows:
            return rows.holders()

    def give_back(self, sender: str, now: dt.datetime) -> None:
        """Free the mails that a sender holds; those at the dot may have been accepted, and are in doubt."""
        with self._emails.writing() as rows:
            rows.give_back(sender, LOST, now)

    def due(self, now: dt.datetime) -> int:
        """Return how many mails are due; of very many, only that they are very many."""
        with self._emails.reading() as rows:
            return rows.count(now)

    def told(self, reference: str) -> Sequence[EmailEntry]:
        """Return the mails to editors under this reference, and what became of them."""
        with self._emails.reading() as rows:
            return rows.told(reference)

    def unreached(self) -> Sequence[EmailEntry]:
        """Return the last mail to each editor, if it did not reach them, by address."""
        with self._emails.reading() as rows:
            return rows.unreached()

    def sweep(self, now: dt.datetime) -> None:
        """Delete the rows of mails that ended longer ago than their kind is kept."""
        with self._emails.writing() as rows:
            rows.sweep({kind: now - rules.kept for kind, rules in RULES.items()})

    def _there(self, rows: EmailTransaction, found: Sequence[Found]) -> Mapping[str, AddressState]:
        """Return the state of each address that the mails of readers go to: most go to the reader's own."""
        own = {each.reader.canonical: each.reader for each in found if each.reader and each.email.address is None}
        others = {_addressee(each) for each in found if each.reader and each.email.address is not None}
        suppressed = rows.suppressions(own)
        known = {key: AddressState(key, reader, suppressed.get(key)) for key, reader in own.items()}
        return {**known, **rows.states(others)} if others else known

    def _stopped(
        self, found: Sequence[Found], there: Mapping[str, AddressState], now: dt.datetime, *, patient: bool
    ) -> frozenset[int]:
        return frozenset(
            each.id
            for each in found
            if held(each.email, each.reader, now) is None
            and not (
                wanted(each.email, each.reader, each.since, each.since if patient else now)
                and RULES[each.email.kind].may_get(there.get(_addressee(each), AddressState("")))
            )
        )

    def _job(self, found: Found, there: Mapping[str, AddressState], now: dt.datetime) -> EmailJob:
        email, reader = found.email, found.reader
        if reader is None:
            assert email.address is not None, "mail to nobody"
            return EmailJob(
                found.id,
                email.kind,
                email.address,
                found.reference,
                detail=email.detail,
                attempt=found.attempt,
                since=found.since,
            )
        subject_id = reader.subject_id
        action = ""
        if email.kind is EmailKind.CONFIRMATION:
            action = self._keyring.confirm(subject_id, now)
        elif email.kind is EmailKind.LINK:
            action = self._keyring.account(subject_id, now)
        elif email.kind is EmailKind.MOVE:
            action = self._keyring.move(subject_id, found.since)  # for this request, however late the mail leaves
        elif email.kind is EmailKind.STAY:
            action = self._keyring.stay(subject_id)
        # A mailbox that is not the reader's own gets no link to their page, and its own unsubscribe link.
        other = there[_addressee(found)].subscriber
        leaves = other.subject_id if email.kind is EmailKind.MOVE and other else subject_id
        preferences = self._keyring.preferences(subject_id, now) if email.address is None else ""
        waiting = reader.courses if email.kind is EmailKind.CONFIRMATION else ()
        path, step, every_days = (*email.detail.split(" "), "", "")[:3]
        return EmailJob(
            found.id,
            email.kind,
            email.address or reader.address,
            # Before subscribers_0008 SQLite reused the ids of deleted rows, so an id alone does not identify a mail.
            reference=f"{subject_id} {found.id} {found.since.isoformat()}",
            subject_id=subject_id,
            tokens=Tokens(action, self._keyring.unsubscribe(leaves), preferences, self._keyring.never(leaves, now)),
            path=path,
            step=int(step or 0),
            every_days=int(every_days or 0),
            courses=tuple(course.path for course in waiting if course.waits),
            name=reader.name if email.kind in (EmailKind.WELCOME, EmailKind.STEP) else "",
            attempt=found.attempt,
            since=found.since,
        )


def _counted(bounce: BounceKind, kind: EmailKind) -> BounceKind:
    return BounceKind.SOFT if bounce is BounceKind.HARD and kind in TO_MANY else bounce


def _addressee(found: Found) -> str:
    if found.email.address is not None:
        return canonical(found.email.address)
    assert found.reader is not None, "mail to nobody"
    return found.reader.canonical
