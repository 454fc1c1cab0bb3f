"""Messages that are ready at the same moment leave in one request.

Each connection of the dispatcher hands in one message and waits for its answer, so no more messages than connections can
be in doubt after a crash (I13). The rows of many connections are marked in one commit, so their messages come together.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from publisher.ports import Envelope, Reply

GATHERED: Final = 0.02
"""Seconds for which the first message waits for others at most."""
MOST_BYTES: Final = 20_000_000
"""Bytes of messages in one request, which as JSON may be half as many again. Postmark's limit is 50 MB."""


@dataclass(eq=False, slots=True)
class _Waiting:
    envelope: Envelope
    reply: Reply | None = None
    error: Exception | None = None

    def result(self) -> Reply:
        if self.error is not None:
            raise self.error
        assert self.reply is not None, "only asked for when it is there"
        return self.reply

    @property
    def ended(self) -> bool:
        return self.reply is not None or self.error is not None


@dataclass(eq=False, slots=True)
class Batches:
    """Gathers the messages of all connections, `most` at a time."""

    most: int
    gathered: float = GATHERED
    begun: int = 0
    _news: threading.Condition = field(default_factory=threading.Condition)
    _waiting: deque[_Waiting] = field(default_factory=deque)
    _led: bool = False

    def begin(self) -> None:
        """Note that a message will soon be handed in, or dropped."""
        with self._news:
            self.begun += 1

    def drop(self) -> None:
        with self._news:
            self.begun -= 1
            self._news.notify_all()

    def hand_in(self, envelope: Envelope, send: Callable[[Sequence[Envelope]], Sequence[Reply]]) -> Reply:
        """Return the answer to a message. One of those who wait sends for all of them; raises what `send` raises."""
        mine = _Waiting(envelope)
        with self._news:
            self._waiting.append(mine)
            self._news.notify_all()
        try:
            while not mine.ended:
                if batch := self._lead(mine):
                    self._send(batch, send)
            return mine.result()
        finally:
            self.drop()

    def _lead(self, mine: _Waiting) -> list[_Waiting]:
        """Return the messages that this thread is to send; none once its own has its answer."""
        with self._news:
            while self._led and not mine.ended:
                self._news.wait()
            if mine.ended:
                return []
            if mine not in self._waiting:  # another thread sends it
                self._news.wait()
                return []
            self._led = True
            until = time.monotonic() + self.gathered
            while len(self._waiting) < min(self.most, self.begun) and (left := until - time.monotonic()) > 0:
                self._news.wait(left)
            batch = self._taken()
            self._led = False
            self._news.notify_all()
            return batch

    def _taken(self) -> list[_Waiting]:
        batch, size = [self._waiting.popleft()], 0
        size = len(batch[0].envelope.message)
        while self._waiting and len(batch) < self.most:
            size += len(self._waiting[0].envelope.message)
            if size > MOST_BYTES:
                break
            batch.append(self._waiting.popleft())
        return batch

    def _send(self, batch: list[_Waiting], send: Callable[[Sequence[Envelope]], Sequence[Reply]]) -> None:
        try:
            replies = send([each.envelope for each in batch])
        except Exception as error:  # noqa: BLE001  each of them raises it in its own thread
            for each in batch:
                each.error = error
        else:
            for each, reply in zip(batch, replies, strict=True):
                each.reply = reply
        with self._news:
            self._news.notify_all()
