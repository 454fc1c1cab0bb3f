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

import hashlib
import json
import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic

from publisher.adapters.model.attempt import MAY_PASS, Attempts, Call, Failed, Result, State, in_seconds
from publisher.adapters.model.endpoints import Endpoint
from publisher.adapters.model.requests import EmbeddingRequest, Request
from publisher.errors import ModelUnavailable
from publisher.ports import NO_LIMITS, CallOutcome, CallRecord, Clock, Limits, ModelCalls

ATTEMPTS: Final = 3

MOST_TOLD: Final = 30 * 24 * 3600.0
"""Seconds above which nobody waits: an endpoint that asks for more is told of without a number."""

FIRST_PAUSE: Final = 0.5
"""Seconds before the second attempt, doubled before the third; up to half as much again is added at random."""

AT_ONCE: Final = 4
"""Calls of one process that may be under way at the same time."""

_FINAL: Final = frozenset({CallOutcome.FILTERED, CallOutcome.TOO_LONG})
"""After these, no other endpoint is asked: nobody shops for a model without scruples, nor sends the same too long text."""
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
        self._attempts = Attempts(calls, clock, at_once, monotonic)
        self._first_pause = first_pause
        self._jitter = jitter
        self._monotonic = monotonic
        self._states = [State() for _ in self._endpoints]

    def call(
        self, request: Request, read: Callable[[str], Result], *, deadline_seconds: float, limits: Limits = NO_LIMITS
    ) -> Answer[Result]:
        """Ask, and return the answer as `read` reads it; `read` raises ValueError for what it cannot use.

        Raises ModelUnavailable with a reason of a few words.
        """
        return self._first_answer(Call(request, read, limits), deadline_seconds)

    def keep(self, answer: Answer[Any]) -> None:
        """Keep an answer for the next time that exactly the same is asked. Call this only when it has proved right."""
        if answer.key and answer.records[-1].outcome is CallOutcome.ANSWERED:
            self._calls.keep(answer.key, answer.content, self._clock.now())

    def embed(
        self, texts: Sequence[str], *, deadline_seconds: float, limits: Limits = NO_LIMITS
    ) -> Answer[list[list[float]]]:
        """Return a vector for each text. Vectors of two models must not be mixed: look at the answer's endpoint."""
        return self._first_answer(Call(EmbeddingRequest(tuple(texts)), json.loads, limits), deadline_seconds)

    def _first_answer(self, call: Call[Result], deadline_seconds: float) -> Answer[Result]:
        until = self._monotonic() + deadline_seconds
        reasons: list[str] = []
        for place, (endpoint, state) in enumerate(zip(self._endpoints, self._states, strict=True)):
            now = self._monotonic()
            share = (until - now) / (len(self._endpoints) - place)
            try:
                return self._ask(call, endpoint, state, now + share)
            except Failed as failed:
                late = self._monotonic() >= until and failed.verdict.outcome is CallOutcome.LATE
                reasons.append(f"deadline of {in_seconds(deadline_seconds)} s passed" if late else str(failed))
                if failed.verdict.outcome in _FINAL:
                    too_long = failed.verdict.outcome is CallOutcome.TOO_LONG
                    raise ModelUnavailable(
                        "; ".join(reasons), tokens=_counted(call.records), too_long=too_long
                    ) from None
        raise ModelUnavailable("; ".join(reasons) or "none is configured", tokens=_counted(call.records))

    def _ask(self, call: Call[Result], endpoint: Endpoint, state: State, until: float) -> Answer[Result]:
        """Ask one endpoint, as often as it makes sense. Raises Failed."""
        import stamina

        key = _key(call.request, endpoint) if call.request.cached else ""
        if key and (known := self._calls.kept(key)) is not None:
            try:
                result = call.read(known)
            except ValueError:
                _log.info("an answer that was kept is not usable, so the model is asked again")
            else:
                self._attempts.note(call, endpoint, CallOutcome.CACHED)
                return Answer(result, endpoint, tuple(call.records), known, key)
        _say_retries()
        number = 0

        def pause(error: Exception) -> bool | float:
            """Return how long to wait before another attempt; False if there is none."""
            if not isinstance(error, Failed) or error.verdict.outcome not in MAY_PASS:
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
                    result, content = self._attempts.make(call, endpoint, state, until)
                    return Answer(result, endpoint, tuple(call.records), content, key)
        except Failed as failed:
            verdict = failed.verdict
            if verdict.wait is not None and self._monotonic() + verdict.wait >= until:
                raise Failed(replace(verdict, reason=f"{verdict.reason}, {_again(verdict.wait)}")) from None
            if number > 1:
                raise Failed(replace(verdict, reason=f"{verdict.reason} ({number} attempts)")) from None
            raise
        raise AssertionError("an attempt answers or fails")


def _key(request: Request | EmbeddingRequest, endpoint: Endpoint) -> str:
    """Return the digest of exactly what is asked of whom."""
    asked = [request.digest, request.prompt, endpoint.shown, endpoint.name]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _again(seconds: float) -> str:
    """Return when an endpoint wants to be asked again.

    >>> _again(90.0), _again(float("inf"))
    ('try again in 90 s', 'not to be tried again')
    """
    return f"try again in {seconds:.0f} s" if seconds < MOST_TOLD else "not to be tried again"


def _counted(records: Sequence[CallRecord]) -> int:
    return sum(record.tokens for record in records if not record.estimated)


def _say_retries() -> None:
    """Let stamina say of a retry only why and when; its own hook would print to an editor's terminal."""
    from stamina.instrumentation import RetryDetails, set_on_retry_hooks

    def tell(details: RetryDetails) -> None:
        _log.info("%s; trying again in %.3f s", details.caused_by, details.wait_for)

    set_on_retry_hooks([tell])
