"""Much mail at once that is not an issue: it shares transactions, and neither forms nor readers who leave wait for it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from publisher import pipeline
from publisher.deliver.ledger_writer import FRESH_SECONDS
from publisher.pipeline import Posted
from publisher.ports import BlockingConnection, Envelope, Reply
from publisher.web.batcher import SignUpBatcher
from subscribers import Reason, SignUpRequest, Subscribers, parse_address
from tests.office import WORDING, Bureau
from tests.publication import FakeClock
from tests.readers import NOW


class QuickServer:
    """A courier and its connections; every message is accepted at once. `after` is called after each."""

    def __init__(self, after: Callable[[str], None] = lambda _address: None) -> None:
        self.accepted: list[str] = []
        self._after = after
        self._last = ""

    def connect(self) -> BlockingConnection:
        return self

    def hand_over(self, envelope: Envelope) -> Reply:
        self._last = envelope.rcpt_to
        return Reply(354, "go on", "data")

    def finish(self) -> Reply:
        self.accepted.append(self._last)
        self._after(self._last)
        return Reply(250, "ok", "dot")

    def alive(self) -> bool:
        return True

    def abandon(self) -> None: ...
    def close(self) -> None: ...


def requests(count: int) -> list[SignUpRequest]:
    return [SignUpRequest(parse_address(f"r{number}@example.com"), "form", WORDING) for number in range(count)]


def test_confirmations_share_their_transactions_and_read_nothing_about_deliveries(news: Bureau) -> None:
    news.app.subscribers.sign_ups.sign_up_all(requests(200), news.clock.now())
    news.app.courier = QuickServer()
    verbs: Counter[str] = Counter()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        verbs[statement.partition(" ")[0]] += 1
        assert "delivery" not in statement, "the rows of an issue that is being sent may be a million"

    sa.event.listen(news.app.engine, "before_cursor_execute", note)
    assert pipeline.post(news.app.act()) == Posted(sent=200)
    sa.event.remove(news.app.engine, "before_cursor_execute", note)
    assert verbs["UPDATE"] < 40, "one claim for each batch, and one end for each group"
    assert news.app.subscribers.outbox.holders() == frozenset()


def test_a_mail_that_waited_for_others_is_asked_about_once_more(quiet: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("publisher.stages.emails._EACH", 1000)
    readers = quiet.app.subscribers
    readers.sign_ups.sign_up_all(requests(3), quiet.clock.now())

    def complain(address: str) -> None:
        if address == "r0@example.com":
            readers.editors.suppress("r1@example.com", Reason.COMPLAINED, now=quiet.clock.now())
            time.sleep(FRESH_SECONDS)  # the server takes its time

    quiet.app.courier = server = QuickServer(complain)
    assert pipeline.post(quiet.app.act()) == Posted(sent=2, dropped=1)
    assert server.accepted == ["r0@example.com", "r2@example.com"]


def test_mail_stops_after_a_batch_when_that_is_enough_and_the_rest_stays_due(quiet: Bureau) -> None:
    quiet.app.subscribers.sign_ups.sign_up_all(requests(100), quiet.clock.now())
    quiet.app.courier = QuickServer()
    assert pipeline.post(quiet.app.act(), enough=lambda: True) == Posted(sent=40)
    assert quiet.app.subscribers.outbox.due(quiet.clock.now()) == 60
    assert pipeline.post(quiet.app.act(), enough=lambda: False) == Posted(sent=60)


def test_mail_has_left_enough_for_now_when_forms_come_in_a_rush_or_the_server_ends(readers: Subscribers) -> None:
    begun, ended = threading.Semaphore(0), threading.Semaphore(0)

    def endless(enough: Callable[[], bool]) -> int:
        begun.release()
        while not enough():
            time.sleep(0.001)
        ended.release()
        return 0

    batcher = SignUpBatcher(readers, FakeClock(NOW), endless)

    async def rush() -> None:
        await asyncio.gather(*(batcher.sign_up(each) for each in requests(20)))

    batcher.post()
    assert begun.acquire(timeout=10)
    asyncio.run(rush())
    assert ended.acquire(timeout=10)
    assert begun.acquire(timeout=10), "the forms' own mail"
    batcher.close()
    assert ended.acquire(timeout=10)
