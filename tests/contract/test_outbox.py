"""The contracts of the outbox and of deletions under way, in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from subscribers import (
    AddressHistory,
    BounceKind,
    EmailEnd,
    EmailJob,
    EmailKind,
    EmailState,
    Erasures,
    Keyring,
    MemoryEmails,
    MemoryErasures,
    MemoryReaders,
    Outbox,
    Reason,
    new_subject_id,
    parse_address,
)
from subscribers.adapters.email_rows import DatabaseEmails
from subscribers.adapters.erasures import DatabaseErasures
from subscribers.adapters.readers import DatabaseReaders
from subscribers.adapters.store import Store
from subscribers.bounces import WEIGHT
from subscribers.change import change
from subscribers.events import AskToStay, Confirm, Forget, Leave, SignUp, StepDue
from subscribers.ports import ReaderStore
from subscribers.who import ByAddress
from tests.conftest import empty_database
from tests.mailroom import database
from tests.readers import DAY, NOW, SECRET, WORDING

ADA, BOB = "ada@example.com", "bob@example.com"
MINUTE = dt.timedelta(minutes=1)
ROBIN, SAM = "robin@example.com", "sam@example.com"
ME, ANOTHER = "a sender", "another sender"
IDS = {ADA: new_subject_id(), BOB: new_subject_id()}


@dataclass(frozen=True)
class Mail:
    """An outbox, and the readers to whom its mail goes."""

    outbox: Outbox
    readers: ReaderStore
    erasures: Erasures

    def sign_up(self, address: str, path: str | None = None, now: dt.datetime = NOW) -> None:
        asked = SignUp(parse_address(address), "form", IDS[address], WORDING, path)
        change(self.readers, ByAddress(address), asked, now)

    def join(self, address: str, path: str | None = None) -> None:
        self.sign_up(address, path)
        change(self.readers, ByAddress(address), Confirm(NOW, None), NOW)

    def leave(self, address: str) -> None:
        change(self.readers, ByAddress(address), Leave(Reason.UNSUBSCRIBED), NOW)

    def claim(self, now: dt.datetime = NOW, sender: str = ME, *, urgent: bool = False) -> list[EmailJob]:
        return list(self.outbox.claim(sender, 10, now, urgent=urgent).jobs)

    def end(self, job: EmailJob, state: EmailState, now: dt.datetime = NOW, sender: str = ME) -> None:
        self.outbox.commit(sender, [EmailEnd(job.id, state, f"{state} it is", now + 5 * MINUTE)], (), now)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def mail(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Mail]:
    if request.param == "memory":
        twin = MemoryReaders()
        yield Mail(Outbox(MemoryEmails(twin), twin, Keyring(SECRET)), twin, MemoryErasures(twin))
        return
    with empty_database(request.param, request, tmp_path) as url:
        engine = database(url)
        store = Store(engine)
        readers = DatabaseReaders(store)
        yield Mail(Outbox(DatabaseEmails(store), readers, Keyring(SECRET)), readers, DatabaseErasures(store))
        engine.dispose()


def test_a_mail_is_claimed_once_with_everything_that_it_is_made_from(mail: Mail) -> None:
    mail.sign_up(ADA)
    assert mail.outbox.due(NOW) == 1
    (job,) = mail.claim()
    assert (job.kind, job.address, job.attempt) == (EmailKind.CONFIRMATION, ADA, 1)
    assert all((job.tokens.action, job.tokens.unsubscribe, job.tokens.preferences, job.reference))
    assert (mail.claim(), mail.claim(sender=ANOTHER), mail.outbox.due(NOW)) == ([], [], 0)
    assert mail.outbox.holders() == {ME}


def test_mail_that_someone_waits_for_is_claimed_first_and_a_step_does_not_overtake_an_issue(mail: Mail) -> None:
    mail.join(ADA, "backend")
    assert change(mail.readers, ByAddress(ADA), StepDue("backend", 3), NOW).happened
    mail.outbox.put(EmailKind.PROOF, [ROBIN], "{}", "week", NOW)
    mail.sign_up(BOB)
    kinds = [job.kind for job in mail.claim(urgent=True)]
    assert kinds == [EmailKind.CONFIRMATION, EmailKind.PROOF, EmailKind.WELCOME]
    assert [(job.kind, job.path, job.step) for job in mail.claim()] == [(EmailKind.STEP, "backend", 1)]


def test_a_hard_bounce_suppresses_whoever_was_asked_to_confirm_and_only_weighs_on_a_reader_who_joined(
    mail: Mail,
) -> None:
    mail.join(ADA, "backend")
    assert change(mail.readers, ByAddress(ADA), StepDue("backend", 3), NOW).happened
    assert change(mail.readers, ByAddress(ADA), AskToStay(NOW + MINUTE), NOW + 2 * MINUTE).happened
    mail.sign_up(BOB)
    jobs = mail.claim(NOW + 2 * MINUTE)
    kinds = (EmailKind.CONFIRMATION, EmailKind.WELCOME, EmailKind.STEP, EmailKind.STAY)
    assert tuple(job.kind for job in jobs) == kinds
    ends = [EmailEnd(job.id, EmailState.FAILED, "550 5.1.1 no", bounce=BounceKind.HARD) for job in jobs]
    mail.outbox.commit(ME, ends, (), NOW + 3 * MINUTE)
    with mail.readers.reading() as readers:
        states = readers.states([ADA, BOB])
    assert states[BOB].suppression is not None
    ada = states[ADA].subscriber
    assert ada is not None
    assert (states[ADA].active, ada.bounces) == (True, WEIGHT)


def test_an_accepted_mail_keeps_what_the_server_calls_it(mail: Mail) -> None:
    mail.outbox.put(EmailKind.NOTICE, [ROBIN], "{}", "week", NOW)
    (job,) = mail.claim()
    mail.outbox.commit(ME, [EmailEnd(job.id, EmailState.SENT, "250 Ok: queued as 4F1A", None, "4F1A")], (), NOW)
    (entry,) = mail.outbox.told("week")
    assert (entry.reply, entry.provider_id) == ("250 Ok: queued as 4F1A", "4F1A")


def test_a_mail_that_a_clock_ahead_made_due_waits_for_nobody_once_the_clock_is_right(mail: Mail) -> None:
    mail.sign_up(ADA, now=NOW + 1000 * DAY)
    assert mail.outbox.due(NOW) == 1
    (job,) = mail.claim()
    mail.end(job, EmailState.DEFERRED)
    assert mail.claim(NOW + MINUTE) == []
    assert len(mail.claim(NOW + 5 * MINUTE)) == 1


def test_a_mail_that_is_deferred_comes_back_when_it_is_due_and_counts_its_tries(mail: Mail) -> None:
    mail.sign_up(ADA)
    (job,) = mail.claim()
    mail.end(job, EmailState.DEFERRED)
    assert mail.claim(NOW + 4 * MINUTE) == []
    (again,) = mail.claim(NOW + 5 * MINUTE)
    assert (again.id, again.attempt, again.reference) == (job.id, 2, job.reference)
    mail.end(again, EmailState.SENT)
    assert (mail.claim(NOW + DAY), mail.outbox.holders()) == ([], frozenset())


def test_mail_to_a_reader_who_left_is_dropped_by_the_claim_and_stopped_before_the_dot(mail: Mail) -> None:
    mail.join(ADA)
    mail.join(BOB)
    mail.leave(BOB)
    found = mail.outbox.claim(ME, 10, NOW)
    assert ([job.address for job in found.jobs], found.dropped) == ([ADA], 3)  # two confirmations, Bob's welcome
    (welcome,) = found.jobs
    assert mail.outbox.stopped([welcome.id], NOW) == frozenset()
    assert mail.outbox.commit(ME, (), [welcome.id], NOW) == {welcome.id}
    mail.leave(ADA)
    assert mail.outbox.stopped([welcome.id], NOW) == {welcome.id}
    assert mail.outbox.commit(ME, (), [welcome.id], NOW) == frozenset()


def test_only_the_sender_that_holds_a_mail_marks_and_ends_it(mail: Mail) -> None:
    mail.sign_up(ADA)
    (job,) = mail.claim()
    assert mail.outbox.commit(ANOTHER, (), [job.id], NOW) == frozenset()
    mail.end(job, EmailState.SENT, sender=ANOTHER)
    assert mail.outbox.holders() == {ME}
    assert mail.outbox.commit(ME, (), [job.id], NOW) == {job.id}


def test_mail_that_a_dead_sender_held_is_free_or_in_doubt_if_it_was_at_the_dot(mail: Mail) -> None:
    mail.outbox.put(EmailKind.NOTICE, [ROBIN, SAM], "{}", "told", NOW)
    one, two = mail.claim()
    mail.outbox.commit(ME, (), [one.id], NOW)
    mail.outbox.give_back(ANOTHER, NOW)
    assert mail.claim() == []
    mail.outbox.give_back(ME, NOW)
    assert [(job.id, job.attempt) for job in mail.claim(sender=ANOTHER)] == [(two.id, 1)]
    states = {entry.address: entry.state for entry in mail.outbox.told("told")}
    assert states == {one.address: EmailState.IN_DOUBT, two.address: EmailState.CLAIMED}


def test_editors_are_told_once_with_the_newest_text_and_unreached_editors_are_known(mail: Mail) -> None:
    mail.outbox.put(EmailKind.PROOF, [ROBIN, SAM], "old", "week", NOW)
    mail.outbox.put(EmailKind.PROOF, [ROBIN, SAM], "new", "week", NOW + MINUTE)
    jobs = {job.address: job for job in mail.claim()}
    assert [(job.address, job.detail) for _, job in sorted(jobs.items())] == [(ROBIN, "new"), (SAM, "new")]
    mail.end(jobs[ROBIN], EmailState.SENT)
    mail.end(jobs[SAM], EmailState.DEFERRED)
    mail.outbox.put(EmailKind.PROOF, [ROBIN], "too late", "week", NOW + MINUTE)
    told = [(one.address, one.state, one.reply) for one in mail.outbox.told("week")]
    assert told == [(ROBIN, EmailState.SENT, "sent it is"), (SAM, EmailState.DEFERRED, "deferred it is")]
    assert [one.address for one in mail.outbox.unreached()] == [SAM]
    assert mail.outbox.told("another week") == ()
    mail.outbox.put(EmailKind.PROOF, [SAM], "newer", "the week after", NOW + DAY)
    jobs = {job.detail: job for job in mail.claim(NOW + DAY)}
    mail.end(jobs["newer"], EmailState.SENT)
    assert mail.outbox.unreached() == ()


def test_mails_that_ended_are_deleted_when_their_time_is_over(mail: Mail) -> None:
    mail.outbox.put(EmailKind.PROOF, [ROBIN, SAM], "{}", "week", NOW)
    jobs = mail.claim()
    mail.end(jobs[0], EmailState.SENT)
    mail.end(jobs[1], EmailState.DEFERRED)
    mail.outbox.sweep(NOW + 13 * 7 * DAY)
    assert len(mail.outbox.told("week")) == 2
    mail.outbox.sweep(NOW + 13 * 7 * DAY + MINUTE)
    assert [one.address for one in mail.outbox.told("week")] == [jobs[1].address]


def test_mail_to_editors_that_was_given_up_is_due_again_when_it_is_put_again(mail: Mail) -> None:
    mail.outbox.put(EmailKind.NOTICE, [ROBIN], "old", "week", NOW)
    later = NOW + 8 * DAY
    assert mail.claim(later) == []  # too late
    mail.outbox.put(EmailKind.NOTICE, [ROBIN], "new", "week", later)
    assert [job.detail for job in mail.claim(later)] == ["new"]


def test_mail_in_a_senders_hands_is_stopped_when_its_reader_is_deleted(mail: Mail) -> None:
    mail.sign_up(ADA)
    (job,) = mail.claim()
    change(mail.readers, ByAddress(ADA), Forget(), NOW)
    assert mail.outbox.stopped([job.id], NOW) == {job.id}


def test_no_mail_is_too_late_while_the_time_is_in_doubt(mail: Mail) -> None:
    mail.sign_up(ADA)
    later = NOW + 3 * DAY
    (job,) = mail.outbox.claim(ME, 10, later, patient=True).jobs
    assert mail.outbox.stopped([job.id], later, patient=True) == set()
    assert mail.outbox.stopped([job.id], later) == {job.id}


def test_a_deletion_says_since_when_its_reader_is_one_again(mail: Mail) -> None:
    mail.join(ADA)
    change(mail.readers, ByAddress(ADA), Forget(), NOW)
    mail.sign_up(ADA)
    (gone,) = mail.erasures.under_way()
    assert gone.returned == NOW


def test_a_deletion_removes_the_readers_mail_and_is_under_way_until_it_is_done(mail: Mail) -> None:
    mail.join(ADA)
    change(mail.readers, ByAddress(ADA), Forget(), NOW)
    assert (mail.outbox.due(NOW), mail.claim()) == (0, [])
    mail.erasures.add(AddressHistory(BOB, (), (IDS[BOB],)), NOW + DAY)
    ada, bob = mail.erasures.under_way()
    assert (ada.asked, ada.history.canonicals, ada.history.subject_ids) == (NOW, (ADA,), (IDS[ADA],))
    assert (bob.asked, bob.history) == (NOW + DAY, AddressHistory(BOB, (), (IDS[BOB],)))
    mail.erasures.done(ada.id)
    assert mail.erasures.under_way() == [bob]
