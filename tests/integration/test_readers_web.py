"""The readers' pages: a real server on loopback, a real database, real requests, and visitors of all kinds."""

from __future__ import annotations

import datetime as dt
import logging
import re
import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from html import unescape
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from publisher.render.templates import environment, expand
from publisher.web import AbuseLimits, pages, wording
from subscribers import Keyring, Reason, State, new_subject_id
from subscribers.adapters import tables
from tests.house import LOOSE, ROOT, SECRETS_FREE, House, Page, half_open, open_house, wait_for
from tests.readers import DAY, NOW, SECRET, WORDING


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    house, close = open_house(database_url, tmp_path)
    yield house
    close()


@pytest.fixture
def cottage(tmp_path: Path) -> Iterator[House]:
    """A house with its default limits, on SQLite only: what is tried here does not depend on the database."""
    house, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path, AbuseLimits(answer_every=0, youngest_form=0))
    yield house
    close()


def test_a_reader_signs_up_confirms_and_leaves_with_plain_forms(house: House) -> None:
    form = house.get("subscribe?source=/issues/3/&campaign=autumn").form("/subscribe")
    answer = form.send(email="Ada@example.com")
    assert answer.status == 200
    assert "Look in your mailbox" in answer.text
    wait_for(lambda: bool(house.mailbox.emails))
    page = house.get(f"confirm/{house.mailbox.emails[0].token}")
    assert page.text.count("<button") == 1
    assert house.active() == 0
    for _ in range(2):  # pressing twice is fine
        pressed = page.forms[0].send()
        assert (pressed.status, "You are subscribed" in pressed.text) == (200, True)
    wait_for(lambda: house.mailbox.emails[-1].kind == "welcome")
    assert [email.kind for email in house.mailbox.emails] == ["confirmation", "welcome"]
    [reader] = house.readers.queries.find(state=State.ACTIVE)
    assert (reader.address, reader.source) == ("Ada@example.com", "form /issues/3/, campaign autumn")

    leave = f"{house.url}/unsubscribe/{house.mailbox.emails[-1].token}"
    assert requests.get(leave, timeout=5).text.count("<button") == 1
    left = requests.post(leave, timeout=5)
    assert left.status_code == 200
    assert "You are off the list" in left.text
    assert "Sign up again" in left.text
    assert house.readers.queries.counts() == {State.PENDING: 0, State.ACTIVE: 0, State.UNSUBSCRIBED: 1}


def test_the_words_beside_the_form_are_the_words_that_are_kept_as_consent(house: House) -> None:
    page = requests.get(f"{house.url}/subscribe", timeout=5).text
    promise = re.search(r'id="promise">(.*?)</p>', page, re.DOTALL)
    assert promise is not None
    kept = wording(house.publication, environment(ROOT / "templates")).text
    assert kept == f"{house.publication.name}: {' '.join(unescape(promise[1]).split())}"
    house.sign_up("ada@example.com")
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
    assert house.readers.queries.counts()[State.UNSUBSCRIBED] == 1
    house.readers.editors.forget("ada@example.com", now=NOW)
    assert requests.post(f"{house.url}/unsubscribe/{token}", timeout=5).status_code == 200


def test_a_crawler_that_gets_and_heads_every_link_changes_nothing(house: House) -> None:
    house.join()
    house.sign_up("pending@example.com")
    wait_for(lambda: len(house.mailbox.emails) == 3 and not house.due())
    before = house.everything()
    todo = ["/subscribe", "/", "/healthz"]
    for email in house.mailbox.emails:
        todo += [f"/{kind}/{email.token}" for kind in ("confirm", "unsubscribe")]
    seen: set[str] = set()
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        page = house.get(path.removeprefix("/"))
        head = requests.head(house.url + path, timeout=5)
        assert (head.status_code, head.content) == (page.status, b"")
        assert page.status in (200, 400, 404, 405)
        links = (link.removeprefix(house.publication.base_url) for link in page.links)
        todo += [link.partition("#")[0] for link in links if link.startswith("/")]
    assert len(seen) >= 12
    assert house.everything() == before


def test_every_address_gets_the_same_answer(house: House) -> None:
    house.join("active@example.com")
    house.sign_up("pending@example.com")
    house.readers.editors.suppress("complained@example.com", Reason.COMPLAINED, now=NOW)
    house.readers.leaving.unsubscribe(house.join("left@example.com"), now=NOW)
    answers = set()
    for name in ("new", "active", "pending", "complained", "left"):
        for trap in ("", "https://spam.example.com"):
            answer = house.sign_up(f"{name}@example.com", website=trap)
            headers = {name: value for name, value in answer.headers.items() if name != "date"}
            answers.add((answer.status_code, answer.text, tuple(sorted(headers.items()))))
    assert len(answers) == 1


def test_a_program_that_fills_in_the_hidden_field_changes_nothing(cottage: House) -> None:
    assert cottage.sign_up("ada@example.com", website="https://spam.example.com").status_code == 200
    assert cottage.everything() == []


def test_a_wrong_address_is_said_in_place_with_what_was_typed(cottage: House) -> None:
    answer = cottage.sign_up('"><script>alert(1)</script>')
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
    assert pages.NO_ADDRESS in cottage.sign_up(email).text


def test_pages_that_answer_readers_have_the_sites_navigation(cottage: House) -> None:
    for path in ("subscribe", "nowhere"):
        assert '<a href="/learn/index.html">Learn</a>' in requests.get(f"{cottage.url}/{path}", timeout=5).text


def test_who_signs_up_is_told_what_to_do_if_no_mail_comes(cottage: House) -> None:
    answer = cottage.sign_up("ada@example.com")
    assert "at most one a day" in answer.text
    assert "try again tomorrow" in answer.text


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
    answer = cottage.sign_up(email)
    if answer.status_code == 200:  # white space around an address does not count
        wait_for(lambda: bool(cottage.mailbox.emails))
        assert cottage.mailbox.emails[0].address == "ada@example.com"
    else:
        assert answer.status_code == 422
        assert cottage.everything() == []


def test_where_a_reader_came_from_is_kept_as_one_short_line(cottage: House) -> None:
    cottage.sign_up("ada@example.com", source="a\r\nBcc: eve@example.com" + "x" * 1_000)
    [reader] = cottage.readers.queries.find()
    assert reader.source.startswith("form a Bcc: eve@example.comx")
    assert len(reader.source) <= 200


@pytest.mark.parametrize("kind", ["confirm", "unsubscribe"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_bad_link_is_explained_and_changes_nothing(kind: str, method: str, cottage: House) -> None:
    cottage.readers.editors.add("ada@example.com", source="cli", wording=WORDING, now=NOW)
    subject = cottage.readers.queries.find()[0].subject_id
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
def test_a_confirmation_link_that_is_too_old_has_a_button_that_mails_a_new_one(method: str, cottage: House) -> None:
    cottage.sign_up("ada@example.com")
    wait_for(lambda: bool(cottage.mailbox.emails))
    cottage.clock.time = NOW + 2 * DAY
    link = f"{cottage.url}/confirm/{cottage.mailbox.emails[0].token}"
    page = Page.of(requests.request(method, link, timeout=5))
    assert page.status == 410
    assert "This link is too old" in page.text
    assert cottage.active() == 0

    refused = page.forms[0].send(form=cottage.keyring.form(NOW))  # fetched two days ago
    assert (refused.status, "press the button once more" in refused.text) == (403, True)
    assert len(cottage.mailbox.emails) == 1
    answer = refused.forms[0].send()
    assert (answer.status, "Look in your mailbox" in answer.text) == (200, True)
    wait_for(lambda: len(cottage.mailbox.emails) == 2)
    again = cottage.get(f"confirm/{cottage.mailbox.emails[1].token}").forms[0].send()
    assert "You are subscribed" in again.text
    assert cottage.active() == 1


def test_a_confirmation_link_of_a_reader_who_left_since_asks_for_a_new_sign_up(cottage: House) -> None:
    cottage.sign_up("ada@example.com")
    wait_for(lambda: bool(cottage.mailbox.emails))
    page = cottage.get(f"confirm/{cottage.mailbox.emails[0].token}")
    assert page.forms[0].send().status == 200
    wait_for(lambda: cottage.mailbox.emails[-1].kind == "welcome")
    requests.post(f"{cottage.url}/unsubscribe/{cottage.mailbox.emails[-1].token}", timeout=5)
    answer = page.forms[0].send()
    assert answer.status == 409
    assert "sign up once more" in answer.text
    assert cottage.active() == 0


TOKENS = {
    "none": lambda house: "",
    "not ours": lambda house: Keyring("y" * 16).form(NOW),
    "another reader's": lambda house: house.keyring.form(NOW, new_subject_id()),
    "too young": lambda house: house.keyring.form(NOW + dt.timedelta(seconds=0.5)),
    "too old": lambda house: house.keyring.form(NOW - DAY),
    "of another kind": lambda house: house.keyring.confirm(new_subject_id(), NOW),
    "no token at all": lambda house: "\ud800\x00".encode("utf-8", "surrogatepass").decode("latin-1") + "é" * 900,
}


@pytest.mark.parametrize("kind", TOKENS)
def test_a_form_that_was_not_fetched_well_is_pressed_once_more_with_what_was_typed_kept(
    kind: str, tmp_path: Path
) -> None:
    house, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path, AbuseLimits(LOOSE, answer_every=0))
    try:
        typed = {"email": "ada@example.com", "source": "about", "campaign": "autumn", "path": "backend"}
        data = {**typed, "form": TOKENS[kind](house)}
        answer = Page.of(requests.post(f"{house.url}/subscribe", data=data, timeout=5))
        assert (answer.status, "One more press" in answer.text) == (422, True)
        assert house.everything() == []
        form = answer.form("/subscribe")
        assert {name: form.fields[name] for name in typed} == {name: [value] for name, value in typed.items()}
        house.clock.time += dt.timedelta(seconds=1)
        assert form.send().status == 200
        assert house.reader().source == "form about, campaign autumn"
        assert [course.path for course in house.reader().courses] == ["backend"]
    finally:
        close()


@pytest.mark.parametrize("kind", ["none", "not ours", "another reader's", "too old", "of another kind"])
def test_a_confirmation_is_pressed_once_more_when_its_page_was_not_fetched_well(kind: str, cottage: House) -> None:
    cottage.sign_up("ada@example.com")
    wait_for(lambda: bool(cottage.mailbox.emails))
    link = f"{cottage.url}/confirm/{cottage.mailbox.emails[0].token}"
    answer = Page.of(requests.post(link, data={"form": TOKENS[kind](cottage)}, timeout=5))
    assert (answer.status, "press the button once more" in answer.text) == (403, True)
    assert cottage.active() == 0
    assert answer.forms[0].send().status == 200
    assert cottage.active() == 1


def test_the_sites_pages_get_a_token_and_the_campaign_of_their_address(cottage: House) -> None:
    (cottage.site / "about").mkdir(parents=True)
    shown = {"publication": cottage.publication, "root": "../", "source": "about"}
    page = expand(environment(ROOT / "templates"), "web/form.html", shown)
    (cottage.site / "about" / "index.html").write_text(page)
    (cottage.site / "plain.html").write_text("<p>No form</p>")
    form = cottage.get('about/?utm_source=x&utm_campaign=autumn%0A"><b>').form("/subscribe")
    assert form.fields["campaign"] == ['autumn "><b>']
    assert form.send(email="ada@example.com").status == 200
    assert cottage.reader().source == 'form about, campaign autumn "><b>'
    answer = requests.get(f"{cottage.url}/about/", timeout=5)
    assert answer.headers["Cache-Control"].startswith("private")
    assert requests.get(f"{cottage.url}/plain.html", timeout=5).headers["Cache-Control"].startswith("public")


def test_a_page_of_the_site_without_a_token_asks_for_one_more_press(cottage: House) -> None:
    answer = Page.of(requests.post(f"{cottage.url}/subscribe", data={"email": "ada@example.com"}, timeout=5))
    assert answer.form("/subscribe").send().status == 200  # another server showed the site's files
    assert cottage.reader().source == "form site"


def test_one_client_cannot_sign_up_half_the_world(cottage: House) -> None:
    statuses = []
    for number in range(40):
        answer = cottage.sign_up(f"r{number}@example.com")
        statuses.append(answer.status_code)
    assert statuses == [200] * 6 + [429] * 34
    assert int(answer.headers["Retry-After"]) > 0
    assert "Too many sign-ups" in answer.text
    assert sum(cottage.readers.queries.counts().values()) == 6


@pytest.mark.parametrize(
    ("proxies", "hops", "clients"),
    [
        ("127.0.0.1", "198.51.100.{}", 9),
        ("192.0.2.1", "198.51.100.{}", 1),
        ("127.0.0.1", "198.51.100.{}, 203.0.113.7", 1),  # the client wrote the first
        ("127.0.0.1,203.0.113.7", "192.0.2.1, 198.51.100.{}, 203.0.113.7", 9),
    ],
)
def test_a_client_is_another_one_only_on_the_word_of_a_trusted_proxy(
    proxies: str, hops: str, clients: int, tmp_path: Path
) -> None:
    house, close = open_house(
        f"sqlite:///{tmp_path}/x.db", tmp_path, AbuseLimits(answer_every=0, youngest_form=0), proxies=proxies
    )
    try:
        answers = [
            requests.post(
                f"{house.url}/subscribe",
                data={"email": f"r{number}@example.com", "form": house.token()},
                headers={"X-Forwarded-For": hops.format(number)},
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


BOTH_ENDS = {
    "chunks end first": b"Content-Length: 43\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "the length ends first": b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n5\r\nemail\r\n0\r\n\r\n",
    "no body comes": b"Content-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n",
}


@pytest.mark.parametrize("ends", BOTH_ENDS.values(), ids=BOTH_ENDS)
@pytest.mark.parametrize("method", [b"POST /subscribe", b"GET /healthz"])
def test_a_request_with_two_ends_is_refused_and_what_follows_is_never_read(
    method: bytes, ends: bytes, cottage: House
) -> None:
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with half_open(cottage, method + b" HTTP/1.1\r\nHost: x\r\n" + ends + smuggled) as stream:
        answer = until_closed(stream)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close" in answer
    assert answer.count(b"HTTP/1.1 ") == 1
    assert cottage.everything() == []


def test_chunks_are_not_read_from_a_client_of_before_they_were_invented(cottage: House) -> None:
    sent = b"POST /subscribe HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    with half_open(cottage, sent) as stream:
        assert until_closed(stream).startswith(b"HTTP/1.1 400 ")


def until_closed(stream: socket.socket) -> bytes:
    answer = b""
    while chunk := stream.recv(4096):
        answer += chunk
    return answer


HALVES = {
    "nothing": b"",
    "half a head": b"GET / HTTP/1.1\r\nHost: x\r\nX-a: ",
    "no body": b"POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n",
}


@pytest.mark.parametrize("half", HALVES)
def test_clients_that_do_not_end_their_requests_keep_nobody_out(half: str, tmp_path: Path) -> None:
    house, close = open_house(
        f"sqlite:///{tmp_path}/x.db", tmp_path, AbuseLimits(answer_every=0, youngest_form=0), hands=20
    )
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
        assert house.readers.queries.counts()[State.UNSUBSCRIBED] == 1
        still_open = [stream for stream in silent if not select.select([stream], [], [], 0)[0]]
        assert 0 < len(still_open) < 20  # nobody ran out of time yet: who kept us waiting longest made way


def test_a_head_has_to_come_in_time_however_it_dribbles(tmp_path: Path) -> None:
    house, close = open_house(
        f"sqlite:///{tmp_path}/x.db", tmp_path, AbuseLimits(answer_every=0, youngest_form=0), patience=1
    )
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
    abuse_limits = AbuseLimits(answer_every=0, youngest_form=0, patience=0.2)
    house, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path, abuse_limits)
    sent = b"POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    sent += b"Content-Length: 77\r\n\r\nform=%s&email=ada@example.co" % house.token().encode()
    with ExitStack() as opened:
        opened.callback(close)
        with half_open(house, sent) as stream:
            assert stream.recv(1_000).startswith(b"HTTP/1.1 408")
        half_open(house, sent).close()
        with half_open(house, sent + b"m") as stream:
            assert stream.recv(1_000).startswith(b"HTTP/1.1 200")
        assert [reader.address for reader in house.readers.queries.find()] == ["ada@example.com"]


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
    for name in (".pressroom-site.json", ".git/config"):
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
    house, close = open_house(
        f"sqlite:///{tmp_path}/x.db", tmp_path, AbuseLimits(answer_every=0, youngest_form=0), base_url=base_url
    )
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
        f"sqlite:///{tmp_path}/x.db",
        tmp_path,
        AbuseLimits(answer_every=0, youngest_form=0),
        base_url="https://example.com/notes",
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
    assert all(email.token[:20] not in text for email in house.mailbox.emails)


def test_health_says_whether_the_database_answers_and_pages_say_it_in_words(tmp_path: Path) -> None:
    house, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path, AbuseLimits(answer_every=0, youngest_form=0))
    try:
        token = house.join()
        confirmation = next(email.token for email in house.mailbox.emails if email.kind == "confirmation")
        assert requests.get(f"{house.url}/healthz", timeout=5).json() == {"status": "ok"}
        well = {"form": house.keyring.form(NOW, house.reader().subject_id)}
        house.engine.dispose()
        database = tmp_path / "x.db"
        database.rename(tmp_path / "away.db")
        database.mkdir()  # the file cannot be opened any more
        assert requests.get(f"{house.url}/healthz", timeout=5).status_code == 503
        for answer in (
            house.sign_up("bob@example.com"),
            requests.post(f"{house.url}/confirm/{confirmation}", data=well, timeout=5),
            requests.post(f"{house.url}/unsubscribe/{token}", timeout=5),
        ):
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0
            assert "This does not work right now" in answer.text
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

    monkeypatch.setattr(cottage.clock, "now", broken)
    for path in ("/subscribe", f"/confirm/{token}", f"/unsubscribe/{token}"):
        answer = requests.post(cottage.url + path, data={"email": "bob@example.com"}, timeout=5)
        assert answer.status_code == 500
        assert "Something broke on our side" in answer.text
        assert not any(word in answer.text for word in (*SECRETS_FREE, "spring", "RuntimeError", token))
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    wait_for(lambda: "POST /unsubscribe/… 500" in caplog.text and "the spring of the watch" in caplog.text)


def test_a_sign_up_is_answered_in_steps_of_time_that_tell_nothing(tmp_path: Path) -> None:
    house, close = open_house(
        f"sqlite:///{tmp_path}/x.db", tmp_path, AbuseLimits(LOOSE, answer_every=0.1, youngest_form=0)
    )
    try:
        for _ in range(2):  # new, then pending
            began = time.monotonic()
            house.sign_up("ada@example.com")
            assert time.monotonic() - began >= 0.1
    finally:
        close()


def test_a_course_is_offered_in_a_box_that_only_the_reader_ticks_and_proven_in_its_own_words(house: House) -> None:
    page = house.get("subscribe?path=backend")
    box = re.search(
        r'<input type="checkbox" name="path" value="backend"([^>]*)> <span>(.*?)</span>', page.text, re.DOTALL
    )
    assert box is not None
    assert "checked" not in box[1]
    assert page.form("/subscribe").send(email="bob@example.com").status == 200
    assert house.reader("bob@example.com").courses == ()

    house.join(path="backend")
    kept = [
        (str(each.act), each.course, each.wording.text)
        for each in house.readers.editors.show("ada@example.com").consents
    ]
    course = f"{house.publication.name}: {' '.join(unescape(box[2]).split())}"
    assert "3 steps, one every week" in course
    assert [(act, about) for act, about, _ in kept] == [
        ("asked", ""), ("asked", "backend"), ("confirmed", ""), ("confirmed", "backend"),
    ]  # fmt: skip
    assert [words == course for _, about, words in kept] == [about == "backend" for _, about, _ in kept]


def test_the_confirmation_says_that_a_course_is_meant_even_one_that_was_asked_for_after_the_mail(
    cottage: House,
) -> None:
    cottage.sign_up("ada@example.com", path="backend")
    wait_for(lambda: bool(cottage.mailbox.emails))
    assert cottage.mailbox.emails[0].whole.courses == ("backend",)
    cottage.sign_up("ada@example.com", path="data")
    page = cottage.get(f"confirm/{cottage.mailbox.emails[0].token}")
    for title in ("Backend engineer to AI engineer", "Data engineer to AI engineer"):
        assert f"course “{title}”" in page.text
    assert page.forms[0].send().status == 200
    asked = [
        each.course for each in cottage.readers.editors.show("ada@example.com").consents if each.act == "confirmed"
    ]
    assert asked == ["", "backend", "data"]


def test_only_the_courses_that_the_page_showed_are_confirmed(cottage: House) -> None:
    cottage.sign_up("ada@example.com", path="backend")
    wait_for(lambda: bool(cottage.mailbox.emails))
    page = cottage.get(f"confirm/{cottage.mailbox.emails[0].token}")
    cottage.sign_up("ada@example.com", path="data")  # whoever that was
    assert page.forms[0].send().status == 200
    assert [course.path for course in cottage.reader().courses] == ["backend"]
    acts = cottage.readers.editors.show("ada@example.com").consents
    assert [each.course for each in acts if each.act == "confirmed"] == ["", "backend"]


def test_a_course_that_is_ticked_on_the_readers_page_is_proven_at_the_pace_they_chose(cottage: House) -> None:
    cottage.join()
    form = cottage.get(cottage.issue_link()).form()
    assert form.send(path="backend", pace_backend="14").status == 200
    assert form.send(path="backend", pace_backend="14").status == 200
    last = cottage.readers.editors.show("ada@example.com").consents[-1]
    assert (last.act, last.course, last.source, last.client) == ("chosen", "backend", "own page", "127.0.0.1")
    assert "3 steps, one every two weeks" in last.wording.text
    assert len(cottage.readers.editors.show("ada@example.com").consents) == 3


def test_a_confirmation_link_that_was_used_says_what_is_true(cottage: House) -> None:
    token = cottage.join()
    link = f"confirm/{cottage.mailbox.emails[0].token}"
    used = cottage.get(link)
    assert (used.status, "You are subscribed" in used.text, used.forms) == (200, True, [])
    requests.post(f"{cottage.url}/unsubscribe/{token}", timeout=5)
    ended = cottage.get(link)
    assert (ended.status, "sign up once more" in ended.text, ended.forms) == (409, True, [])
    unknown = f"{cottage.url}/confirm/{cottage.keyring.confirm(new_subject_id(), NOW)}"
    for answer in (requests.get(unknown, timeout=5), requests.post(unknown, timeout=5)):
        assert (answer.status_code, "There is no such reader here" in answer.text) == (404, True)


def test_who_left_by_mistake_is_brought_back_by_one_press_which_is_kept_as_an_act(house: House) -> None:
    token = house.join(path="backend")
    left = Page.of(requests.post(f"{house.url}/unsubscribe/{token}", data={"why": "oops"}, timeout=5))
    assert (left.status, house.active()) == (200, 0)
    assert "You are off the list" in house.get(f"unsubscribe/{token}").text
    refused = left.form("/undo").send(form="")
    assert (refused.status, house.active()) == (403, 0)
    for _ in range(2):
        back = refused.form("/undo").send()
        assert (back.status, "You are back" in back.text, house.active()) == (200, True, 1)
    reader = house.reader()
    assert [course.ended for course in reader.courses] == [None]
    record = house.readers.editors.show("ada@example.com")
    assert (str(record.consents[-1].act), record.consents[-1].source) == ("returned", "leaving page")
    assert (record.suppression, record.history[-1].what != "unsuppressed") == (None, True)
    assert requests.get(f"{house.url}/unsubscribe/{token}/undo", allow_redirects=False, timeout=5).status_code == 303


def test_after_an_hour_nothing_is_undone_and_the_page_offers_to_sign_up(cottage: House) -> None:
    token = cottage.join()
    left = Page.of(requests.post(f"{cottage.url}/unsubscribe/{token}", timeout=5))
    cottage.clock.time += dt.timedelta(hours=1)
    answer = left.form("/undo").send()
    assert (answer.status, "too late" in answer.text, cottage.active()) == (409, True, 0)
    page = cottage.get(f"unsubscribe/{token}")
    assert ("You are off the list" in page.text, page.forms) == (True, [])


def test_who_never_wants_to_be_written_to_again_gets_nothing_whoever_types_their_address(house: House) -> None:
    house.sign_up("ada.b@gmail.com")
    wait_for(lambda: bool(house.mailbox.emails))
    never = f"never/{house.mailbox.emails[0].whole.tokens.never}"
    page = house.get(never)
    assert (page.status, len(page.forms), house.reader("ada.b@gmail.com").state) == (200, 1, State.PENDING)
    for _ in range(2):
        answer = page.forms[0].send()
        assert (answer.status, "We will not write to you again" in answer.text) == (200, True)
    record = house.readers.editors.show("ada.b@gmail.com")
    assert record.suppression is not None
    assert record.suppression.reason is Reason.REFUSED
    house.clock.time += 400 * DAY
    for address in ("ada.b@gmail.com", "adab+x@googlemail.com"):
        assert house.sign_up(address).status_code == 200
    wait_for(lambda: not house.due())
    assert len(house.mailbox.emails) == 1
    confirm = f"{house.url}/confirm/{house.keyring.confirm(record.reader.subject_id, house.clock.time)}"  # type: ignore[union-attr]
    assert requests.get(confirm, timeout=5).status_code == 409


def test_the_mail_to_a_former_address_does_not_refuse_for_the_present_one(cottage: House) -> None:
    cottage.join()
    subject = cottage.reader().subject_id
    never = f"{cottage.url}/never/{cottage.keyring.never(subject, cottage.clock.time)}"
    cottage.clock.time += DAY
    page, keyring = cottage.readers.page, cottage.keyring
    page.ask_move(keyring.account(subject, cottage.clock.time), "new@example.org", now=cottage.clock.time)
    assert page.confirm_move(keyring.move(subject, cottage.clock.time), now=cottage.clock.time)
    assert (requests.post(never, timeout=5).status_code, cottage.active()) == (410, 1)
    later = f"{cottage.url}/never/{keyring.never(subject, cottage.clock.time)}"
    assert (requests.post(later, timeout=5).status_code, cottage.active()) == (200, 0)


def test_a_link_to_refuse_mail_is_no_other_link_and_of_nobody_says_so(cottage: House) -> None:
    cottage.join()
    subject = cottage.reader().subject_id
    for wrong in (cottage.keyring.unsubscribe(subject), "x", cottage.keyring.never(subject, NOW)[:-1]):
        for method in ("GET", "POST"):
            assert requests.request(method, f"{cottage.url}/never/{wrong}", timeout=5).status_code == 400
    unknown = requests.post(f"{cottage.url}/never/{cottage.keyring.never(new_subject_id(), NOW)}", timeout=5)
    assert (unknown.status_code, cottage.active()) == (404, 1)


def test_whoever_asks_again_by_an_old_link_is_told_what_came_of_it(cottage: House) -> None:
    cottage.sign_up("ada@example.com")
    wait_for(lambda: bool(cottage.mailbox.emails))
    again = f"{cottage.url}/confirm/{cottage.mailbox.emails[0].token}/again"

    def ask() -> tuple[int, str]:
        answer = Page.of(requests.post(again, data={"form": cottage.token()}, timeout=5))
        return answer.status, re.findall(r"<h1>(.*?)</h1>", answer.text)[0]

    assert ask() == (429, "No new message for now")
    cottage.clock.time += 3 * DAY
    assert ask() == (200, "Look in your mailbox")
    wait_for(lambda: len(cottage.mailbox.emails) == 2)
    cottage.get(f"confirm/{cottage.mailbox.emails[1].token}").forms[0].send()
    assert ask() == (200, "You are subscribed")
    cottage.readers.editors.remove("ada@example.com", now=cottage.clock.time)
    assert ask() == (409, "Please sign up once more")
    nobody = f"{cottage.url}/confirm/{cottage.keyring.confirm(new_subject_id(), NOW)}/again"
    assert requests.post(nobody, data={"form": cottage.token()}, timeout=5).status_code == 404


def test_who_comes_back_on_the_day_of_their_confirmation_is_mailed(cottage: House) -> None:
    token = cottage.join()
    requests.post(f"{cottage.url}/unsubscribe/{token}", timeout=5)
    cottage.sign_up("ada@example.com")
    wait_for(
        lambda: len(cottage.mailbox.to("ada@example.com")) == 1 and cottage.mailbox.emails[-1].kind == "confirmation"
    )
    assert cottage.get(f"confirm/{cottage.mailbox.emails[-1].token}").forms[0].send().status == 200
    assert cottage.active() == 1
