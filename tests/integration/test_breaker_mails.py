"""The breaker of sign-ups at work: list bombing stops them, every editor is told, and a popular day stops nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from publisher import mail_round
from publisher.adapters.smtp_sink import Sink
from publisher.errors import TransportUnavailable
from subscribers import Reason, SignUpRequest, parse_address
from tests.courses import MINUTE, ask, go_on
from tests.office import WORDING, Bureau, another, text_of, token_in


# The breaker
def notices(news: Bureau) -> list[str]:
    return [text_of(mail) for mail in news.mails() if mail["Subject"].startswith("Sign-ups ")]


def test_list_bombing_stops_the_sign_ups_and_every_editor_is_told_once_in_clear_words(
    news: Bureau, database_url: str
) -> None:
    ask(news, 120)
    news.mails()
    go_on(news, minutes=14)
    assert news.app.subscribers.watch.sign_ups_stopped(news.clock.now()) is None
    news.clock.advance(120)
    with another(news, database_url) as second, ThreadPoolExecutor(2) as pool:
        second.subscribers.queries.counts()
        list(pool.map(mail_round.round_of_mail, (news.app.act(), second.act())))
    mails = news.mails()
    assert sorted(mail["To"] for mail in mails) == ["Robin <robin@notes.example.com>", "Sam <sam@notes.example.com>"]
    assert mails[0]["Subject"] == "Sign-ups are stopped until Mon 23 Nov, 16:16"
    words = " ".join(text_of(mails[0]).split())
    for part in (
        "120 addresses were typed into the sign-up forms, and none of them confirmed.",
        "no confirmation mail leaves for new sign-ups from Mon 23 Nov, 10:16 until Mon 23 Nov, 16:16",
        "You need not do anything", "pressroom subscribers list --state pending",
    ):  # fmt: skip
        assert part in words
    go_on(news, hours=1)
    assert news.mails() == []
    stopped = news.app.subscribers.watch.sign_ups_stopped(news.clock.now())
    assert stopped is not None
    assert (stopped.asked, stopped.confirmed) == (120, 0)
    go_on(news, hours=6)
    assert news.mails() == []
    assert news.app.subscribers.watch.sign_ups_stopped(news.clock.now()) is None

    ask(news, 150, "again")  # it goes on, and so it stops and is told again
    news.mails()
    go_on(news, minutes=16)
    assert len(notices(news)) == 2


def test_a_popular_day_stops_nothing(news: Bureau) -> None:
    ask(news, 120, "reader")
    for mail in news.mails()[:45]:
        news.app.subscribers.sign_ups.confirm(token_in(mail, "confirm"), now=news.clock.now() + MINUTE)
    for _ in range(8):
        go_on(news, minutes=10)
    assert notices(news) == []


def test_readers_whom_an_editor_let_in_do_not_count_and_those_who_complained_do(news: Bureau) -> None:
    ask(news, 120)
    for number in range(21):
        news.app.subscribers.editors.add(
            f"victim{number}@example.com", source="cli", wording=WORDING, now=news.clock.now()
        )
    news.mails()
    go_on(news, minutes=16)
    assert notices(news) == []  # 99 asked
    ask(news, 1, "more")
    for number in range(90, 120):
        news.app.subscribers.editors.suppress(f"victim{number}@example.com", Reason.COMPLAINED, now=news.clock.now())
    go_on(news, minutes=16)
    assert len(notices(news)) == 2


def test_a_mail_server_that_was_away_is_not_taken_for_list_bombing(news: Bureau, database_url: str) -> None:
    with Sink(news.folder / "gone") as gone:
        nowhere = gone.url
    with another(news, database_url, nowhere) as away:
        requests = [
            SignUpRequest(parse_address(f"reader{number}@example.com"), "form", WORDING) for number in range(120)
        ]
        away.subscribers.sign_ups.sign_up_all(requests, news.clock.now())
        for _ in range(4):
            news.clock.advance(20 * 60)
            mail_round.round_of_mail(away.act())
        assert away.subscribers.watch.sign_ups_stopped(news.clock.now()) is None
    go_on(news, minutes=6)
    assert len(news.mails()) == 120
    go_on(news, minutes=10)  # they have had their mail for ten minutes only
    assert news.app.subscribers.watch.sign_ups_stopped(news.clock.now()) is None
    go_on(news, minutes=10)
    assert news.app.subscribers.watch.sign_ups_stopped(news.clock.now()) is not None


def test_editors_who_could_not_be_told_are_told_later_also_when_it_is_over(
    news: Bureau, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    ask(news, 120)
    news.mails()
    with Sink(news.folder / "gone") as gone:
        nowhere = gone.url
    with another(news, database_url, nowhere) as away:
        news.clock.advance(16 * 60)
        with pytest.raises(TransportUnavailable):
            mail_round.watch_sign_ups(away.act())
        mail_round.round_of_mail(away.act())  # not fatal there
        assert "the sign-ups could not be watched" in caplog.text
    assert "example.com" not in caplog.text.replace("notes.example.com", "")
    go_on(news, hours=7)
    (words, _) = notices(news)
    assert "Sign-ups were stopped until" not in words  # that is the subject
    assert "So no confirmation mail left for new sign-ups from" in " ".join(words.split())
    go_on(news, hours=1)
    assert news.mails() == []
