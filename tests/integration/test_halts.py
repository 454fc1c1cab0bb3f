"""What concerns all mail is booked against no reader: the send halts, its rows stay open, and it goes on by itself."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from publisher.adapters.smtp import SmtpCourier, SmtpUrl
from publisher.adapters.smtp_wire import Timeouts
from publisher.deliver import dispatch
from publisher.deliver.suspicion import LIKE_REFUSALS, UNANSWERED
from publisher.errors import MailRefused, MailUnanswered
from publisher.ports import Ledger, Mailing, Sums
from publisher.publication import Delivering
from tests.mailroom import Oracle, database, message_builder, oracle, started, started_in_memory, states
from tests.publication import FakeClock

TWELVE = [f"reader{number:02}@example.com" for number in range(12)]
FAST = Timeouts(connect=5.0, command=5.0, block=5.0, dot=5.0)


def send(
    server: Oracle, ledger: Ledger, mailing: Mailing, connections: int = 1, rate: int = 0, **options: float
) -> Sums:
    again = ledger.deliveries.mailing(mailing.number)
    assert again is not None
    return dispatch(
        again, ledger, SmtpCourier(SmtpUrl.parse(server.url), FAST), message_builder().issue(again),
        policy=Delivering(connections=connections, rate_per_minute=rate, retry_after_seconds=(0.0, 0.0)),
        clock=FakeClock(mailing.started), reconnect=(0.01, 0.01), **options,
    )  # fmt: skip


def attempts(url: str) -> set[int]:
    with database(url).connect() as connection:
        return set(connection.exec_driver_sql("SELECT attempt FROM delivery WHERE state <> 'sent'").scalars())


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--fault", "mail:550 5.7.1 not you:1000"], "550 5.7.1 not you"),
        (["--fault", "mail:550 5.7.1 not you:1000", "--no-pipelining"], "550 5.7.1 not you"),
        (["--fault", "mail:451 4.7.1 slow down:1000"], "451 4.7.1 slow down"),
        (["--fault", "mail:552 5.3.4 too big:1000"], "552 5.3.4 too big"),
        (["--size", "100"], "552 5.3.4 the mail server takes at most 100 octets"),
    ],
)
def test_a_refusal_of_everything_halts_the_send_and_leaves_every_row_open_with_all_its_tries(
    tmp_path: Path, options: list[str], words: str, connections: int
) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    ledger, mailing = started(url, TWELVE)
    with oracle(tmp_path, *options) as server:
        for _ in range(5):
            with pytest.raises(MailRefused, match="refuses what we send") as caught:
                send(server, ledger, mailing, connections)
            assert words in str(caught.value)
            assert set(states(ledger).values()) == {"queued"}
    assert attempts(url) == {0}


def test_a_quota_that_is_used_up_halts_the_send_and_the_rest_goes_out_when_it_is_renewed(
    tmp_path: Path, database_url: str
) -> None:
    ledger, mailing = started(database_url, TWELVE)
    with oracle(tmp_path, "--quota", "4") as server:
        for _ in range(5):
            with pytest.raises(MailRefused, match=r"550 5\.4\.5 daily quota of 4 exceeded"):
                send(server, ledger, mailing, 4)
            counts = Counter(states(ledger).values())
            assert counts["sent"] == server.accepted().total() in range(4, 8)  # three more may be under way
            assert counts["queued"] == 12 - counts["sent"]
        halt = ledger.deliveries.mailing(7).halt  # type: ignore[union-attr]
        assert halt is not None
        assert (halt.words, halt.times) == ("550 5.4.5 daily quota of 4 exceeded", 5)
    with oracle(tmp_path) as server:
        assert send(server, ledger, mailing).open == 0
        assert server.accepted() == dict.fromkeys(TWELVE, 1)  # both servers write the same log
    assert ledger.deliveries.mailing(7).halt is None  # type: ignore[union-attr]


def test_every_halt_in_a_row_rests_longer_and_one_after_progress_begins_anew(tmp_path: Path) -> None:
    ledger, mailing = started_in_memory(TWELVE)
    rests = []
    for options in (["--quota", "0"], ["--quota", "0"], ["--quota", "4"], ["--quota", "0"]):
        with oracle(tmp_path, *options) as server, pytest.raises(MailRefused):
            send(server, ledger, mailing)
        halt = ledger.deliveries.mailing(7).halt  # type: ignore[union-attr]
        assert halt is not None
        rests.append((halt.until - mailing.started).total_seconds() / 60)
    assert rests == [5, 15, 5, 15]


def test_a_server_that_refuses_the_only_two_readers_fails_neither(tmp_path: Path) -> None:
    ledger, mailing = started_in_memory(TWELVE[:2])
    assert len(TWELVE[:2]) < LIKE_REFUSALS
    with oracle(tmp_path, "--fault", "mail:550 5.7.1 not you:1000") as server, pytest.raises(MailRefused):
        send(server, ledger, mailing)
    assert set(states(ledger).values()) == {"queued"}


def test_the_content_is_refused_for_everybody_and_nobody_fails(tmp_path: Path) -> None:
    names = [f"{trouble}.{number}@example.com" for number in range(6) for trouble in ("dot-5xx", "data-5xx")]
    ledger, mailing = started_in_memory(names)
    with oracle(tmp_path) as server, pytest.raises(MailRefused):
        send(server, ledger, mailing)
    assert set(states(ledger).values()) == {"queued"}


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("trouble", ["kept-drop", "dot-drop", "dot-garbage"])
def test_a_server_that_never_answers_to_a_whole_message_leaves_only_a_few_in_doubt(
    tmp_path: Path, trouble: str, connections: int
) -> None:
    ledger, mailing = started_in_memory([f"{trouble}.{number}@example.com" for number in range(12)])
    with oracle(tmp_path) as server:
        with pytest.raises(MailUnanswered, match="answered to none of the last messages"):
            send(server, ledger, mailing, connections)
        counts = Counter(states(ledger).values())
        assert UNANSWERED <= counts["in_doubt"] < UNANSWERED + 2 * connections
        assert counts["queued"] == 12 - counts["in_doubt"]
        assert server.accepted().total() <= counts["in_doubt"]
    halt = ledger.deliveries.mailing(7).halt  # type: ignore[union-attr]
    assert halt is not None
    assert halt.until > mailing.started


def test_a_message_in_doubt_among_others_halts_nothing(tmp_path: Path) -> None:
    names = [f"{name}{number}@example.com" for number in range(6) for name in ("kept-drop.", "well.")]
    ledger, mailing = started_in_memory(names)
    with oracle(tmp_path) as server:
        assert send(server, ledger, mailing).open == 0
    assert Counter(states(ledger).values()) == {"in_doubt": 6, "sent": 6}


def test_one_copy_that_is_refused_for_its_content_fails_alone(tmp_path: Path) -> None:
    ledger, mailing = started_in_memory(["dot-5xx.x@example.com", *TWELVE])
    with oracle(tmp_path) as server:
        send(server, ledger, mailing, 4)
    ended = states(ledger)
    assert ended.pop("dot-5xx.x@example.com") == "failed"
    assert set(ended.values()) == {"sent"}


def test_the_last_copy_is_refused_again_and_again_and_at_last_it_has_failed(tmp_path: Path) -> None:
    ledger, mailing = started_in_memory([*TWELVE, "dot-5xx.x@example.com"])
    with oracle(tmp_path) as server:
        sums = send(server, ledger, mailing, patience=5.0)
        assert len([event for event in server.events("seen") if event["to"].startswith("dot-5xx")]) == 3
    assert sums.open == 0
    assert states(ledger)["dot-5xx.x@example.com"] == "failed"


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_rate_below_what_the_server_calls_idle_costs_no_delivery_a_try(tmp_path: Path, pipelining: bool) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    ledger, mailing = started(url, TWELVE[:5])
    options = ["--idle", "0.2", *([] if pipelining else ["--no-pipelining"])]
    with oracle(tmp_path, *options) as server:
        assert send(server, ledger, mailing, 2, rate=100).open == 0  # 0.6 seconds between two messages
        assert server.accepted() == dict.fromkeys(TWELVE[:5], 1)
    with database(url).connect() as connection:
        tries = connection.exec_driver_sql("SELECT state, attempt FROM delivery").all()
    assert {tuple(row) for row in tries} == {("sent", 1)}


def test_connections_that_break_for_everybody_cost_nobody_a_try(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    ledger, mailing = started(url, TWELVE[:5])
    with oracle(tmp_path, "--fault", "mail:drop:4") as server:
        assert send(server, ledger, mailing).open == 0
    ledger, mailing = started(f"sqlite:///{tmp_path / 'y.db'}", TWELVE[:5])
    with oracle(tmp_path, "--fault", "mail:drop:1000") as server, pytest.raises(Exception, match="in a row"):
        send(server, ledger, mailing)
    assert attempts(f"sqlite:///{tmp_path / 'y.db'}") == {0}
