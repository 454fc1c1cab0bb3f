"""Bounces, leaving by mail, privacy and asking to stay on the command line, run for real."""

from __future__ import annotations

import datetime as dt
import subprocess
from pathlib import Path

from publisher.app import App
from subscribers import Wording, new_subject_id
from tests.e2e.command import COMMAND, Ran, environment, pressroom


def run(news: Path, *words: object) -> Ran:
    return pressroom("subscribers", *words, cwd=news)


def test_a_bounce_is_reported_once_and_shown_in_the_servers_words(news: Path) -> None:
    soft = run(news, "bounce", "ada@example.com", "--soft", "--why", "452 4.2.2 full")
    assert (soft.code, soft.talk) == (0, "ada@example.com stays on the list; this bounce counts\n")
    again = run(news, "bounce", "ada@example.com", "--soft", "--why", "452 4.2.2 full")
    assert again.talk == "ada@example.com stays on the list; this does not count\n"
    hard = run(news, "bounce", "ada@example.com", "--hard", "--why", "550 5.1.1\x1b[2J no such user", "--json").json
    assert (hard["changed"], hard["suppressed"]["reason"]) == (True, "bounced")
    assert run(news, "bounce", "ada@example.com", "--hard", "--why", "x").talk == (
        "ada@example.com was already suppressed (bounced)\n"
    )
    assert "550 5.1.1 [2J no such user" in run(news, "show", "ada@example.com").out
    for wrong in ((), ("--hard", "--soft")):
        assert run(news, "bounce", "ada@example.com", "--why", "x", *wrong).code == 2
    assert run(news, "bounce", "nobody at all", "--hard", "--why", "x").code == 1


def leave(news: Path, message: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, "subscribers", "leave-by-mail"], cwd=news, env=environment(news), input=message,
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip


def test_a_message_from_the_mail_server_unsubscribes_and_a_large_hostile_one_is_read_to_its_end(news: Path) -> None:
    with App(news) as app:
        reader = app.subscribers.editors.show("ada@example.com").reader
        assert reader is not None
        token, nobodys = (app.keyring.unsubscribe(each) for each in (reader.subject_id, new_subject_id()))
    hostile = leave(news, b"Subject: unsubscribe " + b"A" * 44 + b"\r\n\r\n" + b"x" * 3_000_000)
    assert (hostile.returncode, hostile.stderr) == (0, b"nobody is named in the subject\n")
    stranger = leave(news, b"Subject: unsubscribe " + nobodys.encode() + b"\r\n\r\n")
    assert stranger.returncode == 0
    assert stranger.stderr == b"the subject names a reader who is not in this list: nothing comes to them from here\n"
    message = b"From: somebody@else.example\r\nSubject: unsubscribe " + token.encode() + b"\r\n\r\nplease\r\n"
    for said in (b"now", b"before"):
        done = leave(news, message)
        assert (done.returncode, done.stderr) == (0, b"the reader is off the list (" + said + b")\n")
    assert "unsubscribed" in run(news, "show", "ada@example.com").out


def test_privacy_is_a_table_json_or_a_page_and_says_no_password(news: Path) -> None:
    secret = {
        "PRESSROOM_SMTP_URL": "smtp://user:hush@mail.example.com",
        "PRESSROOM_REDIS_URL": "redis://:hush@cache.example.com/0",
    }
    said = pressroom("privacy", cwd=news, env=secret)
    assert said.code == 0
    assert "mail.example.com" in said.out
    assert "cache.example.com" in said.out
    assert "hush" not in said.out + said.talk
    known = pressroom("privacy", "--json", cwd=news).json
    assert {"kept", "receivers"} == set(known)
    page = pressroom("privacy", "--page", cwd=news).out
    (news / "content" / "pages" / "privacy.md").write_text(page, "utf-8")
    assert pressroom("check", cwd=news).code == 0


def test_nobody_is_asked_or_let_go_without_a_word_from_a_person(news: Path) -> None:
    none = run(news, "ask-to-stay", "--not-seen", "18m", "--json").json
    assert none == {"asked": 0, "found": 0}
    with App(news) as app:
        long_ago = app.clock.now() - dt.timedelta(days=800)
        app.subscribers.editors.add("old@example.com", source="test", wording=Wording("test"), now=long_ago)
    looked = run(news, "ask-to-stay", "--not-seen", "18m", "--dry-run")
    assert "1 reader not seen since" in looked.talk
    assert run(news, "ask-to-stay", "--not-seen", "18m").code == 2  # nobody at the terminal to say yes
    assert run(news, "ask-to-stay", "--not-seen", "18 months").code == 2
    assert run(news, "ask-to-stay", "--not-seen", "18m", "--yes", "--json").json == {"asked": 1, "found": 1}
    assert run(news, "ask-to-stay", "--not-seen", "18m", "--json", "--dry-run").json == {"asked": 0, "found": 0}
    assert run(news, "let-go", "--asked", "1d", "--json", "--yes").json == {"gone": 0, "found": 0}
    too_long = run(news, "let-go", "--asked", "7m", "--dry-run")
    assert (too_long.code, "below 26 weeks" in " ".join(too_long.talk.split())) == (2, True)
    assert "asked to stay" in run(news, "show", "old@example.com").out
