"""The contract of couriers: over SMTP into the sink, and into a folder."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.adapters.mail_folder import FolderCourier
from publisher.adapters.smtp import SmtpCourier, SmtpUrl
from publisher.adapters.smtp_sink import Sink
from publisher.deliver.dispatch import hand_over
from publisher.deliver.threads import on_loop
from publisher.ports import AnyCourier, Claimed, Envelope
from tests.mailroom import message_builder, started


@pytest.fixture(params=["smtp", "outbox"])
def courier(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[AnyCourier, Path]]:
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
    courier: tuple[AnyCourier, Path], envelopes: list[Envelope]
) -> None:
    transport, folder = courier

    async def send() -> None:
        connection = await on_loop(transport).connect()
        for envelope in envelopes:
            assert (await connection.hand_over(envelope)).accepted
            assert connection.alive()
            assert (await connection.finish()).code == 250
        connection.close()

    asyncio.run(send())
    assert kept(folder) == sorted(envelope.message for envelope in envelopes)


def test_nothing_arrives_without_the_dot(courier: tuple[AnyCourier, Path], envelopes: list[Envelope]) -> None:
    transport, folder = courier

    async def abandon() -> None:
        connection = await on_loop(transport).connect()
        assert (await connection.hand_over(envelopes[0])).accepted
        connection.abandon()
        connection.close()

    async def close() -> None:
        connection = await on_loop(transport).connect()
        assert (await connection.hand_over(envelopes[1])).accepted
        connection.close()

    for given_up in (abandon, close):
        asyncio.run(given_up())
        assert kept(folder) == []


def test_a_message_that_is_sent_again_replaces_the_first_copy(
    courier: tuple[AnyCourier, Path], envelopes: list[Envelope]
) -> None:
    transport, folder = courier
    for _ in range(2):
        assert hand_over(transport, envelopes[0]).code == 250
    assert kept(folder) == [envelopes[0].message]


def test_closing_twice_does_no_harm(courier: tuple[AnyCourier, Path]) -> None:
    async def close_twice() -> None:
        connection = await on_loop(courier[0]).connect()
        connection.close()
        connection.close()

    asyncio.run(close_twice())
    assert kept(courier[1]) == []


def test_messages_travel_at_once_over_several_connections(
    courier: tuple[AnyCourier, Path], envelopes: list[Envelope]
) -> None:
    transport, folder = courier

    async def send(envelope: Envelope) -> int:
        connection = await on_loop(transport).connect()
        await connection.hand_over(envelope)
        code = (await connection.finish()).code
        connection.close()
        return code

    async def send_all() -> list[int]:
        return await asyncio.gather(*map(send, envelopes))

    assert asyncio.run(send_all()) == [250] * 3
    assert kept(folder) == sorted(envelope.message for envelope in envelopes)
