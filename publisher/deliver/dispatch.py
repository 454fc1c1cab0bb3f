"""Hands a mailing over to the mail server: every open row of the ledger, each at most once.

    claim ─> may it begin? ─> MAIL RCPT DATA body ─> mark at_dot, committed ─> dot ─> answer ─> record

Each connection has a thread; one thread, the caller's, writes the ledger (counter.py). What a crash may leave behind,
and what the next run makes of it, is in docs/delivery.md.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import Empty

from publisher.deliver.counter import Counter, Seat, Word
from publisher.deliver.gauge import Gauge
from publisher.deliver.letterhead import Fill
from publisher.deliver.pace import Pace
from publisher.deliver.transitions import answered, broken, unchosen, unwritable, withdrawn
from publisher.errors import MendableError, TransportUnavailable
from publisher.ports import Claimed, Clock, Connection, Courier, Ledger, Mailing, Outcome, Sums
from publisher.publication import Delivering

RECONNECT_SECONDS = (0.5, 2.0, 5.0, 10.0)
"""The waits before a connection that could not be made is tried once more."""

_BREAKS_IN_A_ROW = 5  # then it is the server's fault and not a message's
_IDLE_SECONDS = 10.0  # an unused connection is closed before the server gives up on it


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
    the login, DatabaseUnavailable. In each case all that is known is recorded, and the rest can be sent later.
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
    try:
        counter.serve(stop, gauge)
    finally:
        counter.close()
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

    def run(self) -> None:
        """Carry until there is nothing left, and say so."""
        error: BaseException | None = None
        try:
            while (claimed := self._next()) is not None:
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
        try:
            connection = self._connected()
        except BaseException:
            counter.put_back(claimed)
            raise
        if connection is None or not self.shared.pace.wait(self.shared.stop):
            counter.put_back(claimed)
            return
        outcome = self._hand_over(claimed, connection)
        if outcome is not None:
            counter.record(outcome)
        if self.breaks >= _BREAKS_IN_A_ROW:
            raise TransportUnavailable(f"the mail server broke off {self.breaks} times in a row; send again later")

    def _hand_over(self, claimed: Claimed, connection: Connection) -> Outcome | None:
        """Return how it ended; None when the row is no longer this sender's."""
        counter, clock, waits = self.shared.counter, self.shared.clock, self.shared.policy.retry_after_seconds
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
                return answered(claimed, reply, clock.now(), waits)
            word = counter.may_finish(claimed, self.seat)
            if word is not Word.GO:
                connection.abandon()
                self._close()
                return withdrawn(claimed) if word is Word.GONE else None
            reply = connection.finish()
        except TransportUnavailable as error:
            self.breaks += 1
            self._close()
            return broken(claimed, str(error), clock.now(), waits)
        self.breaks = 0
        if reply.code in (0, 421):  # 421: the server closes the connection (RFC 5321 3.8)
            self._close()
        return answered(claimed, reply, clock.now(), waits)

    def _connected(self) -> Connection | None:
        """Return the open connection or make one; None when `stop` came first."""
        if self.connection is not None:
            return self.connection
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
