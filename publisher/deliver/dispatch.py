"""Hands a mailing over to the mail server: every open row of the ledger, each at most once.

    claim ─> may it begin? ─> MAIL RCPT DATA body ─> mark at_dot, committed ─> dot ─> answer ─> record

Each connection has a thread; one thread, the caller's, writes the ledger (counter.py). What a crash may leave behind,
and what the next run makes of it, is in docs/delivery.md.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import Empty

from publisher.deliver.answers import Fault, judge, likeness
from publisher.deliver.counter import Counter, Seat, Word
from publisher.deliver.gauge import Gauge
from publisher.deliver.letterhead import Fill
from publisher.deliver.pace import Pace
from publisher.deliver.suspicion import Suspect
from publisher.deliver.transitions import answered, broken, halted, postponed, unchosen, unwritable, withdrawn
from publisher.errors import IdleConnectionLost, MailRefused, MendableError, TransportUnavailable
from publisher.issue import DeliveryState
from publisher.ports import Claimed, Clock, Connection, Courier, Ledger, Mailing, Outcome, Reply, Sums
from publisher.publication import Delivering

RECONNECT_SECONDS = (0.5, 2.0, 5.0, 10.0)
"""The waits before a connection that could not be made is tried once more."""

_BREAKS_IN_A_ROW = 5  # then it is the server's fault and not a message's
_IDLE_SECONDS = 10.0  # an unused connection is closed before the server gives up on it
_FRESH_SECONDS = 0.5  # after more than this, one that is to be used again is looked at first


def dispatch(
    mailing: Mailing,
    ledger: Ledger,
    courier: Courier,
    fill: Fill,
    *,
    policy: Delivering,
    clock: Clock,
    progress: Callable[[Sums], None] = lambda _sums: None,
    stop: threading.Event | None = None,
    patience: float = 30.0,
    reconnect: Sequence[float] = RECONNECT_SECONDS,
) -> Sums:
    """Send what is due, and return the ledger's sums; run it again for what was left.

    Takes over first from senders that died. A row that is due later is waited for if that is within `patience` seconds. When
    `stop` is set, every connection ends its message and the rest is given back.

    Raises TransportUnavailable when no connection could be made or kept, ConfigurationError when the server refuses
    the login, MailRefused when it refuses everything, DatabaseUnavailable. In each case all that is known is recorded, and the rest can be sent later.
    """
    stop = stop or threading.Event()
    ledger.recover(clock.now())
    gauge = Gauge(ledger, mailing.number, progress)
    if not gauge.sums.open or stop.is_set():
        ledger.finish(mailing.number, clock.now())
        return gauge.sums
    threads = min(policy.connections, gauge.sums.open)
    counter = Counter(ledger, mailing.number, clock, threads=threads, batch=10 * threads, patience=patience)
    shared = _Shared(counter, courier, fill, Pace(policy.rate_per_minute), policy, clock, stop, tuple(reconnect))
    for index in range(threads):
        # Daemons, so that a second Ctrl-C ends the process although a server takes its ten minutes to answer.
        threading.Thread(target=_Carrier(shared).run, name=f"connection-{index + 1}", daemon=True).start()
    before = gauge.sums[DeliveryState.SENT]
    try:
        counter.serve(stop, gauge)
    except MailRefused as error:
        counter.close()
        went_on = gauge.count()[DeliveryState.SENT] > before
        ledger.halt(mailing.number, halted(mailing.halt, error.words, clock.now(), went_on=went_on))
        raise
    except BaseException:
        counter.close()
        raise
    counter.close()
    if mailing.halt:
        ledger.halt(mailing.number, None)
    ledger.finish(mailing.number, clock.now())
    return gauge.count()


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all connections of one dispatch have in common."""

    counter: Counter
    courier: Courier
    fill: Fill
    pace: Pace
    policy: Delivering
    clock: Clock
    stop: threading.Event
    reconnect: tuple[float, ...]


@dataclass(slots=True)
class _Carrier:
    """One thread with one connection, which it keeps open from message to message."""

    shared: _Shared
    seat: Seat = field(default_factory=Seat)
    connection: Connection | None = None
    breaks: int = 0
    used: float = 0.0  # when the connection was last spoken over, in monotonic seconds

    def run(self) -> None:
        """Carry until there is nothing left, and say so."""
        error: BaseException | None = None
        try:
            while not self.shared.stop.is_set() and (claimed := self._next()) is not None:
                self._carry(claimed)
        except BaseException as reason:  # noqa: BLE001  it is raised again by the serving thread
            error = reason
        finally:
            self._close()
            self.shared.counter.leave(error)

    def _next(self) -> Claimed | None:
        self.shared.counter.next(self.seat)
        try:
            return self.seat.rows.get(timeout=_IDLE_SECONDS)
        except Empty:
            self._close()
            return self.seat.rows.get()

    def _carry(self, claimed: Claimed) -> None:
        """Bring one delivery to an end, or put it back."""
        counter = self.shared.counter
        # The wait comes first: a server does not keep a connection open over which nothing is said.
        if not self.shared.pace.wait(self.shared.stop, self._rest):
            counter.put_back(claimed)
            return
        try:
            connection = self._connected()
        except BaseException:
            counter.put_back(claimed)
            raise
        if connection is None:
            counter.put_back(claimed)
            return
        try:
            end = self._hand_over(claimed, connection)
        except IdleConnectionLost:
            self._close()
            counter.put_back(claimed)
            return
        self.used = time.monotonic()
        if end is not None:
            counter.record(end)
        if self.breaks >= _BREAKS_IN_A_ROW:
            raise TransportUnavailable(f"the mail server broke off {self.breaks} times in a row; send again later")

    def _rest(self, seconds: float) -> None:
        if seconds > _IDLE_SECONDS:
            self._close()

    def _hand_over(self, claimed: Claimed, connection: Connection) -> Outcome | Suspect | None:
        """Return how it ended; None when the row is no longer this sender's.

        Raises IdleConnectionLost: nothing has begun.
        """
        counter = self.shared.counter
        try:
            envelope = self.shared.fill(claimed)
        except MendableError as error:
            return unwritable(claimed, str(error))
        if envelope is None:
            return unchosen(claimed)
        word = counter.may_begin(claimed, self.seat)
        if word is not Word.GO:
            return withdrawn(claimed) if word is Word.GONE else None
        try:
            reply = connection.hand_over(envelope)
            if not reply.accepted:
                self.breaks = 0
                return self._judged(claimed, reply)
            word = counter.may_finish(claimed, self.seat)
            if word is not Word.GO:
                connection.abandon()
                self._close()
                return withdrawn(claimed) if word is Word.GONE else None
            reply = connection.finish()
        except IdleConnectionLost:
            raise
        except TransportUnavailable as error:
            self.breaks += 1
            self._close()
            end = broken(claimed, str(error), self.shared.clock.now(), self.shared.policy.retry_after_seconds)
            return Suspect(end, end)
        self.breaks = 0
        if reply.code in (0, 421):  # 421: the server closes the connection (RFC 5321 3.8)
            self._close()
        return self._judged(claimed, reply)

    def _judged(self, claimed: Claimed, reply: Reply) -> Outcome | Suspect:
        """Return what the server's answer makes of a delivery; a Suspect when it names no recipient."""
        now, waits = self.shared.clock.now(), self.shared.policy.retry_after_seconds
        outcome = answered(claimed, reply, now, waits)
        if judge(reply).fault in (None, Fault.RECIPIENT):
            return outcome
        return Suspect(outcome, postponed(claimed, reply, now, waits), likeness(reply))

    def _connected(self) -> Connection | None:
        """Return the open connection or make one; None when `stop` came first."""
        if self.connection is not None:
            if time.monotonic() - self.used < _FRESH_SECONDS or self.connection.alive():
                return self.connection
            self._close()
        if self.breaks and self.shared.stop.wait(self.shared.reconnect[0] if self.shared.reconnect else 0):
            return None
        for wait in (*self.shared.reconnect, None):
            try:
                self.connection = self.shared.courier.connect()
                return self.connection
            except TransportUnavailable:
                if wait is None:
                    raise
                if self.shared.stop.wait(wait):
                    return None
        raise AssertionError("the last try returns or raises")

    def _close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None
