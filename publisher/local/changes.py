"""Tells open pages that there is something new, by server-sent events."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable

LOOK_UP = 1.0
"""Seconds after which a stream looks whether the server is to end."""
SIGN_OF_LIFE = 15
"""Looks between two comments, which show a dead connection."""


class Changes:
    """A number that grows with each change, and the streams that tell it."""

    def __init__(self) -> None:
        self.number = 0
        self._listeners: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._lock = threading.Lock()

    def happened(self) -> None:
        """Tell all streams; any thread may call this."""
        with self._lock:
            self.number += 1
            for loop, event in self._listeners:
                with contextlib.suppress(RuntimeError):  # the server has ended
                    loop.call_soon_threadsafe(event.set)

    async def stream(self, ended: Callable[[], bool]) -> AsyncIterator[str]:
        """Yield the number as an event, at once and after each change, until the server has `ended`."""
        event = asyncio.Event()
        listener = (asyncio.get_running_loop(), event)
        with self._lock:
            self._listeners.add(listener)
        try:
            said, looks = -1, 0
            while not ended():
                if said != self.number:
                    said = self.number
                    yield f"data: {said}\n\n"
                elif looks % SIGN_OF_LIFE == 0:
                    yield ":\n\n"
                looks += 1
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(event.wait(), LOOK_UP)
                event.clear()
        finally:
            with self._lock:
                self._listeners.discard(listener)
