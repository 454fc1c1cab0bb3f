"""Too many complaints, or too much blocked mail, hold all sending: what is under way stops, editors are told, a person goes on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from publisher import mail_round, pipeline
from publisher.errors import Refused
from publisher.issue import DeliveryState
from subscribers import Wording
from tests.integration.test_returned import sender_of, take
from tests.mailroom import NOON, approved
from tests.office import Bureau, bureau, text_of
from tests.returned import arf, dsn

BLOCKED = {"status": "5.7.1", "words": "550 5.7.1 blocked by our list"}


def news(made: Bureau, readers: int) -> list[str]:
    made.clock.time = NOON
    addresses = [f"reader{number}@example.com" for number in range(readers)]
    for address in addresses:
        made.app.subscribers.editors.add(address, source="test", wording=Wording("test"), now=NOON)
    return addresses


def send(made: Bureau, number: int = 7) -> None:
    made.app.ledger.deliveries.start(approved(number), made.clock.now())
    pipeline.send(made.app.act(), number)


def notices(made: Bureau) -> list[str]:
    mail_round.tell_of_holds(made.app.act())
    return [text_of(mail) for mail in made.mails() if "reader" not in str(mail["To"])]


def test_blocked_mail_holds_the_next_issue_until_a_person_lets_it_go_on(database_url: str, tmp_path: Path) -> None:
    with bureau(database_url, tmp_path) as made:
        addresses = news(made, 30)
        send(made)
        made.mails()
        for address in addresses[:9]:
            take(made, dsn(sender_of(made, address), **BLOCKED))
            take(made, dsn(sender_of(made, address), **BLOCKED))
        assert notices(made) == []
        take(made, dsn(sender_of(made, addresses[9]), **BLOCKED))
        told = notices(made)
        assert told
        assert "10 of 30 mails of issue 7 came back because we are blocked" in " ".join(told[0].split())
        assert "pressroom bounces resume" in told[0]
        assert notices(made) == []
        with pytest.raises(Refused, match=r"sending is held since .* 10 of 30 .* pressroom bounces resume --why TEXT"):
            send(made, 8)
        assert {state for _, state, _ in made.app.ledger.records.of(8)} == {DeliveryState.QUEUED}
        assert pipeline.resume_sending(made.app.act(), "we are off the list") == 1
        take(made, dsn(sender_of(made, addresses[10]), **BLOCKED))
        send(made, 8)
        assert {state for _, state, _ in made.app.ledger.records.of(8)} == {DeliveryState.SENT}


def test_complaints_are_told_once_a_day_and_above_the_limit_hold(database_url: str, tmp_path: Path) -> None:
    with bureau(database_url, tmp_path) as made:
        addresses = news(made, 12)
        send(made)
        made.mails()
        take(made, arf(sender_of(made, addresses[0])))
        first = notices(made)
        assert "1 reader of issue 7 reported it as spam" in " ".join(first[0].split())
        assert list(made.app.holds.open()) == []
        take(made, arf(sender_of(made, addresses[1])))
        assert "more than 0.1 %" in " ".join(notices(made)[0].split())
        take(made, arf(sender_of(made, addresses[2])))
        assert "more than 0.3 %" in " ".join(notices(made)[0].split())
        assert [each.cause for each in made.app.holds.open()] == ["complaints"]
        made.clock.time += dt.timedelta(days=1)
        take(made, arf(sender_of(made, addresses[3])))
        assert "4 readers of issue 7" in " ".join(notices(made)[0].split())


def test_a_send_under_way_ends_its_messages_when_it_is_held_and_the_rest_waits(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bureau(database_url, tmp_path) as made:
        addresses = news(made, 200)
        made.app.ledger.deliveries.start(approved(7), NOON)
        act = made.app.act()
        looked = 0

        class Watched:
            def __getattr__(self, name: str) -> object:
                return getattr(made.app.holds, name)

            def open(self) -> object:
                nonlocal looked
                looked += 1
                if looked == 3:
                    made.app.holds.add(6, "blocked", "10 of 50 came back", NOON, holds=True)
                return made.app.holds.open()

        monkeypatch.setattr(type(act), "holds", Watched())
        with pytest.raises(Refused, match="sending is held"):
            pipeline.send(act, 7)
        states = [state for _, state, _ in made.app.ledger.records.of(7)]
        assert DeliveryState.QUEUED in states
        assert set(states) <= {DeliveryState.QUEUED, DeliveryState.SENT}
        made.app.holds.lift("it is right again", NOON)
        pipeline.send(act, 7)
        assert len(made.mails()) == len(addresses)
