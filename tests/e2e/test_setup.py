"""`pressroom setup` from flags: it asks nothing off a terminal, mails a test, and says what became of it."""

from __future__ import annotations

import email
import shlex
from pathlib import Path

from publisher.adapters.smtp_sink import Sink
from tests.e2e.command import COMMAND, environment, pressroom
from tests.free_ports import free_port
from tests.typing_person import TypingPerson


def test_the_test_mail_goes_to_the_first_editor_once_and_again_when_asked(tmp_path: Path) -> None:
    with Sink(tmp_path / "mail") as sink:
        made = pressroom("setup", "news", "--smtp-url", sink.url, "--name", "Notes", "--json", cwd=tmp_path)
        assert (made.code, made.json["test_mail"]) == (0, "sent to editor@news.example.com; look at how it arrived")
        assert made.json["changed"] == ["name", "smtp-url"]
        assert pressroom("--publication", "news", "check", cwd=tmp_path).code == 0
        again = pressroom("--publication", "news", "setup", "--json", cwd=tmp_path)
        assert (again.json["changed"], again.json["files"], again.json["test_mail"]) == ([], [], "")
        assert sink.received == 1
        asked = pressroom("setup", "news", "--test-mail", "--no-dns", cwd=tmp_path)
        assert "sent to editor@news.example.com" in asked.out
        assert "Left to do before a real list:" in asked.out
        assert sink.received == 2
    message = email.message_from_bytes(next((tmp_path / "mail").glob("*.eml")).read_bytes())
    assert (message["Subject"], message["From"]) == ("Notes can mail", "Notes <news@news.example.com>")


def test_a_server_that_does_not_answer_is_said_and_the_answers_are_kept(tmp_path: Path) -> None:
    url = f"smtp://127.0.0.1:{free_port()}"
    made = pressroom("setup", "news", "--smtp-url", url, cwd=tmp_path)
    assert made.code == 3
    assert "could not be reached" in made.out
    assert "send again later, with: pressroom setup news --yes --test-mail" in made.out
    assert url in (tmp_path / "news/.env").read_text()
    wrong = pressroom("setup", "news", "--zone", "Berlin", cwd=tmp_path)
    assert (wrong.code, wrong.out) == (1, "")
    assert wrong.talk.startswith("pressroom: --zone: 'schedule.zone': 'Berlin' is not an IANA time zone")


def test_at_a_terminal_a_wrong_answer_is_asked_again_and_a_password_is_not_shown(tmp_path: Path) -> None:
    with TypingPerson(tmp_path, environment(tmp_path)) as person:
        person.types(f"{shlex.join(COMMAND)} setup news")
        for _ in range(4):
            person.sees("]: ")
            person.types("")
        person.sees("Time zone [Europe/Berlin]: ")
        person.types("Berlin")
        assert "is not an IANA time zone" in person.sees("Time zone [Europe/Berlin]: ")
        person.types("UTC")
        for _ in range(2):
            person.sees("]: ")
            person.types("")
        person.sees("]: ")
        person.types("smtp://ada@127.0.0.1")
        person.sees("(not shown): ")
        person.types("open sesame")
        assert "sesame" not in person.sees("Database [SQLite in var/pressroom.db]: ")
        person.types("\x03", "")
        assert "nothing was written" in person.sees(person.PROMPT)
    assert not (tmp_path / "news").exists()


def test_without_a_terminal_nothing_is_asked_and_that_is_said(tmp_path: Path) -> None:
    made = pressroom("setup", "news", "--no-dns", cwd=tmp_path)
    assert made.code == 0
    assert made.talk.startswith(
        "nothing is asked, because this is no terminal: give answers as options (pressroom setup --help)"
    )
    assert "nothing is asked" not in pressroom("setup", "news", "--yes", "--no-dns", cwd=tmp_path).talk
