"""The JSON API, with the same guards as the pages. Other sites' scripts may call it: it answers any origin, without cookies.

GET  /api/form        a token that a sign-up must carry       POST /api/subscribe   sign an address up
GET  /openapi.json    the description of the whole application
"""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from publisher.language import Phrase
from publisher.web import pages
from publisher.web.context import WebContext, client_of
from publisher.web.form import TRAP, SignUpForm
from publisher.web.signup import Taken, refusal, take


class Message(BaseModel):
    """An answer in words."""

    message: str


class FormToken(BaseModel):
    """What POST /api/subscribe must carry. It is valid for a day, from `after_seconds` after it was fetched, and once."""

    form: str
    after_seconds: float


class SignUpBody(BaseModel):
    """A sign-up. Leave `website` empty: it catches programs that fill in every field."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, Field(max_length=1000)]
    form: Annotated[str, Field(max_length=100, description="the token of GET /api/form")] = ""
    source: Annotated[str, Field(max_length=200, description="where the form is")] = "api"
    campaign: Annotated[str, Field(max_length=200)] = ""
    path: Annotated[str, Field(max_length=64, description="a learning path to get by mail, too")] = ""
    website: Annotated[str, Field(max_length=1000)] = ""


_ANSWERS: dict[int | str, dict[str, object]] = {
    code: {"model": Message, "description": words}
    for code, words in {
        400: "The body is not JSON",
        405: "This address does not accept that method",
        408: "The body did not arrive completely",
        413: "The body is too long",
        422: "A field must be fixed, or the token is missing, too young, too old or used",
        429: "Too many sign-ups; see Retry-After",
        500: "Something broke on our side",
        503: "The list cannot be reached, or sign-ups are stopped for a while; see Retry-After",
    }.items()
}
ONCE_MORE = Phrase(
    "Please send it once more. (The form's token was missing, too young, too old or used; GET /api/form gives a new one.)"
)
ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}
PREFLIGHT = {
    **ANY_ORIGIN,
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "86400",
}


def add_routes(app: FastAPI, web: WebContext) -> None:
    """Add the API."""

    @app.get("/api/form", responses=_some(405, 500))
    def form(response: Response) -> FormToken:
        """Return a token for POST /api/subscribe."""
        response.headers.update({**pages.PRIVATE, **ANY_ORIGIN})
        return FormToken(
            form=web.subscribers.links.form_token(web.clock.now()), after_seconds=web.abuse_limits.youngest_form
        )

    @app.post("/api/subscribe", status_code=202, response_model=Message, responses=_ANSWERS)
    async def subscribe(body: SignUpBody, request: Request) -> Response:
        """Sign an address up. The answer is the same for every address that can be mailed."""
        began = time.monotonic()
        sent = SignUpForm.of({**body.model_dump(), TRAP: body.website})
        outcome = await take(web, sent, client_of(request))
        await web.in_step(began)
        match outcome.taken:
            case Taken.YES:
                return say(web, pages.LOOK_IN_YOUR_MAILBOX.lead, 202)
            case Taken.WRONG:
                return say(web, outcome.problem, 422)
            case Taken.ONCE_MORE:
                return say(web, ONCE_MORE, 422)
            case Taken.TOO_MANY | Taken.STOPPED:
                words, status = refusal(outcome)
                return say(web, words.lead, status, {"Retry-After": str(outcome.wait)})

    @app.options("/api/subscribe", status_code=204, include_in_schema=False)
    def may_subscribe() -> Response:
        """Tell browsers that any site's script may do this."""
        return Response(status_code=204, headers=PREFLIGHT)


def say(web: WebContext, words: Phrase, status: int, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return an answer in words."""
    return message(web.pages.language.say(words, **web.pages.values), status, headers)


def message(text: str, status: int, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return an answer in a text that is ready."""
    return JSONResponse({"message": text}, status, {**pages.PRIVATE, **ANY_ORIGIN, **(headers or {})})


def _some(*codes: int) -> dict[int | str, dict[str, object]]:
    return {code: _ANSWERS[code] for code in codes}
