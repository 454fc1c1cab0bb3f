"""Every kind of trouble that a mail server can make, and the state that must come of it.

The table is docs/delivery.md's; the server is a process of its own that fsyncs what it accepts.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.adapters.smtp import SmtpCourier, SmtpUrl
from publisher.adapters.smtp_wire import Timeouts
from publisher.deliver import dispatch
from publisher.errors import TransportUnavailable
from publisher.issue import DeliveryState
from publisher.ports import Ledger, Mailing, Sums
from publisher.publication import Delivering
from tests.mailroom import Oracle, message_builder, oracle, started_in_memory, states
from tests.publication import FakeClock

FAST = Timeouts(connect=5.0, command=5.0, block=5.0, dot=5.0)

# trouble -> (final state with two retries, how many copies the server accepted)
EXPECTED = {
    "rcpt-4xx": ("failed", 0),
    "rcpt-421": ("failed", 0),
    "rcpt-5xx": ("failed", 0),
    "rcpt-552": ("failed", 0),
    "rcpt-garbage": ("failed", 0),
    "rcpt-drop": ("failed", 0),
    "data-4xx": ("failed", 0),
    "data-5xx": ("failed", 0),
    "data-drop": ("failed", 0),
    "dot-4xx": ("failed", 0),
    "dot-421": ("failed", 0),
    "dot-5xx": ("failed", 0),
    "dot-552": ("failed", 0),
    "dot-drop": ("in_doubt", 0),
    "dot-half": ("in_doubt", 0),
    "dot-garbage": ("in_doubt", 0),
    "dot-odd": ("in_doubt", 0),
    "kept-drop": ("in_doubt", 1),
    "kept-half": ("in_doubt", 1),
    "kept-late": ("sent", 1),
    "kept-lines": ("sent", 1),
    "once-rcpt-4xx": ("sent", 1),
    "once-rcpt-421": ("sent", 1),
    "once-rcpt-552": ("sent", 1),
    "once-rcpt-5xx": ("failed", 0),
    "once-rcpt-garbage": ("sent", 1),
    "once-rcpt-drop": ("sent", 1),
    "once-data-4xx": ("sent", 1),
    "once-data-drop": ("sent", 1),
    "once-dot-4xx": ("sent", 1),
    "once-dot-421": ("sent", 1),
    "once-dot-552": ("failed", 0),
    "once-dot-drop": ("in_doubt", 0),
}


def send(server: Oracle, ledger: Ledger, mailing: Mailing) -> tuple[Sums, dict[str, str]]:
    policy = Delivering(connections=1, retry_after_seconds=(0.0, 0.0))
    courier = SmtpCourier(SmtpUrl.parse(server.url), FAST)
    build = message_builder().issue(mailing)
    clock = FakeClock(mailing.started)
    sums = dispatch(
        mailing, ledger, courier, build, policy=policy, clock=clock, reconnect=(0.01, 0.01, 0.01), patience=5.0
    )
    return sums, states(ledger)


@pytest.mark.parametrize("pipelining", [True, False])
def test_each_trouble_with_a_message_ends_in_the_right_state_and_spares_its_neighbours(
    tmp_path: Path, pipelining: bool
) -> None:
    troubled = [f"{name}.a@example.com" for name in EXPECTED]
    addresses = [address for name in troubled for address in (name, f"well.{name}")]
    with oracle(tmp_path, *([] if pipelining else ["--no-pipelining"])) as server:
        sums, ended = send(server, *started_in_memory(addresses))
        accepted = server.accepted()
    assert sums.open == 0
    for address in troubled:
        name = address.partition(".")[0]
        assert (ended[address], accepted[address]) == EXPECTED[name], name
        assert (ended[f"well.{address}"], accepted[f"well.{address}"]) == ("sent", 1), name


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_connection_lost_within_the_body_is_never_taken_for_an_acceptance(tmp_path: Path, pipelining: bool) -> None:
    addresses = ["body-drop.a@example.com", "once-body-drop.a@example.com"]
    with oracle(tmp_path, *([] if pipelining else ["--no-pipelining"])) as server:
        ledger, mailing = started_in_memory(addresses)
        try:
            _, ended = send(server, ledger, mailing)
        except TransportUnavailable:  # on a slow machine five losses may come in a row; the next send goes on
            _, ended = send(server, ledger, mailing)
        accepted = server.accepted()
    for address in addresses:
        # The body fits into the system's buffers, so the loss may show only after the dot: then it is in doubt.
        known = "sent" if address.startswith("once") else "failed"
        assert ended[address] in (known, "in_doubt")
        assert accepted[address] == (1 if ended[address] == "sent" else 0)


def test_a_second_try_is_the_same_message_byte_for_byte(tmp_path: Path) -> None:
    addresses = ["once-dot-4xx.a@example.com", "once-dot-421.b@example.com"]
    with oracle(tmp_path) as server:
        send(server, *started_in_memory(addresses))
        seen = server.events("seen")
    for address in addresses:
        copies = [(event["sha"], event["id"]) for event in seen if event["to"] == address]
        assert len(copies) == 2
        assert copies[0] == copies[1]
    assert len({event["id"] for event in seen}) == 2


@pytest.mark.parametrize("fault", ["greeting:421:2", "greeting:drop:2", "greeting:554:1", "ehlo:421:2", "ehlo:drop:1",
                                   "mail:421:2", "mail:451:2", "mail:drop:2"])  # fmt: skip
def test_trouble_with_the_connection_passes_and_everyone_gets_one_message(tmp_path: Path, fault: str) -> None:
    addresses = [f"reader.{number}@example.com" for number in range(5)]
    with oracle(tmp_path, "--fault", fault) as server:
        sums, _ = send(server, *started_in_memory(addresses))
        assert server.accepted() == dict.fromkeys(addresses, 1)
    assert sums[DeliveryState.SENT] == 5


def test_a_server_that_stays_away_leaves_every_row_queued_and_says_so(tmp_path: Path) -> None:
    addresses = [f"reader.{number}@example.com" for number in range(5)]
    with oracle(tmp_path, "--fault", "greeting:421:1000") as server:
        ledger, mailing = started_in_memory(addresses)
        with pytest.raises(TransportUnavailable, match="send again later"):
            send(server, ledger, mailing)
    assert set(states(ledger).values()) == {"queued"}


def test_a_server_that_breaks_off_at_every_message_is_left_alone(tmp_path: Path) -> None:
    addresses = [f"reader.{number}@example.com" for number in range(50)]
    with oracle(tmp_path, "--fault", "mail:drop:1000") as server:
        ledger, mailing = started_in_memory(addresses)
        with pytest.raises(TransportUnavailable, match="in a row"):
            send(server, ledger, mailing)
        assert len(server.events("connected")) < 10
    assert set(states(ledger).values()) == {"queued"}
