"""A mailbox that refuses an issue is not mailed again next week, whatever ends in between; a server's fault is nobody's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from publisher import mail_round, pipeline
from publisher.adapters.smtp_sink import Sink
from publisher.issue import DeliveryState
from subscribers import Reason, State, SubscriberRecord, Suppression, Wording
from tests.mailroom import NOON, approved
from tests.office import WORDING, Bureau, another, bureau

GONE = "550 5.1.1 <gone@example.com>: no such user"
FULL = "550 5.2.2 mailbox full"
OFF = "550 5.2.1 mailbox switched off"
WEEK = dt.timedelta(weeks=1)


class Refusing(Sink):
    """A mail server that refuses some recipients at RCPT; `answers` may change while it runs."""

    def __init__(self, folder: Path, answers: dict[str, str]) -> None:
        super().__init__(folder)
        self.answers = answers

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.answers.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"


@contextmanager
def news(database_url: str, tmp_path: Path, answers: dict[str, str], *addresses: str) -> Iterator[Bureau]:
    with Refusing(tmp_path / "sink", answers) as sink, bureau(database_url, tmp_path, sink.url) as made:
        made.clock.time = NOON
        for address in addresses:
            made.app.subscribers.editors.add(address, source="test", wording=Wording("test"), now=NOON)
        yield made


def send(made: Bureau, number: int) -> None:
    made.app.ledger.deliveries.start(approved(number), made.clock.now())
    pipeline.send(made.app.act(), number)


def audience(made: Bureau) -> set[str]:
    found = made.app.subscribers.queries.find(state=State.ACTIVE, limit=1_000)
    return {each.address for each in found}


def known(made: Bureau, address: str) -> SubscriberRecord:
    return made.app.subscribers.editors.show(address)


def suppression(made: Bureau, address: str) -> Suppression:
    found = known(made, address).suppression
    assert found is not None
    return found


def test_a_mailbox_that_does_not_exist_is_not_mailed_again_and_one_that_is_switched_off_is(
    database_url: str, tmp_path: Path
) -> None:
    addresses = ("gone@example.com", "off@example.com", "ada@example.com")
    with news(database_url, tmp_path, {addresses[0]: GONE, addresses[1]: OFF}, *addresses) as made:
        send(made, 7)
        assert audience(made) == {"off@example.com", "ada@example.com"}
        gone = suppression(made, "gone@example.com")
        assert (gone.reason, gone.words) == (Reason.BOUNCED, GONE)
        assert [each.what for each in known(made, "gone@example.com").history] == ["suppressed", "hard bounce"]
        off = known(made, "off@example.com")
        assert [(each.what, each.detail) for each in off.history] == [("soft bounce", OFF)]
        send(made, 8)
        assert {address for address, _, _ in made.app.ledger.records.of(8)} == {"off@example.com", "ada@example.com"}


def test_a_mailbox_that_is_switched_off_for_five_issues_is_suppressed_with_the_servers_words(
    database_url: str, tmp_path: Path
) -> None:
    with news(database_url, tmp_path, {"off@example.com": OFF}, "off@example.com", "ada@example.com") as made:
        for number in range(7, 12):
            assert "off@example.com" in audience(made)
            send(made, number)
            made.clock.time += WEEK
        assert audience(made) == {"ada@example.com"}
        assert suppression(made, "off@example.com").words == OFF


def test_an_issue_that_arrives_in_between_lowers_what_the_soft_bounces_weigh(database_url: str, tmp_path: Path) -> None:
    answers = {"off@example.com": OFF}
    with news(database_url, tmp_path, answers, "off@example.com", "ada@example.com") as made:
        for number in range(7, 13):
            answers.clear() if number in (9, 10) else answers.update({"off@example.com": OFF})
            send(made, number)
            made.clock.time += WEEK
        reader = known(made, "off@example.com").reader
        assert reader is not None
        assert (reader.state, reader.bounces) == (State.ACTIVE, 6)  # 2, 4, two that arrived, 4, 6


def test_a_crash_between_the_ledgers_write_and_the_readers_change_loses_nothing(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_arguments: Any) -> None:
        raise Killed

    answers = {"gone@example.com": GONE, "off@example.com": OFF}
    with news(database_url, tmp_path, answers, *answers, "ada@example.com") as made:
        with monkeypatch.context() as patch:
            patch.setattr("publisher.stages.send.tell_bounces", killed)
            with pytest.raises(Killed):
                send(made, 7)
        assert "gone@example.com" in audience(made)
        bounces = made.app.ledger.bounces
        with monkeypatch.context() as patch:  # killed after the readers' change, and before the ledger knows of it
            patch.setattr(type(bounces), "tell", killed)
            with pytest.raises(Killed):
                pipeline.tell_bounces(made.app.act())
        before = [known(made, address) for address in answers]
        assert "gone@example.com" not in audience(made)
        with another(made, database_url) as elsewhere:
            mail_round.round_of_mail(elsewhere.act())
        assert [known(made, address) for address in answers] == before
        assert made.app.ledger.bounces.untold(10, made.clock.now() + WEEK) == []


def test_a_mailbox_that_is_full_for_a_quarter_of_a_year_costs_no_reader(database_url: str, tmp_path: Path) -> None:
    answers = {"full@example.com": FULL, "late@example.com": "452 4.2.2 mailbox full"}
    with news(database_url, tmp_path, answers, *answers) as made:
        for number in range(7, 20):
            send(made, number)
            made.clock.time += WEEK
        assert audience(made) == set(answers)
        assert not known(made, "full@example.com").history


def test_a_server_that_knows_nobody_any_more_costs_no_reader(database_url: str, tmp_path: Path) -> None:
    crowd = [f"reader{number}@big.test" for number in range(30)]
    answers = dict.fromkeys(crowd, "550 5.1.1 user unknown")
    few = ["gone@example.com", *(f"reader{number}@example.com" for number in range(70))]
    with news(database_url, tmp_path, {**answers, few[0]: GONE}, *crowd, *few) as made:
        send(made, 7)
        assert audience(made) == {*crowd, *few[1:]}
        assert {known(made, address).history[0].what for address in crowd} == {"soft bounce"}


def test_a_server_that_refuses_us_costs_no_reader(database_url: str, tmp_path: Path) -> None:
    addresses = [f"reader{number}@example.com" for number in range(20)]
    refused = dict.fromkeys(addresses[::10], "550 5.7.1 your network is blocked")
    with news(database_url, tmp_path, refused, *addresses) as made:
        for number in range(7, 14):
            send(made, number)
            made.clock.time += WEEK
        assert audience(made) == set(addresses)
        assert all(not known(made, address).history for address in addresses)


def test_an_issue_that_is_still_being_sent_waits_an_hour_with_its_bounces(database_url: str, tmp_path: Path) -> None:
    with news(database_url, tmp_path, {"gone@example.com": GONE}, "gone@example.com") as made:
        made.app.subscribers.editors.add("east@example.com", source="test", wording=Wording("test"), now=NOON)
        made.app.ledger.deliveries.start(approved(7), NOON)
        sender = made.app.ledger.senders.register(NOON)
        held = [each for each in made.app.ledger.deliveries.claim(7, sender, 10, NOON) if each.address[0] == "e"]
        made.app.ledger.deliveries.commit(sender, [_later(each.id) for each in held], (), NOON)
        made.app.ledger.senders.release(sender)
        pipeline.send(made.app.act(), 7)
        assert "gone@example.com" in audience(made)
        made.clock.time = NOON + dt.timedelta(hours=2)
        pipeline.tell_bounces(made.app.act())
        assert "gone@example.com" not in audience(made)


def _later(delivery: int) -> Any:
    from publisher.ports import Outcome

    return Outcome(delivery, DeliveryState.DEFERRED, "450 later", NOON + WEEK)


def test_a_confirmation_mail_to_a_mailbox_that_does_not_exist_suppresses_it(database_url: str, tmp_path: Path) -> None:
    with news(database_url, tmp_path, {"gone@example.com": GONE}) as made:
        made.app.subscribers.sign_ups.sign_up("gone@example.com", source="form", wording=WORDING, now=NOON)
        mail_round.round_of_mail(made.app.act())
        assert (suppression(made, "gone@example.com").reason, suppression(made, "gone@example.com").words) == (
            Reason.BOUNCED,
            GONE,
        )


def test_a_reader_who_was_deleted_meanwhile_leaves_no_bounce_behind(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with news(database_url, tmp_path, {"gone@example.com": GONE}, "gone@example.com", "ada@example.com") as made:
        monkeypatch.setattr("publisher.stages.send.tell_bounces", lambda _ports: 0)
        send(made, 7)
        history = known(made, "gone@example.com").address_history
        made.app.subscribers.editors.forget("gone@example.com", now=NOON)
        pipeline.forget(made.app.act(), history)
        assert made.app.ledger.bounces.untold(10, NOON + WEEK) == []
        assert suppression(made, "gone@example.com").reason is Reason.REMOVED


def test_an_editor_reports_what_a_provider_says(database_url: str, tmp_path: Path) -> None:
    from subscribers import BounceKind

    with news(database_url, tmp_path, {}, "ada@example.com") as made:
        pipeline.report_bounce(made.app.act(), "Ada@example.com", BounceKind.COMPLAINT, "abuse report\r\n4711")
        found = suppression(made, "ada@example.com")
        assert (found.reason, found.words) == (Reason.COMPLAINED, "abuse report 4711")
