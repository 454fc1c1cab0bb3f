"""An issue that is paused while a real server takes it: nothing more begins, and going on repeats nothing (I10)."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from publisher.adapters.database import database_ledger
from publisher.adapters.smtp import SmtpCourier, SmtpUrl
from publisher.deliver import dispatch
from publisher.ports import Ledger, Sums
from publisher.publication import Delivering
from tests.mailroom import Oracle, database, message_builder, oracle, started, states
from tests.publication import FakeClock

FORTY = [f"reader{number:02}@example.com" for number in range(40)]
CONNECTIONS = 3


def send(server: Oracle, ledger: Ledger) -> Sums:
    mailing = ledger.deliveries.mailing(7)
    assert mailing is not None
    return dispatch(
        mailing, ledger, SmtpCourier(SmtpUrl.parse(server.url)), message_builder().issue(mailing),
        policy=Delivering(connections=CONNECTIONS, rate_per_minute=0, retry_after_seconds=(0.0,)),
        clock=FakeClock(mailing.started), reconnect=(0.01,), patience=60.0,
    )  # fmt: skip


@pytest.mark.both_databases
def test_a_pause_stops_every_sender_within_one_message_and_going_on_repeats_none(
    tmp_path: Path, database_url: str
) -> None:
    ledger, mailing = started(database_url, FORTY)
    operator = database_ledger(database(database_url))
    with oracle(tmp_path, "--delay", "0.05") as server:
        ended: list[Sums] = []
        senders = [threading.Thread(target=lambda: ended.append(send(server, ledger))) for _ in range(2)]
        for sender in senders:
            sender.start()
        while server.accepted().total() < 8:
            assert any(sender.is_alive() for sender in senders)
        assert operator.decisions.pause(7, "a wrong link", mailing.started)
        before = server.accepted().total()
        for sender in senders:
            sender.join(60)
        assert len(ended) == 2, "they ended by themselves, and did not wait for the deliveries that are due"
        stopped = server.accepted().total()
        assert stopped <= before + 2 * CONNECTIONS
        assert sorted(set(states(ledger).values())) == ["queued", "sent"]
        assert list(states(ledger).values()).count("sent") == stopped < len(FORTY)
        assert send(server, ledger).open == len(FORTY) - stopped, "nothing begins while it is paused"
        assert server.accepted().total() == stopped
        assert operator.decisions.resume(7)
        assert send(server, ledger).open == 0
        assert server.accepted() == dict.fromkeys(FORTY, 1)
