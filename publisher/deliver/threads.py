"""Between code that waits and the event loop that sends: calls that block get a thread of their own."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import TypeVar, cast

from publisher.ports import AnyCourier, BlockingConnection, BlockingCourier, Connection, Courier, Envelope, Reply

_Result = TypeVar("_Result")


def run(work: Coroutine[object, object, _Result]) -> _Result:
    """Run a coroutine in an event loop of its own, and return its result. Works in a thread that has a running loop, too."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    end: Future[_Result] = Future()

    def alone() -> None:
        try:
            end.set_result(asyncio.run(work))
        except BaseException as error:  # noqa: BLE001  the caller raises it again
            end.set_exception(error)

    threading.Thread(target=alone, daemon=True).start()  # a daemon: Ctrl-C in the caller's thread ends the wait
    return end.result()


async def in_thread(call: Callable[[], _Result]) -> _Result:
    """Return what a call returns or raises, without holding up the event loop.

    The thread has the task's name. It is a daemon, so that a second Ctrl-C ends the process even if a server takes ten
    minutes to answer; asyncio.to_thread would have the process wait.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[_Result] = loop.create_future()

    def work() -> None:
        end: Callable[[], None]
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001  the task raises it again
            end = partial(future.set_exception, error)
        else:
            end = partial(future.set_result, result)
        with suppress(RuntimeError):  # the loop is closed, and nobody waits
            loop.call_soon_threadsafe(lambda: None if future.done() else end())

    task = asyncio.current_task()
    threading.Thread(target=work, name=task.get_name() if task else None, daemon=True).start()
    return await future


def on_loop(courier: AnyCourier) -> Courier:
    """Return the courier itself, or one that runs its blocking calls in threads."""
    if inspect.iscoroutinefunction(courier.connect):
        return cast("Courier", courier)
    return _InThreads(cast("BlockingCourier", courier))


class _InThreads:
    """Fulfils ports.Courier with one whose calls block."""

    def __init__(self, courier: BlockingCourier) -> None:
        self._courier = courier

    async def connect(self) -> Connection:
        return _Connection(await in_thread(self._courier.connect))


class _Connection:
    """Fulfils ports.Connection with one whose calls block. The calls that return at once run as they are."""

    def __init__(self, connection: BlockingConnection) -> None:
        self._connection = connection
        self.alive, self.abandon, self.close = connection.alive, connection.abandon, connection.close

    async def hand_over(self, envelope: Envelope) -> Reply:
        return await in_thread(lambda: self._connection.hand_over(envelope))

    async def finish(self) -> Reply:
        return await in_thread(self._connection.finish)
