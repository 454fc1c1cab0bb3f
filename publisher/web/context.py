"""What all routes share: the readers, the pages, the clock, and how visitors are treated."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from fastapi import Request
from fastapi.responses import Response

from publisher.adapters.provider_hooks import Hook
from publisher.issue import IsoWeek
from publisher.next_issue import WeekIssue
from publisher.pipeline import Ports
from publisher.ports import Clock, OnItsWay
from publisher.publication import Publication
from publisher.web import pages
from publisher.web.batcher import SignUpBatcher
from publisher.web.budgets import Budgets, Limits
from publisher.web.hooks import GitHook
from publisher.web.pages import Pages
from publisher.web.view import View, Views
from publisher.web.watching import Watch
from subscribers import NOBODY, Address, AddressHistory, BadToken, Subscribers, Wording, mailbox_of


@dataclass(frozen=True, slots=True)
class AbuseLimits:
    """How visitors are treated. Without `limits`, those of publication.toml apply.

    A sign-up is answered after a multiple of `answer_every` seconds, so that nobody can tell from the time it took
    whether an address is on the list; 0 answers at once. The body of a request has `patience` seconds to arrive. A form
    that comes back sooner than `youngest_form` seconds after it was fetched was filled in by a program.
    """

    limits: Limits | None = None
    answer_every: float = 0.2
    patience: float = 10.0
    youngest_form: float = 1.0


@dataclass(frozen=True, kw_only=True)
class WebContext:
    """Everything that the web application needs, and what its routes share.

    `look` makes a view of content as it is now. `site` is the folder of the static site; it may not exist yet.
    `post` hands over the mail that is due, or only some if it is told that this is enough, and returns how many left. `deliveries` returns what was sent to a
    reader, `on_its_way` how far an issue is for an address, `skipped` whether a week has no issue, `forget` takes them out of those records and returns how many records are still in use. `act` begins an act for
    the pages of editors, which are not there without it. `watch` is what machines are told of the service. Raises ConfigurationError for a Redis that cannot be used.
    """

    subscribers: Subscribers
    look: Callable[[], View]
    site: Path
    clock: Clock
    abuse_limits: AbuseLimits = field(default_factory=AbuseLimits)
    post: Callable[[Callable[[], bool]], int] = lambda _enough: 0
    deliveries: Callable[[AddressHistory], Sequence[object]] = lambda _history: ()
    on_its_way: Callable[[int, str], OnItsWay | None] = lambda _number, _canonical: None
    skipped: Callable[[IsoWeek], bool] = lambda _week: False
    forget: Callable[[AddressHistory], int] = lambda _history: 0
    act: Callable[[], Ports] | None = None
    redis_url: str | None = None
    git_hook: GitHook | None = None
    provider_hook: Hook | None = None
    watch: Watch = field(default_factory=Watch)

    def __post_init__(self) -> None:
        self.budgets.hold_to(self.limits)  # raises at the start for a Redis that cannot be used

    @cached_property
    def views(self) -> Views:
        return Views(self.look)

    @cached_property
    def batcher(self) -> SignUpBatcher:
        return SignUpBatcher(self.subscribers, self.clock, self.post)

    @property
    def limits(self) -> Limits:
        return self.abuse_limits.limits or self.views.current.limits

    @cached_property
    def _budgets(self) -> Budgets:
        return Budgets(self.limits, self.redis_url)

    @property
    def budgets(self) -> Budgets:
        self._budgets.hold_to(self.limits)
        return self._budgets

    # What the present request shows

    @property
    def publication(self) -> Publication:
        return self.views.current.publication

    @property
    def wording(self) -> Wording:
        return self.views.current.wording

    @property
    def pages(self) -> Pages:
        return self.views.current.pages

    @property
    def paths(self) -> Mapping[str, str]:
        return self.views.current.paths

    @property
    def steps(self) -> Mapping[str, int]:
        return self.views.current.steps

    @property
    def latest(self) -> Mapping[str, str]:
        return self.views.current.latest

    @property
    def weeks(self) -> Mapping[IsoWeek, WeekIssue]:
        return self.views.current.weeks

    def course_wording(self, path: str, every_days: int = 7) -> Wording:
        """Return the words in which a learning path is offered by mail, at a pace."""
        return self.pages.course_wording(self.paths[path], self.steps.get(path, 0), every_days)

    def fetched_well(self, token: str, subject_id: str | None = None) -> bool:
        """Say whether a form was fetched from us, for this reader if one is named, and not too recently.

        The link of a reader's own page proves enough: its forms may come back at once.
        """
        now = self.clock.now()
        try:
            if subject_id is not None:
                self.subscribers.links.form_age(token, now, subject_id)
                return True
            return self.subscribers.links.form_age(token, now).total_seconds() >= self.abuse_limits.youngest_form
        except BadToken:
            return False

    def used_well(self, token: str, address: Address) -> bool:
        """Say whether a form that was fetched well is used for the first time, or again for the same mailbox."""
        return self.budgets.spend_token(token, mailbox_of(address.canonical))

    def too_old(self, again: str, status: int = 410, subject_id: str = NOBODY) -> Response:
        """Return the page for a link that is no longer valid; its button posts to `again`, a path below the root."""
        form_token = self.subscribers.links.form_token(self.clock.now(), subject_id)
        return self.pages.page("too_old", status, again=again, form_token=form_token, once_more=status == 403)

    def too_many(self, wait: int) -> Response:
        """Return the page for a form that comes after too many others; `wait` is in seconds."""
        return self.pages.say(pages.TOO_MANY_FORMS, 429, {"Retry-After": str(wait)})

    async def in_step(self, began: float) -> None:
        """Wait until a multiple of `answer_every` seconds after `began` (of time.monotonic())."""
        every = self.abuse_limits.answer_every
        if every:
            spent = time.monotonic() - began
            await asyncio.sleep(math.ceil(spent / every) * every - spent)


def client_of(request: Request) -> str:
    """Return the visitor's network address; behind a trusted proxy, the one that the proxy names."""
    return request.client.host if request.client else "unknown"


def html_answers(**more: str) -> dict[int | str, dict[str, object]]:
    """Return a page's possible answers for the OpenAPI description; more codes are given as _422="why"."""
    found: dict[int | str, dict[str, object]] = {code: _page(words) for code, words in _ALWAYS.items()}
    found.update({int(code[1:]): _page(words) for code, words in more.items()})
    refused = {"application/json": {"schema": {"type": "object", "properties": {"message": {"type": "string"}}}}}
    for code, words in ((408, "The body did not arrive completely"), (413, "The body is too long")):
        found[code] = {"description": words, "content": refused}
    return found


def form_body(**fields: str | dict[str, object]) -> dict[str, object]:
    """Return a form's fields for the OpenAPI description; each is given as a description or as a whole schema."""
    schemas = {"form": {"type": "string", "description": "the hidden token of the page's form"}} | {
        name: {"type": "string", "description": kind} if isinstance(kind, str) else kind
        for name, kind in fields.items()
    }
    schema = {"type": "object", "properties": schemas}
    return {"requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": schema}}}}


_ALWAYS = {
    400: "The link or the form cannot be used; the page says why",
    404: "There is no such page",
    405: "This address does not accept that method",
    500: "Something broke on our side",
    503: "The list cannot be reached right now",
}


def _page(words: str) -> dict[str, object]:
    return {"description": words, "content": {"text/html": {"schema": {"type": "string"}}}}
