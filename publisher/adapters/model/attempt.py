"""One attempt at an endpoint: reserve -> ask -> settle; parameters that are refused are left out, and it is asked again at once."""

from __future__ import annotations

import datetime as dt
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, TypeVar

from publisher.adapters.model import wire
from publisher.adapters.model.breaker import Breaker
from publisher.adapters.model.endpoints import Endpoint
from publisher.adapters.model.replies import Verdict
from publisher.adapters.model.requests import BYTES_PER_TOKEN, EmbeddingRequest, Form, Request
from publisher.ports import CallOutcome, CallRecord, Clock, Exceeded, Limits, ModelCalls

FORGET_FORMS: Final = 30
"""Days after which an endpoint is asked in the strictest form again: it may have learned."""

MAY_PASS: Final = frozenset({CallOutcome.BUSY, CallOutcome.SERVER_ERROR, CallOutcome.NO_CONNECTION})
"""After these, the same endpoint is asked again."""
_UNHEALTHY: Final = MAY_PASS | {CallOutcome.LATE, CallOutcome.UNREADABLE}
"""These count towards an endpoint's rest."""
_MAY_COST: Final = frozenset({CallOutcome.LATE, CallOutcome.UNREADABLE, CallOutcome.NO_CONNECTION})
"""After these, nobody knows what the endpoint charges: what was reserved stays spent, if anything was sent."""

Result = TypeVar("Result")


class Failed(Exception):
    """An endpoint gave no answer; `verdict` says why, in words of ours."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        super().__init__(verdict.reason)


@dataclass(frozen=True, slots=True)
class Call(Generic[Result]):
    """What is the same for all attempts of a call."""

    request: Request | EmbeddingRequest
    read: Callable[[str], Result]
    limits: Limits
    records: list[CallRecord] = field(default_factory=list)


@dataclass(slots=True)
class State:
    """What this process knows of an endpoint."""

    breaker: Breaker = field(default_factory=Breaker)
    form: Form | None = None


class Attempts:
    """Makes attempts, so many at a time in all threads; what each came to is recorded."""

    def __init__(self, calls: ModelCalls, clock: Clock, at_once: int, monotonic: Callable[[], float]) -> None:
        self._calls = calls
        self._clock = clock
        self._slots = threading.BoundedSemaphore(at_once)
        self._monotonic = monotonic

    def make(self, call: Call[Result], endpoint: Endpoint, state: State, until: float) -> tuple[Result, str]:
        """Ask once, and again at once with fewer parameters where they are refused. Raises Failed."""
        form = self._form(endpoint, state)
        refused: frozenset[str] = frozenset()
        while True:
            asked = self._asked(call, endpoint, state, form, until)
            verdict, result = asked
            if result is not None:
                state.form = form
                return result, verdict.content
            less: Form | None = None
            if verdict.outcome is CallOutcome.PARAMETER_REFUSED:
                refused |= verdict.refused - {"response_format"}
                less = form.without(refused | verdict.refused)
                state.form = less or form
            elif verdict.outcome is CallOutcome.UNUSABLE and form.answer == "json_schema":
                # An endpoint may ignore the schema until it is told in words.
                less = form._replace(answer="json_object")
            if less is None or self._monotonic() >= until:
                raise Failed(verdict)
            form = less

    def _asked(
        self, call: Call[Result], endpoint: Endpoint, state: State, form: Form, until: float
    ) -> tuple[Verdict, Result | None]:
        """Reserve, ask, settle; return what was answered, or None and why not. Raises Failed if nothing was asked."""
        if not self._slots.acquire(timeout=max(0.0, until - self._monotonic())):
            raise Failed(Verdict(CallOutcome.BUSY, "too many calls at once"))
        try:
            if self._monotonic() >= until:
                raise Failed(Verdict(CallOutcome.LATE, "no time left"))
            if not state.breaker.admits(self._monotonic()):
                raise Failed(Verdict(CallOutcome.REFUSED, "rests after failures"))
            try:
                number, record = self._reserved(call, endpoint, form)
                begun = self._monotonic()
                said = _said(call, endpoint, form, min(until - begun, endpoint.seconds or math.inf))
                verdict, result = said
            except BaseException:
                state.breaker.unasked()
                raise
            now = self._monotonic()
            if verdict.outcome in _UNHEALTHY:
                state.breaker.failed(now, verdict.wait)
            else:
                state.breaker.answered()
            record = _settled(record, verdict, endpoint, round(1000 * (now - begun)))
            self._calls.settle(number, record)
            call.records.append(record)
            return verdict, result
        finally:
            self._slots.release()

    def _reserved(self, call: Call[Any], endpoint: Endpoint, form: Form) -> tuple[int, CallRecord]:
        """Reserve the most that an attempt can cost. Raises Failed if the budget has not so much left."""
        given, made = call.request.most_tokens
        micros = endpoint.micros(given, made)
        limits = call.limits
        if micros is None and (limits.micros_per_issue, limits.micros_per_day, limits.micros_per_month) != (None,) * 3:
            raise Failed(Verdict(CallOutcome.OVER_BUDGET, f"the price of {endpoint.name} is not known"))
        record = replace(
            self._record(call, endpoint, CallOutcome.UNDER_WAY),
            form=str(form) if isinstance(call.request, Request) else "", input_tokens=given, output_tokens=made, micros=micros, estimated=True,
        )  # fmt: skip
        number = self._calls.begin(record, call.limits)
        if isinstance(number, Exceeded):
            self.note(call, endpoint, CallOutcome.OVER_BUDGET)
            raise Failed(Verdict(CallOutcome.OVER_BUDGET, f"over the budget, model.{number.limit}"))
        return number, record

    def _form(self, endpoint: Endpoint, state: State) -> Form:
        """Return the parameters that the endpoint took the last time, in this process or in another."""
        if state.form is None:
            since = self._clock.now() - dt.timedelta(days=FORGET_FORMS)
            state.form = Form.parse(self._calls.form_of(endpoint.shown, endpoint.name, since))
        return state.form

    def note(self, call: Call[Any], endpoint: Endpoint, outcome: CallOutcome) -> None:
        """Record something that cost nothing."""
        record = replace(self._record(call, endpoint, outcome), micros=0)
        self._calls.add(record)
        call.records.append(record)

    def _record(self, call: Call[Any], endpoint: Endpoint, outcome: CallOutcome) -> CallRecord:
        return CallRecord(
            at=self._clock.now(), purpose=call.request.purpose, issue=call.request.issue, endpoint=endpoint.shown,
            model=endpoint.name, prompt=call.request.prompt, request=call.request.digest, outcome=outcome,
        )  # fmt: skip


def _said(call: Call[Result], endpoint: Endpoint, form: Form, seconds: float) -> tuple[Verdict, Result | None]:
    """Ask over the wire; return what was answered and read, or None and why there is nothing."""
    try:
        reply = wire.post(endpoint, call.request.path, call.request.body(endpoint.name, form), max(0.0, seconds))
    except wire.Late:
        return Verdict(CallOutcome.LATE, f"no reply within {in_seconds(seconds)} s"), None
    except wire.NotConnected as error:
        return Verdict(CallOutcome.NO_CONNECTION, str(error), counted=True), None
    except wire.Broken as error:
        return Verdict(CallOutcome.NO_CONNECTION, str(error)), None
    except wire.TooMuch as error:
        return Verdict(CallOutcome.UNREADABLE, str(error)), None
    verdict = call.request.read(reply)
    if verdict.outcome is not CallOutcome.ANSWERED:
        return verdict, None
    try:
        return verdict, call.read(verdict.content)
    except ValueError:
        return replace(verdict, outcome=CallOutcome.UNUSABLE, reason="reply does not follow the schema"), None


def _settled(record: CallRecord, verdict: Verdict, endpoint: Endpoint, milliseconds: int) -> CallRecord:
    """Put what an attempt cost in place of what was reserved; where nobody counted, what it may have cost stays."""
    given, made = verdict.input_tokens, verdict.output_tokens
    estimated = not verdict.counted and (verdict.status == 200 or verdict.outcome in _MAY_COST)
    if estimated:
        given, made = record.input_tokens, record.output_tokens
        if verdict.content:
            made = len(verdict.content.encode()) // BYTES_PER_TOKEN
    return replace(
        record, outcome=verdict.outcome, status=verdict.status, milliseconds=milliseconds, input_tokens=given,
        output_tokens=made, estimated=estimated, micros=endpoint.micros(given, made),
    )  # fmt: skip


def in_seconds(number: float) -> str:
    """Return seconds as they are told.

    >>> [in_seconds(number) for number in (0.25, 59.96, 3599.7)]
    ['0.25', '60', '3600']
    """
    return f"{number:.3g}" if number < 100 else f"{number:.0f}"
