"""The record of calls to models: what each cost and came to, what may still be spent, and answers that held before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class CallOutcome(StrEnum):
    """What one attempt at one endpoint came to."""

    UNDER_WAY = "under way"
    """Asked, and not settled: a process that was killed leaves it so, and what it reserved counts as spent."""
    ANSWERED = "answered"
    CACHED = "cached"
    """Not asked: the same request had an answer before, which held."""
    PARAMETER_REFUSED = "parameter refused"
    UNUSABLE = "unusable"
    """A whole reply, but not of the form that was asked for."""
    UNREADABLE = "unreadable"
    """Not a chat completion: a web page, half of one, too many bytes."""
    TRUNCATED = "truncated"
    FILTERED = "filtered"
    """A content filter stopped it, or the model declined."""
    TOO_LONG = "too long"
    """The request is longer than the model takes."""
    BUSY = "busy"
    SERVER_ERROR = "server error"
    REFUSED = "refused"
    """Any other status that is not 200, such as that of a wrong key."""
    NO_CONNECTION = "no connection"
    LATE = "late"
    OVER_BUDGET = "over budget"
    """Not asked: it could have cost more than is left."""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One attempt: an endpoint was asked once, or its answer was known. `micros` are millionths of a US dollar.

    `endpoint` is its URL without user, password or query. `form` names the parameters it was asked with. `milliseconds`
    and `status` (of HTTP) are None where there was no reply. `micros` is None if nobody knows the price. Tokens are
    `estimated` where the endpoint did not count them; while a call is under way, they are the most that it can cost.
    """

    at: dt.datetime
    purpose: str
    issue: int | None
    endpoint: str
    model: str
    prompt: str
    request: str
    form: str = ""
    outcome: CallOutcome = CallOutcome.UNDER_WAY
    status: int | None = None
    milliseconds: int | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    estimated: bool = False
    micros: int | None = None

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that may be spent: tokens, and millionths of a US dollar; None: no limit. Days and months are UTC's."""

    tokens_per_issue: int | None = None
    tokens_per_day: int | None = None
    tokens_per_month: int | None = None
    micros_per_issue: int | None = None
    micros_per_day: int | None = None
    micros_per_month: int | None = None


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Exceeded:
    """The limit that a call could have exceeded: its name in publication.toml, and what was spent or reserved of it."""

    limit: str
    spent: int


class ModelCalls(Protocol):
    """Keeps every call. `begin` and `settle` hold across processes: what one reserved, no other can spend."""

    def begin(self, call: CallRecord, limits: Limits) -> int | Exceeded:
        """Reserve what `call` can cost at most and record it as under way; return its number, or which limit forbids it."""
        ...

    def settle(self, number: int, call: CallRecord) -> None:
        """Record what the call came to and cost, in place of what was reserved."""
        ...

    def add(self, call: CallRecord) -> None:
        """Record something that cost nothing: an answer from the cache, a call that the budget forbade."""
        ...

    def form_of(self, endpoint: str, model: str, since: dt.datetime) -> str | None:
        """Return the parameters of the last call that this endpoint answered since then."""
        ...

    def latest(self, limit: int, issue: int | None = None) -> Sequence[CallRecord]:
        """Return the latest calls, the newest first."""
        ...

    def kept(self, key: str) -> str | None:
        """Return the answer that was kept under a key; None without one, or if it is not as it was kept."""
        ...

    def keep(self, key: str, answer: str, at: dt.datetime) -> None:
        """Keep an answer that held. Without a secret to seal it with, nothing is kept."""
        ...


def exceeded(call: CallRecord, limits: Limits, spent: Sequence[tuple[int, int]]) -> Exceeded | None:
    """Return the first limit that `call` could exceed; `spent` has (tokens, micros) of its issue, its day, its month."""
    pairs = [
        ("tokens_per_issue", limits.tokens_per_issue, spent[0][0], call.tokens),
        ("tokens_per_day", limits.tokens_per_day, spent[1][0], call.tokens),
        ("tokens_per_month", limits.tokens_per_month, spent[2][0], call.tokens),
        ("dollars_per_issue", limits.micros_per_issue, spent[0][1], call.micros or 0),
        ("dollars_per_day", limits.micros_per_day, spent[1][1], call.micros or 0),
        ("dollars_per_month", limits.micros_per_month, spent[2][1], call.micros or 0),
    ]
    for name, most, before, more in pairs:
        if most is not None and before + more > most and (call.issue is not None or not name.endswith("issue")):
            return Exceeded(name, before)
    return None


def periods(at: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Return when the day and the month of a moment began, in UTC."""
    day = at.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day, day.replace(day=1)
