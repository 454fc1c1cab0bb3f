"""Nothing that editors, readers, servers or files' names say commands the terminal it is shown on, or turns into pictures."""

from __future__ import annotations

import json
import logging
import os
import pty
import subprocess
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.app import App
from publisher.logs import PlainFormatter
from tests.e2e.command import COMMAND, Ran, environment, pressroom

DIRECTIONS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
HOSTILE = st.lists(
    st.sampled_from(
        ["\x1b[2J", "\x1b]0;owned\x07", "\x9b31m", "\x7f", "\x85", "\u2028", "\u202e", "\u2066", "\u200f", "\u061c",
         ":smile:", ":100:", "[bold]", "[/]", "[link=https://x.test]", "a", " "]
    ),
    min_size=1, max_size=8,
).map("".join)  # fmt: skip


def commands_in(text: str) -> set[str]:
    """Return the characters of a text that a terminal would act upon, by Unicode's own tables."""
    return {
        char
        for char in text.replace("\n", "")
        if unicodedata.category(char) in ("Cc", "Zl", "Zp")
        or unicodedata.bidirectional(char) in DIRECTIONS
        or char in "\u200e\u200f\u061c"
    }


def shown_plainly(ran: Ran, written: str) -> None:
    said = ran.out + ran.talk
    assert not commands_in(said), (said, written)
    assert "😄" not in said
    assert "💯" not in said


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=HOSTILE)
def test_no_content_file_name_list_or_argument_commands_the_terminal(news: Path, words: str) -> None:
    title = json.dumps(words)  # YAML reads JSON's strings, escapes and all
    piece = news / "content" / "concepts" / f"{words.replace('/', '')}.md"
    piece.write_text(f"---\ntitle: {title}\nstatus: {title}\n{title}: 1\n---\n[x]({words}.md)\n{words}\n", "utf-8")
    rows = news / f"{words.replace('/', '')}.csv"
    rows.write_text(f"email,name,{words}\n{words},{words}\nx@example.com,{words}\n", "utf-8")
    try:
        checked = pressroom("check", cwd=news)
        assert checked.code == 1
        shown_plainly(checked, words)
        shown_plainly(pressroom("subscribers", "import", rows, "--dry-run", cwd=news), words)
        wrong = pressroom("check", f"--{words}", cwd=news)
        assert wrong.code == 2
        shown_plainly(wrong, words)
        as_json = pressroom("check", "--json", cwd=news)
        shown_plainly(as_json, words)
        assert any(words.replace("/", "") in problem["path"] for problem in as_json.json["problems"]), "nothing is lost"
    finally:
        piece.unlink()
        rows.unlink()


def test_line_100_is_a_number_and_markup_is_text(news: Path) -> None:
    issue = news / "content" / "issues" / "0001.md"
    text = issue.read_text("utf-8")
    filler = "\n" * (99 - text.count("\n"))
    issue.write_text(f"{text}{filler}[bold :smile:](no-such-file.md)\n", "utf-8")
    checked = pressroom("check", cwd=news)
    assert "content/issues/0001.md:100: " in checked.out
    shown_plainly(checked, "")


def test_a_list_goes_to_a_file_as_it_is_and_to_a_terminal_without_commands(news: Path) -> None:
    with App(news, variables={}) as app:
        token = app.subscribers.links.unsubscribe_token(app.subscribers.queries.find(query="ada")[0].subject_id)
        app.subscribers.leaving.unsubscribe(token, now=app.clock.now(), why="too \x1b[2J \u202emany")
    exported = pressroom("subscribers", "show", "ada@example.com", "--json", cwd=news)
    assert any("too" in row["detail"] for row in exported.json["history"]), exported.out
    shown_plainly(exported, "")
    screen, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "subscribers", "export"], cwd=news, env=environment(news), stdin=subprocess.DEVNULL, stdout=theirs,
        stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        os.close(theirs)
        seen = b""
        while chunk := _read(screen):
            seen += chunk
    os.close(screen)
    assert process.returncode == 0
    lines = seen.decode().replace("\r\n", "\n")
    assert "ada@example.com" in lines
    assert "\N{REPLACEMENT CHARACTER}\n" not in lines, "line ends are the terminal's own"
    assert not commands_in(lines)


def _read(screen: int) -> bytes:
    try:
        return os.read(screen, 4096)
    except OSError:  # Linux says so when the other side is closed
        return b""


@pytest.mark.parametrize("raised", [False, True])
def test_a_line_of_the_log_commands_nothing_and_forges_no_other(raised: bool) -> None:
    error = ValueError("550 \x1b[2J\u202eno\n2026-01-01 INFO all is well") if raised else None
    record = logging.LogRecord("x", logging.WARNING, "x.py", 1, "%s", ("550 \x9b31m\nforged",), None)
    if error:
        record.exc_info = (ValueError, error, None)
    said = PlainFormatter("%(levelname)s %(message)s").format(record)
    assert not commands_in(said)
    assert [line for line in said.split("\n") if not line.startswith("    ")] == [
        "WARNING 550 \N{REPLACEMENT CHARACTER}31m"
    ]
