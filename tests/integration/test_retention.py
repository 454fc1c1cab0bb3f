"""What is kept no longer is gone, a portion at a time, and nothing else is."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from publisher import mail_round
from subscribers import NoSuchReader, Reason, State, UnknownReader
from subscribers import retention as retention_module
from subscribers.adapters import tables
from tests.office import WORDING, Bureau, bureau, token_in
from tests.readers import NOW

DAYS = dt.timedelta(days=1)


@pytest.fixture
def news(database_url: str, tmp_path: Path) -> Iterator[Bureau]:
    with bureau(database_url, tmp_path) as made:
        yield made


def sign_up(news: Bureau, address: str, *, confirm: bool = False) -> str:
    """Sign up from a network address; return the token of the confirmation."""
    app = news.app
    app.subscribers.sign_ups.sign_up(
        address, source="form /", wording=WORDING, now=news.clock.now(), client="192.0.2.7"
    )
    mail_round.round_of_mail(app.act())
    token = next(token_in(mail, "confirm") for mail in news.mails() if address in str(mail["To"]))
    if confirm:
        app.subscribers.sign_ups.confirm(token, now=news.clock.now(), client="192.0.2.8")
    return token


def expire(news: Bureau, days: float) -> list[str]:
    news.clock.time = NOW + days * DAYS
    return mail_round.expire(news.app.act(), threading.Event())


def everything(news: Bureau) -> str:
    """Return every value in every table, in one text."""
    with news.app.engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        return "\n".join(
            str(tuple(row)) for name in names for row in connection.execute(sa.text(f'SELECT * FROM "{name}"'))
        )


def test_a_sign_up_that_nobody_confirmed_is_gone_from_every_table_after_thirty_days(news: Bureau) -> None:
    token = sign_up(news, "stranger@example.com")
    assert "stranger@example.com" in everything(news)
    assert expire(news, 29.9) == []
    assert expire(news, 30.1) == ["deleted, because their time was over: 1 sign-ups and moves that nobody confirmed"]
    assert "stranger@example.com" not in everything(news)
    assert "192.0.2.7" not in everything(news)
    assert expire(news, 30.2) == []
    whose = news.app.subscribers.editors
    with pytest.raises(UnknownReader):
        whose.show("stranger@example.com")
    with pytest.raises(NoSuchReader):  # their old link still works, and finds nobody
        news.app.subscribers.sign_ups.ask_again(token, now=NOW + 31 * DAYS)
    assert "stranger@example.com" not in everything(news)


def test_a_sign_up_stays_until_its_mails_are_forgiven_however_short_the_period_is(news: Bureau) -> None:
    app = news.app
    sign_up(news, "stranger@example.com")
    news.clock.time = NOW + 2 * DAYS
    sign_up(news, "stranger@example.com")
    for days in (6, 40, 61.9):
        assert app.subscribers.retention.expire(NOW + (days - 3) * DAYS, now=NOW + days * DAYS) == 0
    assert app.subscribers.retention.expire(NOW + 59 * DAYS, now=NOW + 62 * DAYS) == 1
    assert "stranger@example.com" not in everything(news)


@pytest.mark.parametrize("reason", [Reason.BOUNCED, Reason.REFUSED, Reason.UNSUBSCRIBED])
def test_of_an_address_that_was_never_confirmed_and_is_suppressed_only_the_suppression_stays(
    news: Bureau, reason: Reason
) -> None:
    editors = news.app.subscribers.editors
    sign_up(news, "typo@example.com")
    sign_up(news, "entered@example.com")
    editors.add("entered@example.com", source="test", wording=WORDING, now=NOW)
    editors.add("added@example.com", source="test", wording=WORDING, now=NOW)
    for name in ("typo", "entered", "added"):
        editors.suppress(f"{name}@example.com", reason, now=NOW)
    assert expire(news, 29.9) == []
    assert expire(news, 30.1) == ["deleted, because their time was over: 1 sign-ups and moves that nobody confirmed"]
    bare = editors.show("typo@example.com")
    assert (bare.reader, len(bare.consents)) == (None, 0)
    assert bare.suppression is not None
    assert editors.show("entered@example.com").reader is not None
    assert editors.show("added@example.com").reader is not None


def test_a_reader_stays_with_their_consents_and_only_the_network_addresses_go(news: Bureau) -> None:
    sign_up(news, "ada@example.com", confirm=True)
    before = news.app.subscribers.editors.show("ada@example.com")
    assert expire(news, 89.9) == []
    assert expire(news, 90.1) == ["deleted, because their time was over: 2 network addresses of consents"]
    after = news.app.subscribers.editors.show("ada@example.com")
    assert (after.reader, after.history) == (before.reader, before.history)
    assert [(one.act, one.at, one.wording, one.client) for one in after.consents] == [
        (one.act, one.at, one.wording, None) for one in before.consents
    ]


def test_a_reader_who_left_and_signed_up_again_without_confirming_is_still_one_who_left(news: Bureau) -> None:
    sign_up(news, "ada@example.com", confirm=True)
    news.clock.time = NOW + 2 * DAYS
    news.app.subscribers.editors.suppress("ada@example.com", Reason.UNSUBSCRIBED, now=news.clock.now())
    sign_up(news, "ada@example.com")
    expire(news, 33)
    record = news.app.subscribers.editors.show("ada@example.com")
    assert record.reader is not None
    assert record.suppression is not None
    assert (record.reader.state, record.suppression.reason) == (State.UNSUBSCRIBED, Reason.UNSUBSCRIBED)


def test_a_new_address_that_was_not_confirmed_is_taken_back_on_both_sides(news: Bureau) -> None:
    sign_up(news, "ada@example.com", confirm=True)
    app = news.app
    reader = app.subscribers.editors.show("ada@example.com").reader
    assert reader is not None
    app.subscribers.page.ask_move(app.keyring.account(reader.subject_id, NOW), "other@example.com", now=NOW)
    mail_round.round_of_mail(app.act())
    assert "other@example.com" in everything(news)
    expire(news, 31)
    app.subscribers.outbox.sweep(news.clock.now())  # the mail to the new address was kept for a week
    record = app.subscribers.editors.show("ada@example.com")
    assert record.reader is not None
    assert record.reader.moving_to is None
    with pytest.raises(UnknownReader):
        app.subscribers.editors.show("other@example.com")


def test_of_a_stranger_who_refused_when_a_reader_wanted_to_move_there_only_the_suppression_stays(quiet: Bureau) -> None:
    sign_up(quiet, "ada@example.com", confirm=True)
    app = quiet.app
    reader = app.subscribers.editors.show("ada@example.com").reader
    assert reader is not None
    app.subscribers.page.ask_move(app.keyring.account(reader.subject_id, NOW), "other@example.com", now=NOW)
    app.subscribers.editors.suppress("other@example.com", Reason.REFUSED, now=NOW)
    expire(quiet, 31)
    bare = app.subscribers.editors.show("other@example.com")
    assert bare.reader is None
    assert bare.suppression is not None
    assert app.subscribers.editors.show("ada@example.com").reader is not None


def test_a_great_many_expire_in_portions(news: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention_module, "AT_ONCE", 7)
    monkeypatch.setattr(retention_module, "NETWORKS_AT_ONCE", 7)
    with news.app.engine.begin() as connection:
        rows = [
            {"subject_id": f"{index:022d}", "address": f"r{index}@example.com", "canonical": f"r{index}@example.com",
             "state": "pending", "created": NOW, "asked": NOW if index % 2 else None}
            for index in range(100)
        ]  # fmt: skip
        connection.execute(tables.subscriber.insert(), rows)
    counts = []
    while done := expire(news, 40):
        counts.append(int(done[0].split()[6]))
    assert (sum(counts), max(counts)) == (100, 70)


def test_nothing_is_deleted_by_a_clock_that_was_just_set(news: Bureau) -> None:
    sign_up(news, "stranger@example.com")
    mail_round.expire(news.app.act(), threading.Event())
    news.clock.jump(days=400)
    assert mail_round.expire(news.app.act(), threading.Event()) == []
    assert "stranger@example.com" in everything(news)
