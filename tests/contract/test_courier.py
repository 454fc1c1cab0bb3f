"""The contract of couriers: over SMTP into the sink, and into a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.adapters.mail_folder import FolderCourier
from publisher.adapters.smtp import SmtpCourier, SmtpUrl
from publisher.adapters.smtp_sink import Sink
from publisher.ports import Claimed, Courier, Envelope
from tests.mailroom import message_builder, started


@pytest.fixture(params=["smtp", "outbox"])
def courier(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Courier, Path]]:
    folder = tmp_path / "out"
    if request.param == "outbox":
        yield FolderCourier(folder), folder
        return
    with Sink(folder) as sink:
        yield SmtpCourier(SmtpUrl.parse(sink.url)), folder


@pytest.fixture
def envelopes(tmp_path: Path) -> list[Envelope]:
    _, mailing = started(f"sqlite:///{tmp_path / 'x.db'}", ["reader@example.com"])
    build = message_builder().issue(mailing)
    return [build(Claimed(number, f"subject{number}", f"r{number}@example.com", "Ada", 1)) for number in range(3)]


def kept(folder: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in folder.glob("*.eml"))


def test_messages_arrive_byte_for_byte_one_after_the_other(
    courier: tuple[Courier, Path], envelopes: list[Envelope]
) -> None:
    transport, folder = courier
    connection = transport.connect()
    for envelope in envelopes:
        assert connection.hand_over(envelope).accepted
        assert connection.finish().code == 250
    connection.close()
    assert kept(folder) == sorted(envelope.message for envelope in envelopes)


def test_nothing_arrives_without_the_dot(courier: tuple[Courier, Path], envelopes: list[Envelope]) -> None:
    transport, folder = courier
    connection = transport.connect()
    assert connection.hand_over(envelopes[0]).accepted
    connection.abandon()
    connection.close()
    assert kept(folder) == []
    other = transport.connect()
    assert other.hand_over(envelopes[1]).accepted
    other.close()
    assert kept(folder) == []


def test_a_message_that_is_sent_again_replaces_the_first_copy(
    courier: tuple[Courier, Path], envelopes: list[Envelope]
) -> None:
    transport, folder = courier
    for _ in range(2):
        connection = transport.connect()
        connection.hand_over(envelopes[0])
        connection.finish()
        connection.close()
    assert kept(folder) == [envelopes[0].message]


def test_closing_twice_does_no_harm(courier: tuple[Courier, Path]) -> None:
    connection = courier[0].connect()
    connection.close()
    connection.close()
    assert kept(courier[1]) == []
