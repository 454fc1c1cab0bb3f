"""What models' endpoints may do, and what has to come of it: an answer, or a reason to ask the next writer.

Each scenario asks over real sockets, at faulty_endpoint.py, and declares what each attempt comes to and whether there is
an answer. Nothing else may come of it: whatever a model does, the issue ships.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from publisher.adapters.memory import MemoryModelCalls
from publisher.adapters.model import Endpoint, Gateway
from publisher.adapters.model_writer import ModelWriter
from publisher.errors import WriterUnavailable
from publisher.issue import Passage
from publisher.ports import NO_LIMITS, Brief, CallOutcome, Clock, Hit, Limits, ModelCalls

PATIENT: Final = 60.0
"""Seconds that no scenario uses up which is not about time."""
SLACK: Final = 10.0
"""Seconds that a deadline may be missed by on a busy machine."""
NOBODY: Final = ""
"""The script of an endpoint at which nobody listens."""

_O = CallOutcome
_ANSWERED, _LATE, _UNREADABLE = (_O.ANSWERED,), (_O.LATE,), (_O.UNREADABLE,)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What the endpoints do, in the order in which they are asked, and what is declared to come of it."""

    name: str
    scripts: tuple[str, ...]
    outcomes: tuple[CallOutcome, ...]
    by_model: bool = False
    deadline: float = PATIENT
    limits: Limits = NO_LIMITS
    first_price: tuple[float, float] | None = None
    first_seconds: float | None = None
    inside_a_loop: bool = False
    clock_jumps: bool = False


@dataclass(frozen=True, slots=True)
class Happened:
    """What came of a scenario. `why` is what the model's writer said when it gave up; then the next writer is asked."""

    scenario: Scenario
    outcomes: tuple[CallOutcome, ...]
    seconds: float
    why: str = ""

    @property
    def as_declared(self) -> bool:
        in_time = self.seconds < self.scenario.deadline + SLACK
        return in_time and (self.outcomes, not self.why) == (self.scenario.outcomes, self.scenario.by_model)


def _good(name: str, script: str, *before: CallOutcome) -> Scenario:
    return Scenario(name, (script,), (*before, _O.ANSWERED), by_model=True)


def _bad(name: str, script: str, *outcomes: CallOutcome, deadline: float = PATIENT) -> Scenario:
    return Scenario(name, (script,), outcomes, deadline=deadline)


_THREE_ERRORS = (_O.SERVER_ERROR,) * 3
_THREE_LOST = (_O.NO_CONNECTION,) * 3
_REFUSED = _O.PARAMETER_REFUSED

SCENARIOS: Final[tuple[Scenario, ...]] = (
    _good("a good reply", "good"),
    # It may pass
    _good("429 twice, each to be waited for", "busy-0.05,busy-0.05,good", _O.BUSY, _O.BUSY),
    _good("429, to be asked again at once", "busy-0,good", _O.BUSY),
    _good("429 that does not say how long", "busy-,good", _O.BUSY),
    _good("429 inside a reply with status 200", "busy-in-200,good", _O.BUSY),
    _good("500 that passes", "500,good", _O.SERVER_ERROR),
    _good("a broken connection that passes", "resets,good", _O.NO_CONNECTION),
    _bad("429 for ten minutes", "busy-600", _O.BUSY),
    _bad("429 until a date", "busy-date", _O.BUSY),
    _bad("429 for ever", "busy-inf", _O.BUSY),
    _bad("503 for ever", "503", *_THREE_ERRORS),
    _bad("connections that break for ever", "resets", *_THREE_LOST),
    _bad("nobody listens", NOBODY, *_THREE_LOST),
    _bad("not HTTP", "not-http", *_THREE_LOST),
    _bad("a body that breaks off", "short-body", *_THREE_LOST),
    # It does not pass
    _bad("a wrong key", "wrong-key", _O.REFUSED),
    _bad("a model that is not there", "no-model", _O.REFUSED),
    _bad("a redirect", "redirect", _O.REFUSED),
    _bad("no money left at the endpoint", "broke", _O.REFUSED),
    # It takes too long
    _bad("it hangs", "hangs", *_LATE, deadline=0.6),
    _bad("it stalls in the body", "stalls", *_LATE, deadline=0.6),
    _bad("it stalls in the body of an error", "stalls-in-an-error", *_LATE, deadline=0.6),
    _bad("it drips from the first header on", "drips", *_LATE, deadline=0.6),
    _bad("it drips a body without end", "never-ends", *_LATE, deadline=0.6),
    _bad("500, then it hangs", "500,hangs", _O.SERVER_ERROR, *_LATE, deadline=4.0),
    # It is not a chat completion
    _bad("a body without end", "floods", *_UNREADABLE),
    _bad("a compressed body", "compressed", *_UNREADABLE),
    _bad("a web page", "page", *_UNREADABLE),
    _bad("an empty body", "empty", *_UNREADABLE),
    _bad("bytes that are not text", "garbage", *_UNREADABLE),
    _bad("half of a reply", "half-body", *_UNREADABLE),
    _bad("a reply without choices", "no-choices", *_UNREADABLE),
    _bad("choices that are null", "null-choices", *_UNREADABLE),
    _bad("an error with status 200", "error-in-200", *_UNREADABLE),
    # It did not end properly
    _bad("cut off at the limit of tokens", "cut-by-length", _O.TRUNCATED),
    _bad("no reason for its end", "no-finish", _O.TRUNCATED),
    _bad("a tool is called", "calls-a-tool", _O.TRUNCATED),
    _bad("the reply was filtered", "filtered-reply", _O.FILTERED),
    _bad("the prompt was filtered", "filtered-prompt", _O.FILTERED),
    _bad("the model declines", "declined", _O.FILTERED),
    # It is not what was asked for
    _bad("half of the JSON", "half-json", _O.UNUSABLE, _O.UNUSABLE),
    _bad("other JSON", "other-json", _O.UNUSABLE, _O.UNUSABLE),
    _bad("no content", "no-content", _O.UNUSABLE, _O.UNUSABLE),
    # It is good, in an odd shape
    _good("JSON in a code fence", "fenced"),
    _good("words around a code fence", "talkative"),
    _good("thoughts before the JSON", "thinking"),
    _good("content in parts", "parts"),
    _good("content that is parsed already", "parsed"),
    _good("a byte order mark", "marked"),
    _good("no usage", "usage-none"),
    _good("an empty usage", "usage-empty"),
    _good("a usage that is text", "usage-text"),
    _good("a usage of strings", "usage-strings"),
    _good("a negative usage", "usage-negative"),
    _good("a usage with a total alone", "usage-only-total"),
    _good("a nested usage", "usage-nested"),
    _good("a usage that nobody can believe", "usage-huge"),
    # It refuses parameters
    _good("it refuses max_tokens", "no-old-limit", _REFUSED),
    _good("it refuses both limits", "no-limit", _REFUSED, _REFUSED),
    _good("it refuses json_schema", "no-schema", _REFUSED),
    _good("it refuses every response_format", "no-format", _REFUSED, _REFUSED),
    _good("it refuses whatever is new", "nothing-new", _REFUSED, _REFUSED, _REFUSED),
    _good("it ignores the schema until it is told in words", "in-words-only", _O.UNUSABLE),
    _bad("it refuses whatever is asked", "picky", _REFUSED, _REFUSED, _REFUSED),
    # The request is too long
    _good("the request is too long, half of it is not", "too-long", _O.TOO_LONG),
    _bad("whatever is asked is too long", "always-too-long", _O.TOO_LONG, _O.TOO_LONG),
    # A chain of endpoints
    Scenario("the first fails, the second answers", ("503", "good"), (*_THREE_ERRORS, _O.ANSWERED), by_model=True),
    Scenario("the first is not there", (NOBODY, "good"), (*_THREE_LOST, _O.ANSWERED), by_model=True),
    Scenario("the first hangs", ("hangs", "good"), (_O.LATE, _O.ANSWERED), by_model=True, first_seconds=0.5),
    Scenario("the first has a wrong key", ("wrong-key", "good"), (_O.REFUSED, _O.ANSWERED), by_model=True),
    Scenario("the first is busy for long", ("busy-600", "good"), (_O.BUSY, _O.ANSWERED), by_model=True),
    Scenario("the first answers half", ("half-json", "good"), (_O.UNUSABLE, _O.UNUSABLE, _O.ANSWERED), by_model=True),
    Scenario("two are down", ("503", "resets"), (*_THREE_ERRORS, *_THREE_LOST)),
    Scenario("two hang", ("hangs", "hangs"), (_O.LATE, _O.LATE), deadline=3.0),
    Scenario("three are down", ("page", "wrong-key", NOBODY), (_O.UNREADABLE, _O.REFUSED, *_THREE_LOST)),
    Scenario("nobody shops around after a content filter", ("filtered-reply", "good"), (_O.FILTERED,)),
    Scenario("nobody sends elsewhere what is too long", ("always-too-long", "good"), (_O.TOO_LONG, _O.TOO_LONG)),
    # Budgets
    Scenario("no tokens left", ("good",), (_O.OVER_BUDGET,), limits=Limits(tokens_per_issue=100)),
    Scenario(
        "the budget ends in the middle", ("spends,good",), (_O.UNUSABLE, _O.OVER_BUDGET),
        limits=Limits(tokens_per_day=500_000),
    ),
    Scenario(
        "too dear, but the second costs nothing", ("good", "good"), (_O.OVER_BUDGET, _O.ANSWERED), by_model=True,
        limits=Limits(micros_per_month=10), first_price=(50.0, 150.0),
    ),
    # Clocks and threads
    Scenario(
        "the clock is set while it waits", ("busy-0.05,500,good",), (_O.BUSY, _O.SERVER_ERROR, _O.ANSWERED),
        by_model=True, clock_jumps=True,
    ),
    Scenario("it hangs while the clock is set", ("hangs",), _LATE, deadline=0.6, clock_jumps=True),
    Scenario("called inside a running event loop", ("500,good",), (_O.SERVER_ERROR, _O.ANSWERED), by_model=True, inside_a_loop=True),
)  # fmt: skip


@contextmanager
def faulty_endpoint() -> Iterator[str]:
    """Start the faulty endpoint as a process; yield its address, without a path."""
    command = [sys.executable, Path(__file__).with_name("faulty_endpoint.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


def run_all(address: str, run: str, at_once: int = 6) -> list[Happened]:
    """Run every scenario, several at a time; their requests are kept by the endpoint under the name `run`."""
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda one: play(one, address, run), SCENARIOS))


def play(scenario: Scenario, address: str, run: str, calls: ModelCalls | None = None) -> Happened:
    """Ask while the endpoints do what the scenario says."""
    calls = calls or MemoryModelCalls()
    endpoints = [
        Endpoint(
            f"{address}/{run}-{uuid.uuid4().hex[:8]}/{script}/v1" if script else "http://127.0.0.1:1/v1",
            f"model-{place}",
            "sk-secret-0123456789",
            seconds=scenario.first_seconds if place == 1 else None,
            price=scenario.first_price if place == 1 else None,
        )
        for place, script in enumerate(scenario.scripts, 1)
    ]
    clock: Clock = _Jumping() if scenario.clock_jumps else _Standing()
    gateway = Gateway(endpoints, calls, clock, first_pause=0.01)
    writer = ModelWriter(gateway, scenario.deadline, 700, scenario.limits)
    begun = time.monotonic()

    def asked() -> str:
        try:
            writer.write(BRIEF)
        except WriterUnavailable as unavailable:
            return str(unavailable)
        return ""

    async def inside() -> str:
        return asked()

    why = asyncio.run(inside()) if scenario.inside_a_loop else asked()
    outcomes = tuple(call.outcome for call in reversed(calls.latest(100)))
    return Happened(scenario, outcomes, time.monotonic() - begun, why)


class _Standing:
    def now(self) -> dt.datetime:
        return dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)

    def steady(self) -> float:
        return time.monotonic()


class _Jumping(_Standing):
    """A clock that somebody sets again and again, by days, to and fro."""

    def __init__(self) -> None:
        self._asked = 0

    def now(self) -> dt.datetime:
        self._asked += 1
        return dt.datetime(2026, 10, 15, 12, tzinfo=dt.UTC) + dt.timedelta(days=(-5) ** (self._asked % 3))


TEXTS: Final = (
    "A retry budget of 10 percent caps the load that an outage can add to a provider.",
    "Three layers with three attempts each turn one click into 27 calls to the provider.",
    "Every retry of a call that has no idempotency key can charge the customer a second time.",
    "An idempotency key lets the receiver return the first result when a call comes twice.",
    "Caches keyed by the exact prompt never return a wrong answer, but rarely hit at all.",
    "Deadlines travel with a request, while each time-out begins again with every single hop.",
    "Golden sets of fifty labeled questions catch most regressions before a reader sees them.",
    "A provider that answers 429 wants fewer calls, so retries without a pause make its outage longer.",
)
HITS: Final = tuple(
    Hit(Passage(f"{n:04d}-concept-1", n, dt.date(2026, 1, 1) + dt.timedelta(days=7 * n), "concept", "Calls", text), 9.0 - n)
    for n, text in enumerate(TEXTS, 1)
)  # fmt: skip
BRIEF: Final = Brief(
    "archive", "Notes", ("How many retries of a call may a provider get in an outage?",), HITS, issue=11
)
