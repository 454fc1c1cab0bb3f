"""A deletion that is said to be done is done; one that is under way is a row, and is gone on with until it is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from publisher import mail_round, pipeline
from publisher.adapters.database.tables import delivery
from publisher.app import App
from publisher.issue import DeliveryState
from publisher.ports import Outcome
from subscribers import Wording
from subscribers.adapters import tables
from tests.mailroom import NOON, approved, states
from tests.office import Bureau, bureau
from tests.publication import FakeClock

ADDRESSES = ("ada@example.com", "grace@example.com")
TRACES = {"ada@example.com", "Ada"}


@pytest.fixture
def news(database_url: str, tmp_path: Path) -> Iterator[Bureau]:
    with bureau(database_url, tmp_path) as made:
        made.clock.time = NOON
        for address in ADDRESSES:
            name = address.partition("@")[0].title()
            made.app.subscribers.editors.add(address, name, source="test", wording=Wording("test"), now=NOON)
        made.app.ledger.deliveries.start(approved(), NOON)
        yield made


def traces(app: App) -> set[str]:
    """Return what the ledger still knows of Ada."""
    with app.engine.connect() as connection:
        rows = connection.execute(sa.select(delivery.c.address, delivery.c.name, delivery.c.canonical)).all()
    return TRACES & {value for row in rows for value in row}


def under_way(app: App) -> int:
    return len(app.subscribers.erasures.under_way())


def later(news: Bureau, **time: float) -> None:
    clock = news.app.clock
    assert isinstance(clock, FakeClock)
    clock.advance(dt.timedelta(**time).total_seconds())


def delete(news: Bureau) -> int:
    """Delete Ada as her own page does; return how many records a sender has in hand."""
    app = news.app
    reader = app.subscribers.editors.show("ada@example.com").reader
    assert reader is not None
    gone = app.subscribers.leaving.delete_me(app.keyring.account(reader.subject_id, NOON), now=NOON)
    assert gone is not None
    return pipeline.forget(app.act(), gone)


def test_a_reader_whom_a_sender_has_in_hand_is_cleared_when_it_is_done_with_them(news: Bureau) -> None:
    ledger = news.app.ledger
    sender = ledger.senders.register(NOON)
    claimed = ledger.deliveries.claim(7, sender, 10, NOON)
    assert delete(news) == 1
    assert (traces(news.app), under_way(news.app)) == (TRACES, 1)
    pipeline.erase(news.app.act())
    assert traces(news.app) == TRACES  # still in hand
    ledger.deliveries.commit(sender, [Outcome(each.id, DeliveryState.SENT, "250 ok") for each in claimed], (), NOON)
    mail_round.round_of_mail(news.app.act())
    assert traces(news.app) == set()


def test_the_process_that_deleted_may_die_and_a_send_goes_on_with_it(news: Bureau) -> None:
    ledger = news.app.ledger
    sender = ledger.senders.register(NOON)
    ledger.deliveries.claim(7, sender, 10, NOON)
    delete(news)
    ledger.senders.release(sender)  # gives back what it holds
    pipeline.send(news.app.act(), 7)
    assert traces(news.app) == set()


def test_an_audience_that_was_being_frozen_meanwhile_is_cleared_too(news: Bureau) -> None:
    assert delete(news) == 0
    assert traces(news.app) == set()
    theirs = _id(news.app)
    with news.app.engine.begin() as connection:  # what a transaction commits that saw the reader before
        connection.execute(
            delivery.insert().values(
                issue=7, subscriber_id=1, subject_id=theirs, address="ada@example.com", canonical="ada@example.com",
                name="Ada", state="queued", due=NOON,
            )
        )  # fmt: skip
    later(news, minutes=1)
    mail_round.round_of_mail(news.app.act())
    assert traces(news.app) == set()


def test_when_all_is_cleared_the_addresses_go_from_the_list_of_what_is_to_do(news: Bureau) -> None:
    delete(news)
    pipeline.erase(news.app.act())
    assert under_way(news.app) == 1
    later(news, hours=2)
    pipeline.erase(news.app.act())
    assert under_way(news.app) == 0


def test_a_deletion_that_is_undone_leaves_nothing_to_do(news: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    from subscribers.adapters.readers import ReaderRows

    monkeypatch.setattr(ReaderRows, "_save_courses", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        delete(news)
    assert under_way(news.app) == 0
    assert news.app.subscribers.editors.show("ada@example.com").reader is not None


def test_a_reader_who_was_deleted_and_came_back_gets_the_next_issue(news: Bureau) -> None:
    app = news.app
    assert delete(news) == 0
    later(news, minutes=5)
    app.subscribers.sign_ups.sign_up("ada@example.com", source="form", wording=Wording("test"), now=news.clock.now())
    (job,) = app.subscribers.outbox.claim("a sender", 10, news.clock.now()).jobs
    app.subscribers.sign_ups.confirm(job.tokens.action, now=news.clock.now())
    later(news, minutes=5)
    app.ledger.deliveries.start(approved(8), news.clock.now())
    mail_round.round_of_mail(app.act())
    assert states(app.ledger, 8)["ada@example.com"] == "queued"
    assert states(app.ledger, 7) == {"": "suppressed", "grace@example.com": "queued"}


def _id(app: App) -> str:
    with app.engine.connect() as connection:
        ids = connection.scalars(sa.select(tables.erasure.c.subject_ids)).one()
    return str(ids[0])
