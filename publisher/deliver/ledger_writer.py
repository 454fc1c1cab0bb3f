"""The one thread that writes what becomes of mail, on behalf of all connections' threads.

The other threads report what happened, and ask what they may do. The writer takes all messages that have arrived, and
serves them in one transaction for each queue: this is group commit. While it commits, the next group gathers.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from queue import Empty, SimpleQueue

from publisher.deliver.progress import Progress
from publisher.deliver.queues import IssueQueue, Job, Queue
from publisher.deliver.suspicion import Suspect, Suspicions
from publisher.errors import MailRefused, TransportUnavailable
from publisher.issue import DeliveryState
from publisher.ports import Clock, Outcome, Senders
from subscribers.database import DatabaseError, while_it_is_away

BEAT_SECONDS = 15.0
"""How often the sender sends its heartbeat and looks for dead senders: a quarter of the ledger's lease."""
LOOK_SECONDS = 0.5
"""How often the queues before the last one are asked again for due mail."""

FRESH_SECONDS = 0.25
"""How long after its claim a mail that may be repeated begins without being asked about once more."""
GATHERED = 50
"""How many ends of mails that may be repeated gather before they are committed; they wait for a fifth of a second at
most."""

_TICK_SECONDS = 0.1
_NEVER = float("inf")


class Permission(Enum):
    """The answer to a thread that asks about a mail: go ahead, it is stopped, or its row is no longer this sender's."""

    GO = "go"
    STOPPED = "stopped"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class ReplyQueue:
    """The queues on which one connection's thread receives its answers."""

    jobs: SimpleQueue[Job | None] = field(default_factory=SimpleQueue)
    permissions: SimpleQueue[Permission] = field(default_factory=SimpleQueue)


@dataclass(frozen=True, slots=True)
class _Next:
    replies: ReplyQueue


@dataclass(frozen=True, slots=True)
class _Begin:
    job: Job
    replies: ReplyQueue


@dataclass(frozen=True, slots=True)
class _Dot:
    job: Job
    replies: ReplyQueue


@dataclass(frozen=True, slots=True)
class _End:
    queue: Queue
    end: Outcome | Suspect


@dataclass(frozen=True, slots=True)
class _Gathered:
    """Enough ends have gathered."""


@dataclass(frozen=True, slots=True)
class _Left:
    error: BaseException | None


@dataclass(slots=True)
class _Source:
    """A queue, and when it should be asked again, in monotonic seconds; None means at once."""

    queue: Queue
    dry_until: float | None = None
    due: dt.datetime | None = None
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def dry(self) -> bool:
        return self.dry_until is not None and time.monotonic() < self.dry_until


class LedgerWriter:
    """The writer that the `threads` of one dispatch share. `serve` and `close` run in the thread that made it.

    Mail of an earlier queue goes before mail of a later one. The last queue decides when the dispatch is over; if it is
    an issue, ends that do not concern one recipient are held (suspicion.py).

    The other threads call the methods from `next` to `leave`, in that order for each mail. Calls of a queue are
    repeated while the database is away, so all of them have to be repeatable.
    """

    def __init__(
        self, senders: Senders, queues: Sequence[Queue], clock: Clock, *, threads: int, batch: int, patience: float
    ) -> None:
        self._senders = senders
        self._sources = [_Source(queue) for queue in queues]
        self._main = self._sources[-1]
        self._clock = clock
        self._threads = threads
        self._batch = batch
        self._patience = dt.timedelta(seconds=patience)
        self._inbox: SimpleQueue[_Next | _Begin | _Dot | _End | _Gathered | _Left] = SimpleQueue()
        self._ready: deque[Job] = deque()
        # Ends of mails that may be repeated: these neither wake the writer nor have it commit at once.
        self._gathered: deque[_End] = deque()
        self._gather_until = 0.0
        self._closed = False
        self._error: BaseException | None = None
        # Messages that were taken from the inbox, but are not answered or committed yet.
        self._idle: list[ReplyQueue] = []
        self._begins: dict[Job, ReplyQueue] = {}
        self._dots: dict[Job, ReplyQueue] = {}
        self._suspicions = Suspicions()
        self._beaten = time.monotonic()
        self._sender = senders.register(clock.now())

    def next(self, replies: ReplyQueue) -> None:
        """Ask for a claimed mail. It arrives on replies.jobs; None means that there is nothing left to do."""
        if self._closed:
            replies.jobs.put(None)
            return
        try:
            replies.jobs.put(self._ready.popleft())
        except IndexError:
            self._inbox.put(_Next(replies))

    def put_back(self, job: Job) -> None:
        """Return a mail that was not begun, or whose message never reached the server."""
        self._ready.append(job)

    def may_begin(self, job: Job, replies: ReplyQueue) -> Permission:
        """Ask whether the recipient may still be mailed.

        A mail that is marked before its dot is asked about then, too. For any other, the claim's answer holds a moment.
        """
        if job.since + FRESH_SECONDS > time.monotonic() and not job.queue.marks(job.row):
            return Permission.GO
        self._inbox.put(_Begin(job, replies))
        return replies.permissions.get()

    def may_finish(self, job: Job, replies: ReplyQueue) -> Permission:
        """Ask to mark the mail at_dot. GO means that the mark is committed; without it the dot must not be written."""
        self._inbox.put(_Dot(job, replies))
        return replies.permissions.get()

    def record(self, job: Job, end: Outcome | Suspect) -> None:
        """Report how a hand-over ended; it is committed before any mark that is asked for later (I13).

        Ends of mails that may be repeated are committed a little later, with others. A Suspect is held until it is known
        what its refusal is about.
        """
        ended = _End(job.queue, end)
        if job.queue.marks(job.row):
            self._inbox.put(ended)
        else:
            self._gathered.append(ended)
            if len(self._gathered) >= GATHERED:
                self._inbox.put(_Gathered())

    def leave(self, error: BaseException | None) -> None:
        """Report that this thread ends, and the error if there was one."""
        self._inbox.put(_Left(error))

    def serve(self, stop: threading.Event, progress: Progress | None) -> None:
        """Serve until every thread has left.

        If a thread left with an error, raises that error at once, but a lost connection only if it was the last thread.
        Raises MailRefused if the server refuses everything.
        """
        while self._threads:
            self._take()
            self._answer_begins()
            ended = self._commit()
            if progress:
                progress.add(ended)
            if self._error and not (isinstance(self._error, TransportUnavailable) and self._threads):
                raise self._error
            if refused := self._suspicions.verdict():
                raise MailRefused(refused.outcome.reply)  # close() puts back the ends that are held
            self._beat()
            if stop.is_set():
                self._dismiss()
            elif not self._closed:
                self._hand_out()
            if progress:
                progress.show()

    def close(self) -> None:
        """Refuse all further requests, record all ends, and give the rest back. Call this in any case."""
        self._dismiss()
        self._refuse()
        while self._threads:
            self._take()
            self._dismiss()
            self._refuse()
            with suppress(DatabaseError):  # a server may take minutes to answer a dot: nobody takes its row over
                self._beat()
        self._end_gathered()
        self._main.outcomes += self._suspicions.put_back(self._clock.now())
        self._commit()
        for source in self._sources:
            source.queue.give_back(self._sender, self._clock.now())
        if any(isinstance(source.queue, IssueQueue) for source in self._sources):
            self._senders.release(self._sender)
        else:
            self._senders.forget(self._sender)

    def _take(self) -> None:
        """Wait a moment for a message, then take all that have arrived."""
        with suppress(Empty):
            message = self._inbox.get(timeout=_TICK_SECONDS)
            while True:
                match message:
                    case _End(queue, end):
                        self._end(queue, end)
                    case _Begin(job, replies):
                        if job.queue is self._main.queue:
                            self._suspicions.begin(job.row)
                        self._begins[job] = replies
                    case _Dot(job, replies):
                        self._dots[job] = replies
                    case _Next(replies):
                        self._idle.append(replies)
                    case _Gathered():
                        self._gather_until = 0.0
                    case _Left(error):
                        self._threads -= 1
                        self._error = error
                message = self._inbox.get_nowait()
        if time.monotonic() >= self._gather_until:
            self._end_gathered()

    def _end_gathered(self) -> None:
        self._gather_until = time.monotonic() + _TICK_SECONDS
        while self._gathered:
            ended = self._gathered.popleft()
            self._end(ended.queue, ended.end)

    def _end(self, queue: Queue, end: Outcome | Suspect) -> None:
        if isinstance(end, Suspect):
            self._suspicions.hold(end)
            return
        if queue is self._main.queue:
            self._main.outcomes += (end, *self._suspicions.end(end))
        else:
            next(each for each in self._sources if each.queue is queue).outcomes.append(end)

    def _answer_begins(self) -> None:
        for queue, asked in _by_queue(self._begins).items():
            stopped = while_it_is_away(lambda queue=queue, asked=asked: queue.stopped(list(asked), self._clock.now()))  # type: ignore[misc]
            for row, replies in asked.items():
                replies.permissions.put(Permission.STOPPED if row in stopped else Permission.GO)
        self._begins.clear()

    def _commit(self) -> list[Outcome]:
        """Record ends and marks in each queue, answer the marks, and return the outcomes of the last queue."""
        asked = _by_queue(self._dots)
        ended: list[Outcome] = []
        for source in self._sources:
            outcomes, dots = source.outcomes, asked.get(source.queue, {})
            if not outcomes and not dots:
                continue
            self._write(source.queue, outcomes, dots)
            source.outcomes = []
            if any(outcome.state is DeliveryState.QUEUED for outcome in outcomes):
                source.dry_until = None
            if source is self._main:
                ended = outcomes
        self._dots.clear()
        return ended

    def _write(self, queue: Queue, outcomes: Sequence[Outcome], dots: dict[int, ReplyQueue]) -> None:
        passed = while_it_is_away(lambda: queue.commit(self._sender, outcomes, list(dots), self._clock.now()))
        for row in passed:
            dots.pop(row).permissions.put(Permission.GO)
        if dots:
            stopped = while_it_is_away(lambda: queue.stopped(list(dots), self._clock.now()))
            for row, replies in dots.items():
                replies.permissions.put(Permission.STOPPED if row in stopped else Permission.LOST)

    def _refuse(self) -> None:
        for replies in (*self._begins.values(), *self._dots.values()):
            replies.permissions.put(Permission.LOST)
        self._begins.clear()
        self._dots.clear()

    def _dismiss(self) -> None:
        """Tell every idle thread that there is nothing left to do."""
        self._closed = True
        for replies in self._idle:
            replies.jobs.put(None)
        self._idle.clear()

    def _hand_out(self) -> None:
        """Claim more mail if little is left, and give it to idle threads."""
        for source in self._sources[:-1]:
            if not source.dry:
                self._ready.extendleft(reversed(self._claim(source)))
                source.dry_until = time.monotonic() + LOOK_SECONDS
        main = self._main
        if not main.dry and len(self._ready) <= self._batch // 2:
            jobs = self._claim(main)
            self._ready.extend(jobs)
            main.dry_until = None if jobs else _NEVER
        while self._idle and self._ready:
            try:
                job = self._ready.popleft()
            except IndexError:
                break  # another thread has just taken the last one
            self._idle.pop().jobs.put(job)
        if main.dry_until == _NEVER and len(self._idle) == self._threads and not self._ready:
            self._wait_or_end()

    def _claim(self, source: _Source) -> list[Job]:
        # The wait may end before the clock reaches the moment that was waited for; the row counts as due all the same.
        now, since = self._clock.now(), time.monotonic()
        moment = max(now, source.due) if source.due else now
        rows = while_it_is_away(lambda: source.queue.claim(self._sender, self._batch, moment))
        return [Job(source.queue, row, since) for row in rows]

    def _wait_or_end(self) -> None:
        """Nothing is due and no thread is busy: wait for the next row if it is due soon, else end."""
        if self._suspicions:
            self._decide()
            return
        now = self._clock.now()
        soonest = self._main.queue.soonest(now)
        if soonest is None or soonest - now > self._patience or not self._senders.heartbeat(self._sender, now):
            self._dismiss()
            return
        self._main.due = soonest
        self._main.dry_until = time.monotonic() + max((soonest - now).total_seconds(), _TICK_SECONDS)

    def _decide(self) -> None:
        """No mail is left that could show what the held ends are about: decide what to do with them.

        If the server has accepted some of this issue before, they are tried again later. Else a final refusal means
        that it refuses the whole issue; without one, the server is asked again.
        """
        queue, now = self._main.queue, self._clock.now()
        if isinstance(queue, IssueQueue) and queue.accepted(now):
            self._main.outcomes += self._suspicions.postpone()
        elif refused := self._suspicions.refusal():
            raise MailRefused(refused.outcome.reply)
        else:
            self._main.outcomes += self._suspicions.ask_again(now)
        self._commit()
        self._main.dry_until = None

    def _beat(self) -> None:
        if time.monotonic() - self._beaten < BEAT_SECONDS:
            return
        self._beaten = time.monotonic()
        now = self._clock.now()
        # The heartbeat comes first: if the clock was set forward, this sender must not recover itself as dead.
        if self._senders.heartbeat(self._sender, now):
            if self._senders.recover(now):
                self._main.dry_until = None
        else:
            self._dismiss()  # another sender took over and goes on; the fence refuses what is still under way here


def _by_queue(asked: dict[Job, ReplyQueue]) -> dict[Queue, dict[int, ReplyQueue]]:
    found: defaultdict[Queue, dict[int, ReplyQueue]] = defaultdict(dict)
    for job, replies in asked.items():
        found[job.queue][job.row] = replies
    return found
