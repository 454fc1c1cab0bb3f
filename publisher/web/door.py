"""What every room behind the door uses: the readers, the pages, the clock, and how visitors are treated."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from fastapi import Request
from fastapi.responses import Response

from publisher.ports import Clock
from publisher.publication import Publication
from publisher.web import pages
from publisher.web.budgets import Budgets, Limits
from publisher.web.desk import Desk
from publisher.web.pages import Pages
from subscribers import NOBODY, BadToken, Subscribers, Trail, Wording

Known = TypeVar("Known")


@dataclass(frozen=True, slots=True)
class Manners:
    """How the door treats its visitors.

    A sign-up is answered after a multiple of `answer_every` seconds, so that nobody can tell by the time it took
    whether an address is on the list; 0 answers at once. The body of a request has `patience` seconds to come in. A
    form that comes back sooner than `youngest_form` seconds after it was fetched was filled in by a program.
    """

    limits: Limits = field(default_factory=Limits)
    answer_every: float = 0.2
    patience: float = 10.0
    youngest_form: float = 1.0


@dataclass(frozen=True, slots=True)
class Door:
    """Everything that the rooms need.

    `paths` has the titles of the learning paths that can be had by mail, by their slugs, `steps` how many steps each
    has, `lately` what the newest issue had in each section. `deliveries` returns what was sent to a reader, `forget` takes
    them out of those records.
    """

    subscribers: Subscribers
    publication: Publication
    wording: Wording
    pages: Pages
    clock: Clock
    budgets: Budgets
    desk: Desk
    manners: Manners
    paths: Callable[[], Mapping[str, str]]
    steps: Callable[[], Mapping[str, int]]
    lately: Callable[[], Mapping[str, str]]
    deliveries: Callable[[Trail], Sequence[object]]
    forget: Callable[[Trail], object]

    def fetched_well(self, token: str, subject_id: str | None = None) -> bool:
        """Say whether a form was fetched from us, for this reader if one is named, and not too recently.

        A reader's own page proves enough by its link: there a form may come back at once.
        """
        now = self.clock.now()
        try:
            if subject_id is not None:
                self.subscribers.form_age(token, now, subject_id)
                return True
            return self.subscribers.form_age(token, now).total_seconds() >= self.manners.youngest_form
        except BadToken:
            return False

    def too_old(self, again: str, status: int = 410, subject_id: str = NOBODY) -> Response:
        """Return the page for a link that was good once; its button posts to `again`, a path below the root."""
        form_token = self.subscribers.form_token(self.clock.now(), subject_id)
        return self.pages.page("too_old", status, again=again, form_token=form_token, once_more=status == 403)

    def too_many(self, wait: int) -> Response:
        """Return the page for a form that comes after too many others; `wait` is in seconds."""
        return self.pages.say(pages.TOO_MANY_FORMS, 429, {"Retry-After": str(wait)})

    async def in_step(self, began: float) -> None:
        """Wait until a multiple of `answer_every` seconds after `began` (of time.monotonic())."""
        every = self.manners.answer_every
        if every:
            spent = time.monotonic() - began
            await asyncio.sleep(math.ceil(spent / every) * every - spent)


def remembered(read: Callable[[], Known], seconds: float = 10.0) -> Callable[[], Known]:
    """Return a function that gives what `read` gave, and asks it again after `seconds`: it may read many files."""
    known: tuple[float, Known] | None = None

    def recall() -> Known:
        nonlocal known
        now = time.monotonic()
        if known is None or now - known[0] >= seconds:
            known = (now, read())
        return known[1]

    return recall


def client_of(request: Request) -> str:
    """Return the visitor's network address; behind a trusted proxy, the one that the proxy names."""
    return request.client.host if request.client else "unknown"


def html_answers(**more: str) -> dict[int | str, dict[str, object]]:
    """Return what a page may answer, for the OpenAPI description; more codes are named _422="why" and so on."""
    found: dict[int | str, dict[str, object]] = {code: _page(words) for code, words in _ALWAYS.items()}
    found.update({int(code[1:]): _page(words) for code, words in more.items()})
    refused = {"application/json": {"schema": {"type": "object", "properties": {"message": {"type": "string"}}}}}
    for code, words in ((408, "The body did not come in completely"), (413, "The body is too long")):
        found[code] = {"description": words, "content": refused}
    return found


def form_body(**fields: str | dict[str, object]) -> dict[str, object]:
    """Return what a form may hold, for the OpenAPI description: a description of each field, or its whole schema."""
    schemas = {"form": {"type": "string", "description": "the hidden token of the page's form"}} | {
        name: {"type": "string", "description": kind} if isinstance(kind, str) else kind
        for name, kind in fields.items()
    }
    schema = {"type": "object", "properties": schemas}
    return {"requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": schema}}}}


_ALWAYS = {
    400: "The link or the form cannot be used, in words",
    404: "There is no such page",
    405: "This address does not take that",
    500: "Something broke on our side",
    503: "The list cannot be reached just now",
}


def _page(words: str) -> dict[str, object]:
    return {"description": words, "content": {"text/html": {"schema": {"type": "string"}}}}
