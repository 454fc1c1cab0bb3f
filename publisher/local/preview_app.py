"""The pages of `pressroom preview`.

GET /                                 all issues and pieces
GET /issues/{number}                  one of them: mail and page side by side, text part, proof, what is wrong
GET /pieces/{path}
GET /mail/{item} /page/… /proof/…     its mail, page and proof, for frames
GET /files/{item}/{name}              a picture of it
GET /site/…                           what its page links to
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable
from html import escape
from typing import Annotated, Literal

from fastapi import FastAPI, Query
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel
from starlette.types import ASGIApp

from publisher import timetable
from publisher.deliver.message_builder import greeting
from publisher.language import language_of
from publisher.local.changes import Changes
from publisher.local.pages import LocalPages, framed
from publisher.local.previewer import Item, Look, Previewer, Rendering
from publisher.numbers import is_number
from publisher.render.emails import sample
from publisher.render.framed import (
    css_in_scheme,
    in_scheme,
    mail_in_frame,
    opening_apart,
    page_in_frame,
    proof_in_frame,
)
from publisher.render.proof import render_proof
from publisher.render.templates import expand

Sort = Literal["issues", "pieces"]
Shown = Literal["both", "mail", "page", "text", "proof"]
Scheme = Literal["light", "dark"]
Width = Literal["phone", "desktop"]

READER = ("Ada", "ada@example.com")
"""The reader to whom the mail is shown."""
_SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
"""For frames: no script, no form. `allow-same-origin` lets the page around a frame keep its place when it is reloaded."""

_ICON = re.compile(r'<link rel="(?:icon|alternate)"[^>]*>')
"""What a frame has no use for."""


class Choice(BaseModel, frozen=True):
    """How somebody wants to see an item; it is the page's query."""

    show: Shown = "both"
    width: Width = "desktop"
    scheme: Scheme = "light"
    pictures: Literal["on", "off"] = "on"


def preview_app(previewer: Previewer, changes: Changes, ended: Callable[[], bool]) -> ASGIApp:
    """Return the ASGI application; see publisher.local.guard for what has to stand before it."""
    app, pages = FastAPI(docs_url=None, redoc_url=None, openapi_url=None), LocalPages()
    pages.add_routes(app, changes, ended)

    @app.get("/")
    def every() -> Response:
        name = previewer.act.publication.name if previewer.act else ""
        return pages.page(
            "preview_list", name=name, issues=previewer.issues(), pieces=previewer.pieces(), errors=previewer.errors,
            trouble=previewer.trouble, number=changes.number,
        )  # fmt: skip

    @app.get("/own")
    def own() -> Response:
        lead = "In a mail to a reader this link leads to their own page, where they choose what they get, or leave."
        return pages.say(200, "A reader’s own page", lead)

    _site_routes(app, pages, previewer)
    _frame_routes(app, pages, previewer)

    @app.get("/{kind}/{name:path}")
    def one(kind: Sort, name: str, choice: Annotated[Choice, Query()]) -> Response:
        item, number = _item(kind, name), changes.number
        look = previewer.look(item) if item else None
        if item is None or look is None or (look.rendering is None and not look.stale):
            return pages.say(404, "There is no such page", "nothing is at this address")
        return pages.page(
            "preview_item", 200 if look.rendering else 404, item=item, look=look, choice=choice, number=number,
            text=sample(look.rendering.made.rendered.text) if look.rendering else "", sandbox=_SANDBOX,
            frames=_frames(choice, item),
        )  # fmt: skip

    return app


def _item(kind: Sort, name: str) -> Item | None:
    if kind == "issues":
        return (
            Item("issues", str(int(name)))
            if name.isascii() and name.isdigit() and len(name) <= 6 and is_number(int(name))
            else None
        )
    return Item("pieces", name)


def _frames(choice: Choice, item: Item) -> list[tuple[str, str]]:
    """Return the frames to show, as their names and titles; a piece is not proofed."""
    wanted = {"both": ("mail", "page"), "text": ()}.get(choice.show, (choice.show,))
    titles = {"mail": "The mail", "page": "The page", "proof": "The proof"}
    return [(name, titles[name]) for name in wanted if name != "proof" or item.kind == "issues"]


def _frame_routes(app: FastAPI, pages: LocalPages, previewer: Previewer) -> None:
    def rendering(kind: Sort, name: str) -> tuple[Item, Rendering] | None:
        item = _item(kind, name)
        look: Look | None = previewer.look(item) if item else None
        return (item, look.rendering) if item and look and look.rendering else None

    def nothing() -> Response:
        return pages.say(404, "There is nothing to see", "it could not be rendered yet")

    @app.get("/mail/{kind}/{name:path}")
    def mail(kind: Sort, name: str, choice: Annotated[Choice, Query()]) -> Response:
        found = rendering(kind, name)
        if found is None:
            return nothing()
        item, shown = found
        publication = shown.act.publication
        html = mail_in_frame(
            shown.made.rendered, publication, files=f"/files/{item.path}/", page=f"/page/{item.path}",
            greeting=escape(greeting(READER[0], language_of(publication))), address=READER[1], unsubscribe="/own",
            preferences="/own",
        )  # fmt: skip
        return _framed(html, choice)

    @app.get("/page/{kind}/{name:path}")
    def page(kind: Sort, name: str, choice: Annotated[Choice, Query()]) -> Response:
        found = rendering(kind, name)
        if found is None:
            return nothing()
        item, shown = found
        html = page_in_frame(shown.made.rendered, root="/site/", files=f"/files/{item.path}/")
        style = f'"/site/style.css?scheme={choice.scheme}&amp;v={shown.version}"'
        return _framed(_ICON.sub("", html.replace('"/site/style.css"', style)), choice)

    @app.get("/proof/issues/{name}")
    def proof(name: str, choice: Annotated[Choice, Query()]) -> Response:
        found = rendering("issues", name)
        if found is None:
            return nothing()
        item, shown = found
        made, publication, schedule = shown.made, shown.act.publication, shown.act.publication.schedule
        due = timetable.due(made.issue.week, schedule)
        over = shown.act.clock.now() > timetable.window_ends(due, schedule)
        email = render_proof(
            publication, shown.act.templates, made.rendered, problems=made.findings, digest=made.digest,
            due="" if over else timetable.local(due, schedule),
        )  # fmt: skip
        values = dict.fromkeys(("unsubscribe", "preferences", "action"), "/own")
        hello = escape(greeting(publication.editors[0].name, language_of(publication)))
        html = proof_in_frame(email, files=f"/files/{item.path}/", greeting=hello, address=publication.editors[0].address, **values)  # fmt: skip
        return _framed(html.replace('"/own/page"', f'"/page/{item.path}"'), choice)

    @app.get("/files/{kind}/{name:path}/{picture}")
    def picture(kind: Sort, name: str, picture: str) -> Response:
        found = rendering(kind, name)
        data = (
            next((one.data for one in found[1].made.rendered.pictures if one.name == picture), None) if found else None
        )
        if data is None:
            return nothing()
        policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
        return Response(data, 200, policy, mimetypes.guess_type(picture)[0] or "application/octet-stream")


def _framed(html: str, choice: Choice) -> Response:
    pictures = "'none'" if choice.pictures == "off" else "'self' data:"
    policy = f"style-src 'self' 'unsafe-inline'; img-src {pictures}; sandbox {_SANDBOX}"
    return framed(opening_apart(in_scheme(html, choice.scheme)), policy=policy)


def _site_routes(app: FastAPI, pages: LocalPages, previewer: Previewer) -> None:
    """Answer what an issue's page links to: its style sheet, other issues, and nothing else of the site."""

    @app.get("/site/style.css")
    def style(scheme: Scheme = "light") -> Response:
        css = expand(previewer.act.templates, "web/style.css", {}) if previewer.act else ""
        own = f"\n:root {{ color-scheme: only {scheme}; }}\n"
        return Response(css_in_scheme(css, scheme) + own, media_type="text/css")

    @app.get("/site/issues/{number}/{rest:path}")
    def issue(number: int, rest: str) -> Response:  # noqa: ARG001  # index.html, or nothing
        return RedirectResponse(f"/issues/{number}", 303)

    @app.get("/site/{rest:path}")
    def elsewhere(rest: str) -> Response:  # noqa: ARG001
        lead = "this link leads to another page of the site; `pressroom publish` builds all of them"
        return pages.say(200, "The preview shows issues and pieces", lead)
