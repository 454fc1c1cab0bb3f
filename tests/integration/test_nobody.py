"""An issue is never sent to nobody: an irreversible step that has no effect is refused, by hand and by the tick."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from publisher import pipeline, scheduler
from publisher.adapters.database.tables import mailing
from publisher.adapters.smtp_sink import Sink
from publisher.app import App
from publisher.errors import Refused
from publisher.issue import IsoWeek
from publisher.pipeline import IssueState
from subscribers import Wording
from tests.publication import FakeClock, example, variables


@pytest.fixture
def app(tmp_path: Path, database_url: str) -> Iterator[App]:
    folder = tmp_path / "news"
    example(folder)
    clock = FakeClock()
    clock.set("2026-11-26T06:00")
    with (
        Sink(tmp_path / "mail") as sink,
        App(folder, database=database_url, clock=clock, variables=variables(sink.url)) as made,
    ):
        yield made


def approved(app: App) -> bytes:
    """Assemble, draft and approve this week's issue; return its file."""
    made = pipeline.assemble(app.act(), IsoWeek.parse("2026-W48"))
    pipeline.draft(app.act(), made.number)
    pipeline.approve(app.act(), made.number, "Robin")
    return (app.folder / made.path).read_bytes()


def join(app: App, address: str = "ada@example.com") -> None:
    app.subscribers.editors.add(address, source="test", wording=Wording("test"), now=app.clock.now())


def test_an_approved_issue_is_not_sent_to_nobody_and_goes_to_whoever_comes_later(app: App) -> None:
    before = approved(app)
    for late in (False, True):
        with pytest.raises(Refused, match="nobody would get issue 11"):
            pipeline.would_send(app.act(), 11, late=late)
        with pytest.raises(Refused, match="nobody would get issue 11"):
            pipeline.send(app.act(), 11, late=late)
    assert app.ledger.deliveries.mailing(11) is None
    assert (app.folder / "content/issues/0011.md").read_bytes() == before
    join(app)
    assert pipeline.send(app.act(), 11).audience == 1


def test_whoever_paused_is_nobody_too(app: App) -> None:
    approved(app)
    join(app)
    with app.engine.begin() as connection:
        connection.execute(sa.text("UPDATE subscriber SET paused_until = '2027-01-01 00:00:00'"))
    with pytest.raises(Refused, match="nobody would get issue 11"):
        pipeline.send(app.act(), 11)


def test_the_tick_tells_the_editors_once_and_sends_when_a_reader_is_there(app: App, tmp_path: Path) -> None:
    clock = app.clock
    assert isinstance(clock, FakeClock)
    clock.set("2026-11-23T08:00")
    scheduler.tick(app.act())
    pipeline.approve(app.act(), 11, "Robin")
    clock.set("2026-11-26T07:00")
    first, second = scheduler.tick(app.act()), scheduler.tick(app.act())
    assert ("told the editors" in " ".join(first), second) == (True, [])
    assert app.ledger.deliveries.mailing(11) is None
    join(app)
    scheduler.tick(app.act())
    assert app.ledger.deliveries.sums(11, app.clock.now()).audience == 1


def test_an_issue_that_was_closed_without_a_reader_can_be_reopened_and_sent_as_it_was_approved(app: App) -> None:
    before = approved(app)
    digest = pipeline.proof(app.act(), 11).digest
    path, now = app.folder / "content/issues/0011.md", app.clock.now()
    with app.engine.begin() as connection:  # as an earlier release left it
        row = {"number": 11, "digest": digest, "subject": "S", "message": b"x", "started": now, "finished": now}
        connection.execute(mailing.insert().values(**row))
    path.write_text(path.read_text().replace("\n---\n", "\npublished: 2026-11-26\n---\n", 1))
    (status,) = pipeline.status(app.act(), 11)
    assert (status.state, "pressroom reopen 11" in status.next) == (IssueState.SENT, True)
    join(app)
    for again in (pipeline.send, pipeline.would_send):
        with pytest.raises(Refused, match="pressroom reopen 11"):
            again(app.act(), 11)
    pipeline.reopen(app.act(), 11)
    assert path.read_bytes() == before
    assert pipeline.send(app.act(), 11).audience == 1
    with pytest.raises(Refused, match="cannot be taken back"):
        pipeline.reopen(app.act(), 11)


class RefusingSink(Sink):
    """A mail server that knows no reader until it is told to."""

    closed = True

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self.closed and address == "ada@example.com":
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"


def test_an_issue_that_no_reader_got_is_not_published_and_goes_out_once_it_is_reopened(tmp_path: Path) -> None:
    clock = FakeClock()
    clock.set("2026-11-23T08:00")
    folder = example(tmp_path / "news")
    with (
        RefusingSink(tmp_path / "mail") as sink,
        App(folder, database=f"sqlite:///{tmp_path}/p.db", clock=clock, variables=variables(sink.url)) as app,
    ):
        join(app)
        scheduler.tick(app.act())
        before = (folder / "content/issues/0011.md").read_bytes()
        pipeline.approve(app.act(), 11, "Robin")
        clock.set("2026-11-26T07:00")
        assert "told the editors: Issue 11 reached nobody" in " ".join(scheduler.tick(app.act()))
        assert scheduler.tick(app.act()) == []
        (status,) = pipeline.status(app.act(), 11)
        assert "pressroom reopen 11" in status.next
        with pytest.raises(Refused, match="pressroom reopen 11"):
            pipeline.send(app.act(), 11)
        assert (folder / "content/issues/0011.md").read_bytes() == before
        pipeline.reopen(app.act(), 11)
        sink.closed = False
        join(app, "grace@example.com")
        assert pipeline.send(app.act(), 11).reached == 1
        assert b"published: 2026-11-26" in (folder / "content/issues/0011.md").read_bytes()


def test_an_issue_that_was_never_sent_is_not_reopened(app: App) -> None:
    with pytest.raises(Refused, match="was never sent"):
        pipeline.reopen(app.act(), 10)
