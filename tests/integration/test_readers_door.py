"""The readers' door: a real server on loopback, a real database, real requests, and visitors of all kinds."""

from __future__ import annotations

import datetime as dt
import logging
import re
import select
import socket
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from publisher.adapters.database.engine import migrate, open_engine
from publisher.publication import Publication
from publisher.render.templates import environment
from publisher.web import Limits, Manners, create_app, make_server, pages, wording
from subscribers import Keyring, Reason, State, Subscribers
from subscribers.adapters import tables
from tests.readers import DAY, NOW, SECRET, WORDING, Mailbox

ROOT = Path(__file__).parents[2]
MANY = "100000 per minute"
LOOSE = Limits(MANY, MANY, MANY, MANY)
NAVIGATION = {"nav": [{"href": "learn/index.html", "path": "learn/", "label": "Learn"}]}
SECRETS_FREE = ("subscribers.", "Traceback", "sqlalchemy", 'File "')


@dataclass
class Watch:
    """A clock that a test sets."""

    at: dt.datetime = NOW

    def now(self) -> dt.datetime:
        return self.at


@dataclass
class House:
    """A publication that is open to readers."""

    url: str
    engine: sa.Engine
    readers: Subscribers
    mailbox: Mailbox
    watch: Watch
    publication: Publication
    site: Path

    def join(self, address: str = "Ada@example.com") -> str:
        """Let a reader sign up and confirm on the web; return their unsubscribe token."""
        requests.post(f"{self.url}/subscribe", data={"email": address}, timeout=5)
        wait_for(lambda: bool(self.mailbox.to(address)))
        requests.post(f"{self.url}/confirm/{self.mailbox.letters[-1].token}", timeout=5)
        wait_for(lambda: self.mailbox.letters[-1].kind == "welcome")
        return self.mailbox.letters[-1].token

    def everything(self) -> list[object]:
        with self.engine.connect() as connection:
            chosen = (tables.subscriber, tables.consent, tables.wording, tables.suppression, tables.letter,
                      tables.course, tables.history, tables.former_subject, tables.breaker)  # fmt: skip
            return [tuple(row) for table in chosen for row in connection.execute(sa.select(table))]

    def rows(self, table: sa.Table) -> list[object]:
        with self.engine.connect() as connection:
            return list(connection.execute(sa.select(table)))


def wait_for(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for what happens after an answer was sent: letters leave behind the reader's back."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def open_house(
    url: str,
    folder: Path,
    manners: Manners,
    base_url: str | None = None,
    proxies: str = "127.0.0.1",
    hands: int = 200,
    patience: int = 10,
) -> tuple[House, Callable[[], None]]:
    engine = open_engine(url)
    migrate(engine)
    written = tomllib.loads((ROOT / "content" / "publication.toml").read_text("utf-8"))
    publication = Publication.model_validate({**written, "base_url": base_url or written["base_url"]})
    mailbox, watch, site = Mailbox(), Watch(), folder / "site"
    readers = Subscribers(engine, Keyring(SECRET), mailbox)
    app = create_app(
        readers, publication, environment(ROOT / "templates"), site, watch, manners=manners, navigation=NAVIGATION
    )
    server = make_server(app, "127.0.0.1", 0, trusted_proxies=proxies, hands=hands, patience=patience)
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_for(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]

    def close() -> None:
        server.should_exit = True
        thread.join(10)
        engine.dispose()

    return House(f"http://127.0.0.1:{port}", engine, readers, mailbox, watch, publication, site), close


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    house, close = open_house(database_url, tmp_path, Manners(LOOSE, answer_every=0))
    yield house
    close()


@pytest.fixture
def cottage(tmp_path: Path) -> Iterator[House]:
    """A house with its default limits, on SQLite only: what is tried here does not depend on the database."""
    house, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path, Manners(answer_every=0))
    yield house
    close()


def half_open(house: House, sent: bytes) -> socket.socket:
    """Connect, and send the beginning of a request."""
    host, _, port = house.url.removeprefix("http://").partition(":")
    stream = socket.create_connection((host, int(port)), timeout=5)
    stream.sendall(sent)
    return stream


class Links(HTMLParser):
    """Collects every URL of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src", "action") and value]


def test_a_reader_signs_up_confirms_and_leaves_with_plain_forms(house: House) -> None:
    form = requests.get(f"{house.url}/subscribe", timeout=5)
    assert 'name="email"' in form.text
    answer = requests.post(
        f"{house.url}/subscribe", data={"email": "Ada@example.com", "source": "/issues/3/", "website": ""}, timeout=5
    )
    assert answer.status_code == 200
    assert "Look in your mailbox" in answer.text
    wait_for(lambda: bool(house.mailbox.letters))
    link = f"{house.url}/confirm/{house.mailbox.letters[0].token}"

    page = requests.get(link, timeout=5)
    assert page.text.count("<button") == 1
    assert house.readers.counts()[State.ACTIVE] == 0
    for _ in range(2):  # pressing twice is fine
        pressed = requests.post(link, timeout=5)
        assert (pressed.status_code, "You are subscribed" in pressed.text) == (200, True)
    wait_for(lambda: house.mailbox.letters[-1].kind == "welcome")
    assert [letter.kind for letter in house.mailbox.letters] == ["confirmation", "welcome"]
    [reader] = house.readers.find(state=State.ACTIVE)
    assert (reader.address, reader.source) == ("Ada@example.com", "form /issues/3/")

    leave = f"{house.url}/unsubscribe/{house.mailbox.letters[-1].token}"
    assert requests.get(leave, timeout=5).text.count("<button") == 1
    left = requests.post(leave, timeout=5)
    assert left.status_code == 200
    assert "You are off the list" in left.text
    assert "Sign up again" in left.text
    assert house.readers.counts() == {State.PENDING: 0, State.ACTIVE: 0, State.UNSUBSCRIBED: 1}


def test_the_words_beside_the_form_are_the_words_that_are_kept_as_consent(house: House) -> None:
    page = requests.get(f"{house.url}/subscribe", timeout=5).text
    promise = re.search(r'id="promise">(.*?)</p>', page, re.DOTALL)
    assert promise is not None
    kept = wording(house.publication, environment(ROOT / "templates")).text
    assert kept == f"{house.publication.name}: {' '.join(unescape(promise[1]).split())}"
    requests.post(f"{house.url}/subscribe", data={"email": "ada@example.com"}, timeout=5)
    with house.engine.connect() as connection:
        assert connection.scalar(sa.select(tables.wording.c.text)) == kept


@pytest.mark.parametrize("sending", ["urlencoded", "multipart", "nothing"])
def test_one_click_of_rfc_8058_leaves_without_cookie_referrer_or_redirect_and_may_be_repeated(
    sending: str, house: House
) -> None:
    token = house.join()
    for _ in range(3):
        form = {"List-Unsubscribe": "One-Click"} if sending == "urlencoded" else None
        parts = {"List-Unsubscribe": (None, "One-Click")} if sending == "multipart" else None
        answer = requests.post(
            f"{house.url}/unsubscribe/{token}", data=form, files=parts, allow_redirects=False, timeout=5
        )
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
    assert house.readers.counts()[State.UNSUBSCRIBED] == 1
    house.readers.forget("ada@example.com", now=NOW)
    assert requests.post(f"{house.url}/unsubscribe/{token}", timeout=5).status_code == 200


def test_a_crawler_that_gets_and_heads_every_link_changes_nothing(house: House) -> None:
    house.join()
    requests.post(f"{house.url}/subscribe", data={"email": "pending@example.com"}, timeout=5)
    wait_for(lambda: len(house.mailbox.letters) == 3 and not house.rows(tables.letter))
    before = house.everything()
    todo = ["/subscribe", "/", "/healthz"]
    for letter in house.mailbox.letters:
        todo += [f"/{kind}/{letter.token}" for kind in ("confirm", "unsubscribe")]
    seen: set[str] = set()
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        page = requests.get(house.url + path, timeout=5)
        head = requests.head(house.url + path, timeout=5)
        assert (head.status_code, head.content) == (page.status_code, b"")
        assert page.status_code in (200, 400, 404)
        links = (link.removeprefix(house.publication.base_url) for link in Links(page.text).found)
        todo += [link.partition("#")[0] for link in links if link.startswith("/")]
    assert len(seen) >= 12
    assert house.everything() == before


def test_every_address_gets_the_same_answer(house: House) -> None:
    house.join("active@example.com")
    requests.post(f"{house.url}/subscribe", data={"email": "pending@example.com"}, timeout=5)
    house.readers.suppress("complained@example.com", Reason.COMPLAINED, now=NOW)
    house.readers.unsubscribe(house.join("left@example.com"), now=NOW)
    answers = set()
    for name in ("new", "active", "pending", "complained", "left"):
        for trap in ("", "https://spam.example.com"):
            data = {"email": f"{name}@example.com", "website": trap}
            answer = requests.post(f"{house.url}/subscribe", data=data, timeout=5)
            headers = {name: value for name, value in answer.headers.items() if name != "date"}
            answers.add((answer.status_code, answer.text, tuple(sorted(headers.items()))))
    assert len(answers) == 1


def test_a_program_that_fills_in_the_hidden_field_changes_nothing(cottage: House) -> None:
    data = {"email": "ada@example.com", "website": "https://spam.example.com"}
    assert requests.post(f"{cottage.url}/subscribe", data=data, timeout=5).status_code == 200
    assert cottage.everything() == []


def test_json_is_taken_with_the_same_guards(cottage: House) -> None:
    url = f"{cottage.url}/subscribe"
    assert requests.post(url, json={"email": "ada@example.com", "source": "api"}, timeout=5).status_code == 200
    wait_for(lambda: bool(cottage.mailbox.letters))
    wrong = requests.post(url, json={"email": "ada"}, timeout=5)
    assert wrong.status_code == 422
    assert wrong.json()["message"] == pages.WRONG_ADDRESS
    statuses = [requests.post(url, json={"email": f"r{n}@example.com"}, timeout=5).status_code for n in range(6)]
    assert statuses == [200] * 4 + [429] * 2
    headers = {"Content-Type": "application/json"}
    for body in ("", "[]", "[" * 60_000, '{"email": 3}', '{"email": null}', "{", '"ada@example.com"'):
        assert requests.post(url, data=body, headers=headers, timeout=5).status_code == 400


def test_a_wrong_address_is_said_in_place_with_what_was_typed(cottage: House) -> None:
    answer = requests.post(f"{cottage.url}/subscribe", data={"email": '"><script>alert(1)</script>'}, timeout=5)
    assert answer.status_code == 422
    assert pages.WRONG_ADDRESS in answer.text
    assert 'aria-invalid="true" aria-describedby="problem promise"' in answer.text
    parts = [answer.text.index(part) for part in ('id="email"', '<p class="error" id="problem">', "<button")]
    assert parts == sorted(parts)
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert cottage.everything() == []


@pytest.mark.parametrize("email", ["", "  "])
def test_an_empty_field_is_said_as_such(email: str, cottage: House) -> None:
    assert pages.NO_ADDRESS in requests.post(f"{cottage.url}/subscribe", data={"email": email}, timeout=5).text


def test_pages_that_answer_readers_have_the_sites_navigation(cottage: House) -> None:
    for path in ("subscribe", "nowhere"):
        assert '<a href="/learn/index.html">Learn</a>' in requests.get(f"{cottage.url}/{path}", timeout=5).text


def test_who_signs_up_is_told_what_to_do_if_no_mail_comes(cottage: House) -> None:
    answer = requests.post(f"{cottage.url}/subscribe", data={"email": "ada@example.com"}, timeout=5)
    assert "at most one such message a day" in answer.text
    assert "sign up again tomorrow" in answer.text


@pytest.mark.parametrize(
    "email",
    [
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com%0d%0aBcc:eve@example.com",
        "ada@example.com\nSubject: cheap watches",
        "ada@example.com, eve@example.com",
        "Ada <ada@example.com>",
        "ada@example.com\u2028",
        "ada\x00@example.com",
        "A" * 20_000 + "@example.com",
        "",
    ],
)
def test_nothing_hides_in_an_address(email: str, cottage: House) -> None:
    answer = requests.post(f"{cottage.url}/subscribe", data={"email": email}, timeout=5)
    if answer.status_code == 200:  # white space around an address does not count
        wait_for(lambda: bool(cottage.mailbox.letters))
        assert cottage.mailbox.letters[0].address == "ada@example.com"
    else:
        assert answer.status_code == 422
        assert cottage.everything() == []


def test_where_a_reader_came_from_is_kept_as_one_short_line(cottage: House) -> None:
    data = {"email": "ada@example.com", "source": "a\r\nBcc: eve@example.com" + "x" * 1_000}
    requests.post(f"{cottage.url}/subscribe", data=data, timeout=5)
    [reader] = cottage.readers.find()
    assert reader.source.startswith("form a Bcc: eve@example.comx")
    assert len(reader.source) <= 200


@pytest.mark.parametrize("kind", ["confirm", "unsubscribe"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_bad_link_is_explained_and_changes_nothing(kind: str, method: str, cottage: House) -> None:
    cottage.readers.add("ada@example.com", source="cli", wording=WORDING, now=NOW)
    subject = cottage.readers.find()[0].subject_id
    good = {"confirm": Keyring(SECRET).confirm(subject, NOW), "unsubscribe": Keyring(SECRET).unsubscribe(subject)}
    other = {"confirm": "unsubscribe", "unsubscribe": "confirm"}[kind]
    before = cottage.everything()
    bad = (
        good[other],
        good[kind][:-1],
        good[kind] + "A",
        "x",
        "%00",
        "é",
        "A" * 3_000,
        Keyring("y" * 16).unsubscribe(subject),
    )
    for token in bad:
        answer = requests.request(method, f"{cottage.url}/{kind}/{token}", timeout=5)
        assert answer.status_code == 400, token
        assert "This link does not work" in answer.text
        assert not any(word in answer.text for word in SECRETS_FREE)
        assert token not in answer.text or len(token) < 5
    assert cottage.everything() == before


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_confirmation_link_that_is_too_old_says_how_to_get_a_new_one(method: str, cottage: House) -> None:
    requests.post(f"{cottage.url}/subscribe", data={"email": "ada@example.com"}, timeout=5)
    wait_for(lambda: bool(cottage.mailbox.letters))
    cottage.watch.at = NOW + 2 * DAY
    answer = requests.request(method, f"{cottage.url}/confirm/{cottage.mailbox.letters[0].token}", timeout=5)
    assert answer.status_code == 400
    assert "too old" in answer.text
    assert 'href="/subscribe"' in answer.text
    assert cottage.readers.counts()[State.ACTIVE] == 0
    requests.post(f"{cottage.url}/subscribe", data={"email": "ada@example.com"}, timeout=5)
    wait_for(lambda: len(cottage.mailbox.letters) == 2)


def test_a_confirmation_link_of_a_reader_who_left_since_asks_for_a_new_sign_up(cottage: House) -> None:
    token = cottage.join()
    requests.post(f"{cottage.url}/unsubscribe/{token}", timeout=5)
    answer = requests.post(f"{cottage.url}/confirm/{cottage.mailbox.letters[0].token}", timeout=5)
    assert answer.status_code == 409
    assert "sign up once more" in answer.text
    assert cottage.readers.counts()[State.ACTIVE] == 0


def test_one_client_cannot_sign_up_half_the_world(cottage: House) -> None:
    statuses = []
    for number in range(40):
        data = {"email": f"r{number}@example.com"}
        answer = requests.post(f"{cottage.url}/subscribe", data=data, timeout=5)
        statuses.append(answer.status_code)
    assert statuses == [200] * 6 + [429] * 34
    assert int(answer.headers["Retry-After"]) > 0
    assert "Too many sign-ups" in answer.text
    assert sum(cottage.readers.counts().values()) == 6


@pytest.mark.parametrize(("proxies", "clients"), [("127.0.0.1", 9), ("192.0.2.1", 1)])
def test_a_client_is_another_one_only_on_the_word_of_a_trusted_proxy(
    proxies: str, clients: int, tmp_path: Path
) -> None:
    house, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path, Manners(answer_every=0), proxies=proxies)
    try:
        answers = [
            requests.post(
                f"{house.url}/subscribe",
                data={"email": f"r{number}@example.com"},
                headers={"X-Forwarded-For": f"198.51.100.{number}"},
                timeout=5,
            ).status_code
            for number in range(9)
        ]
    finally:
        close()
    assert answers.count(200) == (9 if clients == 9 else 6)


@pytest.mark.parametrize("told", ["in advance", "in chunks", "falsely"])
def test_a_huge_body_is_refused_before_it_is_read(told: str, cottage: House) -> None:
    url = f"{cottage.url}/subscribe"
    if told == "in advance":
        answer = requests.post(url, data={"email": "a" * 70_000}, timeout=5)
        assert answer.status_code == 413
    elif told == "in chunks":
        with half_open(cottage, b"POST /subscribe HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n") as stream:
            for _ in range(9):
                stream.sendall(b"2000\r\n" + b"a" * 0x2000 + b"\r\n")
            assert stream.recv(100).startswith(b"HTTP/1.1 413")
    else:
        answer = requests.post(url, data=b"", headers={"Content-Length": "-1"}, timeout=5)
        assert answer.status_code in (400, 413)
    assert cottage.everything() == []


HALVES = {
    "nothing": b"",
    "half a head": b"GET / HTTP/1.1\r\nHost: x\r\nX-a: ",
    "no body": b"POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n",
}


@pytest.mark.parametrize("half", HALVES)
def test_clients_that_do_not_end_their_requests_keep_nobody_out(half: str, tmp_path: Path) -> None:
    house, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path, Manners(answer_every=0), hands=20)
    with ExitStack() as opened:
        opened.callback(close)
        token = house.join()
        silent = []
        for _ in range(60):
            silent.append(opened.enter_context(half_open(house, HALVES[half])))
            time.sleep(0.003)  # in a rush, a server that knows no better would refuse most of them
        wait_for(lambda: requests.get(f"{house.url}/healthz", timeout=5).status_code == 200)
        for _ in range(3):
            assert requests.get(f"{house.url}/healthz", timeout=5).json() == {"status": "ok"}
            one_click = {"List-Unsubscribe": "One-Click"}
            assert requests.post(f"{house.url}/unsubscribe/{token}", data=one_click, timeout=5).status_code == 200
        assert house.readers.counts()[State.UNSUBSCRIBED] == 1
        still_open = [stream for stream in silent if not select.select([stream], [], [], 0)[0]]
        assert 0 < len(still_open) < 20  # nobody ran out of time yet: who kept us waiting longest made room


def test_a_head_has_to_come_in_time_however_it_dribbles(tmp_path: Path) -> None:
    house, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path, Manners(answer_every=0), patience=1)
    with ExitStack() as opened:
        opened.callback(close)
        began = time.monotonic()
        fresh = opened.enter_context(half_open(house, b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-a: "))
        again = opened.enter_context(half_open(house, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET"))
        assert again.recv(1_000).startswith(b"HTTP/1.1 200")
        for stream, most in ((fresh, 1.9), (again, 2.9)):  # who asked before may pause first
            closed = False
            while not closed and time.monotonic() - began < 4:
                closed = bool(select.select([stream], [], [], 0.05)[0])
                if not closed:
                    stream.sendall(b"x")
            assert closed
            assert 0.9 < time.monotonic() - began < most


def test_a_body_that_does_not_come_in_is_not_waited_for_and_half_a_body_is_none(tmp_path: Path) -> None:
    manners = Manners(answer_every=0, patience=0.2)
    house, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path, manners)
    sent = b"POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    sent += b"Content-Length: 21\r\n\r\nemail=ada@example.co"
    with ExitStack() as opened:
        opened.callback(close)
        with half_open(house, sent) as stream:
            assert stream.recv(1_000).startswith(b"HTTP/1.1 408")
        half_open(house, sent).close()
        with half_open(house, sent + b"m") as stream:
            assert stream.recv(1_000).startswith(b"HTTP/1.1 200")
        assert [reader.address for reader in house.readers.find()] == ["ada@example.com"]


def test_a_form_that_is_damaged_is_said_in_words(cottage: House) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    for body in (
        b"--x\r\nbroken",
        b"not multipart at all",
        b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n",
    ):
        answer = requests.post(f"{cottage.url}/subscribe", data=body, headers=headers, timeout=5)
        assert answer.status_code in (400, 422)
        assert not any(word in answer.text for word in SECRETS_FREE)


@pytest.mark.parametrize("path", ["/", "/subscribe", "/healthz", "/missing", "/style.css", "/unsubscribe/x"])
def test_every_answer_is_strict_about_scripts_referrers_and_cookies(path: str, cottage: House) -> None:
    cottage.site.mkdir()
    (cottage.site / "style.css").write_text("body {}")
    headers = requests.get(cottage.url + path, timeout=5).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in headers
    assert "server" not in headers
    assert headers["strict-transport-security"]  # the publication's base URL is https


def test_pages_need_neither_script_nor_inline_style(cottage: House) -> None:
    token = cottage.join()
    for path in ("/subscribe", f"/unsubscribe/{token}", "/missing", "/unsubscribe/x"):
        page = requests.get(cottage.url + path, timeout=5)
        assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", page.text)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert requests.get(f"{cottage.url}/unsubscribe/{token}", timeout=5).headers["cache-control"] == "no-store"


def test_the_site_is_served_with_its_404_page(cottage: House, tmp_path: Path) -> None:
    assert requests.get(f"{cottage.url}/", timeout=5).status_code == 404  # nothing published yet
    (cottage.site / "issues" / "1").mkdir(parents=True)
    (cottage.site / "index.html").write_text("<h1>Front</h1>")
    (cottage.site / "issues" / "1" / "index.html").write_text("<h1>One</h1>")
    (cottage.site / "404.html").write_text("<h1>Our own 404</h1>")
    (tmp_path / "secret.txt").write_text("secret")
    assert requests.get(f"{cottage.url}/", timeout=5).text == "<h1>Front</h1>"
    assert requests.get(f"{cottage.url}/issues/1/", timeout=5).text == "<h1>One</h1>"
    assert requests.get(f"{cottage.url}/issues/1", timeout=5).text == "<h1>One</h1>"
    head = requests.head(f"{cottage.url}/issues/1/", timeout=5)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "12")
    for path in ("/missing", "/issues/2/", "/%2e%2e/secret.txt", "/..%2fsecret.txt"):
        answer = requests.get(cottage.url + path, timeout=5)
        assert (answer.status_code, answer.text) == (404, "<h1>Our own 404</h1>"), path
    for path in ("/%00", "/" + "a" * 5_000):
        assert requests.get(cottage.url + path, timeout=5).status_code == 404
    assert requests.post(f"{cottage.url}/issues/1/", timeout=5).status_code == 405


def test_what_the_folder_and_the_framework_keep_for_themselves_is_not_shown(cottage: House) -> None:
    (cottage.site / ".git").mkdir(parents=True)
    (cottage.site / "404.html").write_text("<h1>Our own 404</h1>")
    for name in (".pressroom-site.json", ".git/config", "openapi.json"):
        if name.startswith("."):
            (cottage.site / name).write_text("inner matters")
        answer = requests.get(f"{cottage.url}/{name}", timeout=5)
        assert (answer.status_code, answer.text) == (404, "<h1>Our own 404</h1>"), name
    for path in ("/%2epressroom-site.json", "/issues/..%2f.pressroom-site.json", "//.git/config", "/docs", "/redoc"):
        assert requests.get(cottage.url + path, timeout=5).status_code == 404, path


@pytest.mark.parametrize(
    ("base_url", "prefix"), [("https://example.com", ""), ("https://example.com/notes/", "/notes")]
)
def test_a_redirect_stays_where_the_reader_is_whatever_the_host_header_says(
    base_url: str, prefix: str, tmp_path: Path
) -> None:
    house, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path, Manners(answer_every=0), base_url=base_url)
    try:
        (house.site / "issues" / "a:b c").mkdir(parents=True)
        for folder in ("", "issues", "issues/a:b c"):
            (house.site / folder / "index.html").write_text(f"<h1>{folder}</h1>")
        ways = {"/issues": "issues/", "/issues?a=%20b": "issues/?a=%20b", "/issues/a:b%20c": "a%3Ab%20c/"}
        if prefix:
            ways[""] = f"{prefix}/"
        for path, location in ways.items():
            url = house.url + prefix + path
            for host in ("evil.example.com", "example.com"):
                answer = requests.get(url, headers={"Host": host}, allow_redirects=False, timeout=5)
                assert (answer.status_code, answer.headers["Location"]) == (307, location)
            there = requests.get(url, timeout=5)
            assert there.status_code == 200
            assert there.url.startswith(f"{house.url}{prefix}/")
        for path in ("/subscribe/", "/healthz/", "/issues//evil.example.com"):
            answer = requests.get(house.url + prefix + path, allow_redirects=False, timeout=5)
            assert answer.status_code == 404
    finally:
        close()


def test_a_publication_below_a_path_answers_there(tmp_path: Path) -> None:
    house, close = open_house(
        f"sqlite:///{tmp_path}/x.db", tmp_path, Manners(answer_every=0), base_url="https://example.com/notes"
    )
    try:
        for prefix in ("", "/notes"):  # with and without a proxy that takes the path away
            page = requests.get(f"{house.url}{prefix}/subscribe", timeout=5)
            assert page.status_code == 200
            assert 'href="/notes/style.css"' in page.text
            assert 'action="/notes/subscribe"' in page.text  # of the same origin, so that a trial works on any port
            assert "form-action 'self';" in page.headers["Content-Security-Policy"]
        assert requests.get(f"{house.url}/notes/healthz", timeout=5).json() == {"status": "ok"}
    finally:
        close()


def test_the_log_has_neither_address_nor_token(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = house.join("ada@example.com")
    requests.get(f"{house.url}/unsubscribe/{token}", timeout=5)
    requests.get(f"{house.url}/unsubscribe/{token[:-1]}", timeout=5)
    requests.post(f"{house.url}/unsubscribe/{token}", timeout=5)

    def logged() -> str:
        ours = (record for record in caplog.records if not record.name.startswith(("urllib3", "asyncio")))
        return "\n".join(record.getMessage() for record in ours)

    wait_for(lambda: "POST /unsubscribe/… 200" in logged())  # a line is written when its answer is out
    text = logged()
    assert "ada" not in text
    assert all(letter.token[:20] not in text for letter in house.mailbox.letters)


def test_health_says_whether_the_database_answers_and_pages_say_it_in_words(tmp_path: Path) -> None:
    house, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path, Manners(answer_every=0))
    try:
        token = house.join()
        confirmation = next(letter.token for letter in house.mailbox.letters if letter.kind == "confirmation")
        assert requests.get(f"{house.url}/healthz", timeout=5).json() == {"status": "ok"}
        house.engine.dispose()
        database = tmp_path / "x.db"
        database.rename(tmp_path / "away.db")
        database.mkdir()  # the file cannot be opened any more
        assert requests.get(f"{house.url}/healthz", timeout=5).status_code == 503
        for answer in (
            requests.post(f"{house.url}/subscribe", data={"email": "bob@example.com"}, timeout=5),
            requests.post(f"{house.url}/confirm/{confirmation}", timeout=5),
            requests.post(f"{house.url}/unsubscribe/{token}", timeout=5),
        ):
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0
            assert "This does not work just now" in answer.text
            assert not any(word in answer.text for word in SECRETS_FREE)
    finally:
        close()


def test_what_nobody_expected_is_said_in_words_without_details(
    cottage: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    token = cottage.join()

    def broken() -> dt.datetime:
        raise RuntimeError("the spring of the watch")

    monkeypatch.setattr(cottage.watch, "now", broken)
    for path in ("/subscribe", f"/confirm/{token}", f"/unsubscribe/{token}"):
        answer = requests.post(cottage.url + path, data={"email": "bob@example.com"}, timeout=5)
        assert answer.status_code == 500
        assert "Something broke on our side" in answer.text
        assert not any(word in answer.text for word in (*SECRETS_FREE, "spring", "RuntimeError", token))
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    wait_for(lambda: "POST /unsubscribe/… 500" in caplog.text and "the spring of the watch" in caplog.text)


def test_a_sign_up_is_answered_in_steps_of_time_that_tell_nothing(tmp_path: Path) -> None:
    house, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path, Manners(LOOSE, answer_every=0.1))
    try:
        for _ in range(2):  # new, then pending
            began = time.monotonic()
            requests.post(f"{house.url}/subscribe", data={"email": "ada@example.com"}, timeout=5)
            assert time.monotonic() - began >= 0.1
    finally:
        close()
