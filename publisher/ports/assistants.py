"""What assistants need of the world: a model to talk to, and a log of what was asked of the tools."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One line of the log: what was asked, under a key that means one thing for ever.

    `digest` is that of the tool's name and input. `intent` is what a call is about to write and `result` what it
    answered, both as JSON; without a result, it was interrupted, or is still at work. `step` counts from 1 in its run;
    the run itself has 0.
    """

    run: str
    step: int
    key: str
    tool: str
    digest: str
    at: dt.datetime
    intent: str | None = None
    result: str | None = None


class ToolCalls(Protocol):
    """The log of calls. Rows are only ever added, and each gets its result once."""

    def find(self, key: str) -> ToolCall | None: ...

    def begin(self, call: ToolCall) -> ToolCall:
        """Record a call if its key is new, and return what is recorded under the key."""
        ...

    def finish(self, key: str, result: str) -> ToolCall:
        """Record the result of a call that has none, and return what is recorded."""
        ...

    def unfinished(self, tool: str, digest: str) -> ToolCall | None:
        """Return the latest call of a tool with this input that has no result."""
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation with a model."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What a model answered, and what that cost; `micros` are millionths of a US dollar, None if nobody knows."""

    text: str
    tokens: int
    micros: int | None = None


class Chat(Protocol):
    """A model that goes on with a conversation."""

    def reply(
        self, turns: Sequence[Turn], schema: Mapping[str, object], *, seconds: float, most_tokens: int
    ) -> ChatReply:
        """Return the next message, a JSON object that should follow `schema`, within `seconds`. Raises ModelUnavailable."""
        ...
