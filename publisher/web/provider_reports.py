"""A provider's webhook: verified, it goes the way of returned mail. A report that cannot be taken now is asked for again."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from publisher import pipeline
from publisher.adapters.provider_hooks import Hook, NotGenuine, Unverifiable
from publisher.returned.provider_events import events_of
from publisher.web.context import WebContext
from publisher.web.pages import PRIVATE

LATER = {**PRIVATE, "Retry-After": "60"}


def add_routes(app: FastAPI, web: WebContext, hook: Hook, act: Callable[[], pipeline.Ports]) -> None:
    answers: dict[int | str, dict[str, object]] = {
        403: {"description": "The report is not genuine, too old, or not for us"},
        405: {"description": "This address does not accept that method"},
        408: {"description": "The body did not arrive completely"},
        413: {"description": "The body is too long"},
        503: {"description": "It cannot be taken now; report it again later"},
    }

    def take(request: Request, body: bytes) -> Response:
        try:
            call = hook.read(request.headers, body, web.clock.now())
        except NotGenuine as error:
            return JSONResponse({"message": f"Refused: {error}."}, 403, PRIVATE)
        except Unverifiable:
            return JSONResponse({"message": "It cannot be verified now."}, 503, LATER)
        if call is None:
            return JSONResponse({"message": "Known."}, 200, PRIVATE)
        taken = pipeline.take_events(act(), events_of(hook.provider, call.said), hook.provider)
        if any(each.later for each in taken):
            return JSONResponse({"message": "Its delivery is under way."}, 503, LATER)
        hook.remember(call)
        return JSONResponse({"message": "Taken."}, 200, PRIVATE)

    @app.post(f"/hooks/{hook.provider}", responses=answers)
    async def reported(request: Request) -> Response:
        """Take what a provider reports. It must be signed as PRESSROOM_PROVIDER_HOOK says."""
        return await run_in_threadpool(take, request, await request.body())
