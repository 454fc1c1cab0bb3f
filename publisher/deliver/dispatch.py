"""Hands mail over to the mail server: an issue's open rows, each at most once, and all other mail that is due.

    claim ─> may it begin? ─> MAIL RCPT DATA body ─> mark at_dot, committed ─> dot ─> answer ─> record

Each connection has a task in an event loop, and one more task writes what becomes of the mail (ledger_writer.py): in one
thread nobody waits for Python's lock. For what a crash may leave behind, and what the next run makes of it, see
docs/delivery.md.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import math
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from publisher.deliver.ledger_writer import LedgerWriter, Permission
from publisher.deliver.message_builder import Build
from publisher.deliver.progress import Progress
from publisher.deliver.queues import IssueQueue, Job, Queue
from publisher.deliver.rate import SOON_SECONDS, DomainLimiter, OwnRates, RateLimiter
from publisher.deliver.suspicion import Suspect
from publisher.deliver.threads import on_loop, run
from publisher.deliver.transitions import halted
from publisher.errors import IdleConnectionLost, MailRefused, TransportUnavailable
from publisher.issue import DeliveryState
from publisher.ports import (
    AnyCourier,
    Clock,
    Connection,
    Courier,
    Envelope,
    Halt,
    Ledger,
    Mailing,
    Outcome,
    Reply,
    Senders,
    Sums,
)
from publisher.publication import Delivering
from subscribers.database import while_it_is_away

RECONNECT_SECONDS = (0.5, 2.0, 5.0, 10.0)
"""How long to wait before each new attempt to connect."""

_BREAKS_IN_A_ROW = 5  # more than this is the server's fault, and not a message's
_IDLE_SECONDS = 10.0  # an unused connection is closed then, before the server closes it
_STOP_SECONDS = 0.1  # how often it is looked whether somebody wants the work to end
_RESTS_IN_A_ROW = 8  # more than this, and it is no longer a matter of speed
_REST_SECONDS = 60.0  # a longer wait is no pause within a send: the refusal is judged as any other
_FRESH_SECONDS = 0.5  # a connection that was unused for longer is checked before it is used


def dispatch(
    mailing: Mailing,
    ledger: Ledger,
    courier: AnyCourier,
    build: Build,
    *,
    policy: Delivering,
    clock: Clock,
    progress: Callable[[Sums], None] = lambda _sums: None,
    stop: threading.Event | None = None,
    patience: float = 30.0,
    reconnect: Sequence[float] = RECONNECT_SECONDS,
    limiter: RateLimiter | None = None,
    first: Sequence[Queue] = (),
    held: Callable[[], bool] = lambda: False,
    grace: float = math.inf,
) -> Sums:
    """Send the due deliveries of an issue, and return the ledger's sums. Call this again for the rest.

    This takes over from dead senders first. It waits for deliveries that will be due within `patience` seconds. Mail in
    the queues `first` overtakes the issue whenever it is due. While the issue is paused, or `held`, nothing more is claimed. When `stop` is set, each connection finishes its message,
    and the rest is given back; a message that the server has not answered `grace` seconds later is in doubt.

    Raises TransportUnavailable if no connection could be made or kept, ConfigurationError if the server refuses the
    login, MailRefused if it refuses everything, here or before another sender, and DatabaseUnavailable. In each case all that is known is recorded,
    and the rest can be sent later.
    """
    stop = stop or threading.Event()
    ledger.senders.recover(clock.now())
    shown = Progress(ledger.deliveries, mailing.number, clock, progress)
    if not shown.sums.open or stop.is_set():
        ledger.deliveries.finish(mailing.number, clock.now())
        return shown.sums
    before = shown.sums[DeliveryState.SENT]
    queue = IssueQueue(ledger, mailing.number, build, policy.retry_after_seconds, held, mailing.halt)
    limiter = limiter or RateLimiter(policy.rate_per_minute, OwnRates(), domains=policy.domain_rates)
    work = Work(ledger.senders, courier, policy, clock, limiter, tuple(reconnect), grace)
    try:
        work.through((*first, queue), min(policy.connections, shown.sums.open), stop, patience, shown)
    except MailRefused as error:
        went_on = shown.count()[DeliveryState.SENT] > before
        if _halt_of(ledger, mailing) in (mailing.halt, None):  # else another sender wrote it down just now
            new = halted(mailing.halt, error.words, clock.now(), went_on=went_on, after=error.after)
            ledger.deliveries.halt(mailing.number, new)
        raise
    halt = _halt_of(ledger, mailing)
    if halt and halt != mailing.halt:
        raise MailRefused(halt.words)
    if halt:
        ledger.deliveries.halt(mailing.number, None)
    ledger.deliveries.finish(mailing.number, clock.now())
    return shown.count()


def _halt_of(ledger: Ledger, mailing: Mailing) -> Halt | None:
    """Return the halt of a mailing as it is now, by whichever sender."""
    found = ledger.records.entry(mailing.number)
    return found.halt if found else None


def hand_over(courier: AnyCourier, envelope: Envelope) -> Reply:
    """Hand over one message that has no row, and return the answer. Raises TransportUnavailable if there is none."""
    return run(_hand_over(on_loop(courier), envelope))


def greet(courier: AnyCourier) -> None:
    """Connect once, with the login or the key of an API, and hang up. Raises TransportUnavailable, ConfigurationError."""
    run(_greet(on_loop(courier)))


async def _greet(courier: Courier) -> None:
    (await courier.connect()).close()


async def _hand_over(courier: Courier, envelope: Envelope) -> Reply:
    connection = await courier.connect()
    try:
        reply = await connection.hand_over(envelope)
        if reply.accepted:
            reply = await connection.finish()
            if reply.code == 0:
                raise TransportUnavailable(f"the connection broke before the mail server answered: {reply.text}")
        return reply
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Work:
    """Everything that is needed to hand mail over."""

    senders: Senders
    courier: AnyCourier
    policy: Delivering
    clock: Clock
    limiter: RateLimiter
    reconnect: tuple[float, ...] = RECONNECT_SECONDS
    grace: float = math.inf
    """How many seconds after a stop the server may take to answer, before what it has is in doubt."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by the connection that waits for the next moment: with a rate, a process takes one moment at a time."""

    def through(
        self,
        queues: Sequence[Queue],
        connections: int,
        stop: threading.Event,
        patience: float = 0.0,
        progress: Progress | None = None,
    ) -> None:
        """Hand over the due mail of these queues, earlier queues first, until nothing is due in the last one."""
        run(self._through(queues, connections, stop, patience, progress))

    async def _through(
        self,
        queues: Sequence[Queue],
        connections: int,
        stop: threading.Event,
        patience: float,
        progress: Progress | None,
    ) -> None:
        writer = LedgerWriter(
            self.senders, queues, self.clock, tasks=connections, batch=10 * connections, patience=patience
        )
        courier = on_loop(self.courier)
        workers = [
            asyncio.create_task(_ConnectionWorker(self, courier, writer, stop).run(), name=f"connection-{index + 1}")
            for index in range(connections)
        ]
        overdue = asyncio.create_task(self._give_up(workers, stop))
        try:
            await writer.serve(stop, progress)
        except BaseException as error:
            if not isinstance(error, Exception):  # a second Ctrl-C: wait for no server
                for worker in workers:
                    worker.cancel()
            raise
        finally:
            await writer.close()
            overdue.cancel()
            await asyncio.gather(*workers)

    async def _give_up(self, workers: Sequence[asyncio.Task[None]], stop: threading.Event) -> None:
        """Once `stop` is set, give the connections their time to end their messages, and then end them."""
        while not stop.is_set():
            await asyncio.sleep(_STOP_SECONDS)
        if self.grace < math.inf:
            await asyncio.sleep(self.grace)
            for worker in workers:
                worker.cancel()


@dataclass(slots=True)
class _ConnectionWorker:
    """One task with one connection, which it keeps open from message to message."""

    work: Work
    courier: Courier
    writer: LedgerWriter
    stop: threading.Event
    connection: Connection | None = None
    breaks: int = 0
    rests: int = 0  # how often in a row the server asked us to wait
    used: float = 0.0  # when the connection was last used, in monotonic seconds

    async def run(self) -> None:
        """Hand over mail until there is none left, then leave the writer."""
        error: BaseException | None = None
        try:
            while not self.stop.is_set() and (job := await self._next()) is not None:
                await self._carry(job)
        except asyncio.CancelledError:
            pass  # nobody waits for its server any longer; what it may have taken is in doubt
        except BaseException as reason:  # noqa: BLE001  the serving task raises it again
            error = reason
        finally:
            try:
                self._close()
            finally:
                self.writer.leave(error)

    async def _next(self) -> Job | None:
        if job := self.writer.take():
            return job
        idle = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._close)
        try:
            return await self.writer.next()
        finally:
            idle.cancel()

    async def _carry(self, job: Job) -> None:
        """Hand over one mail and record how it ended, or put it back."""
        # The waits come before connecting, because a server closes a connection that is not used.
        domain = self.work.limiter.to(job.queue.recipient(job.row))
        if domain and (delay := while_it_is_away(domain.reserve)) > 0:
            if delay > SOON_SECONDS:
                self.writer.record(job, self._put_off(job, domain, delay))
                return
            if not await self._pause(delay):
                self.writer.put_back(job)
                return
        if not await self._moment():
            self.writer.put_back(job)
            return
        try:
            connection = await self._connected()
        except BaseException:
            self.writer.put_back(job)
            raise
        if connection is None:
            self.writer.put_back(job)
            return
        try:
            end = await self._hand_over(job, connection)
        except IdleConnectionLost:
            self._close()
            self.writer.put_back(job)
            return
        self.used = time.monotonic()
        if end is not None:
            self.writer.record(job, end)
        if self.breaks >= _BREAKS_IN_A_ROW:
            raise TransportUnavailable(
                f"the mail server dropped the connection {self.breaks} times in a row; send again later"
            )

    def _put_off(self, job: Job, domain: DomainLimiter, delay: float) -> Outcome:
        """Let a mail wait for its domain, which costs it no try. An issue's have turns one after the other; any other goes first."""
        seconds = domain.put_off(delay) if isinstance(job.queue, IssueQueue) else delay
        due = self.work.clock.now() + dt.timedelta(seconds=seconds)
        return Outcome(job.row, DeliveryState.DEFERRED, domain.why, due, counts=False)

    async def _moment(self) -> bool:
        """Wait for the next moment at which mail may leave; return False if no more mail should begin meanwhile."""
        if not (self.work.limiter.interval or self.work.limiter.rests):
            return await self._pause(0.0)
        idle = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._close)
        try:
            async with self.work.turn:
                if not await self._pause(0.0):
                    return False
                return await self._pause(while_it_is_away(self.work.limiter.reserve))
        finally:
            idle.cancel()

    async def _pause(self, seconds: float) -> bool:
        """Wait; return False if no more mail should begin meanwhile."""
        if seconds > 0 and not self.stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self.writer.stopping.wait(), seconds)
        return not (self.stop.is_set() or self.writer.stopping.is_set())

    async def _hand_over(self, job: Job, connection: Connection) -> Outcome | Suspect | None:
        """Return how a mail ended, or None if its row is no longer this sender's.

        Raises IdleConnectionLost if the connection was lost before the message began.
        """
        queue, row, clock = job.queue, job.row, self.work.clock
        envelope = queue.build(row, clock.now())
        if isinstance(envelope, Outcome):
            return envelope
        permission = await self.writer.may_begin(job)
        if permission is not Permission.GO:
            return queue.stop(row) if permission is Permission.STOPPED else None
        try:
            reply = await connection.hand_over(envelope)
            if not reply.accepted:
                self.breaks = 0
                return queue.answered(row, reply, clock.now())
            if queue.marks(row):
                permission = await self.writer.may_finish(job)
                if permission is not Permission.GO:
                    connection.abandon()
                    self._close()
                    return queue.stop(row) if permission is Permission.STOPPED else None
            reply = await connection.finish()
        except IdleConnectionLost:
            raise
        except TransportUnavailable as error:
            self.breaks += 1
            self._close()
            return queue.broken(row, str(error), clock.now())
        self.breaks = 0
        if reply.code in (0, 421):  # 421: the server closes the connection (RFC 5321 3.8)
            self._close()
        if self._rests_after(reply):
            return queue.slowed(row, reply, clock.now())
        return queue.answered(row, reply, clock.now())

    def _rests_after(self, reply: Reply) -> bool:
        """Whether the server took nothing and only wants us to be slower; then all connections wait, each time longer."""
        if not 0 < reply.after <= _REST_SECONDS or self.rests >= _RESTS_IN_A_ROW:
            self.rests = 0
            return False
        self.work.limiter.rest(min(reply.after * 2**self.rests, _REST_SECONDS))
        self.rests += 1
        return True

    async def _connected(self) -> Connection | None:
        """Return the open connection, or make one; return None if no more mail should begin."""
        if self.connection is not None:
            if time.monotonic() - self.used < _FRESH_SECONDS or self.connection.alive():
                return self.connection
            self._close()
        if self.breaks and not await self._pause(self.work.reconnect[0] if self.work.reconnect else 0):
            return None
        for wait in (*self.work.reconnect, None):
            try:
                self.connection = await self.courier.connect()
                return self.connection
            except TransportUnavailable:
                if wait is None:
                    raise
                if not await self._pause(wait):
                    return None
        raise AssertionError("the last try returns or raises")

    def _close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None
