"""The counter where the connections' threads hand in what happened and ask what they may do.

One thread serves it, and serves everything that lies there in one transaction: that is group commit. While it
commits, the next group gathers.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from queue import Empty, SimpleQueue

from publisher.deliver.gauge import Gauge
from publisher.deliver.suspicion import Suspect, Suspicions
from publisher.errors import MailRefused, TransportUnavailable
from publisher.issue import DeliveryState
from publisher.ports import Claimed, Clock, Ledger, Outcome, Sums
from subscribers.database import while_it_is_away

BEAT_SECONDS = 15.0
"""How often the sender says that it lives and looks for rows of dead ones: a quarter of the ledger's lease."""

_TICK_SECONDS = 0.1


class Word(Enum):
    """What the ledger says of a delivery: go ahead, the reader has left, or the row is no longer this sender's."""

    GO = "go"
    GONE = "gone"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Seat:
    """Where one thread receives what it asked for."""

    rows: SimpleQueue[Claimed | None] = field(default_factory=SimpleQueue)
    words: SimpleQueue[Word] = field(default_factory=SimpleQueue)


@dataclass(frozen=True, slots=True)
class _Next:
    seat: Seat


@dataclass(frozen=True, slots=True)
class _Begin:
    delivery: int
    seat: Seat


@dataclass(frozen=True, slots=True)
class _Dot:
    delivery: int
    seat: Seat


@dataclass(frozen=True, slots=True)
class _Left:
    error: BaseException | None


class Counter:
    """Shared by the `threads` of one dispatch. `serve` and `close` run in the thread that made it.

    The methods `next` to `leave` are what the others call, in that order for each delivery. Every call of the ledger that is
    made again while the database is away may be repeated: see the ledger.
    """

    def __init__(self, ledger: Ledger, number: int, clock: Clock, *, threads: int, batch: int, patience: float) -> None:
        self._ledger = ledger
        self._number = number
        self._clock = clock
        self._threads = threads
        self._batch = batch
        self._patience = dt.timedelta(seconds=patience)
        self._inbox: SimpleQueue[_Next | _Begin | _Dot | _Left | Outcome | Suspect] = SimpleQueue()
        self._ready: deque[Claimed] = deque()
        self._closed = False
        self._error: BaseException | None = None
        # What was taken from the inbox and is not answered or committed yet.
        self._idle: list[Seat] = []
        self._begins: dict[int, Seat] = {}
        self._dots: dict[int, Seat] = {}
        self._outcomes: list[Outcome] = []
        self._suspicions = Suspicions()
        # Nothing was due when last asked: ask again at this moment (monotonic seconds), or when a row is given back.
        self._dry_until: float | None = None
        self._due = clock.now()
        self._beaten = time.monotonic()
        self._sender = ledger.enlist(clock.now())

    def next(self, seat: Seat) -> None:
        """Ask for a claimed delivery: it comes over seat.rows, and None when there is nothing left to do."""
        if self._closed:
            seat.rows.put(None)
            return
        try:
            seat.rows.put(self._ready.popleft())
        except IndexError:
            self._inbox.put(_Next(seat))

    def put_back(self, claimed: Claimed) -> None:
        """Return a delivery that was not begun, or of which the server has heard nothing."""
        self._ready.append(claimed)

    def may_begin(self, claimed: Claimed, seat: Seat) -> Word:
        """Ask whether the reader still wants mail, as of now."""
        self._inbox.put(_Begin(claimed.id, seat))
        return seat.words.get()

    def may_finish(self, claimed: Claimed, seat: Seat) -> Word:
        """Mark the delivery at_dot. GO: it is committed, and only then may the dot be written."""
        self._inbox.put(_Dot(claimed.id, seat))
        return seat.words.get()

    def record(self, end: Outcome | Suspect) -> None:
        """Hand in how a delivery ended; it is committed before any mark that is asked for later (I13).

        A Suspect is held until it is known what it is about.
        """
        self._inbox.put(end)

    def leave(self, error: BaseException | None) -> None:
        """Say that this thread ends, and why if it did not mean to."""
        self._inbox.put(_Left(error))

    def serve(self, stop: threading.Event, gauge: Gauge) -> None:
        """Serve until every thread has left.

        Raises at once what a thread left for, unless it lost its connection: that only if it was the last one. Raises
        MailRefused when the server refuses everything.
        """
        while self._threads:
            self._take()
            self._answer_begins()
            gauge.add(self._commit())
            if self._error and not (isinstance(self._error, TransportUnavailable) and self._threads):
                raise self._error
            if refused := self._suspicions.verdict():
                raise MailRefused(refused.outcome.reply)  # close() puts back what is held
            self._beat()
            if stop.is_set():
                self._dismiss()
            elif not self._closed:
                self._hand_out()
            gauge.show()

    def close(self) -> None:
        """Refuse what is still asked, record what still ends, and give the rest back. Call it in any case."""
        self._dismiss()
        self._refuse()
        while self._threads:
            self._take()
            self._dismiss()
            self._refuse()
        self._outcomes += self._suspicions.put_back(self._clock.now())
        self._commit()
        self._ledger.retire(self._sender)

    def _take(self) -> None:
        """Wait a moment for a message, then take all that lie there."""
        try:
            message = self._inbox.get(timeout=_TICK_SECONDS)
            while True:
                match message:
                    case Outcome():
                        self._outcomes += (message, *self._suspicions.end(message))
                    case Suspect():
                        self._suspicions.hold(message)
                    case _Begin(delivery, seat):
                        self._suspicions.begin(delivery)
                        self._begins[delivery] = seat
                    case _Dot(delivery, seat):
                        self._dots[delivery] = seat
                    case _Next(seat):
                        self._idle.append(seat)
                    case _Left(error):
                        self._threads -= 1
                        self._error = error
                message = self._inbox.get_nowait()
        except Empty:
            return

    def _answer_begins(self) -> None:
        if not self._begins:
            return
        gone = while_it_is_away(lambda: self._ledger.suppressed(list(self._begins)))
        for delivery, seat in self._begins.items():
            seat.words.put(Word.GONE if delivery in gone else Word.GO)
        self._begins.clear()

    def _commit(self) -> list[Outcome]:
        """Write down what ended and what may end; answer the latter and return the former."""
        outcomes, dots = self._outcomes, self._dots
        if not outcomes and not dots:
            return []
        passed = while_it_is_away(lambda: self._ledger.commit(self._sender, outcomes, list(dots), self._clock.now()))
        for delivery in passed:
            dots.pop(delivery).words.put(Word.GO)
        if dots:
            gone = while_it_is_away(lambda: self._ledger.suppressed(list(dots)))
            for delivery, seat in dots.items():
                seat.words.put(Word.GONE if delivery in gone else Word.LOST)
        self._outcomes, self._dots = [], {}
        if any(outcome.state is DeliveryState.QUEUED for outcome in outcomes):
            self._dry_until = None
        return outcomes

    def _refuse(self) -> None:
        for seat in (*self._begins.values(), *self._dots.values()):
            seat.words.put(Word.LOST)
        self._begins.clear()
        self._dots.clear()

    def _dismiss(self) -> None:
        """Send every thread home that has nothing in its hands."""
        self._closed = True
        for seat in self._idle:
            seat.rows.put(None)
        self._idle.clear()

    def _hand_out(self) -> None:
        """Claim when the pile runs low, and give to those who wait."""
        dry = self._dry_until is not None and time.monotonic() < self._dry_until
        if not dry and len(self._ready) <= self._batch // 2:
            # A clock that lags behind the wait must not make the row undue again.
            moment = max(self._clock.now(), self._due)
            rows = while_it_is_away(lambda: self._ledger.claim(self._number, self._sender, self._batch, moment))
            self._ready.extend(rows)
            self._dry_until = None if rows else float("inf")
        while self._idle and self._ready:
            try:
                row = self._ready.popleft()
            except IndexError:
                break  # a thread that came by took the last one
            self._idle.pop().rows.put(row)
        if self._dry_until == float("inf") and len(self._idle) == self._threads and not self._ready:
            self._wait_or_end()

    def _wait_or_end(self) -> None:
        """Nothing is due and nobody works: wait for the next deferred row if it is near, else end."""
        sums = self._ledger.sums(self._number)
        if self._suspicions:
            self._decide(sums)
            return
        soonest = sums.next_attempt
        now = self._clock.now()
        if soonest is None or soonest - now > self._patience or not self._ledger.heartbeat(self._sender, now):
            self._dismiss()
            return
        self._due = soonest
        self._dry_until = time.monotonic() + max((soonest - now).total_seconds(), _TICK_SECONDS)

    def _decide(self, sums: Sums) -> None:
        """Nobody is left to tell what is held is about: a server that took this issue before has to be asked again."""
        if sums[DeliveryState.SENT]:
            self._outcomes += self._suspicions.postpone()
        elif refused := self._suspicions.refusal():
            raise MailRefused(refused.outcome.reply)
        else:
            self._outcomes += self._suspicions.ask_again(self._clock.now())
        self._commit()
        self._dry_until = None

    def _beat(self) -> None:
        if time.monotonic() - self._beaten < BEAT_SECONDS:
            return
        self._beaten = time.monotonic()
        now = self._clock.now()
        # In this order: a clock that was set forward must not make this sender look dead to itself.
        if self._ledger.heartbeat(self._sender, now):
            if self._ledger.recover(now):
                self._dry_until = None
        else:
            self._dismiss()  # another sender took over: it goes on, and the fence refuses what is still in hand
