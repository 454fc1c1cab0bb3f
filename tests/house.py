"""A publication that is open to readers: a real server on loopback, a real database; and a visitor with plain forms."""

from __future__ import annotations

import dataclasses
import socket
import threading
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import requests
import sqlalchemy as sa

from publisher.adapters.database import migrate
from publisher.adapters.database.migrations import migrated
from publisher.app import App
from publisher.ports import Content
from publisher.publication import Publication
from publisher.render.templates import environment
from publisher.web import AbuseLimits, GitHook, Limits, View, Watch, WebContext, create_app, make_server
from publisher.web.pages import Pages as WebPages
from subscribers import AddressHistory, EmailState, Keyring, State, Subscriber, Subscribers
from subscribers.adapters import tables
from subscribers.database import open_engine
from tests.publication import FakeClock
from tests.readers import NOW, SECRET, Mailbox

ROOT = Path(__file__).parents[1]
MANY = "100000 per minute"
LOOSE = Limits(client=MANY, address=MANY, domain=MANY, everyone=MANY)
AT_ONCE = AbuseLimits(LOOSE, answer_every=0, youngest_form=0)
"""For tests that are not about budgets or time: the clock stands still, so every form comes back at once."""
NAVIGATION = {"nav": [{"href": "learn/", "path": "learn/", "label": "Learn"}]}
PATHS = {"backend": "Backend engineer to AI engineer", "data": "Data engineer to AI engineer"}
STEPS = {"backend": 3, "data": 2}
LATELY = {"concept": "Token buckets", "question": "How would you shard it?"}
SECRETS_FREE = ("subscribers.", "Traceback", "sqlalchemy", 'File "')
TABLES = (
    tables.subscriber, tables.consent, tables.wording, tables.suppression, tables.email, tables.course, tables.history,
    tables.former_subject, tables.breaker,
)  # fmt: skip


@dataclass
class House:
    """A publication that is open to readers."""

    url: str
    engine: sa.Engine
    readers: Subscribers
    mailbox: Mailbox
    clock: FakeClock
    publication: Publication
    site: Path
    keyring: Keyring = field(default_factory=lambda: Keyring(SECRET))

    def token(self) -> str:
        """Return the token of a form that is fetched now."""
        return self.readers.links.form_token(self.clock.time)

    def sign_up(self, email: str, **fields: str) -> requests.Response:
        """Send the sign-up form as if its page had been fetched just now."""
        data = {"form": self.token(), "email": email, **fields}
        return requests.post(f"{self.url}/subscribe", data=data, timeout=5)

    def join(self, address: str = "Ada@example.com", **fields: str) -> str:
        """Let a reader sign up and confirm on the web; return their unsubscribe token."""
        self.sign_up(address, **fields)
        wait_for(lambda: bool(self.mailbox.to(address)))
        page = self.get(f"confirm/{self.mailbox.to(address)[-1].token}")
        assert page.forms[0].send().status == 200
        wait_for(lambda: self.mailbox.to(address)[-1].kind == "welcome" and not self.due())
        return self.mailbox.to(address)[-1].token

    def reader(self, address: str = "ada@example.com") -> Subscriber:
        record = self.readers.editors.show(address)
        assert record is not None
        assert record.reader is not None
        return record.reader

    def issue_link(self, address: str = "ada@example.com") -> str:
        """Return the way to a reader's page that stands in every issue."""
        return f"preferences/{self.keyring.preferences(self.reader(address).subject_id, self.clock.time)}"

    def mailed_link(self, address: str = "ada@example.com") -> str:
        """Return the way to a reader's page that is mailed alone."""
        return f"preferences/{self.keyring.account(self.reader(address).subject_id, self.clock.time)}"

    def get(self, path: str) -> Page:
        return Page.of(requests.get(f"{self.url}/{path}", timeout=5))

    def everything(self) -> list[object]:
        return [row for table in TABLES for row in self.rows(table)]

    def rows(self, table: sa.Table) -> list[object]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.select(table))]

    def due(self) -> int:
        """Return how many mails wait to leave, or are just leaving."""
        final = [state.value for state in EmailState if state.final]
        waiting = sa.select(sa.func.count()).select_from(tables.email).where(tables.email.c.state.not_in(final))
        with self.engine.connect() as connection:
            return connection.scalar(waiting) or 0

    def active(self) -> int:
        return self.readers.queries.counts()[State.ACTIVE]


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for what happens after an answer was sent: emails leave behind the reader's back."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def open_house(
    url: str,
    folder: Path,
    abuse_limits: AbuseLimits = AT_ONCE,
    base_url: str | None = None,
    proxies: str = "127.0.0.1",
    hands: int = 200,
    patience: int = 10,
    deliveries: Callable[[AddressHistory], Sequence[object]] = lambda _history: (),
    **changes: object,
) -> tuple[House, Callable[[], None]]:
    engine = open_engine(url)
    migrate(engine)
    written = tomllib.loads((ROOT / "content" / "publication.toml").read_text("utf-8"))
    publication = Publication.model_validate({**written, "base_url": base_url or written["base_url"], **changes})
    mailbox, clock, site = Mailbox(), FakeClock(NOW), folder / "site"
    readers = Subscribers(engine, Keyring(SECRET), mailbox)
    view = dataclasses.replace(
        View.of(Content(publication, (), (), (), (), ()), environment(ROOT / "templates")),
        pages=WebPages(publication, environment(ROOT / "templates"), NAVIGATION), paths=PATHS, steps=STEPS, latest=LATELY,
    )  # fmt: skip
    editorial = App(folder / "news", database=url, clock=clock, variables={"PRESSROOM_SECRET_KEY": "k" * 32})
    app = create_app(WebContext(
        subscribers=readers, look=lambda: view, site=site, clock=clock, abuse_limits=abuse_limits, deliveries=deliveries, act=editorial.act,
        watch=Watch(lambda: [] if migrated(engine) else ["the database has the schema of another release"]),
        post=lambda _enough: mailbox.post(readers.outbox, clock.now()).sent, git_hook=GitHook(SECRET, lambda: None),
    ))  # fmt: skip
    server = make_server(app, "127.0.0.1", 0, trusted_proxies=proxies, hands=hands, patience=patience)
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_for(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]

    def close() -> None:
        server.should_exit = True
        thread.join(10)
        editorial.__exit__()
        engine.dispose()

    return House(f"http://127.0.0.1:{port}", engine, readers, mailbox, clock, publication, site), close


def half_open(house: House, sent: bytes) -> socket.socket:
    """Connect, and send the beginning of a request."""
    host, _, port = house.url.removeprefix("http://").partition(":")
    stream = socket.create_connection((host, int(port)), timeout=5)
    stream.sendall(sent)
    return stream


Values = dict[str, list[str]]


@dataclass
class Form:
    """A form of a page, as a browser without JavaScript would send it."""

    url: str
    method: str
    fields: Values = field(default_factory=dict)
    options: Values = field(default_factory=dict)
    """What each select has to choose from."""

    def send(self, **changed: str | list[str] | None) -> Page:
        """Send the form with some fields filled in differently; None leaves a field out."""
        fields: dict[str, object] = {**self.fields}
        for name, value in changed.items():
            name = name.replace("_", "-")  # noqa: PLW2901
            fields.pop(name, None)
            if value is not None:
                fields[name] = value
        return Page.of(requests.request(self.method, self.url, data=fields, timeout=5))


@dataclass
class Page:
    """A page that was answered."""

    status: int
    text: str
    url: str
    headers: dict[str, str]
    forms: list[Form]
    links: list[str]

    @classmethod
    def of(cls, answer: requests.Response) -> Page:
        read = _Reading(answer.url)
        read.feed(answer.text)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return cls(answer.status_code, answer.text, answer.url, headers, read.forms, read.links)

    def form(self, end: str = "") -> Form:
        """Return the form whose action ends so; without, the one that posts to a page's choices."""
        return next(form for form in self.forms if (form.url.endswith(end) if end else "section" in form.fields or "pause" in form.options))  # fmt: skip


class _Reading(HTMLParser):
    """Collects the forms and every URL of a page."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links += [value for name, value in attrs if name in ("href", "src", "action") and value]
        if tag == "form":
            self.forms.append(Form(urljoin(self.url, given.get("action") or ""), given.get("method") or "get"))
            return
        if not self.forms:
            return
        form, name = self.forms[-1], given.get("name") or ""
        if tag == "input" and name and (given.get("type") != "checkbox" or "checked" in given):
            form.fields.setdefault(name, []).append(given.get("value") or "")
        elif tag == "select":
            self._select = name
            form.options[name] = []
        elif tag == "option":
            value = given.get("value") or ""
            if not form.options[self._select] or "selected" in given:
                form.fields[self._select] = [value]  # the first one, unless another is selected
            form.options[self._select].append(value)
