"""What machines are told: whether the process answers, whether it can work, and numbers, for whoever has the token."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa
from fastapi import FastAPI

from publisher import pipeline
from publisher.adapters.database.tables import delivery
from publisher.heartbeat import Heartbeat
from publisher.ports.measures import Measures
from publisher.readiness import LEAST_FREE, TICK_SECONDS, measured, missing
from publisher.web import Watch, make_server
from publisher.web.watching import Throttled, add_routes
from subscribers.database import DatabaseUnavailable
from tests.house import wait_for
from tests.mailroom import approved
from tests.office import WORDING, Bureau, another

TOKEN = "t" * 32


@contextmanager
def served(watch: Watch) -> Iterator[str]:
    app = FastAPI()
    add_routes(app, watch)
    server = make_server(app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_for(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def scraped(url: str, token: str = TOKEN) -> dict[str, float]:
    """Return the numbers by their names with labels."""
    reply = requests.get(f"{url}/metrics", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/plain")
    lines = [line for line in reply.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_numbers_come_from_the_database_so_that_all_processes_agree_and_name_nobody(
    news: Bureau, database_url: str
) -> None:
    editors = news.app.subscribers.editors
    for name in ("ada", "bob", "eve"):
        editors.add(f"{name}@example.com", source="test", wording=WORDING, now=news.clock.now())
    number = 11
    news.app.ledger.deliveries.start(approved(number), news.clock.now())
    pipeline.send(news.app.act(), number)
    with news.app.engine.begin() as connection:
        first = sa.select(sa.func.min(delivery.c.id)).scalar_subquery()
        connection.execute(sa.update(delivery).where(delivery.c.id == first).values(
            state="deferred", reply="450 4.2.1 <ada@example.com>: later", due=news.clock.now()))  # fmt: skip
    with another(news, database_url) as other:
        watches = [Watch(list, lambda app=app: measured(app), lambda: 7.0, TOKEN) for app in (news.app, other)]  # type: ignore[misc]
        told = []
        for watch in watches:
            with served(watch) as url:
                told.append(scraped(url))
                text = requests.get(f"{url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10).text
                assert "@" not in text
                assert "example" not in text
    assert told[0] == told[1]
    assert told[0]["pressroom_up"] == 1
    assert told[0]["pressroom_last_tick_seconds"] == 7
    assert told[0][f'pressroom_deliveries{{issue="{number}",state="sent"}}'] == 2
    assert told[0][f'pressroom_deliveries{{issue="{number}",state="deferred"}}'] == 1
    assert told[0][f'pressroom_answers{{class="4xx",issue="{number}"}}'] == 1
    assert told[0]['pressroom_oldest_due_seconds{queue="deliveries"}'] == 0
    assert told[0]['pressroom_readers{state="active"}'] == 3
    assert told[0]["pressroom_holds"] == 0


def test_nobody_sees_numbers_without_the_token_and_without_one_there_is_no_page() -> None:
    with served(Watch(token=TOKEN)) as url:
        for headers in (
            {},
            {"Authorization": TOKEN},
            {"Authorization": f"Bearer {TOKEN[1:]}"},
            {"Authorization": "Bearer ü"},
        ):
            reply = requests.get(f"{url}/metrics", headers=headers, timeout=10)
            assert (reply.status_code, reply.text) == (401, "")
        assert scraped(url)["pressroom_up"] == 1
    with served(Watch()) as url:
        assert requests.get(f"{url}/metrics", timeout=10).status_code == 404


def test_a_database_that_is_away_is_a_number_and_a_reason(tmp_path: Path) -> None:
    def away() -> Measures:
        raise DatabaseUnavailable("the database at db.example.com does not answer")

    asked: list[str] = []

    def not_ready() -> list[str]:
        asked.append("ready?")
        raise DatabaseUnavailable("the database at db.example.com does not answer")

    with served(Watch(not_ready, away, token=TOKEN)) as url:
        assert scraped(url)["pressroom_up"] == 0
        reply = requests.get(f"{url}/readyz", timeout=10)
        assert (reply.status_code, reply.json()) == (
            503,
            {"status": "not ready", "why": ["the database does not answer"]},
        )
        assert requests.get(f"{url}/readyz", timeout=10).status_code == 503
        assert asked == ["ready?"], "a database that is away is not asked for each of those who want to know"
        assert requests.get(f"{url}/healthz", timeout=10).json() == {"status": "ok"}


def test_whoever_asks_often_gets_the_same_answer_and_costs_a_twentieth() -> None:
    asked: list[float] = []

    def slowly() -> int:
        asked.append(time.monotonic())
        time.sleep(0.1)
        return len(asked)

    throttled = Throttled(slowly)
    ends = time.monotonic() + 1.5
    while time.monotonic() < ends:
        assert throttled() == 1
    assert len(asked) == 1
    threads = [threading.Thread(target=throttled) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 1


def test_readiness_names_what_is_missing(news: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    heart = Heartbeat({})
    news.app.site  # noqa: B018 - its folder is made, as the service does at its start
    assert missing(news.app, heart) == []
    heart.end(well=False)
    assert missing(news.app, heart) == ["the last tick of the scheduler failed"]
    heart.end(well=True)
    heart._ended -= TICK_SECONDS + 1
    assert missing(news.app, heart) == ["the scheduler has stopped"]
    heart.begin()
    assert missing(news.app, heart) == [], "a tick may be sending for hours"
    monkeypatch.setattr("publisher.readiness.LEAST_FREE", 2**62)
    assert missing(news.app, heart) == ["the disk is full or cannot be written"]
    monkeypatch.setattr("publisher.readiness.LEAST_FREE", LEAST_FREE)
    with news.app.engine.begin() as connection:
        connection.execute(
            sa.text("DELETE FROM alembic_version WHERE version_num IN (SELECT MAX(version_num) FROM alembic_version)")
        )
    assert missing(news.app, heart) == ["the database has the schema of another release"]
