"""A call to a model, as a story: one endpoint after the other, each with its retries, within one deadline.

    call
      for each endpoint, which gets its share of the time that is left
          an answer to exactly this request that held before: done
          its breaker is open: the next one
          attempts, with pauses, as long as the failure may pass
              reserve -> ask -> settle; parameters that are refused are left out, and it is asked again at once
      no answer: say why

The deadline, pauses and rests are real time, by a monotonic clock, also where a test or a rehearsal has a clock of its
own: setting a clock changes none of them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import math
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, TypeVar

from publisher.adapters.model import wire
from publisher.adapters.model.breaker import Breaker
from publisher.adapters.model.endpoints import Endpoint
from publisher.adapters.model.replies import Verdict
from publisher.adapters.model.requests import BYTES_PER_TOKEN, EmbeddingRequest, Form, Request
from publisher.errors import ModelUnavailable
from publisher.ports import NO_LIMITS, CallOutcome, CallRecord, Clock, Exceeded, Limits, ModelCalls

ATTEMPTS: Final = 3
FIRST_PAUSE: Final = 0.5
"""Seconds before the second attempt, doubled before the third; up to half as much again is added at random."""

AT_ONCE: Final = 4
"""Calls of one process that may be under way at the same time."""

FORGET_FORMS: Final = 30
"""Days after which an endpoint is asked in the strictest form again: it may have learned."""

_MAY_PASS: Final = frozenset({CallOutcome.BUSY, CallOutcome.SERVER_ERROR, CallOutcome.NO_CONNECTION})
"""After these, the same endpoint is asked again."""
_FINAL: Final = frozenset({CallOutcome.FILTERED, CallOutcome.TOO_LONG})
"""After these, no other endpoint is asked: nobody shops for a model without scruples, nor sends the same too long text."""
_UNHEALTHY: Final = _MAY_PASS | {CallOutcome.LATE, CallOutcome.UNREADABLE}
"""These count towards an endpoint's rest."""
_MAY_COST: Final = frozenset({CallOutcome.LATE, CallOutcome.UNREADABLE, CallOutcome.NO_CONNECTION})
"""After these, nobody knows what the endpoint charges: what was reserved stays spent, if anything was sent."""

Result = TypeVar("Result")
_log = logging.getLogger("pressroom.models")


@dataclass(frozen=True, slots=True)
class Answer(Generic[Result]):
    """What a model answered, read; and every attempt that was made for it."""

    result: Result
    endpoint: Endpoint
    records: tuple[CallRecord, ...]
    content: str = field(repr=False)
    key: str = ""

    @property
    def tokens(self) -> int:
        """The tokens that the endpoints counted, those of failed attempts included."""
        return _counted(self.records)


class _Failed(Exception):
    """An endpoint gave no answer; `verdict` says why, in words of ours."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        super().__init__(verdict.reason)


@dataclass(frozen=True, slots=True)
class _Call(Generic[Result]):
    """What is the same for all attempts of a call."""

    request: Request | EmbeddingRequest
    read: Callable[[str], Result]
    limits: Limits
    records: list[CallRecord] = field(default_factory=list)


@dataclass(slots=True)
class _State:
    """What this process knows of an endpoint."""

    breaker: Breaker = field(default_factory=Breaker)
    form: Form | None = None


class Gateway:
    """Asks models, the first of `endpoints` that answers; threads may share it. One process needs one."""

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        calls: ModelCalls,
        clock: Clock,
        *,
        at_once: int = AT_ONCE,
        first_pause: float = FIRST_PAUSE,
        jitter: Callable[[], float] = random.random,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoints = tuple(endpoints)
        self._calls = calls
        self._clock = clock
        self._slots = threading.BoundedSemaphore(at_once)
        self._first_pause = first_pause
        self._jitter = jitter
        self._monotonic = monotonic
        self._states = [_State() for _ in self._endpoints]

    def call(
        self, request: Request, read: Callable[[str], Result], *, deadline_seconds: float, limits: Limits = NO_LIMITS
    ) -> Answer[Result]:
        """Ask, and return the answer as `read` reads it; `read` raises ValueError for what it cannot use.

        Raises ModelUnavailable with a reason of a few words.
        """
        return self._first_answer(_Call(request, read, limits), deadline_seconds)

    def keep(self, answer: Answer[Any]) -> None:
        """Keep an answer for the next time that exactly the same is asked. Call this only when it has proved right."""
        if answer.key and answer.records[-1].outcome is CallOutcome.ANSWERED:
            self._calls.keep(answer.key, answer.content, self._clock.now())

    def embed(
        self, texts: Sequence[str], *, deadline_seconds: float, limits: Limits = NO_LIMITS
    ) -> Answer[list[list[float]]]:
        """Return a vector for each text. Vectors of two models must not be mixed: look at the answer's endpoint."""
        return self._first_answer(_Call(EmbeddingRequest(tuple(texts)), json.loads, limits), deadline_seconds)

    def _first_answer(self, call: _Call[Result], deadline_seconds: float) -> Answer[Result]:
        until = self._monotonic() + deadline_seconds
        reasons: list[str] = []
        for place, (endpoint, state) in enumerate(zip(self._endpoints, self._states, strict=True)):
            now = self._monotonic()
            share = (until - now) / (len(self._endpoints) - place)
            try:
                return self._ask(call, endpoint, state, now + share)
            except _Failed as failed:
                late = self._monotonic() >= until and failed.verdict.outcome is CallOutcome.LATE
                reasons.append(f"deadline of {_seconds(deadline_seconds)} s passed" if late else str(failed))
                if failed.verdict.outcome in _FINAL:
                    too_long = failed.verdict.outcome is CallOutcome.TOO_LONG
                    raise ModelUnavailable(
                        "; ".join(reasons), tokens=_counted(call.records), too_long=too_long
                    ) from None
        raise ModelUnavailable("; ".join(reasons) or "none is configured", tokens=_counted(call.records))

    def _ask(self, call: _Call[Result], endpoint: Endpoint, state: _State, until: float) -> Answer[Result]:
        """Ask one endpoint, as often as it makes sense. Raises _Failed."""
        import stamina

        key = _key(call.request, endpoint) if call.request.cached else ""
        if key and (known := self._calls.kept(key)) is not None:
            try:
                result = call.read(known)
            except ValueError:
                _log.info("an answer that was kept is not usable, so the model is asked again")
            else:
                self._note(call, endpoint, CallOutcome.CACHED)
                return Answer(result, endpoint, tuple(call.records), known, key)
        _say_retries()
        number = 0

        def pause(error: Exception) -> bool | float:
            """Return how long to wait before another attempt; False if there is none."""
            if not isinstance(error, _Failed) or error.verdict.outcome not in _MAY_PASS:
                return False
            wait = error.verdict.wait
            if wait is None:
                wait = self._first_pause * 2 ** (number - 1) * (1 + self._jitter() / 2)
            later = self._monotonic() + wait
            return wait if later < until and not state.breaker.rests(later) else False

        try:
            for attempt in stamina.retry_context(on=pause, attempts=ATTEMPTS, timeout=None):
                number = attempt.num
                with attempt:
                    result, content = self._attempt(call, endpoint, state, until)
                    return Answer(result, endpoint, tuple(call.records), content, key)
        except _Failed as failed:
            verdict = failed.verdict
            if verdict.wait is not None and self._monotonic() + verdict.wait >= until:
                raise _Failed(replace(verdict, reason=f"{verdict.reason}, try again in {verdict.wait:.0f} s")) from None
            if number > 1:
                raise _Failed(replace(verdict, reason=f"{verdict.reason} ({number} attempts)")) from None
            raise
        raise AssertionError("an attempt answers or fails")

    def _attempt(self, call: _Call[Result], endpoint: Endpoint, state: _State, until: float) -> tuple[Result, str]:
        """Ask once, and again at once with fewer parameters where they are refused. Raises _Failed."""
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
                raise _Failed(verdict)
            form = less

    def _asked(
        self, call: _Call[Result], endpoint: Endpoint, state: _State, form: Form, until: float
    ) -> tuple[Verdict, Result | None]:
        """Reserve, ask, settle; return what was answered, or None and why not. Raises _Failed if nothing was asked."""
        if not self._slots.acquire(timeout=max(0.0, until - self._monotonic())):
            raise _Failed(Verdict(CallOutcome.BUSY, "too many calls at once"))
        try:
            if self._monotonic() >= until:
                raise _Failed(Verdict(CallOutcome.LATE, "no time left"))
            if not state.breaker.admits(self._monotonic()):
                raise _Failed(Verdict(CallOutcome.REFUSED, "rests after failures"))
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

    def _reserved(self, call: _Call[Any], endpoint: Endpoint, form: Form) -> tuple[int, CallRecord]:
        """Reserve the most that an attempt can cost. Raises _Failed if the budget has not so much left."""
        given, made = call.request.most_tokens
        micros = endpoint.micros(given, made)
        limits = call.limits
        if micros is None and (limits.micros_per_issue, limits.micros_per_day, limits.micros_per_month) != (None,) * 3:
            raise _Failed(Verdict(CallOutcome.OVER_BUDGET, f"the price of {endpoint.name} is not known"))
        record = replace(
            self._record(call, endpoint, CallOutcome.UNDER_WAY),
            form=str(form) if isinstance(call.request, Request) else "", input_tokens=given, output_tokens=made, micros=micros, estimated=True,
        )  # fmt: skip
        number = self._calls.begin(record, call.limits)
        if isinstance(number, Exceeded):
            self._note(call, endpoint, CallOutcome.OVER_BUDGET)
            raise _Failed(Verdict(CallOutcome.OVER_BUDGET, f"over the budget, model.{number.limit}"))
        return number, record

    def _form(self, endpoint: Endpoint, state: _State) -> Form:
        """Return the parameters that the endpoint took the last time, in this process or in another."""
        if state.form is None:
            since = self._clock.now() - dt.timedelta(days=FORGET_FORMS)
            state.form = Form.parse(self._calls.form_of(endpoint.shown, endpoint.name, since))
        return state.form

    def _note(self, call: _Call[Any], endpoint: Endpoint, outcome: CallOutcome) -> None:
        """Record something that cost nothing."""
        record = replace(self._record(call, endpoint, outcome), micros=0)
        self._calls.add(record)
        call.records.append(record)

    def _record(self, call: _Call[Any], endpoint: Endpoint, outcome: CallOutcome) -> CallRecord:
        return CallRecord(
            at=self._clock.now(), purpose=call.request.purpose, issue=call.request.issue, endpoint=endpoint.shown,
            model=endpoint.name, prompt=call.request.prompt, request=call.request.digest, outcome=outcome,
        )  # fmt: skip


def _said(call: _Call[Result], endpoint: Endpoint, form: Form, seconds: float) -> tuple[Verdict, Result | None]:
    """Ask over the wire; return what was answered and read, or None and why there is nothing."""
    try:
        reply = wire.post(endpoint, call.request.path, call.request.body(endpoint.name, form), max(0.0, seconds))
    except wire.Late:
        return Verdict(CallOutcome.LATE, f"no reply within {_seconds(seconds)} s"), None
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


def _key(request: Request | EmbeddingRequest, endpoint: Endpoint) -> str:
    """Return the digest of exactly what is asked of whom."""
    asked = [request.digest, request.prompt, endpoint.shown, endpoint.name]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _seconds(number: float) -> str:
    """Return seconds as they are told.

    >>> [_seconds(number) for number in (0.25, 59.96, 3599.7)]
    ['0.25', '60', '3600']
    """
    return f"{number:.3g}" if number < 100 else f"{number:.0f}"


def _counted(records: Sequence[CallRecord]) -> int:
    return sum(record.tokens for record in records if not record.estimated)


def _say_retries() -> None:
    """Let stamina say of a retry only why and when; its own hook would print to an editor's terminal."""
    from stamina.instrumentation import RetryDetails, set_on_retry_hooks

    def tell(details: RetryDetails) -> None:
        _log.info("%s; trying again in %.3f s", details.caused_by, details.wait_for)

    set_on_retry_hooks([tell])
