"""The one task that writes what becomes of mail, on behalf of all connections' tasks.

The other tasks report what happened, and ask what they may do. The writer takes all of that, and serves it in one
transaction for each queue: this is group commit. While it commits, answers arrive from the servers for the next group.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from publisher.deliver.progress import Progress
from publisher.deliver.queues import IssueQueue, Job, Queue
from publisher.deliver.suspicion import Suspect, Suspicions
from publisher.errors import MailRefused, MailUnanswered, TransportUnavailable
from publisher.issue import DeliveryState
from publisher.ports import Clock, Outcome, Senders
from subscribers.database import DatabaseError, while_it_is_away

BEAT_SECONDS = 15.0
"""How often the sender sends its heartbeat and looks for dead senders: a quarter of the ledger's lease."""
LOOK_SECONDS = 0.5
"""How often the queues before the last one are asked again for due mail."""
PAUSE_SECONDS = 1.0
"""How often a sender looks whether it should stop: for a pause, a hold, or a halt that another sender wrote down."""

FRESH_SECONDS = 0.25
"""How long after its claim a mail that may be repeated begins without being asked about once more."""
GATHERED = 50
"""How many ends of mails that may be repeated gather before they are committed; they wait for a fifth of a second at
most."""

_GROUP_SECONDS = 0.002
"""How long a question waits for others at most, so that they share a transaction."""
_NEARLY_ALL = 0.8
"""The share of the tasks for whose questions the writer does not wait any longer: the rest may be at a slow server."""
_TICK_SECONDS = 0.1
_NEVER = float("inf")


_Answer = TypeVar("_Answer")


class Permission(Enum):
    """The answer to a task that asks about a mail: go ahead, it is stopped, or its row is no longer this sender's."""

    GO = "go"
    STOPPED = "stopped"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class _End:
    queue: Queue
    end: Outcome | Suspect


@dataclass(slots=True)
class _Source:
    """A queue, and when it should be asked again, in monotonic seconds; None means at once."""

    queue: Queue
    dry_until: float | None = None
    due: dt.datetime | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)

    @property
    def dry(self) -> bool:
        return self.dry_until is not None and time.monotonic() < self.dry_until


class LedgerWriter:
    """The writer that the `tasks` of one dispatch share.

    Mail of an earlier queue goes before mail of a later one. The last queue decides when the dispatch is over; if it is
    an issue, ends that do not concern one recipient are held (suspicion.py).

    The tasks call the methods from `next` to `leave`, in that order for each mail. Calls of a queue are repeated while
    the database is away, so all of them have to be repeatable.
    """

    def __init__(
        self, senders: Senders, queues: Sequence[Queue], clock: Clock, *, tasks: int, batch: int, patience: float
    ) -> None:
        self._senders = senders
        self._sources = [_Source(queue) for queue in queues]
        self._main = self._sources[-1]
        self._clock = clock
        self._tasks = tasks
        self._batch = batch
        self._patience = dt.timedelta(seconds=patience)
        self._ready: deque[Job] = deque()
        # Ends of mails that may be repeated: these neither wake the writer nor have it commit at once.
        self._gathered: list[_End] = []
        self._gather_until = 0.0
        self._closed = False
        self._error: BaseException | None = None
        # What was asked and is not answered yet.
        self._idle: list[asyncio.Future[Job | None]] = []
        self._begins: dict[Job, asyncio.Future[Permission]] = {}
        self._dots: dict[Job, asyncio.Future[Permission]] = {}
        self._news = asyncio.Event()
        self._soon: asyncio.TimerHandle | None = None
        self._suspicions = Suspicions()
        self._beaten = self._looked = time.monotonic()
        self._accepted = 0  # messages since the last heartbeat
        self.stopping = asyncio.Event()
        """Set when no more mail should begin."""
        self._sender = senders.register(clock.now())

    def take(self) -> Job | None:
        """Return a claimed mail if there is one now."""
        return None if self._closed or not self._ready else self._ready.popleft()

    async def next(self) -> Job | None:
        """Return a claimed mail, or None if there is nothing left to do."""
        return None if self._closed else await self._ask(self._idle.append)

    def put_back(self, job: Job) -> None:
        """Return a mail that was not begun, or whose message never reached the server."""
        self._ready.append(job)
        self._news.set()

    async def may_begin(self, job: Job) -> Permission:
        """Ask whether the recipient may still be mailed.

        A mail that is marked before its dot is asked about then, too. For any other, the claim's answer holds a moment.
        """
        if job.since + FRESH_SECONDS > time.monotonic() and not job.queue.marks(job.row):
            return Permission.GO
        if job.queue is self._main.queue:
            self._suspicions.begin(job.row)
        return await self._ask(lambda answer: self._begins.__setitem__(job, answer))

    async def may_finish(self, job: Job) -> Permission:
        """Ask to mark the mail at_dot. GO means that the mark is committed; without it the dot must not be written."""
        return await self._ask(lambda answer: self._dots.__setitem__(job, answer))

    def record(self, job: Job, end: Outcome | Suspect) -> None:
        """Report how a hand-over ended; it is committed before any mark that is asked for later (I13).

        Ends of mails that may be repeated are committed a little later, with others. A Suspect is held until it is known
        what its refusal is about.
        """
        if job.queue.marks(job.row):
            self._end(job.queue, end)
            self._wake()
        else:
            self._gathered.append(_End(job.queue, end))
            if len(self._gathered) >= GATHERED:
                self._gather_until = 0.0
                self._news.set()

    def leave(self, error: BaseException | None) -> None:
        """Report that a task ends, and the error if there was one. A lost connection hides no other error."""
        self._tasks -= 1
        if self._error is None or isinstance(self._error, TransportUnavailable):
            self._error = error
        self._news.set()

    async def serve(self, stop: threading.Event, progress: Progress | None) -> None:
        """Serve until every task has left.

        If a task left with an error, raises that error at once, but a lost connection only if it was the last task.
        Raises MailRefused if the server refuses everything, or answers to no message.
        """
        while self._tasks:
            await self._wait()
            self._answer_begins()
            ended = self._commit()
            if progress:
                progress.add(ended)
            if self._error and not (isinstance(self._error, TransportUnavailable) and self._tasks):
                raise self._error
            if refused := self._suspicions.verdict():
                raise MailRefused(refused.outcome.reply, refused.after)  # close() puts back the ends that are held
            if (why := self._suspicions.unanswered()) and isinstance(self._main.queue, IssueQueue):
                raise MailUnanswered(why)
            self._beat()
            if stop.is_set() or (not self._closed and self._should_pause()):
                self._dismiss()
            elif not self._closed:
                self._hand_out()
            if progress:
                progress.show()

    async def close(self) -> None:
        """Refuse all further requests, record all ends, and give the rest back. Call this in any case."""
        self._dismiss()
        self._refuse()
        while self._tasks:
            await self._wait()
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

    async def _wait(self) -> None:
        """Wait until something is asked or reported, or for a moment."""
        tick = asyncio.get_running_loop().call_later(_TICK_SECONDS, self._news.set)
        await self._news.wait()
        tick.cancel()
        self._news.clear()
        if self._soon:
            self._soon.cancel()
            self._soon = None
        if time.monotonic() >= self._gather_until:
            self._end_gathered()

    def _ask(self, keep: Callable[[asyncio.Future[_Answer]], object]) -> asyncio.Future[_Answer]:
        """Return the answer to come."""
        answer: asyncio.Future[_Answer] = asyncio.get_running_loop().create_future()
        keep(answer)
        self._wake()
        return answer

    def _wake(self) -> None:
        """Have the writer serve what was asked: soon, or at once if nearly all tasks wait for it."""
        if len(self._begins) + len(self._dots) + len(self._idle) >= _NEARLY_ALL * self._tasks:
            self._news.set()
        elif self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(_GROUP_SECONDS, self._news.set)

    def _end_gathered(self) -> None:
        self._gather_until = time.monotonic() + _TICK_SECONDS
        for ended in self._gathered:
            self._end(ended.queue, ended.end)
        self._gathered.clear()

    def _end(self, queue: Queue, end: Outcome | Suspect) -> None:
        if isinstance(end, Suspect):
            self._suspicions.hold(end)
            self._main.refused.append(end.outcome.delivery)
            return
        if queue is self._main.queue:
            self._main.outcomes += (end, *self._suspicions.end(end))
        else:
            next(each for each in self._sources if each.queue is queue).outcomes.append(end)

    def _answer_begins(self) -> None:
        for queue, asked in _by_queue(self._begins).items():
            stopped = while_it_is_away(lambda queue=queue, asked=asked: queue.stopped(list(asked), self._clock.now()))  # type: ignore[misc]
            for row, answer in asked.items():
                _give(answer, Permission.STOPPED if row in stopped else Permission.GO)
        self._begins.clear()

    def _commit(self) -> list[Outcome]:
        """Record ends and marks in each queue, answer the marks, and return the outcomes of the last queue."""
        asked = _by_queue(self._dots)
        ended: list[Outcome] = []
        for source in self._sources:
            outcomes, dots = source.outcomes, asked.get(source.queue, {})
            if not outcomes and not dots and not source.refused:
                continue
            self._write(source, dots)
            if any(outcome.state is DeliveryState.QUEUED for outcome in outcomes):
                source.dry_until = None
            if source is self._main:
                ended = outcomes
        self._dots.clear()
        return ended

    def _write(self, source: _Source, dots: dict[int, asyncio.Future[Permission]]) -> None:
        queue, outcomes, refused = source.queue, source.outcomes, source.refused
        passed = while_it_is_away(lambda: queue.commit(self._sender, outcomes, list(dots), self._clock.now(), refused))
        source.outcomes, source.refused = [], []  # recorded, whatever fails from here on
        self._accepted += sum(outcome.state is DeliveryState.SENT for outcome in outcomes)
        for row in passed:
            _give(dots.pop(row), Permission.GO)
        if dots:
            stopped = while_it_is_away(lambda: queue.stopped(list(dots), self._clock.now()))
            for row, answer in dots.items():
                _give(answer, Permission.STOPPED if row in stopped else Permission.LOST)
            if while_it_is_away(queue.paused):
                self._dismiss()

    def _refuse(self) -> None:
        for answer in (*self._begins.values(), *self._dots.values()):
            _give(answer, Permission.LOST)
        self._begins.clear()
        self._dots.clear()

    def _dismiss(self) -> None:
        """Tell every idle task that there is nothing left to do."""
        self._closed = True
        self.stopping.set()
        for answer in self._idle:
            _give(answer, None)
        self._idle.clear()

    def _hand_out(self) -> None:
        """Claim more mail if little is left, and give it to idle tasks."""
        for source in self._sources[:-1]:
            if not source.dry:
                self._ready.extendleft(reversed(self._claim(source)))
                source.dry_until = time.monotonic() + LOOK_SECONDS
        main = self._main
        if not main.dry and len(self._ready) <= self._batch // 2:
            if while_it_is_away(main.queue.paused):
                self._dismiss()
                return
            jobs = self._claim(main)
            self._ready.extend(jobs)
            main.dry_until = None if jobs else _NEVER
        while self._idle and self._ready:
            _give(self._idle.pop(), self._ready.popleft())
        if main.dry_until == _NEVER and len(self._idle) == self._tasks and not self._ready:
            self._wait_or_end()

    def _claim(self, source: _Source) -> list[Job]:
        # The wait may end before the clock reaches the moment that was waited for; the row counts as due all the same.
        now, since = self._clock.now(), time.monotonic()
        moment = max(now, source.due) if source.due else now
        rows = while_it_is_away(lambda: source.queue.claim(self._sender, self._batch, moment))
        return [Job(source.queue, row, since) for row in rows]

    def _wait_or_end(self) -> None:
        """Nothing is due and no task is busy: wait for the next row if it is due soon, else end."""
        if self._suspicions:
            self._decide()
            return
        now = self._clock.now()
        soonest = None if self._main.queue.paused() else self._main.queue.soonest(now)
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
            raise MailRefused(refused.outcome.reply, refused.after)
        else:
            self._main.outcomes += self._suspicions.ask_again(now)
        self._commit()
        self._main.dry_until = None

    def _should_pause(self) -> bool:
        if time.monotonic() - self._looked < PAUSE_SECONDS:
            return False
        self._looked = time.monotonic()
        return while_it_is_away(self._main.queue.paused)

    def _beat(self) -> None:
        passed = time.monotonic() - self._beaten
        if passed < BEAT_SECONDS:
            return
        per_minute, self._accepted = round(self._accepted * 60 / passed), 0
        self._beaten = time.monotonic()
        now = self._clock.now()
        # The heartbeat comes first: if the clock was set forward, this sender must not recover itself as dead.
        if self._senders.heartbeat(self._sender, now, per_minute):
            if self._senders.recover(now):
                self._main.dry_until = None
        else:
            self._dismiss()  # another sender took over and goes on; the fence refuses what is still under way here


def _by_queue(asked: dict[Job, asyncio.Future[Permission]]) -> dict[Queue, dict[int, asyncio.Future[Permission]]]:
    found: defaultdict[Queue, dict[int, asyncio.Future[Permission]]] = defaultdict(dict)
    for job, answer in asked.items():
        found[job.queue][job.row] = answer
    return found


def _give(answer: asyncio.Future[_Answer], given: _Answer) -> None:
    if not answer.done():  # the task that asked may have been cancelled
        answer.set_result(given)
