"""A reader's whole way, in a real browser, with the real `pressroom run`, a real mail sink and the real command line."""

from __future__ import annotations

import functools
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, sync_playwright

from publisher.adapters.smtp_sink import Sink
from tests.e2e.command import environment, pressroom
from tests.free_ports import free_port
from tests.long import LONG

BOB = "bob@example.com"
OLD_ENOUGH = 1.2
"""Seconds that a form has to be open; programs are faster."""


@dataclass
class Town:
    """A running service, its mail sink, its folder, and a browser."""

    url: str
    home: Path
    outbox: Path
    variables: dict[str, str]
    browser: Browser

    def run(self, *words: object) -> str:
        ran = pressroom(*words, cwd=self.home, env=self.variables)
        assert ran.code == 0, ran.talk
        return ran.out + ran.talk

    def page(self, *, script: bool) -> Page:
        return self.browser.new_context(java_script_enabled=script, viewport={"width": 360, "height": 800}).new_page()

    def mails(self, address: str) -> list[Message]:
        found = sorted(self.outbox.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        mails = [message_from_bytes(path.read_bytes()) for path in found]
        return [mail for mail in mails if address in str(mail["To"])]

    def mail(self, address: str, subject: str, seconds: float = 10) -> Message:
        """Wait for a mail to an address whose subject has some words in it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for mail in self.mails(address):
                if subject in str(mail["Subject"]):
                    return mail
            time.sleep(0.05)
        raise AssertionError([str(mail["Subject"]) for mail in self.mails(address)])

    def tables(self) -> dict[str, list[tuple[object, ...]]]:
        names = ("subscriber", "consent", "suppression", "email", "course", "history", "former_subject", "delivery")
        with sqlite3.connect(self.home / "var" / "pressroom.db") as connection:
            return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}


def bodies(mail: Message) -> list[str]:
    return [part.get_payload(decode=True).decode() for part in mail.walk() if part.get_content_maintype() == "text"]  # type: ignore[union-attr]


def link(mail: Message, kind: str) -> str:
    found = re.search(rf"http://127\.0\.0\.1:\d+/{kind}/[\w-]+", bodies(mail)[0])
    assert found, bodies(mail)[0]
    return found[0]


@pytest.fixture
def town(news: Path, tmp_path: Path) -> Iterator[Town]:
    port = free_port()
    program = shutil.which("chromium") or shutil.which("google-chrome")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    url = f"http://127.0.0.1:{port}"
    with Sink(tmp_path / "outbox") as sink, sync_playwright() as playwright:
        variables = {"PRESSROOM_SMTP_URL": sink.url, "PRESSROOM_BASE_URL": url}
        command = [sys.executable, "-m", "publisher.cli", "run", "--port", str(port)]
        with (tmp_path / "log").open("wb") as log:
            service = subprocess.Popen(command, cwd=news, env=environment(news, **variables), stderr=log)
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        try:
            _wait(lambda: requests.get(f"{url}/healthz", timeout=2).status_code == 200)
            yield Town(url, news, tmp_path / "outbox", variables, browser)
        finally:
            browser.close()
            service.send_signal(signal.SIGTERM)
            service.wait(20)
    assert "Traceback" not in (tmp_path / "log").read_text("utf-8")
    assert BOB not in (tmp_path / "log").read_text("utf-8"), "no address stands in a log"


def _wait(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except OSError:
            pass
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_reader_signs_up_chooses_reads_and_leaves(script: bool, town: Town) -> None:
    page = town.page(script=script)
    page.goto(town.url)
    page.get_by_label("Your e-mail address").fill(BOB)
    page.wait_for_timeout(OLD_ENOUGH * 1000)
    page.get_by_role("button", name="Subscribe").click()
    assert "Look in your mailbox" in page.inner_text("h1")
    begun = time.monotonic()
    confirmation = town.mail(BOB, "Confirm")
    assert time.monotonic() - begun < 5

    page.goto(link(confirmation, "confirm"))
    page.get_by_role("button", name="Confirm").click()
    assert "You are subscribed" in page.inner_text("h1")
    welcome = town.mail(BOB, "You are subscribed")

    page.goto(link(welcome, "preferences"))
    page.get_by_label("concept", exact=False).first.uncheck()
    page.get_by_role("button", name="Save").click()
    assert "Saved" in page.inner_text("main")

    town.run("approve", "1", "--by", "Editor")
    town.run("send", "1")
    title = str(town.mail("ada@example.com", "concept")["Subject"])
    [whole, chosen] = [town.mail(address, title) for address in ("ada@example.com", BOB)]
    for part in range(2):
        assert "// concept" in bodies(whole)[part]
        assert "// concept" not in bodies(chosen)[part]
        assert "// architecture" in bodies(chosen)[part]

    before = town.tables()
    _crawl(town)
    assert town.tables() == before, "no GET and no HEAD changes anything"

    one_click = str(chosen["List-Unsubscribe"]).strip("<>")
    assert chosen["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    answer = requests.post(one_click, data={"List-Unsubscribe": "One-Click"}, allow_redirects=False, timeout=5)
    assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
    page.goto(one_click)
    assert "You are off the list" in page.inner_text("h1"), "it says what is true of whoever has left already"

    got = len(town.mails(BOB))
    _next_issue(town)
    assert len(town.mails("ada@example.com")) == 2
    assert len(town.mails(BOB)) == got


COURSE = """---
title: Queues, from the ground
summary: What a queue is for.
from: Web pages
to: Queues
guide:
  title: The guide to queues
  link: https://docs.example.com/guide
rows:
  - know: lists
    build: queues
steps:
  - title: Why a queue
    link: https://docs.example.com/why
    about: What waits, and for whom.
  - title: When it is full
    link: https://docs.example.com/full
    about: What to refuse.
---

Two steps.
"""


@pytest.mark.parametrize(
    "script",
    [True, False] if LONG else [False],
    ids=lambda script: "with JavaScript" if script else "without JavaScript",
)
def test_a_reader_takes_a_course_leaves_by_mistake_comes_back_and_gets_its_next_step(script: bool, town: Town) -> None:
    (town.home / "content" / "paths").mkdir(exist_ok=True)
    (town.home / "content" / "paths" / "queues.md").write_text(COURSE, "utf-8")
    _wait(lambda: "Queues, from the ground" in requests.get(f"{town.url}/subscribe?path=queues", timeout=5).text)
    page = town.page(script=script)
    page.goto(f"{town.url}/subscribe?path=queues")
    box = page.get_by_label("Send me the course “Queues, from the ground” by mail as well: 2 steps, one every week.")
    assert not box.is_checked(), "a link ticks nothing"
    box.check()
    page.get_by_label("Your e-mail address").fill(BOB)
    page.wait_for_timeout(OLD_ENOUGH * 1000)
    page.get_by_role("button", name="Subscribe").click()
    confirmation = town.mail(BOB, "Confirm")
    assert "With it comes the course “Queues, from the ground”: 2 steps by mail" in " ".join(
        bodies(confirmation)[0].split()
    )
    page.goto(link(confirmation, "confirm"))
    assert "course “Queues, from the ground”" in page.inner_text("main")
    page.get_by_role("button", name="Confirm both").click()
    first = town.mail(BOB, "Why a queue")
    assert first["List-Id"] is not None
    shown = town.run("subscribers", "show", BOB)
    assert shown.count("Send me the course “Queues, from the ground”") == 1
    assert all(act in shown for act in ("asked", "confirmed", "queues"))

    page.goto(link(first, "unsubscribe"))
    page.get_by_label("Why?").fill("wrong button")
    page.get_by_role("button", name="Unsubscribe").click()
    assert "You are off the list" in page.inner_text("h1")
    page.get_by_role("button", name="Bring me back").click()
    assert "You are back" in page.inner_text("h1")
    page.goto(link(first, "preferences"))
    page.get_by_role("button", name="Send the next step now").click()
    assert "is on its way" in page.inner_text("main")
    town.mail(BOB, "When it is full")

    page.goto(link(first, "unsubscribe"))
    page.get_by_role("button", name="Unsubscribe").click()
    assert "You are off the list" in page.inner_text("h1")
    page.goto(link(confirmation, "never"))
    page.get_by_role("button", name="Never write to me again").click()
    assert "We will not write to you again" in page.inner_text("h1")
    got = len(town.mails(BOB))
    page.goto(town.url)
    page.get_by_label("Your e-mail address").fill(BOB)
    page.wait_for_timeout(OLD_ENOUGH * 1000)
    page.get_by_role("button", name="Subscribe").click()
    assert "Look in your mailbox" in page.inner_text("h1"), "strangers learn nothing"
    assert "refused since" in town.run("subscribers", "show", BOB)
    assert len(town.mails(BOB)) == got


def _crawl(town: Town) -> None:
    found: set[str] = set()
    for path in town.outbox.glob("*.eml"):
        for body in bodies(message_from_bytes(path.read_bytes())):
            found |= {each for each in re.findall(r"https?://[^\s\"'<>)]+", body) if each.startswith(town.url)}
    assert {url.split("/")[3] for url in found} >= {"confirm", "unsubscribe", "preferences", "issues"}
    for url in found:
        assert requests.get(url, timeout=5).status_code < 500
        assert requests.head(url, timeout=5).status_code < 500


def _next_issue(town: Town) -> None:
    """Write pieces for one more issue, and send it."""
    week = re.search(r"week: (\S+)", (town.home / "content/issues/0001.md").read_text("utf-8"))
    assert week is not None
    year, number = map(int, week[1].split("-W"))
    following = f"{year}-W{number + 1:02d}" if number < 52 else f"{year + 1}-W01"
    for folder in ("concepts", "architectures", "projects", "questions"):
        [first] = (town.home / "content" / folder).glob("*.md")
        text = re.sub(r"^id: .*\n", "", first.read_text("utf-8"), flags=re.MULTILINE)
        text = text.replace("first ", "second ").replace("First ", "Second ")
        if folder != "questions":  # which may be asked again
            front = text[: text.index("\n---\n", 4)]
            text = f"{front}\n---\n\nThis is what the second of the {folder} has to say.\n"
        (first.parent / "second.md").write_text(text, encoding="utf-8")
    town.run("assemble", "--week", following)
    town.run("approve", "2", "--by", "Editor")
    town.run("send", "2")


@contextmanager
def elsewhere(folder: Path, html: str) -> Iterator[str]:
    """Serve one page on another origin."""
    folder.mkdir()
    (folder / "index.html").write_text(f"<!doctype html><meta charset=utf-8><title>Blog</title>{html}", "utf-8")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_the_form_on_another_site_answers_in_place_or_leads_to_one_more_press(
    script: bool, town: Town, tmp_path: Path
) -> None:
    html = town.run("embed", "--source", "blog")
    assert len(requests.get(f"{town.url}/embed.js", timeout=5).content) <= 1024
    with elsewhere(tmp_path / "blog", html) as blog:
        page = town.page(script=script)
        page.goto(blog)
        page.get_by_label("Your e-mail address").fill(BOB)
        page.wait_for_timeout(OLD_ENOUGH * 1000)
        page.get_by_role("button", name="Subscribe").click()
        if script:
            page.get_by_role("status").filter(has_text="message with one button").wait_for()
            assert page.url == blog
        else:
            assert page.inner_text("h1") == "One more press"
            page.wait_for_timeout(OLD_ENOUGH * 1000)
            page.get_by_role("button", name="Yes, subscribe me").click()
            assert "Look in your mailbox" in page.inner_text("h1")
    town.mail(BOB, "Confirm")
    assert "form blog" in town.run("subscribers", "show", BOB)
