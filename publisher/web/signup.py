"""From the form to the confirmed reader. One decision for the page's form and for the JSON API: `take`.

GET  /subscribe               the form        POST /subscribe               one answer for every address
GET  /confirm/{token}         one button      POST /confirm/{token}         confirms; may be repeated
                                              POST /confirm/{token}/again   mails a new link for one that is too old
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from publisher.language import NOTHING, Phrase
from publisher.web import pages
from publisher.web.context import WebContext, client_of, html_answers
from publisher.web.form import (
    LONGEST_ADDRESS,
    SignUpForm,
    UnreadableForm,
    form_token_of,
    one_line,
    read_fields,
    read_items,
)
from publisher.web.pages import Words
from subscribers import (
    AS_ASKED,
    Address,
    AskedAgain,
    Confirmed,
    InvalidAddress,
    SignUpRequest,
    mailbox_of,
    parse_address,
)


class Taken(Enum):
    """What became of a sign-up form. Nobody learns whether the address is on the list."""

    YES = "yes"
    TOO_MANY = "too many"
    STOPPED = "stopped"
    """The circuit breaker is open."""
    ONCE_MORE = "once more"
    """The form was not fetched from us, too long or too short a time ago, or was used: a person presses once more."""
    WRONG = "wrong"
    """The address cannot be mailed, or is of a kind that is not accepted."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`problem` is for WRONG: a sentence to put under the field. `wait` is for TOO_MANY and STOPPED, in seconds."""

    taken: Taken
    problem: Phrase = NOTHING
    wait: int = 0


async def take(web: WebContext, sent: SignUpForm, client: str) -> Outcome:
    """Take a sign-up form, or say why not. All checks are here, whichever way the form came."""
    checked = await run_in_threadpool(_check, web, sent, client) if web.budgets.remote else _check(web, sent, client)
    if isinstance(checked, Outcome):
        return checked
    stopped = web.batcher.stopped()  # one small query every ten seconds
    if stopped:
        return Outcome(Taken.STOPPED, wait=stopped)
    path = sent.path if sent.path and sent.path in web.paths else None
    words = web.course_wording(path) if path else AS_ASKED
    request = SignUpRequest(checked, sent.came_from, web.wording, path, client, words)
    await web.batcher.sign_up(request)
    return Outcome(Taken.YES)


def _check(web: WebContext, sent: SignUpForm, client: str) -> Outcome | Address:
    """Return the address if nothing speaks against the form. Nothing here looks at the list."""
    wait = web.budgets.spend_visit(client)
    if wait:
        return Outcome(Taken.TOO_MANY, wait=wait)
    if sent.trapped:
        return Outcome(Taken.YES)
    try:
        address = parse_address(sent.email)
    except InvalidAddress:
        return Outcome(Taken.WRONG, pages.WRONG_ADDRESS if sent.email.strip() else pages.NO_ADDRESS)
    domain = address.domain
    if web.publication.signup.disposable == "refuse" and _disposable(domain):
        return Outcome(Taken.WRONG, pages.DISPOSABLE_ADDRESS)
    if not web.fetched_well(sent.token) or not web.used_well(sent.token, address):
        return Outcome(Taken.ONCE_MORE)
    # Before the domain's budget: whoever floods one mailbox does not use up that of everybody with the same provider.
    if web.budgets.spend_address(mailbox_of(address.canonical)):
        return Outcome(Taken.YES)  # to say more would tell a stranger that somebody else asked for this address
    wait = web.budgets.spend_domain(domain)
    if wait:
        return Outcome(Taken.TOO_MANY, wait=wait)
    return address


def _disposable(domain: str) -> bool:
    """Say whether a domain, or one above it, gives addresses to anybody for a few minutes."""
    from disposable_email_domains import blocklist

    parts = domain.split(".")
    return any(".".join(parts[start:]) in blocklist for start in range(len(parts) - 1))


def add_routes(app: FastAPI, web: WebContext) -> None:
    """Add these routes."""
    forms = html_answers(_422="The form has to be fixed, or sent once more", _429="Too many forms")
    links = html_answers(
        _403="The button has to be pressed once more",
        _409="The subscription has ended",
        _410="The link is too old",
    )

    @app.get("/subscribe", response_class=HTMLResponse, responses=html_answers())
    def form(source: str = "", campaign: str = "", path: str = "") -> Response:
        """Show the sign-up form."""
        sent = SignUpForm.of({"source": source or "subscribe", "campaign": campaign, "path": path})
        return _form(web, sent, fresh=True)

    @app.post("/subscribe", response_class=HTMLResponse, responses=forms)
    async def sign_up(request: Request) -> Response:
        """Take the sign-up form."""
        began = time.monotonic()
        try:
            sent = SignUpForm.of(await read_fields(request))
        except UnreadableForm:
            return web.pages.say(pages.UNREADABLE_FORM, 400)
        outcome = await take(web, sent, client_of(request))
        await web.in_step(began)
        match outcome.taken:
            case Taken.YES:
                return web.pages.say(pages.LOOK_IN_YOUR_MAILBOX)
            case Taken.WRONG:
                return _form(web, sent, problem=outcome.problem)
            case Taken.ONCE_MORE:
                return _form(web, sent, once_more=True)
            case Taken.TOO_MANY | Taken.STOPPED:
                words, status = refusal(outcome)
                return web.pages.say(words, status, {"Retry-After": str(outcome.wait)})

    @app.get("/confirm/{token}", response_class=HTMLResponse, responses=links)
    def ask_to_confirm(token: str) -> Response:
        """Show the button that confirms."""
        return _button(web, token)

    @app.post("/confirm/{token}", response_class=HTMLResponse, responses=links)
    async def confirm(token: str, request: Request) -> Response:
        """Confirm a subscription."""
        try:
            items = await read_items(request)
        except UnreadableForm:
            items = []
        shown = [value for name, value in items if name == "path"]
        return await run_in_threadpool(_confirm, web, token, dict(items).get("form", ""), shown, client_of(request))

    @app.post("/confirm/{token}/again", response_class=HTMLResponse, responses={**links, **forms})
    async def ask_again(token: str, request: Request) -> Response:
        """Mail a new confirmation link to whoever holds an old one."""
        return await run_in_threadpool(_ask_again, web, token, await form_token_of(request), client_of(request))


def _ask_again(web: WebContext, token: str, form_token: str, client: str) -> Response:
    if not web.fetched_well(form_token):
        return web.too_old(f"confirm/{token}/again", 403)
    wait = web.budgets.spend_visit(client)
    if wait:
        return web.pages.say(pages.TOO_MANY, 429, {"Retry-After": str(wait)})
    match web.subscribers.sign_ups.ask_again(token, now=web.clock.now()):
        case AskedAgain.MAILED:
            web.batcher.post()
            return web.pages.say(pages.LOOK_IN_YOUR_MAILBOX)
        case AskedAgain.LATER:
            return web.pages.say(pages.ASKED_ENOUGH, 429)
        case AskedAgain.ACTIVE:
            return web.pages.say(pages.CONFIRMED)
        case AskedAgain.ENDED:
            return web.pages.say(pages.CONFIRMED_NOT, 409)


def _confirm(web: WebContext, token: str, form_token: str, shown: Sequence[str], client: str) -> Response:
    subject_id = web.subscribers.links.check_confirmation(token, now=web.clock.now())
    if not web.fetched_well(form_token, subject_id):
        return _button(web, token, status=403)
    result = web.subscribers.sign_ups.confirm(token, now=web.clock.now(), client=client, shown=shown)
    if result is Confirmed.NOT:
        return web.pages.say(pages.CONFIRMED_NOT, 409)
    web.batcher.post()
    return web.pages.say(pages.CONFIRMED)


def _button(web: WebContext, token: str, status: int = 200) -> Response:
    """Return the page with the button, or what is true if there is nothing to confirm any more."""
    now = web.clock.now()
    would = web.subscribers.sign_ups.would_confirm(token, now=now)
    if would.result is Confirmed.NOT:
        return web.pages.say(pages.CONFIRMED_NOT, 409)
    if would.result is Confirmed.BEFORE:
        return web.pages.say(pages.CONFIRMED)
    form_token = web.subscribers.links.form_token(now, web.subscribers.links.check_confirmation(token, now=now))
    courses = [(path, web.paths[path], web.steps.get(path, 0)) for path in would.courses if path in web.paths]
    return web.pages.page("confirm", status, form_token=form_token, courses=courses, once_more=status == 403)


def _form(
    web: WebContext, sent: SignUpForm, *, problem: Phrase = NOTHING, once_more: bool = False, fresh: bool = False
) -> Response:
    """Return the form with what was typed, and what is wrong with it."""
    path = sent.path if sent.path and sent.path in web.paths else ""
    return web.pages.page(
        "subscribe", 422 if problem or once_more else 200, source=sent.source, campaign=sent.campaign, path=path,
        path_title=web.paths[path] if path else "", path_steps=web.steps.get(path, 0), path_ticked=not fresh, written=one_line(sent.email, LONGEST_ADDRESS), problem=web.pages.language.say(problem),
        once_more=once_more, form_token=web.subscribers.links.form_token(web.clock.now()),
    )  # fmt: skip


def refusal(outcome: Outcome) -> tuple[Words, int]:
    """Return the words and the status for a form that is not accepted now."""
    return (pages.TOO_MANY, 429) if outcome.taken is Taken.TOO_MANY else (pages.STOPPED, 503)
