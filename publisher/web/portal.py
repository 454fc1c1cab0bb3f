"""A reader's own page: what they get, how often, and when.

GET  /preferences/{token}        the page         POST /preferences/{token}        saves the choices
                                                  POST /preferences/{token}/next   sends a course's next step now
                                                  POST /preferences/{token}/link   mails a link that leads to their data

The link in every issue and a link that was mailed by itself both lead here. Issues are forwarded, so only the latter,
while it is less than a day old, shows the full address and opens what account.py does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from publisher.language import NOTHING, Phrase
from publisher.next_issue import Outlook
from publisher.web import choices, pages, zones
from publisher.web.choices import Chosen, Offer
from publisher.web.context import WebContext, client_of, form_body, html_answers
from publisher.web.form import UnreadableForm, form_token_of, one_line, read_items
from subscribers import Portal, State, Subscriber

ONCE_MORE = Phrase(
    "This page was open for too long, so nothing has been done yet. Press the button once more; everything is as you left it."
)
LOOK_AGAIN = Phrase("Nothing has been saved yet. Please look at what is marked below.")
SAVED = Phrase("Saved. It applies from the next mail on.")
SAVED_BOTH = Phrase(
    "Saved. What you changed elsewhere since this page was opened was kept, too; below is everything as it is now."
)
STEP_COMES = Phrase("The next step of “%(course)s” is on its way.")
NO_STEP = Phrase("No step can be sent right now: the course is over, paused, or its next step is already on its way.")
ENOUGH_STEPS = Phrase(
    "Enough for now: steps were requested or courses restarted many times today. The rest comes by itself."
)
ENDED = Phrase("The subscription has ended, so nothing was changed.")

ACTS = ("next", "link", "move", "data", "delete")
"""The paths below a reader's page that only take POST."""
ANSWERS = html_answers(
    _403="The button has to be pressed once more",
    _409="The subscription has ended",
    _410="The link is too old",
    _422="Something has to be fixed; the page says what",
    _429="Too many forms",
)


@dataclass(frozen=True, slots=True)
class Say:
    """What the page says in addition: a note at its top, what is wrong in which place, and what was typed there.

    `values` stand in the note.
    """

    note: Phrase = NOTHING
    problems: Mapping[str, Phrase] = field(default_factory=dict)
    chosen: Chosen | None = None
    typed: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


def add_routes(app: FastAPI, web: WebContext) -> None:
    """Add these routes."""
    many = {"type": "array", "items": {"type": "string"}}
    seen = html_answers(_410="The link is too old")

    @app.get("/preferences/{token}", response_class=HTMLResponse, responses=seen)
    def preferences(token: str) -> Response:
        """Show a reader's own page."""
        return show(web, token, web.subscribers.page.portal(token, now=web.clock.now()))

    @app.post(
        "/preferences/{token}", response_class=HTMLResponse, responses=ANSWERS,
        openapi_extra=form_body(
            section={**many, "description": "the sections to get"},
            path={**many, "description": "the learning paths to get"},
            pause="weeks, `keep` or nothing", zone="an IANA time zone, or nothing for the publication's",
        ),
    )  # fmt: skip
    async def prefer(token: str, request: Request) -> Response:
        """Save everything that a reader chose, at once."""
        try:
            items = await read_items(request)
        except UnreadableForm:
            return unreadable(web, token)
        return await run_in_threadpool(_prefer, web, token, items, client_of(request))

    @app.post(
        "/preferences/{token}/next", response_class=HTMLResponse, responses=ANSWERS,
        openapi_extra=form_body(path="the learning path"),
    )  # fmt: skip
    async def next_step(token: str, request: Request) -> Response:
        """Send a course's next step now."""
        try:
            fields = dict(await read_items(request))
        except UnreadableForm:
            return unreadable(web, token)
        return await run_in_threadpool(_next_step, web, token, fields)

    @app.post("/preferences/{token}/link", response_class=HTMLResponse, responses=ANSWERS, openapi_extra=form_body())
    async def mail_link(token: str, request: Request) -> Response:
        """Mail a reader the link that opens everything; the link they came by may be too old."""
        return await run_in_threadpool(_mail_link, web, token, await form_token_of(request), client_of(request))

    @app.get("/preferences/{token}/{act}", response_class=HTMLResponse, status_code=303, responses=html_answers())
    def back(token: str, act: str) -> Response:
        """Lead whoever reloads the answer to one of the page's forms back to the page."""
        if act not in ACTS:
            return web.pages.say(pages.NOT_FOUND, 404)
        # Relative, as the site's redirects are: only the client knows the host and the path in front.
        return Response(status_code=303, headers={**pages.PRIVATE, "Location": f"../{quote(token, safe='')}"})


def _prefer(web: WebContext, token: str, items: list[tuple[str, str]], client: str) -> Response:
    now = web.clock.now()
    portal = web.subscribers.page.portal(token, now=now)
    reader, offered = portal.reader, offer(web)
    fields = dict(items)
    chosen, shown = Chosen.of(items) if items else None, choices.shown(fields.get("shown", ""))
    if not web.fetched_well(fields.get("form", ""), reader.subject_id) or chosen is None:
        return show(web, token, portal, Say(ONCE_MORE, chosen=chosen), 403)
    if reader.state is not State.ACTIVE:
        return show(web, token, portal, Say(ENDED), 409)
    decided = choices.decide(chosen, reader, offered, now, shown)
    if isinstance(decided, dict):
        return show(web, token, portal, Say(LOOK_AGAIN, decided, chosen), 422)
    if choices.begun_again(decided.onto(reader), reader) and _enough(web, reader.canonical):
        return show(web, token, portal, Say(LOOK_AGAIN, {"paths": ENOUGH_STEPS}, chosen), 429)
    wordings = {path: web.course_wording(path, days) for path, days in (decided.paths or {}).items()}
    web.subscribers.page.prefer(token, replace(decided, wordings=wordings, client=client), now=now)
    if wordings:  # a course that begins now, or goes on at another pace
        web.batcher.post()
    portal = web.subscribers.page.portal(token, now=now)
    if portal.reader.state is not State.ACTIVE:  # they left at this very moment
        return show(web, token, portal, Say(ENDED), 409)
    return show(web, token, portal, Say(SAVED if choices.alone(decided, reader, offered, now) else SAVED_BOTH))


def _next_step(web: WebContext, token: str, fields: Mapping[str, str]) -> Response:
    now = web.clock.now()
    portal = web.subscribers.page.portal(token, now=now)
    if not web.fetched_well(fields.get("form", ""), portal.reader.subject_id):
        return show(web, token, portal, Say(ONCE_MORE), 403)
    path = fields.get("path", "")
    if portal.reader.course(path) is None or portal.reader.paused(now):
        return show(web, token, portal, Say(NO_STEP))
    if _enough(web, portal.reader.canonical):
        return show(web, token, portal, Say(ENOUGH_STEPS), 429)
    if not web.subscribers.page.next_step(token, path, now=now):
        return show(web, token, portal, Say(NO_STEP))
    web.batcher.post()
    said = Say(STEP_COMES, values={"course": web.paths.get(path, path)})
    return show(web, token, web.subscribers.page.portal(token, now=now), said)


def _enough(web: WebContext, canonical: str) -> bool:
    """Say whether steps were hurried too often: anyone with a forwarded issue could fill the reader's mailbox."""
    return web.budgets.spend_address(f"steps {canonical}") > 0


def _mail_link(web: WebContext, token: str, form_token: str, client: str) -> Response:
    whose = web.subscribers.links.check_page(token, now=web.clock.now(), late=True)
    if not web.fetched_well(form_token, whose):
        return web.too_old(f"preferences/{token}/link", 403, whose)
    wait = web.budgets.spend_visit(client)
    if wait:
        return web.too_many(wait)
    if not web.subscribers.page.ask_link_by(token, now=web.clock.now()):
        return web.pages.say(pages.LINK_NOT, 409)
    web.batcher.post()
    return web.pages.say(pages.LINK_ASKED)


def unreadable(web: WebContext, token: str) -> Response:
    """Return the answer to a form that cannot be read."""
    # Raises for a forged token, which must not be repeated on a page.
    web.subscribers.links.check_page(token, now=web.clock.now(), late=True)
    way = (Phrase("Back to your page"), f"preferences/{token}")
    return web.pages.say(replace(pages.UNREADABLE_FORM, way=way), 400)


def offer(web: WebContext) -> Offer:
    """Return what there is to choose from."""
    return Offer(web.publication, web.latest, web.paths, web.steps)


def _next_issue(web: WebContext, reader: Subscriber, now: dt.datetime) -> zones.Hour:
    """Return when the next issue is due to a reader, on the clock of the zone that they saved."""
    schedule = web.publication.schedule
    zone = zones.known_or(reader.zone, schedule.zone)
    outlook = Outlook(
        schedule,
        zone,
        reader.paused_until,
        web.weeks,
        lambda number: web.on_its_way(number, reader.canonical),
        web.skipped,
    )
    return zones.hour(zone, outlook.next_issue(zones.minute(now)), web.pages.language)


def show(web: WebContext, token: str, portal: Portal, say: Say | None = None, status: int = 200) -> Response:
    """Return a reader's page as it is now, with what there is to say."""
    now, reader, offered, say = web.clock.now(), portal.reader, offer(web), say or Say()
    language = web.pages.language
    chosen = say.chosen or Chosen.by(reader, offered, now)
    publication = web.publication
    return web.pages.page(
        "preferences", status, token=token, state=reader.state.value, trusted=portal.trusted, note=language.say(say.note, **say.values),
        good=status == 200, problems={place: language.say(what) for place, what in say.problems.items()}, typed=one_line(say.typed, 320), chosen=chosen,
        address=reader.address if portal.trusted else choices.without_name(reader.address),
        shown=choices.as_shown(reader, offered, now),
        sections=list(choices.section_rows(chosen, offered)),
        courses=list(choices.course_rows(chosen, reader, offered, now)),
        pauses=choices.PAUSES, paused=choices.pause_end(reader, offered, now),
        zones=zones.options(publication, language, now, chosen.zone, reader.zone),
        due=_next_issue(web, reader, now),
        moving_to=reader.moving_to if portal.trusted else None,
        form_token=web.subscribers.links.form_token(now, reader.subject_id),
        leave=f"unsubscribe/{web.subscribers.links.unsubscribe_token(reader.subject_id)}",
    )  # fmt: skip
