"""No log line has an address in it, whatever happens; each line of JSON says what it is about."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from publisher import mail_round, pipeline
from publisher.adapters.smtp_sink import Sink
from publisher.logs import formatter, without_addresses
from tests.house import open_house
from tests.mailroom import approved
from tests.office import WORDING, Bureau, bureau
from tests.returned import dsn

READERS = ("gone@example.com", "full@example.com", "jörg@bücher.example", "o'neil+news@example.com")


class Repeating(Sink):
    """A mail server that repeats whom it refuses."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("full"):
            return f"451 4.7.1 <{address}>: later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"


@contextmanager
def logged(form: Literal["plain", "json"]) -> Iterator[io.StringIO]:
    """Collect everything that the service would log, and more: all levels of our own loggers."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter(form))
    root, ours = logging.getLogger(), logging.getLogger("pressroom")
    before = root.level, ours.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    ours.setLevel(logging.DEBUG)
    try:
        yield written
    finally:
        root.removeHandler(handler)
        root.setLevel(before[0])
        ours.setLevel(before[1])


@pytest.mark.parametrize("form", ["plain", "json"])
def test_a_whole_send_with_sign_ups_and_bounces_logs_no_address(form: Literal["plain", "json"], tmp_path: Path) -> None:
    with logged(form) as log, Repeating(tmp_path / "outbox") as sink:
        with bureau(f"sqlite:///{tmp_path}/x.db", tmp_path, sink.url) as made:
            _work(made)
        house, close = open_house(f"sqlite:///{tmp_path}/y.db", tmp_path)
        try:
            house.join("ada@example.com")
        finally:
            close()
        try:
            raise ValueError("no such reader: ada@example.com")
        except ValueError:
            logging.getLogger("pressroom").exception("550 5.1.1 <ada@example.com> %s", "mailto:ada%40example.com")
    text = log.getvalue()
    for name in ("gone", "full@", "jörg", "neil", "ada", "robin@"):
        assert name not in text, text
    if form == "json":
        lines = [json.loads(line) for line in text.splitlines()]
        assert all({"at", "level", "logger", "message"} <= set(line) for line in lines)
        (bounce,) = [line for line in lines if line["logger"] == "pressroom.returned"]
        assert (bounce["issue"], bounce["message"]) == (
            11,
            f"delivery {bounce['delivery']} came back (no such mailbox: hard)",
        )
        assert "ValueError: no such reader: …@…" in lines[-1]["trace"]


def _work(made: Bureau) -> None:
    for address in READERS:
        made.app.subscribers.editors.add(address, source="test", wording=WORDING, now=made.clock.now())
    number = 11
    made.app.ledger.deliveries.start(approved(number), made.clock.now())
    pipeline.send(made.app.act(), number)
    tied = made.app.ledger.returned.addressed(number, READERS[0])
    assert tied is not None
    from publisher.deliver.message_builder import bounce_token

    tag = bounce_token(made.app.act().message_builder.secret, number, tied.delivery)
    taken = pipeline.take_returned(made.app.act(), dsn(f"bounces+{tag}@notes.example.com"), "test")
    assert taken.decided, taken
    mail_round.round_of_mail(made.app.act())


def test_what_is_no_address_stays() -> None:
    for text in ("13:05 @ noon", "a @b", "GET /subscribe 200 12 ms", "week 2026-W48 is due"):
        assert without_addresses(text) == text
