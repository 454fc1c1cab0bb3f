"""A whole dispatch inside one process, over real SMTP into the sink."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import threading
import time
from pathlib import Path

import pytest
import stamina

from publisher.adapters.clock import SystemClock
from publisher.adapters.database import database_ledger
from publisher.adapters.database.deliveries import DatabaseDeliveries
from publisher.adapters.mail_folder import FolderConnection, FolderCourier
from publisher.adapters.smtp import SmtpCourier, SmtpUrl
from publisher.adapters.smtp_sink import Sink
from publisher.deliver import dispatch
from publisher.deliver.email_queue import EmailQueue
from publisher.errors import ConfigurationError, TransportUnavailable
from publisher.issue import DeliveryState
from publisher.ports import AnyCourier, BlockingConnection, Ledger, Mailing, Reply, Sums
from publisher.publication import Delivering
from subscribers.database import DatabaseUnavailable
from tests.mailroom import (
    add_other_mail,
    build_mail,
    database,
    message_builder,
    oracle,
    outbox,
    started,
    started_in_memory,
    states,
    suppress,
)
from tests.publication import FakeClock

pytestmark = pytest.mark.both_databases

READERS = [f"reader{number}@example.com" for number in range(25)]
RECONNECTS = 1


def send(ledger: Ledger, mailing: Mailing, courier: AnyCourier, **options: object) -> Sums:
    policy = options.pop("policy", Delivering(connections=3))
    return dispatch(
        mailing, ledger, courier, message_builder().issue(mailing), policy=policy,
        clock=FakeClock(mailing.started), reconnect=(0.01,) * RECONNECTS, **options,
    )  # type: ignore[arg-type]  # fmt: skip


def test_everyone_gets_one_message_and_the_mailing_is_finished(database_url: str, tmp_path: Path) -> None:
    ledger, mailing = started(database_url, READERS)
    seen: list[Sums] = []
    with Sink(tmp_path / "mail") as sink:
        sums = send(ledger, mailing, SmtpCourier(SmtpUrl.parse(sink.url)), progress=seen.append)
        assert sink.received == 25
    assert dict(sums.counts) == {DeliveryState.SENT: 25}
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 25
    finished = ledger.deliveries.mailing(7)
    assert finished is not None
    assert finished.finished is not None
    assert (seen[0][DeliveryState.QUEUED], seen[-1][DeliveryState.SENT]) == (25, 25)
    assert all(shown.audience == 25 for shown in seen)


def test_sending_again_sends_nothing(tmp_path: Path) -> None:
    ledger, mailing = started_in_memory(READERS)
    send(ledger, mailing, FolderCourier(tmp_path / "a"))
    sums = send(ledger, mailing, FolderCourier(tmp_path / "b"))
    assert sums[DeliveryState.SENT] == 25
    assert not (tmp_path / "b").exists()


def test_nobody_who_left_is_mailed(database_url: str, tmp_path: Path) -> None:
    ledger, mailing = started(database_url, READERS)
    suppress(database(database_url), READERS[3])
    sums = send(ledger, mailing, FolderCourier(tmp_path / "out"))
    assert (sums[DeliveryState.SENT], sums[DeliveryState.SUPPRESSED]) == (24, 1)
    assert not [path for path in (tmp_path / "out").glob("*.eml") if READERS[3].encode() in path.read_bytes()]


def test_a_deferred_row_is_left_for_later_unless_it_is_due_soon(tmp_path: Path) -> None:
    with oracle(tmp_path) as server:
        courier = SmtpCourier(SmtpUrl.parse(server.url))
        for patience, state in ((1.0, "deferred"), (60.0, "sent")):
            ledger, mailing = started_in_memory([f"once-rcpt-4xx.{state}@example.com"])
            policy = Delivering(connections=1, retry_after_seconds=(2.0,))
            sums = send(ledger, mailing, courier, policy=policy, patience=patience)
            assert list(states(ledger).values()) == [state]
            assert (sums.next_attempt is None) == (state == "sent")


def test_the_declared_rate_is_kept(tmp_path: Path) -> None:
    ledger, mailing = started_in_memory(READERS[:10])
    begun = time.monotonic()
    send(ledger, mailing, FolderCourier(tmp_path / "out"), policy=Delivering(connections=3, rate_per_minute=1200))
    assert time.monotonic() - begun >= 9 * 0.05


def test_stop_gives_everything_back(tmp_path: Path) -> None:
    ledger, mailing = started_in_memory(READERS)
    stop = threading.Event()
    policy = Delivering(connections=2, rate_per_minute=600)

    def stop_at_the_first(sums: Sums) -> None:
        if sums[DeliveryState.SENT]:
            stop.set()

    sums = send(
        ledger, mailing, FolderCourier(tmp_path / "out"), stop=stop, policy=policy, progress=stop_at_the_first
    )  # fmt: skip
    assert set(states(ledger).values()) == {"sent", "queued"}
    assert sums[DeliveryState.SENT] == len(list((tmp_path / "out").glob("*.eml")))


class OneLoginRefused:
    """A courier that refuses one connection's login while another one waits for the answer to its dot."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.at_dot, self.refused, self.answer = threading.Event(), threading.Event(), threading.Event()

    def connect(self) -> BlockingConnection:
        if threading.current_thread().name == "connection-1":
            assert self.at_dot.wait(10)
            self.refused.set()
            raise ConfigurationError("the login is refused")
        return self.Slow(self, self._folder)

    class Slow(FolderConnection):
        def __init__(self, courier: OneLoginRefused, folder: Path) -> None:
            super().__init__(folder)
            self._courier = courier

        def finish(self) -> Reply:
            self._courier.at_dot.set()
            assert self._courier.answer.wait(10), "the sender's heartbeat stopped"
            return super().finish()


def test_a_send_that_ends_early_keeps_its_heart_beating_until_the_last_dot_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("publisher.deliver.ledger_writer.BEAT_SECONDS", 0.0)
    ledger, mailing = started_in_memory(READERS[:5])
    (tmp_path / "out").mkdir()
    courier, beats = OneLoginRefused(tmp_path / "out"), 0

    def heartbeat(sender: str, now: dt.datetime, per_minute: int | None = None) -> bool:
        nonlocal beats
        beats += courier.refused.is_set()
        if beats == 5:  # one or two may come before the refusal is noticed
            courier.answer.set()
        return genuine(sender, now, per_minute)

    genuine = ledger.senders.heartbeat
    monkeypatch.setattr(ledger.senders, "heartbeat", heartbeat)
    with pytest.raises(ConfigurationError):
        send(ledger, mailing, courier, policy=Delivering(connections=2))
    assert sorted(states(ledger).values()) == ["queued"] * 4 + ["sent"]


class OneLineDown:
    """A courier whose first connection is never made; the others wait until it was given up."""

    def __init__(self, folder: Path) -> None:
        self._others = FolderCourier(folder)
        self._tried = 0
        self.given_up = threading.Event()

    def connect(self) -> BlockingConnection:
        if threading.current_thread().name == "connection-1":
            self._tried += 1
            if self._tried > RECONNECTS:
                self.given_up.set()
            raise TransportUnavailable("the line is down")
        assert self.given_up.wait(10)
        return self._others.connect()


def test_the_delivery_of_a_connection_that_could_not_be_made_is_sent_by_another(tmp_path: Path) -> None:
    ledger, mailing = started_in_memory(READERS)
    courier = OneLineDown(tmp_path / "out")
    sums = send(ledger, mailing, courier)
    assert courier.given_up.is_set()
    assert dict(sums.counts) == {DeliveryState.SENT: 25}
    assert len(list((tmp_path / "out").glob("*.eml"))) == 25


class Misconfigured:
    """A courier whose login is refused."""

    def connect(self) -> BlockingConnection:
        raise ConfigurationError("the login is refused")


def test_a_wrong_configuration_ends_the_send_at_once_and_keeps_the_rows(tmp_path: Path) -> None:
    ledger, mailing = started_in_memory(READERS)
    with pytest.raises(ConfigurationError, match="login"):
        send(ledger, mailing, Misconfigured())
    assert set(states(ledger).values()) == {"queued"}


def test_a_reader_who_cannot_be_written_to_does_not_hold_up_the_others(tmp_path: Path) -> None:
    ledger, mailing = started_in_memory(READERS)
    build = message_builder().issue(mailing)

    def picky(claimed: object) -> object:

        bad = claimed.address == READERS[0]  # type: ignore[attr-defined]
        return build(dataclasses.replace(claimed, name="Eve\r\nBcc: x@example.com") if bad else claimed)  # type: ignore[type-var, arg-type]

    dispatch(
        mailing, ledger, FolderCourier(tmp_path / "out"), picky, policy=Delivering(), clock=SystemClock()  # type: ignore[arg-type]
    )  # fmt: skip
    ended = states(ledger)
    assert ended.pop(READERS[0]) == "failed"
    assert set(ended.values()) == {"sent"}


class FullDisk(DatabaseDeliveries):
    """Deliveries whose disk is full from the n-th commit on."""

    commits_left = 10

    def commit(
        self, sender: str, outcomes: object, at_dot: object, now: object, refused: object = ()
    ) -> frozenset[int]:
        type(self).commits_left -= 1
        if self.commits_left < 0:
            raise DatabaseUnavailable("the database failed (database or disk is full)")
        return super().commit(sender, outcomes, at_dot, now, refused)  # type: ignore[arg-type]


def test_a_full_disk_stops_the_send_with_nothing_out_that_is_not_known(tmp_path: Path) -> None:
    _, mailing = started(f"sqlite:///{tmp_path / 'x.db'}", READERS)
    engine = database(f"sqlite:///{tmp_path / 'x.db'}")
    later = database_ledger(engine)
    with pytest.raises(DatabaseUnavailable), stamina.set_testing(True, attempts=2):
        send(dataclasses.replace(later, deliveries=FullDisk(engine)), mailing, FolderCourier(tmp_path / "out"))
    with engine.begin() as connection:  # as if this process had died
        connection.exec_driver_sql("UPDATE sender_process SET pid = 0")
    later.senders.recover(mailing.started)
    known = [address for address, state in states(later).items() if state in ("sent", "in_doubt")]
    out = [path.read_bytes() for path in (tmp_path / "out").glob("*.eml")]
    assert all(any(f"To: Reader {known_address.removeprefix('reader').partition('@')[0]} <".encode() in message
                   for known_address in known) for message in out)  # fmt: skip
    assert len(out) <= len(known) <= len(out) + 3


def test_a_confirmation_overtakes_an_issue_that_is_under_way_and_a_step_does_not(tmp_path: Path) -> None:
    ledger, mailing = started(f"sqlite:///{tmp_path / 'x.db'}", READERS)
    engine = database(f"sqlite:///{tmp_path / 'x.db'}")
    waiting = outbox(engine)
    begun = threading.Event()

    def ask(sums: Sums) -> None:
        if sums[DeliveryState.SENT] >= 3 and not begun.is_set():
            begun.set()
            add_other_mail(engine, 2)

    with oracle(tmp_path, "--delay", "0.15") as server:
        queue = EmailQueue(waiting, build_mail, urgent=True)
        send(
            ledger, mailing, SmtpCourier(SmtpUrl.parse(server.url)), policy=Delivering(connections=1),
            progress=ask, first=(queue,),
        )  # fmt: skip
        order = [event["to"] for event in server.events("accepted")]
    assert begun.is_set()
    others = [order.index(f"{kind}{number}@example.com") for kind in ("confirmation", "proof") for number in range(2)]
    assert max(others) < 15  # the fourth message was under way, and the queue is asked twice a second
    assert [to for to in order if to.startswith("step")] == []
    assert sorted(to for to in order if to.startswith("reader")) == sorted(READERS)


def test_the_issue_and_all_other_mail_share_one_rate(tmp_path: Path) -> None:
    ledger, mailing = started(f"sqlite:///{tmp_path / 'x.db'}", READERS[:5])
    engine = database(f"sqlite:///{tmp_path / 'x.db'}")
    add_other_mail(engine, 2)  # four of them are urgent
    begun = time.monotonic()
    queue = EmailQueue(outbox(engine), build_mail, urgent=True)
    policy = Delivering(connections=3, rate_per_minute=1200)
    send(ledger, mailing, FolderCourier(tmp_path / "out"), policy=policy, first=(queue,))
    assert len(list((tmp_path / "out").glob("*.eml"))) == 9
    assert time.monotonic() - begun >= 8 * 0.05


def test_a_send_that_waits_for_its_rate_ends_at_once_when_told_to_stop(tmp_path: Path) -> None:
    ledger, mailing = started_in_memory(READERS[:5])
    stop = threading.Event()

    def stop_at_the_first(sums: Sums) -> None:
        if sums[DeliveryState.SENT]:
            stop.set()

    begun = time.monotonic()
    policy = Delivering(connections=3, rate_per_minute=1)
    send(ledger, mailing, FolderCourier(tmp_path / "out"), policy=policy, stop=stop, progress=stop_at_the_first)
    assert sorted(states(ledger).values()) == ["queued"] * 4 + ["sent"]
    assert time.monotonic() - begun < 30, "the second message may leave a minute after the first"


def test_a_send_may_be_called_where_an_event_loop_runs(tmp_path: Path) -> None:
    ledger, mailing = started_in_memory(READERS)

    async def notebook() -> Sums:
        return send(ledger, mailing, FolderCourier(tmp_path / "out"))

    assert dict(asyncio.run(notebook()).counts) == {DeliveryState.SENT: 25}


def test_a_domain_with_a_limit_holds_up_no_other_and_gets_its_mail_as_the_limit_allows(
    database_url: str, tmp_path: Path
) -> None:
    slow = [f"reader{number}@slow.example" for number in range(6)]
    ledger, mailing = started(database_url, slow + READERS, SystemClock().now())
    policy = Delivering(connections=3, domain_rates={"slow.example": 120})
    with oracle(tmp_path) as server:
        sums = dispatch(
            mailing, ledger, SmtpCourier(SmtpUrl.parse(server.url)), message_builder().issue(mailing), policy=policy,
            clock=SystemClock(), patience=policy.turn_seconds,
        )  # fmt: skip
        accepted = server.events("accepted")
    assert sums[DeliveryState.SENT] == len(accepted) == len(slow) + len(READERS)
    moments = sorted(event["at"] for event in accepted if event["to"] in slow)
    others = max(event["at"] for event in accepted if event["to"] not in slow)
    assert moments[-1] - moments[0] >= 5 * 0.5 - 0.4, "one each half second"
    assert others < moments[-1]
    tries = {entry.tries for entry in ledger.records.find(7)}
    assert tries == {1}, "to wait for one's turn costs no try"
