"""Readers, mail and secrets are their owner's alone, and the site is everybody's, whatever the umask."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import stat
import subprocess
from pathlib import Path

import pytest

from subscribers.database import open_engine
from tests.e2e.command import pressroom
from tests.publication import write_starters


def modes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder.parent)): mode(path) for path in (folder, *folder.rglob("*"))}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def a_week(folder: Path, umask: int) -> None:
    for words in (
        ("subscribers", "add", "ada@example.com"), ("publish",), ("assemble",),
        ("render", "1", "--out", "var/preview"), ("approve", "1", "--by", "Editor"),
        ("send", "1", "--transport", "file:var/outbox"),
    ):  # fmt: skip
        assert pressroom(*words, cwd=folder, umask=umask).code == 0, words


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077], ids=oct)
def test_a_week_leaves_nothing_open_but_the_site(umask: int, tmp_path: Path) -> None:
    assert pressroom("init", "news", cwd=tmp_path, umask=umask).code == 0
    news = write_starters(tmp_path / "news")
    a_week(news, umask)
    found = modes(news / "var")
    public = {name: bits for name, bits in found.items() if name.startswith("var/site")}
    private = {name: bits for name, bits in found.items() if name not in public}
    assert {Path(name).suffix for name in private} >= {".db", ".eml", ".html"}
    for name, bits in private.items():
        assert bits == (0o700 if (news / name).is_dir() else 0o600), name
    for name, bits in public.items():
        assert bits == (0o755 if (news / name).is_dir() else 0o644), name
    assert mode(news / ".env") == 0o600
    assert "machine can read" not in pressroom("check", cwd=news).out


def test_the_files_beside_an_open_database_are_private_too(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
        assert {path.name: mode(path) for path in tmp_path.iterdir()} == {
            "x.db": 0o600, "x.db-wal": 0o600, "x.db-shm": 0o600,
        }  # fmt: skip
    engine.dispose()


def test_check_says_what_others_can_read_and_its_own_commands_close_it(news: Path) -> None:
    assert pressroom("approve", "1", "--by", "Editor", cwd=news).code == 0
    assert pressroom("send", "1", "--transport", "file:var/out box", cwd=news).code == 0
    with contextlib.closing(sqlite3.connect(news / "var" / "pressroom.db")) as service:
        service.execute("SELECT count(*) FROM sqlite_master").fetchone()  # as long as it reads, the files beside stay
        for path in (news / ".env", *(news / "var").rglob("*"), news / "var"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        checked = pressroom("check", cwd=news)
        assert checked.code == 0, "a warning stops nothing"
        said = re.findall(
            r"^(\S[^:]*): warning: others on this machine can read (.*); run: (.*)$", checked.out, re.MULTILINE
        )
        assert sorted((where, what) for where, what, _ in said) == [
            (".env", "it"), ("var", "it"), ("var/answers.db", "it"), ("var/out box", "the mail in it"), ("var/pressroom.db", "it"),
            ("var/pressroom.db-shm", "it"), ("var/pressroom.db-wal", "it"),
        ]  # fmt: skip
        for *_, command in said:
            subprocess.run(["/bin/sh", "-c", command], cwd=news, check=True)
    assert "machine can read" not in pressroom("check", cwd=news).out
    assert mode(news / "var" / "site" / "index.html") == 0o644


def test_check_looks_at_the_database_that_is_used_and_at_none_elsewhere(news: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.touch(0o644)
    other.chmod(0o644)
    assert f"run: chmod 600 {other}\n" in pressroom("--database", f"sqlite:///{other}", "check", cwd=news).out
    env = {"PRESSROOM_DATABASE_URL": f"sqlite:///{other}"}
    assert f"run: chmod 600 {other}\n" in pressroom("check", cwd=news, env=env).out
    assert "machine can read" not in pressroom("--database", "postgresql://db.example.com/x", "check", cwd=news).out
