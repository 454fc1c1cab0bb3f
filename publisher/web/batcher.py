"""Takes sign-ups in groups, and sends the emails that follow.

A commit waits for the disk, however much is in it, so forms that come in at the same time share one. A thread of its
own sends the emails as soon as the transaction that caused them is committed; no answer waits for them.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from queue import SimpleQueue

from publisher.errors import PressroomError
from publisher.ports import Clock
from subscribers import SignUpRequest, Subscribers, SubscribersError
from subscribers.database import DatabaseBroken

GROUP = 100
"""The most forms in one transaction: a reader who leaves at the same time waits for the whole of it."""

BREAKER_SECONDS = 10.0
"""How old the known state of the circuit breaker may be."""

FORMS_FIRST_SECONDS = 0.5
"""How long emails wait, after each batch, while forms come in faster than one by one."""

_RUSH_SECONDS = 0.1

_log = logging.getLogger(__name__)

_Form = tuple[SignUpRequest, "asyncio.Future[None]"]


class SignUpBatcher:
    """Two threads, which start when they are first needed and end with `close`."""

    def __init__(self, subscribers: Subscribers, clock: Clock, mail: Callable[[Callable[[], bool]], int]) -> None:
        self._subscribers = subscribers
        self._clock = clock
        self._mail = mail
        self._requests: SimpleQueue[_Form | None] = SimpleQueue()
        self._due = threading.Event()
        self._closed = False
        self._starting = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._rush_until = 0.0
        self._look_again = 0.0
        self._stopped_until = 0.0

    async def sign_up(self, request: SignUpRequest) -> None:
        """Take a form, and return when it is committed. Raises what Subscribers.sign_up_all does."""
        self._start()
        done = asyncio.get_running_loop().create_future()
        self._requests.put((request, done))
        await done

    def post(self) -> None:
        """Have the emails that are due now sent soon."""
        self._start()
        self._due.set()

    def stopped(self) -> int:
        """Return for how many more seconds the circuit breaker keeps sign-ups out; 0 when it does not."""
        now = time.monotonic()
        if now >= self._look_again:
            moment = self._clock.now()
            opened = self._subscribers.watch.sign_ups_stopped(moment)
            self._stopped_until = now + (opened.until - moment).total_seconds() if opened else 0.0
            self._look_again = now + BREAKER_SECONDS
        return max(0, math.ceil(self._stopped_until - now))

    def close(self) -> None:
        """End what is under way, and both threads."""
        with self._starting:
            self._closed = True
        self._requests.put(None)
        self._due.set()
        for thread in self._threads:
            thread.join()

    def _start(self) -> None:
        with self._starting:
            if self._closed:
                raise RuntimeError("the batcher is closed")
            if not self._threads:
                for work, name in ((self._take, "sign-ups"), (self._post, "emails")):
                    self._threads.append(threading.Thread(target=work, name=name, daemon=True))
                    self._threads[-1].start()

    def _take(self) -> None:
        while (first := self._requests.get()) is not None:
            group = [first]
            while len(group) < GROUP and not self._requests.empty():
                other = self._requests.get()
                if other is None:
                    self._requests.put(None)
                    break
                group.append(other)
            if len(group) > 1:
                self._rush_until = time.monotonic() + _RUSH_SECONDS
            self._commit(group)
            self._due.set()

    def _commit(self, group: list[_Form]) -> None:
        try:
            self._subscribers.sign_ups.sign_up_all([request for request, _ in group], self._clock.now())
        except DatabaseBroken as error:
            if len(group) == 1:
                _answer(group, error)
                return
            for one in group:  # one that cannot be written must not hold up the others
                self._commit([one])
        except BaseException as error:  # noqa: BLE001  it is raised again where the form is answered
            _answer(group, error)
        else:
            _answer(group, None)

    def _post(self) -> None:
        while True:
            self._due.wait()
            self._due.clear()
            while not self._closed and self._post_some():
                self._let_forms_pass()
            if self._closed:
                return

    def _let_forms_pass(self) -> None:
        """Wait a moment in a rush of forms: the visitors' answers come before the emails."""
        end = time.monotonic() + FORMS_FIRST_SECONDS
        while time.monotonic() < min(end, self._rush_until) and not self._closed:
            time.sleep(0.02)

    def _forms_wait(self) -> bool:
        """Return whether the mails that have left are enough for now."""
        return self._closed or time.monotonic() < self._rush_until or not self._requests.empty()

    def _post_some(self) -> bool:
        """Hand over some of the mail that is due; return whether there may be more."""
        try:
            return self._mail(self._forms_wait) > 0
        except (PressroomError, SubscribersError) as error:
            # The reader already has the answer, and the mail stays due: the scheduler's next poke sends it.
            _log.warning("mail stays due: %s", error)
        except Exception:  # noqa: BLE001  this thread has to outlive our bugs, which the log has with their traces
            _log.exception("mail could not be handed over")
        return False


def _answer(group: list[_Form], error: BaseException | None) -> None:
    """Wake everybody who waits for one of these forms, with one call for each event loop and not for each form."""
    waiting: defaultdict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = defaultdict(list)
    for _, done in group:
        waiting[done.get_loop()].append(done)
    for loop, forms in waiting.items():
        try:
            loop.call_soon_threadsafe(_wake, forms, error)
        except RuntimeError:  # the server has ended meanwhile
            _log.info("nobody waits any more for the answer to %d sign-ups", len(forms))


def _wake(forms: list[asyncio.Future[None]], error: BaseException | None) -> None:
    for done in forms:
        if done.done():
            continue  # the visitor went away
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
