"""Mail that comes back is read, tied to its delivery, counts once, and can be explained and undone; nobody can forge it."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from publisher import mail_round, pipeline
from publisher.adapters.mailboxes import Maildir, mailbox_at
from publisher.deliver.message_builder import bounce_token, email_token
from publisher.errors import ConfigurationError
from publisher.issue import DeliveryState
from publisher.ports import Outcome, Which
from subscribers import Reason, State, SubscriberRecord, Wording
from tests.mailroom import NOON, approved
from tests.office import WORDING, Bureau, bureau, text_of, token_in
from tests.returned import arf, dsn, plain

HOUR = dt.timedelta(hours=1)
READERS = ("gone@example.com", "full@example.com", "ada@example.com")


@contextmanager
def news(database_url: str, tmp_path: Path, *addresses: str) -> Iterator[Bureau]:
    with bureau(database_url, tmp_path) as made:
        made.clock.time = NOON
        for address in addresses or READERS:
            made.app.subscribers.editors.add(address, source="test", wording=Wording("test"), now=NOON)
        yield made


def send(made: Bureau, number: int = 7) -> None:
    made.app.ledger.deliveries.start(approved(number), made.clock.now())
    pipeline.send(made.app.act(), number)


def sender_of(made: Bureau, address: str, number: int = 7) -> str:
    """Return the envelope sender of an issue's copy."""
    tied = made.app.ledger.returned.addressed(number, address)
    assert tied is not None
    return f"bounces+{bounce_token(made.app.act().message_builder.secret, number, tied.delivery)}@notes.example.com"


def take(made: Bureau, data: bytes) -> pipeline.Taken:
    return pipeline.take_returned(made.app.act(), data, "test")


def later(made: Bureau) -> None:
    made.clock.time += 2 * HOUR
    pipeline.tell_bounces(made.app.act())


def known(made: Bureau, address: str) -> SubscriberRecord:
    return made.app.subscribers.editors.show(address)


def audience(made: Bureau) -> set[str]:
    return {each.address for each in made.app.subscribers.queries.find(state=State.ACTIVE, limit=1_000)}


def reason(made: Bureau, address: str) -> Reason | None:
    found = known(made, address).suppression
    return None if found is None else found.reason


def test_a_dead_mailbox_is_suppressed_with_the_servers_words_and_a_full_one_is_not(
    database_url: str, tmp_path: Path
) -> None:
    with news(database_url, tmp_path) as made:
        send(made)
        take(made, dsn(sender_of(made, "gone@example.com")))
        take(made, dsn(sender_of(made, "full@example.com"), status="5.2.2", words="552 5.2.2 mailbox full"))
        assert audience(made) == set(READERS)  # an hour, so that bounces can be compared
        later(made)
        assert audience(made) == {"full@example.com", "ada@example.com"}
        found = known(made, "gone@example.com").suppression
        assert found is not None
        assert (found.reason, found.words[:9]) == (Reason.BOUNCED, "550 5.1.1")
        decisions = {each.report.canonical: each.report for each in made.app.ledger.returned.entries(9)}
        assert {key: (each.cause, each.effect, each.source) for key, each in decisions.items()} == {
            "gone@example.com": ("no such mailbox", "hard", "test"),
            "full@example.com": ("mailbox full", "nothing", "test"),
        }


def test_a_complaint_counts_at_once_whatever_address_it_comes_to(database_url: str, tmp_path: Path) -> None:
    with news(database_url, tmp_path) as made:
        send(made)
        take(made, arf(sender_of(made, "ada@example.com")))
        pipeline.tell_bounces(made.app.act())
        assert reason(made, "ada@example.com") is Reason.COMPLAINED


def test_a_forged_report_changes_nothing(database_url: str, tmp_path: Path) -> None:
    with news(database_url, tmp_path) as made:
        send(made)
        mine = sender_of(made, "ada@example.com")
        theirs = made.app.ledger.returned.addressed(7, "gone@example.com")
        assert theirs is not None
        local, _, signature = mine.partition("@")[0].rpartition("-")
        number = local.partition("+")[2].partition("-")[0]
        name = made.app.act().message_builder._name(7, theirs.subject_id)
        forged = (
            dsn(f"bounces+{number}-{theirs.delivery:x}-{signature}@notes.example.com"),
            dsn(mine.replace("+7-", "+8-")),
            dsn("bounces@notes.example.com"),
            dsn("bounces@notes.example.com", message_id=f"7.{'a' * 24}@notes.example.com"),
            dsn("bounces@notes.example.com", message_id=f"{name}@notes.example.com", recipient="ada@example.com"),
            dsn("bounces@notes.example.com", message_id=f"8.{name[2:]}@notes.example.com"),
            dsn("bounces+mail-1-aaaaaaaa@notes.example.com"),
            arf("bounces@notes.example.com"),
        )
        for data in forged:
            assert take(made, data).decided is None
        later(made)
        assert audience(made) == set(READERS)
        assert list(made.app.ledger.returned.entries(9)) == []


def test_a_report_to_another_address_is_tied_by_the_message_id_of_this_reader(
    database_url: str, tmp_path: Path
) -> None:
    with news(database_url, tmp_path) as made:
        send(made)
        theirs = made.app.ledger.returned.addressed(7, "gone@example.com")
        assert theirs is not None
        name = made.app.act().message_builder._name(7, theirs.subject_id)
        taken = take(made, dsn("editors@notes.example.com", message_id=f"{name}@notes.example.com"))
        assert taken.decided is not None
        assert taken.decided.report.delivery == theirs.delivery


@pytest.mark.parametrize("backwards", [False, True])
def test_reports_that_come_twice_and_in_any_order_end_alike(
    database_url: str, tmp_path: Path, *, backwards: bool
) -> None:
    with news(database_url, tmp_path) as made:
        send(made)
        tag = sender_of(made, "gone@example.com")
        story = [
            dsn(tag, action="delayed", status="4.4.1", words="connection timed out"),
            dsn(tag),
            plain("Abwesend", "Urlaub", to=tag),
        ]
        for data in (*story[:: -1 if backwards else 1], *story):
            take(made, data)
        later(made)
        later(made)
        assert audience(made) == {"full@example.com", "ada@example.com"}
        assert len(made.app.ledger.returned.entries(9)) == 3
        assert {each.what for each in known(made, "gone@example.com").history} == {"suppressed", "hard bounce"}


def test_a_delivery_in_doubt_is_settled_by_what_comes_back_and_one_in_hand_is_left_alone(
    database_url: str, tmp_path: Path
) -> None:
    with news(database_url, tmp_path) as made:
        ledger = made.app.ledger
        ledger.deliveries.start(approved(7), NOON)
        sender = ledger.senders.register(NOON)
        held = ledger.deliveries.claim(7, sender, 10, NOON)
        assert take(made, dsn(sender_of(made, "gone@example.com"))).later
        doubtful = [Outcome(each.id, DeliveryState.IN_DOUBT, "no answer") for each in held]
        ledger.deliveries.commit(sender, doubtful, (), NOON)
        take(made, dsn(sender_of(made, "gone@example.com")))
        take(made, dsn(sender_of(made, "full@example.com"), action="delayed"))
        states = {address: state for address, state, _ in ledger.records.of(7)}
        assert states == {
            "gone@example.com": DeliveryState.SENT,
            "full@example.com": DeliveryState.SENT,
            "ada@example.com": DeliveryState.IN_DOUBT,
        }
        later(made)
        assert reason(made, "gone@example.com") is Reason.BOUNCED


def test_a_decision_is_undone_and_the_reader_is_on_the_list_again(database_url: str, tmp_path: Path) -> None:
    with news(database_url, tmp_path) as made:
        send(made)
        before = known(made, "gone@example.com").reader
        taken = [
            take(made, dsn(sender_of(made, "gone@example.com"))),
            take(made, arf(sender_of(made, "ada@example.com"))),
        ]
        later(made)
        assert audience(made) == {"full@example.com"}
        for each in taken:
            assert each.decided is not None
            undone, change = pipeline.undo_returned(made.app.act(), each.decided.id, "their server was broken")
            assert (undone.why, change is not None and change.after.active) == ("their server was broken", True)
        assert audience(made) == set(READERS)
        again = known(made, "gone@example.com")
        assert before is not None
        assert again.reader is not None
        assert (again.reader.subject_id, again.reader.confirmed, again.suppression) == (
            before.subject_id,
            before.confirmed,
            None,
        )
        assert again.history[-1].detail == "their server was broken"
        take(made, dsn(sender_of(made, "gone@example.com")))
        later(made)
        assert audience(made) == set(READERS)


def test_undoing_a_bounce_brings_nobody_back_who_left_by_themselves(database_url: str, tmp_path: Path) -> None:
    with news(database_url, tmp_path) as made:
        send(made)
        made.app.subscribers.editors.remove("gone@example.com", now=NOON)
        left = reason(made, "gone@example.com")
        taken = take(made, dsn(sender_of(made, "gone@example.com")))
        later(made)
        assert reason(made, "gone@example.com") is Reason.BOUNCED
        assert taken.decided is not None
        pipeline.undo_returned(made.app.act(), taken.decided.id, "wrong")
        assert left is not None
        assert reason(made, "gone@example.com") is Reason.UNSUBSCRIBED
        assert "gone@example.com" not in audience(made)


def test_a_bounce_that_is_undone_within_its_hour_never_counts(database_url: str, tmp_path: Path) -> None:
    with news(database_url, tmp_path) as made:
        send(made)
        taken = take(made, dsn(sender_of(made, "gone@example.com")))
        assert taken.decided is not None
        pipeline.undo_returned(made.app.act(), taken.decided.id, "wrong")
        later(made)
        assert audience(made) == set(READERS)


def test_a_server_that_has_lost_its_mailboxes_takes_nobody_off_also_when_it_says_so_later(
    database_url: str, tmp_path: Path
) -> None:
    crowd = [f"reader{number}@big.test" for number in range(12)]
    with news(database_url, tmp_path, *crowd) as made:
        send(made)
        for address in crowd:
            take(made, dsn(sender_of(made, address), recipient=address))
            made.clock.time += dt.timedelta(minutes=4)
            pipeline.tell_bounces(made.app.act())
        later(made)
        assert audience(made) == set(crowd)


def test_a_confirmation_that_comes_back_suppresses_its_address(database_url: str, tmp_path: Path) -> None:
    with news(database_url, tmp_path) as made:
        made.app.subscribers.sign_ups.sign_up("typo@example.com", source="form", wording=WORDING, now=NOON)
        mail_round.round_of_mail(made.app.act())
        tag = f"bounces+{email_token(made.app.act().message_builder.secret, 1)}@notes.example.com"
        assert made.mail()["X-MailFrom"] in (tag, None)
        for _ in range(2):
            take(made, dsn(tag, recipient="typo@example.com"))
        assert reason(made, "typo@example.com") is Reason.BOUNCED
        assert len(made.app.ledger.returned.entries(9)) == 1


def test_a_mailbox_is_read_by_itself_once_and_what_a_person_wrote_stays_a_persons(
    database_url: str, tmp_path: Path
) -> None:
    with news(database_url, tmp_path) as made:
        send(made)
        folder = tmp_path / "Maildir"
        arrive(
            folder,
            dsn(sender_of(made, "gone@example.com")),
            plain("Thank you", "I like it.", to=sender_of(made, "ada@example.com")),
            b"\xff\x00 nothing that anybody would write",
        )
        made.app.__dict__["mailbox"] = Maildir(folder)
        assert mail_round.read_returned(made.app.act(), threading.Event()) == 3
        assert list((folder / "new").iterdir()) == []
        assert all(path.name.endswith(":2,S") for path in (folder / "cur").iterdir())
        arrive(folder, dsn(sender_of(made, "full@example.com")))
        assert mail_round.read_returned(made.app.act(), threading.Event()) == 0  # not again at once
        later(made)
        assert reason(made, "gone@example.com") is Reason.BOUNCED


def test_the_editors_are_told_once_that_the_mailbox_cannot_be_read(database_url: str, tmp_path: Path) -> None:
    with news(database_url, tmp_path) as made:
        made.app.__dict__["mailbox"] = Maildir(tmp_path / "nothing")
        for _ in range(3):
            with pytest.raises(ConfigurationError, match="is not a Maildir that can be read"):
                mail_round.read_returned(made.app.act(), threading.Event())
            made.app.mailbox_pace.due = 0.0
        told = [text_of(mail) for mail in made.mails()]
        assert len(told) == len(made.app.act().content.publication.editors)
        assert all("is not a Maildir" in " ".join(text.split()) for text in told)


def test_a_welcome_that_comes_back_counts_as_a_soft_bounce(database_url: str, tmp_path: Path) -> None:
    with news(database_url, tmp_path) as made:
        made.app.subscribers.sign_ups.sign_up("new@example.com", source="form", wording=WORDING, now=NOON)
        mail_round.round_of_mail(made.app.act())
        made.app.subscribers.sign_ups.confirm(token_in(made.mail(), "confirm"), now=NOON)
        mail_round.round_of_mail(made.app.act())
        assert len(made.mails()) == 1
        made.clock.time += HOUR
        tag = f"bounces+{email_token(made.app.act().message_builder.secret, 2)}@notes.example.com"
        taken = take(made, dsn(tag, recipient="new@example.com"))
        assert taken.decided is not None
        assert taken.decided.report.effect == "soft"
        reader = known(made, "new@example.com").reader
        assert reader is not None
        assert (reader.state, reader.bounces) == (State.ACTIVE, 2)
        pipeline.undo_returned(made.app.act(), taken.decided.id, "wrong")
        reader = known(made, "new@example.com").reader
        assert reader is not None
        assert reader.bounces == 0


def test_a_message_that_unsubscribes_is_understood_in_the_same_mailbox(database_url: str, tmp_path: Path) -> None:
    with news(database_url, tmp_path, "ada@example.com") as made:
        send(made)
        token = token_in(made.mail(), "unsubscribe")
        assert "off the list" in take(made, plain(f"unsubscribe {token}", "")).said
        assert reason(made, "ada@example.com") is Reason.UNSUBSCRIBED


@pytest.mark.parametrize(
    "url", ["imap://host", "imaps://ada:x@host/IN%22BOX", "pop3://ada:x@host", "imaps://ada:x@host/?x=1"]
)
def test_a_wrong_mailbox_is_refused_in_a_sentence_that_does_not_repeat_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^PRESSROOM_BOUNCES_URL: ") as caught:
        mailbox_at(url)
    assert url not in str(caught.value)


def arrive(folder: Path, *messages: bytes) -> None:
    (folder / "new").mkdir(parents=True, exist_ok=True)
    (folder / "cur").mkdir(exist_ok=True)
    paths = [folder / "new" / f"{len(list(folder.rglob('*.host'))) + number}.host" for number in range(len(messages))]
    for path, message in zip(paths, messages, strict=True):
        path.write_bytes(message)


def test_messages_that_have_to_wait_keep_no_newer_one_from_being_read(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("publisher.stages.returned.AT_ONCE", 3)
    with news(database_url, tmp_path) as made:
        folder = tmp_path / "bounces" / "new"
        folder.mkdir(parents=True)
        send(made)
        made.app.ledger.deliveries.start(approved(8), made.clock.now())
        waiting = sender_of(made, "ada@example.com", 8)
        for number in range(5):
            (folder / f"1{number}").write_bytes(dsn(waiting, words=f"550 5.1.1 no such user {number}"))
        for number in range(4):
            (folder / f"2{number}").write_bytes(plain("hello", f"number {number}"))
        (folder / "30").write_bytes(dsn(sender_of(made, "gone@example.com")))
        mailbox = Maildir(tmp_path / "bounces")
        read = pipeline.read_returned(made.app.act(), mailbox)
        assert read.counts == {"its delivery is not final yet": 5, "not a report; it may be from a person": 3}
        assert pipeline.read_returned(made.app.act(), mailbox).counts["hard"] == 1
        assert sorted(each.name for each in folder.iterdir()) == [f"1{number}" for number in range(5)]


def test_a_retried_delivery_that_comes_back_alike_counts_anew_and_its_copies_do_not(
    database_url: str, tmp_path: Path
) -> None:
    with news(database_url, tmp_path) as made:
        made.app.ledger.deliveries.start(approved(7), made.clock.now())
        sender = made.app.ledger.senders.register(made.clock.now())
        claimed = made.app.ledger.deliveries.claim(7, sender, 10, made.clock.now())
        ends = [Outcome(each.id, DeliveryState.FAILED, "550 5.2.1 off") for each in claimed]
        made.app.ledger.deliveries.commit(sender, ends, (), made.clock.now())
        made.app.ledger.senders.release(sender)
        report = dsn(sender_of(made, "full@example.com"), status="5.2.1", words="550 5.2.1 switched off")
        assert [take(made, report).known for _ in range(2)] == [False, True]
        pipeline.retry(made.app.act(), 7, Which())
        assert take(made, report).later
        pipeline.send(made.app.act(), 7)
        assert [take(made, report).known for _ in range(2)] == [False, True]
        assert [each.report.effect for each in made.app.ledger.returned.entries(9)] == ["soft", "soft"]


def test_a_complaint_that_is_undone_leaves_the_hard_bounce_beside_it(database_url: str, tmp_path: Path) -> None:
    with news(database_url, tmp_path) as made:
        send(made)
        tag = sender_of(made, "gone@example.com")
        take(made, dsn(tag))
        later(made)
        complained = take(made, arf(tag)).decided
        pipeline.tell_bounces(made.app.act())
        assert complained is not None
        assert reason(made, "gone@example.com") is Reason.COMPLAINED
        pipeline.undo_returned(made.app.act(), complained.id, "not theirs")
        assert reason(made, "gone@example.com") is Reason.BOUNCED


def test_a_hard_bounce_that_is_undone_leaves_the_soft_one_that_nobody_was_told_of(
    database_url: str, tmp_path: Path
) -> None:
    with news(database_url, tmp_path) as made:
        send(made)
        tag = sender_of(made, "gone@example.com")
        take(made, dsn(tag, status="5.2.1", words="550 5.2.1 switched off"))
        hard = take(made, dsn(tag)).decided
        assert hard is not None
        pipeline.undo_returned(made.app.act(), hard.id, "a slip")
        later(made)
        reader = known(made, "gone@example.com").reader
        assert reader is not None
        assert (reader.state, reader.bounces) == (State.ACTIVE, 2)
