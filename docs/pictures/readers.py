"""The pages and emails that a reader meets, served by the real application from a copy of the publication."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi.testclient import TestClient
from playwright.sync_api import BrowserContext, Route

from publisher import pipeline
from publisher.app import App
from publisher.web import AbuseLimits, Limits, View, WebContext, create_app
from subscribers import SignUpRequest, Wording, parse_address

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
ADA = "ada@example.com"
SECRET = "a secret for the pictures and for nothing else"
LETTERS = {
    "confirmation": "Confirm your subscription",
    "welcome": "You are subscribed",
    "step": ", 1 of ",
    "letter-link": "Your page at",
}
"""Each email's picture, and what stands in its subject."""


class Still:
    """A clock that stands, so that pictures taken again show the same times."""

    def now(self) -> dt.datetime:
        return NOW

    def steady(self) -> float:
        return 0.0


@dataclass(frozen=True)
class Readers:
    """Where each picture is taken: a page below the base URL, or HTML of an email."""

    base: str
    pages: dict[str, str]
    emails: dict[str, str]
    client: TestClient

    def open(self, context: BrowserContext) -> None:
        """Let the browser meet the application at the publication's own address."""

        def answer(route: Route) -> None:
            asked = route.request
            got = self.client.request(asked.method, asked.url, content=asked.post_data_buffer, headers=asked.headers)
            headers = {name: value for name, value in got.headers.items() if name != "content-length"}
            route.fulfill(status=got.status_code, headers=headers, body=got.content)

        context.route(f"{self.base}/**", answer)


@contextmanager
def readers(publication: Path, folder: Path) -> Iterator[Readers]:
    """Let Ada sign up with a course and look at her page, in a copy of the publication."""
    shutil.copytree(publication / "content", folder / "content")
    if (publication / "templates").is_dir():
        shutil.copytree(publication / "templates", folder / "templates")
    variables = {"PRESSROOM_SECRET_KEY": SECRET}
    with App(folder, transport=f"file:{folder}/mail", clock=Still(), variables=variables) as app:
        pipeline.publish(app.act())
        loose = "100000 per minute"
        abuse_limits = AbuseLimits(Limits(client=loose, address=loose, domain=loose, everyone=loose), answer_every=0)
        view = View.of(app.act().content, app.templates)
        asgi = create_app(WebContext(
            subscribers=app.subscribers, look=lambda: view, site=app.site_folder, clock=app.clock, abuse_limits=abuse_limits
        ))  # fmt: skip
        base = view.publication.url().rstrip("/")
        with TestClient(asgi, base_url=base) as client:
            yield Readers(base, _pages(app), _letters(folder / "mail"), client)


def _pages(app: App) -> dict[str, str]:
    """Let everything happen that the pictures show; return each picture's page."""
    people, path = app.subscribers, app.act().content.paths[0].slug
    people.sign_ups.sign_up_all(
        [SignUpRequest(parse_address(ADA), "form site", Wording("Every week."), path=path)], NOW
    )
    pipeline.post(app.act())
    record = people.editors.show(ADA)
    assert record is not None
    assert record.reader is not None
    subject = record.reader.subject_id
    confirm = app.keyring.confirm(subject, NOW)
    people.sign_ups.confirm(confirm, now=NOW)
    people.courses.take_steps(NOW)
    people.page.ask_link(ADA, now=NOW)
    pipeline.post(app.act())
    return {
        "subscribe": f"subscribe?path={path}",
        "confirm": f"confirm/{confirm}",
        "preferences": f"preferences/{app.keyring.account(subject, NOW)}",
        "unsubscribe": f"unsubscribe/{app.keyring.unsubscribe(subject)}",
        "link": "link",
    }


def _letters(folder: Path) -> dict[str, str]:
    read = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in folder.glob("*.eml")]
    found: dict[str, str] = {}
    for name, words in LETTERS.items():
        part = next(mail for mail in read if words in mail["Subject"]).get_body(("html",))
        assert part is not None
        found[name] = str(part.get_content())
    return found
