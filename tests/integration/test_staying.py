"""Readers who were not seen for long are asked once, stay by one press, and are let go only when an editor says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher import mail_round
from subscribers import NoSuchReader, Prefer, Reason, State, Wording, parse_segment
from subscribers import staying as staying_module
from tests.house import House
from tests.office import Bureau, bureau, text_of, token_in
from tests.readers import NOW

YEAR = dt.timedelta(days=365)
MONTH = dt.timedelta(days=30)


@pytest.fixture
def news(database_url: str, tmp_path: Path) -> Iterator[Bureau]:
    with bureau(database_url, tmp_path) as made:
        for address in ("old@example.com", "seen@example.com", "paused@example.com", "left@example.com"):
            add(made, address)
        made.clock.time = NOW + 2 * YEAR
        page, now = made.app.subscribers.page, made.clock.now()
        for address, choice in (
            ("seen", Prefer(zone="Europe/Berlin")),
            ("paused", Prefer(paused_until=now + 3 * MONTH)),
        ):
            page.prefer(made.app.keyring.preferences(reader_id(made, f"{address}@example.com"), now), choice, now=now)
        made.app.subscribers.editors.remove("left@example.com", now=now)
        add(made, "new@example.com")
        made.clock.time = now + dt.timedelta(days=1)
        yield made


def add(news: Bureau, address: str) -> None:
    news.app.subscribers.editors.add(address, source="test", wording=Wording("test"), now=news.clock.now())


def reader_id(news: Bureau, address: str) -> str:
    reader = news.app.subscribers.editors.show(address).reader
    assert reader is not None
    return reader.subject_id


def ask(news: Bureau) -> int:
    """Ask whoever was not seen for a year, and let the mail leave."""
    now = news.clock.now()
    expected = news.app.subscribers.staying.whom_to_ask(now - YEAR, now=now)
    asked = news.app.subscribers.staying.ask(now - YEAR, now=now)
    assert asked == expected
    mail_round.round_of_mail(news.app.act())
    return asked


def let_go(news: Bureau, after: dt.timedelta) -> int:
    before = news.clock.now() - after
    expected = news.app.subscribers.staying.whom_to_let_go(before)
    gone = news.app.subscribers.staying.let_go(before, now=news.clock.now())
    assert gone == expected
    return gone


def state(news: Bureau, address: str) -> State:
    reader = news.app.subscribers.editors.show(address).reader
    assert reader is not None
    return reader.state


def test_only_who_was_not_seen_for_long_is_asked_and_only_once(news: Bureau) -> None:
    assert ask(news) == 1
    mail = news.mail()
    assert mail["To"] == "old@example.com"
    assert "Do you still want" in mail["Subject"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/unsubscribe/" in text_of(mail)
    news.clock.time += MONTH
    assert ask(news) == 0
    assert state(news, "old@example.com") is State.ACTIVE  # silence alone changes nothing


def test_a_segment_narrows_whom_to_ask(news: Bureau) -> None:
    staying, now = news.app.subscribers.staying, news.clock.now()
    nobody = parse_segment("tag = vip", sections=())
    assert staying.whom_to_ask(now - YEAR, now=now, segment=nobody) == 0
    assert staying.ask(now - YEAR, now=now, segment=nobody) == 0
    news.app.subscribers.editors.tag("old@example.com", add=("vip",), now=now)
    assert staying.ask(now - YEAR, now=now, segment=nobody) == 1


def test_who_presses_stays_and_who_is_silent_goes_only_when_an_editor_says_so(news: Bureau) -> None:
    news.clock.time += 2 * YEAR
    assert ask(news) == 4  # a pause ends by itself
    tokens = {mail["To"]: token_in(mail, "stay") for mail in news.mails()}
    news.clock.time += MONTH
    staying, now = news.app.subscribers.staying, news.clock.now()
    assert staying.stay(tokens["old@example.com"], now=now)
    news.app.subscribers.page.prefer(
        news.app.keyring.preferences(reader_id(news, "new@example.com"), now), Prefer(zone="Asia/Tokyo"), now=now
    )
    assert let_go(news, 2 * MONTH) == 0  # they got the mail a month ago
    assert let_go(news, MONTH / 2) == 2
    assert [state(news, f"{name}@example.com") for name in ("old", "new", "seen", "paused")] == [
        State.ACTIVE, State.ACTIVE, State.UNSUBSCRIBED, State.UNSUBSCRIBED,
    ]  # fmt: skip
    gone = news.app.subscribers.editors.show("seen@example.com")
    assert gone.suppression is not None
    assert gone.suppression.reason is Reason.REMOVED  # so that their own sign-up brings them back
    assert "gave no answer" in {each.what for each in gone.history}
    assert not staying.stay(tokens["seen@example.com"], now=now)
    assert let_go(news, MONTH / 2) == 0


def test_who_never_got_the_mail_is_never_let_go(news: Bureau) -> None:
    now = news.clock.now()
    news.app.subscribers.staying.ask(now - YEAR, now=now)  # the mail stays in the outbox
    news.clock.time += 2 * YEAR
    mail_round.round_of_mail(news.app.act())  # and is given up there, because it is too late
    assert news.mails() == []
    assert let_go(news, MONTH) == 0
    assert state(news, "old@example.com") is State.ACTIVE
    assert ask(news) >= 1  # they may be asked again


def test_a_mail_that_waits_is_not_sent_to_who_was_seen_meanwhile(news: Bureau) -> None:
    now = news.clock.now()
    news.app.subscribers.staying.ask(now - YEAR, now=now)
    news.clock.advance(60)
    token = news.app.keyring.preferences(reader_id(news, "old@example.com"), now)
    news.app.subscribers.page.prefer(token, Prefer(zone="Asia/Tokyo"), now=news.clock.now())
    mail_round.round_of_mail(news.app.act())
    assert news.mails() == []


def test_a_great_many_are_asked_in_portions(news: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staying_module, "AT_ONCE", 3)
    news.clock.time = NOW
    for number in range(10):
        add(news, f"more{number}@example.com")
    news.clock.time = NOW + 2 * YEAR + dt.timedelta(days=1)
    told: list[tuple[int, int]] = []
    asked = news.app.subscribers.staying.ask(
        news.clock.now() - YEAR, now=news.clock.now(), progress=lambda *done: told.append(done)
    )
    assert (asked, told[-1]) == (11, (11, 11))


def test_a_link_to_stay_of_a_deleted_reader_leads_nowhere(news: Bureau) -> None:
    token = news.app.keyring.stay(reader_id(news, "old@example.com"))
    news.app.subscribers.editors.forget("old@example.com", now=news.clock.now())
    with pytest.raises(NoSuchReader):
        news.app.subscribers.staying.stay(token, now=news.clock.now())


def test_the_page_has_one_button_and_opening_it_changes_nothing(house: House) -> None:
    house.join("ada@example.com")
    path = f"stay/{house.keyring.stay(house.reader().subject_id)}"
    house.clock.advance(9 * YEAR.total_seconds())
    before = house.everything()
    page = house.get(path)
    assert (page.status, len(page.forms), house.everything()) == (200, 1, before)
    assert page.forms[0].send(form="").status == 403
    assert house.everything() == before
    done = page.forms[0].send()
    assert (done.status, "Good that you stay" in done.text) == (200, True)
    assert house.reader().seen == house.clock.now()
    house.readers.editors.remove("ada@example.com", now=house.clock.now())
    assert page.forms[0].send().status == 409
    assert house.get("stay/forged").status == 400
    assert any("unsubscribe/" in link for link in page.links)
