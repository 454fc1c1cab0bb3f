"""Editors approve an issue by the link in their own proof. The pages are in English, as all that editors get.

GET  /approve/{token}               what it approves, and one button
POST /approve/{token}               approves                     POST /approve/{token}/withdraw   takes that back
GET  /approve/{token}/mail          the mail, for a frame        POST /approve/{token}/proof      mails a new proof
GET  /approve/{token}/page          its page                     GET  /approve/{token}/files/{name}  the pictures of both

The link proves who it is. A button has to come back from its own page within FORM_MINUTES, so that a program that follows
links, or posts to them, approves nothing.
"""

from __future__ import annotations

import datetime as dt
import mimetypes
from collections.abc import Callable, Sequence
from html import escape

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from publisher import editors, pipeline, timetable
from publisher.approval_links import form_subject
from publisher.deliver.message_builder import greeting
from publisher.errors import (
    AlreadyOut,
    ChangedSince,
    ContentError,
    ExpiredLink,
    ForgedLink,
    FormerEditor,
    OutsideError,
    PressroomError,
    Problem,
    Refused,
)
from publisher.issue import Rendered
from publisher.language import Language, language_of
from publisher.numbers import corrected, typed
from publisher.pipeline import Approvable
from publisher.render.emails import sample
from publisher.render.framed import mail_in_frame, page_in_frame
from publisher.web import pages
from publisher.web.context import WebContext, form_body, html_answers
from publisher.web.form import form_token_of
from subscribers import BadToken

FORM_MINUTES = 30

_PAGE = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_FRAME = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
_REFUSED: dict[type[PressroomError], tuple[int, str]] = {
    ForgedLink: (400, "This link does not work"),
    FormerEditor: (403, "This link is nobody’s any more"),
    ExpiredLink: (410, "This link is too old"),
    ChangedSince: (409, "It was changed after this proof"),
    AlreadyOut: (409, "It is on its way already"),
    ContentError: (409, "It cannot be shown as it is"),
    Refused: (409, "Nothing was done"),
    OutsideError: (503, "This does not work right now"),
}
"""The answer to each error, the special ones before those that include them."""
_ANSWERS = html_answers(
    _403="The button has to be pressed once more, or the link's editor is none any more",
    _409="The issue was changed, is being sent, or cannot be approved as it is",
    _410="The link is too old",
)


def add_routes(app: FastAPI, web: WebContext, act: Callable[[], pipeline.Ports]) -> None:
    """Add these routes; `act` begins an act, which reads content once."""

    @app.get("/approve/{token}", response_class=HTMLResponse, responses=_ANSWERS)
    def show(token: str) -> Response:
        """Show what the link approves."""
        return _answer(web, act, token, lambda ports: _page(web, ports, token))

    @app.post("/approve/{token}", response_class=HTMLResponse, responses=_ANSWERS, openapi_extra=form_body())
    async def approve(token: str, request: Request) -> Response:
        """Approve what the link's proof showed."""
        return await _pressed(token, request, lambda ports: _approve(web, ports, token))

    @app.post("/approve/{token}/withdraw", response_class=HTMLResponse, responses=_ANSWERS, openapi_extra=form_body())
    async def withdraw(token: str, request: Request) -> Response:
        """Take the approval back."""
        return await _pressed(token, request, lambda ports: _withdraw(web, ports, token))

    @app.post("/approve/{token}/proof", response_class=HTMLResponse, responses=_ANSWERS, openapi_extra=form_body())
    async def prove(token: str, request: Request) -> Response:
        """Mail the editors a proof of the issue as it is now."""
        return await _pressed(token, request, lambda ports: _prove(web, ports, token))

    @app.get("/approve/{token}/mail", response_class=HTMLResponse, responses=_ANSWERS)
    def mail(token: str) -> Response:
        """Show the mail as readers get it."""
        return _answer(web, act, token, lambda ports: _mail(ports, token))

    @app.get("/approve/{token}/page", response_class=HTMLResponse, responses=_ANSWERS)
    def page(token: str) -> Response:
        """Show the page that the mail links to."""
        return _answer(web, act, token, lambda ports: _web_page(web, ports, token))

    @app.get("/approve/{token}/files/{name}", response_class=Response, responses=_ANSWERS)
    def picture(token: str, name: str) -> Response:
        """Return a picture of the mail."""
        return _answer(web, act, token, lambda ports: _picture(web, ports, token, name))

    async def _pressed(token: str, request: Request, do: Callable[[pipeline.Ports], Response]) -> Response:
        form_token = await form_token_of(request)

        def press(ports: pipeline.Ports) -> Response:
            if not _fresh(web, ports, token, form_token):
                return _page(web, ports, token, 403, once_more=True)
            return do(ports)

        return await run_in_threadpool(_answer, web, act, token, press)


def _answer(
    web: WebContext, act: Callable[[], pipeline.Ports], token: str, answer: Callable[[pipeline.Ports], Response]
) -> Response:
    """Answer, or say in words why not. A link that proves nothing costs no reading of content."""
    ports = act()
    try:
        ports.approval_links.read(web.publication, token, web.clock.now())
        return answer(ports)
    except PressroomError as error:
        return _refused(web, ports, token, error)


def _fresh(web: WebContext, ports: pipeline.Ports, token: str, form_token: str) -> bool:
    """Say whether a form comes from the page of this link, and not too late."""
    link = ports.approval_links.read(web.publication, token, web.clock.now())
    try:
        age = web.subscribers.links.form_age(form_token, web.clock.now(), form_subject(link))
    except BadToken:
        return False
    return age <= dt.timedelta(minutes=FORM_MINUTES)


def _approve(web: WebContext, ports: pipeline.Ports, token: str) -> Response:
    given = pipeline.approve_by_link(ports, token)
    return _page(web, ports, token, said=f"You approved No. {typed(given.number)} exactly as it is below.")


def _withdraw(web: WebContext, ports: pipeline.Ports, token: str) -> Response:
    taken = pipeline.withdraw_by_link(ports, token)
    return _page(web, ports, token, said=f"You took your approval of No. {typed(taken.number)} back.")


def _prove(web: WebContext, ports: pipeline.Ports, token: str) -> Response:
    link = ports.approval_links.read(ports.content.publication, token, web.clock.now())
    made = pipeline.still_open(ports, link.number)
    editors.prove(ports, link.number, made.digest[:16])  # once for each text, however often somebody presses
    lead = f"A proof of No. {typed(link.number)} as it is now is on its way to every editor, with a link of their own in it."
    return said_on_a_page(web, 200, "Look in your mailbox", lead)


def _page(
    web: WebContext, ports: pipeline.Ports, token: str, status: int = 200, *, said: str = "", once_more: bool = False
) -> Response:
    found = pipeline.look(ports, token)
    made, schedule = found.made, ports.content.publication.schedule
    return web.pages.page(
        "approve", status, {"Content-Security-Policy": _PAGE}, language=Language(), number=typed(made.rendered.number),
        subject=made.rendered.subject, due=_due(found, timetable.local(found.due, schedule)), standing=_standing(found),
        editor=found.link.editor.name, findings=found.findings, broken=found.broken, mine=found.mine, token=token,
        review=pipeline.review(ports, made.rendered.number), text=sample(made.rendered.text), digest=made.digest, said=said, once_more=once_more,
        form_token=web.subscribers.links.form_token(web.clock.now(), form_subject(found.link)),
    )  # fmt: skip


def _due(found: Approvable, due: str) -> str:
    if (wrong := corrected(found.link.number)) is not None:
        when = "as soon as it is approved" if found.missing else "within a minute"
        return f"It goes out {when}, to those who got issue {wrong}."
    if found.late:
        return f"It was due on {due}, and its window is over: somebody has to run pressroom send {found.link.number} --late."
    if found.missing:
        return f"It goes out on {due} if it is approved by then."
    return f"It goes out on {due}."


def _standing(found: Approvable) -> str:
    """Say who approved it, and who else is needed."""
    by = f"Approved by {' and '.join(found.approved_by)}." if found.approved_by else "Nobody has approved it yet."
    if not found.missing:
        return by
    more = "more " if found.approved_by else ""
    needed = f"One {more}approval is needed" if found.missing == 1 else f"It needs {found.missing} {more}approvals"
    return f"{by} {needed}{', from another editor' if found.mine else ''}."


def _mail(ports: pipeline.Ports, token: str) -> Response:
    """Return the mail as the link's editor would get it. Its pictures come from beside it, its own links lead back."""
    found = pipeline.look(ports, token)
    publication, editor = ports.content.publication, found.link.editor
    back = escape(publication.service(f"approve/{token}"))
    html = mail_in_frame(
        found.made.rendered, publication, files="files/", page="page",
        greeting=escape(greeting(editor.name, language_of(publication))), address=escape(editor.address),
        unsubscribe=back, preferences=back,
    ).replace("<head>", '<head><base target="_blank">', 1)  # fmt: skip
    return HTMLResponse(html, 200, {**pages.PRIVATE, "Content-Security-Policy": _FRAME})


def _web_page(web: WebContext, ports: pipeline.Ports, token: str) -> Response:
    """Return the issue's page as it will be published."""
    return issue_page(web, pipeline.look(ports, token).made.rendered)


def issue_page(web: WebContext, rendered: Rendered) -> Response:
    """Return an issue's page with its pictures from `files/` beside it."""
    html = page_in_frame(rendered, root=web.pages.root, files="files/")
    return HTMLResponse(html, 200, {**pages.PRIVATE, "Content-Security-Policy": _PAGE})


def _picture(web: WebContext, ports: pipeline.Ports, token: str, name: str) -> Response:
    return picture_of(web, pipeline.look(ports, token).made.rendered, name)


def picture_of(web: WebContext, rendered: Rendered, name: str) -> Response:
    """Return an issue's picture."""
    pictures = {picture.name: picture.data for picture in rendered.pictures}
    if name not in pictures:
        return web.pages.say(pages.NOT_FOUND, 404)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(pictures[name], 200, {**pages.PRIVATE, "Content-Security-Policy": _FRAME}, kind)


def _refused(web: WebContext, ports: pipeline.Ports, token: str, error: PressroomError) -> Response:
    status, title = next((answer for kind, answer in _REFUSED.items() if isinstance(error, kind)), (500, ""))
    if not title:
        raise error
    lead, form_token = f"{error}.", ""
    problems = error.problems if isinstance(error, ContentError) else ()
    if problems:
        lead = "Nothing was done. These errors come first:"
    if isinstance(error, ChangedSince):
        lead += " Nobody can approve what this link showed; a new proof has links to approve it as it is now."
        link = ports.approval_links.read(web.publication, token, web.clock.now())
        form_token = web.subscribers.links.form_token(web.clock.now(), form_subject(link))
    return said_on_a_page(web, status, title, lead, problems, token, form_token)


def said_on_a_page(
    web: WebContext, status: int, title: str, lead: str, problems: Sequence[Problem] = (), token: str = "", form_token: str = "",
    eyebrow: str = "approve",
) -> Response:  # fmt: skip
    return web.pages.page(
        "approve_refused", status, language=Language(), title=title, lead=f"{lead[:1].upper()}{lead[1:]}", problems=problems,
        token=token, form_token=form_token, eyebrow=eyebrow,
    )  # fmt: skip
