"""What machines are told of the service: /healthz, /readyz, and /metrics for whoever has the token."""

from __future__ import annotations

import hmac
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from publisher.ports.measures import Measures
from publisher.web.pages import PRIVATE
from subscribers.database import DatabaseError, DatabaseUnavailable

if TYPE_CHECKING:  # slow to import: only where somebody measures
    from prometheus_client.core import Metric

Answer = TypeVar("Answer")
log = logging.getLogger(__name__)

SHARE = 20
"""A reading of the database counts for this many times as long as it took, so that whoever asks often costs a twentieth of
one connection at most; and for a second at least."""
_NOT_ALLOWED: dict[int | str, dict[str, object]] = {405: {"description": "This address does not accept that method"}}


@dataclass(frozen=True)
class Watch:
    """`ready` returns what is not as it should be, in words of ours; `measures` reads the numbers, `tick_age` in seconds.

    Without a token there is no /metrics. `ready` and `measures` may raise DatabaseError.
    """

    ready: Callable[[], list[str]] = list
    measures: Callable[[], Measures] = Measures
    tick_age: Callable[[], float] = lambda: 0.0
    token: str = field(default="", repr=False)


class Throttled(Generic[Answer]):
    """Asks no more often than SHARE allows, one thread at a time; the others get the same answer, or hear of the same failure."""

    def __init__(self, ask: Callable[[], Answer]) -> None:
        self._ask, self._lock = ask, threading.Lock()
        self._kept: tuple[Callable[[], Answer], float] | None = None

    def __call__(self) -> Answer:
        with self._lock:
            begun = time.monotonic()
            if self._kept is None or begun >= self._kept[1]:
                answer = self._asked()
                ended = time.monotonic()
                self._kept = (answer, ended + max(1.0, SHARE * (ended - begun)))
            return self._kept[0]()

    def _asked(self) -> Callable[[], Answer]:
        try:
            answer = self._ask()
        except DatabaseError as error:
            why = str(error)

            def fail() -> Answer:
                raise DatabaseUnavailable(why)

            return fail
        return lambda: answer


def add_routes(app: FastAPI, watch: Watch) -> None:
    """Add /healthz and /readyz; /metrics only where there is a token."""
    ready, measures = Throttled(watch.ready), Throttled(watch.measures)

    @app.get("/healthz", responses=_NOT_ALLOWED)
    async def health() -> Response:
        """Say that the process answers; nothing else is asked."""
        return JSONResponse({"status": "ok"}, 200, PRIVATE)

    @app.get("/readyz", responses={**_NOT_ALLOWED, 503: {"description": "Something that the service needs is missing"}})
    def readiness() -> Response:
        """Say whether the service can do its work: database, schema, scheduler, disk."""
        try:
            missing = ready()
        except DatabaseError as error:
            log.warning("the service is not ready: %s", error)
            missing = ["the database does not answer"]
        if missing:
            return JSONResponse({"status": "not ready", "why": missing}, 503, PRIVATE)
        return JSONResponse({"status": "ok"}, 200, PRIVATE)

    if watch.token:
        _metrics_route(app, watch, measures)


def _metrics_route(app: FastAPI, watch: Watch, measures: Callable[[], Measures]) -> None:
    wanted = f"Bearer {watch.token}".encode()

    @app.get("/metrics", include_in_schema=False)
    def metrics(request: Request) -> Response:
        if not hmac.compare_digest(wanted, request.headers.get("authorization", "").encode("latin-1", "replace")):
            return Response("", 401, {**PRIVATE, "WWW-Authenticate": "Bearer"})
        try:
            found: Measures | None = measures()
        except DatabaseError as error:
            log.warning("the database cannot be measured: %s", error)
            found = None
        from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

        text = generate_latest(_Told(found, watch.tick_age()))
        return Response(text, 200, PRIVATE, CONTENT_TYPE_LATEST)


@dataclass(frozen=True)
class _Told:
    """What prometheus_client writes down: it only asks for `collect`. Without measures, the database did not answer."""

    measures: Measures | None
    tick_age: float

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily as Family

        yield Family("pressroom_up", "1 if the database answered.", float(self.measures is not None))
        yield Family(
            "pressroom_last_tick_seconds", "Seconds since this process's scheduler last ended a tick.", self.tick_age
        )
        if self.measures is None:
            return
        for name, says, labels, values in _tables(self.measures):
            family = Family(f"pressroom_{name}", says, labels=labels)
            for key, value in values.items():
                family.add_metric([str(part) for part in (key if isinstance(key, tuple) else (key,))], value)
            yield family
        yield Family("pressroom_holds", "What holds all sending until a person lets it go on.", self.measures.held)
        yield Family(
            "pressroom_model_tokens_today",
            "Tokens of calls to models since midnight (UTC).",
            self.measures.model_tokens,
        )
        yield Family("pressroom_model_dollars_today", "What these cost, in US dollars.", self.measures.model_dollars)


def _tables(measures: Measures) -> Iterator[tuple[str, str, list[str], Mapping[Any, float]]]:
    """Yield each metric with labels: name, help, names of the labels, values."""
    yield "deliveries", "Deliveries of the latest issues.", ["issue", "state"], measures.deliveries
    yield "answers", "Last answers of mail servers, of the latest issues.", ["issue", "class"], measures.answers
    yield "emails_waiting", "Mail other than issues that waits.", ["kind"], measures.waiting
    yield "oldest_due_seconds", "How long the oldest waiting mail has been due.", ["queue"], measures.oldest
    yield "returned_mail", "Decisions about mail that came back.", ["cause", "effect"], measures.returned
    yield "readers", "Readers.", ["state"], measures.readers
    yield "model_calls_today", "Calls to models since midnight (UTC).", ["outcome"], measures.model_calls
