"""The web server against requests of all kinds: bodies, heads, proxies, slow clients, wrong paths."""

from __future__ import annotations

import datetime as dt
import logging
import re
import select
import socket
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from publisher.web import AbuseLimits
from subscribers import State
from tests.house import LOOSE, SECRETS_FREE, House, half_open, open_house, wait_for
from tests.readers import NOW


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
    moved = requests.get(f"{cottage.url}/issues/1/index.html?ref=x", timeout=5, allow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (301, "./?ref=x")
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


def test_readiness_says_whether_the_database_answers_and_pages_say_it_in_words(tmp_path: Path) -> None:
    house, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path, AbuseLimits(answer_every=0, youngest_form=0))
    try:
        token = house.join()
        confirmation = next(email.token for email in house.mailbox.emails if email.kind == "confirmation")
        for path in ("healthz", "readyz"):
            assert requests.get(f"{house.url}/{path}", timeout=5).json() == {"status": "ok"}
        well = {"form": house.keyring.form(NOW, house.reader().subject_id)}
        house.engine.dispose()
        database = tmp_path / "x.db"
        database.rename(tmp_path / "away.db")
        database.mkdir()  # the file cannot be opened any more
        assert requests.get(f"{house.url}/healthz", timeout=5).status_code == 200, "the process answers"
        wait_for(lambda: requests.get(f"{house.url}/readyz", timeout=5).status_code == 503)
        assert requests.get(f"{house.url}/readyz", timeout=5).json()["why"] == ["the database does not answer"]
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
