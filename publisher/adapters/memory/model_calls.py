"""The record of calls to models without a database: for one process, and for as long as that runs."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence

from publisher.ports import CallOutcome, CallRecord, Exceeded, Limits
from publisher.ports.model_calls import exceeded, periods


class MemoryModelCalls:
    """Implements ports.ModelCalls. With `keeps`, it keeps answers, as its twin does with a secret."""

    def __init__(self, *, keeps: bool = False) -> None:
        self._keeps = keeps
        self._lock = threading.Lock()
        self._calls: list[CallRecord] = []
        self._answers: dict[str, str] = {}

    def begin(self, call: CallRecord, limits: Limits) -> int | Exceeded:
        day, month = periods(call.at)
        with self._lock:
            groups = (
                [one for one in self._calls if one.issue is not None and one.issue == call.issue],
                [one for one in self._calls if one.at >= day],
                [one for one in self._calls if one.at >= month],
            )
            spent = [(sum(one.tokens for one in group), sum(one.micros or 0 for one in group)) for group in groups]
            if over := exceeded(call, limits, spent):
                return over
            self._calls.append(call)
            return len(self._calls) - 1

    def settle(self, number: int, call: CallRecord) -> None:
        with self._lock:
            self._calls[number] = call

    def add(self, call: CallRecord) -> None:
        with self._lock:
            self._calls.append(call)

    def form_of(self, endpoint: str, model: str, since: dt.datetime) -> str | None:
        for one in self.latest(len(self._calls)):
            if (one.endpoint, one.model, one.outcome) == (endpoint, model, CallOutcome.ANSWERED) and one.at >= since:
                return one.form
        return None

    def latest(self, limit: int, issue: int | None = None) -> Sequence[CallRecord]:
        with self._lock:
            found = [one for one in reversed(self._calls) if issue is None or one.issue == issue]
        return tuple(found[:limit])

    def kept(self, key: str) -> str | None:
        return self._answers.get(key)

    def keep(self, key: str, answer: str, at: dt.datetime) -> None:  # noqa: ARG002 - the port's
        if self._keeps:
            self._answers[key] = answer
