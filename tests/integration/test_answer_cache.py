"""What workers answered is kept for the next process, and whatever becomes of the file, the answers are right."""

from __future__ import annotations

import os
import pickle
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.adapters import answer_cache
from publisher.adapters.answer_cache import AnswerCache
from publisher.errors import ConfigurationError
from publisher.isolation import TooCostlyError, keep_answers, keep_no_more, one_file
from tests import isolated


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "var" / "answers.db"


@pytest.fixture(autouse=True)
def _nothing_is_kept_afterwards() -> Iterator[None]:
    yield
    keep_answers(None)


def ask(file: Path, text: str = "") -> tuple[int, str]:
    """Ask as the next process would: with a connection of its own."""
    cache = AnswerCache(file)
    keep_answers(cache)
    try:
        return isolated.kept(text)
    finally:
        cache.close()


def test_an_answer_is_not_asked_for_again_by_the_next_process(file: Path) -> None:
    first = ask(file, "a")
    assert ask(file, "b")[1] == "b"
    assert ask(file, "a") == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_another_program_asks_again(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ask(file)
    monkeypatch.setattr(answer_cache, "program_digest", lambda: "the next release")
    assert ask(file) != first


def test_errors_and_what_is_not_to_be_kept_are_asked_for_again(file: Path) -> None:
    keep_answers(AnswerCache(file))
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            isolated.kept("fail")
    isolated.echo("not kept")
    assert not AnswerCache(file).get(
        pickle.dumps(("tests.isolated", "echo", ("not kept",), {}), pickle.HIGHEST_PROTOCOL)
    )


@pytest.mark.parametrize("damage", [b"", b"garbage", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_broken_file_is_begun_anew(file: Path, damage: bytes) -> None:
    first = ask(file)
    file.write_bytes(damage)
    for end in ("-wal", "-shm"):
        file.with_name(file.name + end).unlink(missing_ok=True)
    assert ask(file) != first
    assert ask(file)[1] == ""
    again = ask(file)
    assert ask(file) == again


def test_an_answer_of_which_a_letter_was_damaged_is_asked_for_again(file: Path) -> None:
    ask(file, "Do not miss it")
    database = sqlite3.connect(file)
    database.execute("UPDATE answer SET said = CAST(replace(hex(said), hex('not'), hex('NOW')) AS BLOB)")
    (written,) = database.execute("SELECT said FROM answer").fetchone()
    database.execute("UPDATE answer SET said = ?", [bytes.fromhex(written.decode())])
    database.commit()
    database.close()
    assert ask(file, "Do not miss it")[1] == "Do not miss it"


def test_a_file_takes_too_much_the_second_time_too(file: Path) -> None:
    for _ in range(2):
        cache = AnswerCache(file)
        keep_answers(cache)
        with one_file():
            isolated.kept_and_costly(1)
            with pytest.raises(TooCostlyError, match="with what is before it in the file"):
                isolated.kept_and_costly(2)
        cache.close()
    keep_answers(cache)
    isolated.kept_and_costly(2)


def test_the_end_of_one_publication_leaves_the_answers_of_another(file: Path, tmp_path: Path) -> None:
    first, second = AnswerCache(tmp_path / "first.db"), AnswerCache(file)
    keep_answers(first)
    keep_answers(second)
    keep_no_more(first)
    made = isolated.kept("a")
    assert isolated.kept("a") == made
    keep_no_more(second)
    assert isolated.kept("a") != made
    first.close()
    second.close()


@pytest.mark.parametrize("said", [b"", b"garbage", pickle.dumps((0.0, os.system))])
def test_an_answer_that_cannot_be_one_is_asked_for_again(file: Path, said: bytes) -> None:
    cache = AnswerCache(file)
    cache.put(pickle.dumps(("tests.isolated", "kept", ("",), {}), pickle.HIGHEST_PROTOCOL), said)
    cache.close()
    made = ask(file)
    assert made[1] == ""
    assert ask(file) == made


def test_a_file_that_has_become_large_is_begun_anew(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ask(file)
    monkeypatch.setattr(answer_cache, "MOST", 100)
    assert ask(file) != first


def test_answers_arrive_where_nothing_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file in the way")
    assert ask(tmp_path / "var" / "answers.db", "a")[1] == "a"
