"""publication.toml: what it may say, and how what it may not say is told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from publisher.adapters.publication_file import read_publication
from publisher.errors import ContentError
from publisher.publication import Publication
from publisher.resources import shipped
from publisher.scaffold import STARTER

STARTING = (STARTER / "publication.toml").read_text(encoding="utf-8")
SHOWN = Path("content/publication.toml")


def read(tmp_path: Path, text: str | bytes) -> Publication:
    path = tmp_path / "publication.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_publication(path, SHOWN)


def problems(tmp_path: Path, text: str | bytes) -> list[str]:
    with pytest.raises(ContentError) as raised:
        read(tmp_path, text)
    return [str(problem) for problem in raised.value.problems]


def changed(old: str, new: str) -> str:
    assert old in STARTING
    return STARTING.replace(old, new, 1)


def line_of(text: str, needle: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), 1) if needle in line)


@pytest.mark.parametrize("folder", [STARTER, shipped("content")])
def test_the_shipped_files_are_publications(folder: Path) -> None:
    publication = read_publication(folder / "publication.toml", SHOWN)
    assert publication.order() == ("concept", "architecture", "project", "archive", "question")


def test_a_moment_is_a_weekday_and_a_local_time(tmp_path: Path) -> None:
    schedule = read(tmp_path, changed('"thu 08:00"', '"Thursday 18:05"')).schedule
    assert (schedule.send.weekday, schedule.send.time) == (3, dt.time(18, 5))


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("tagline", "tagine", "tagine", "unknown key 'tagine'; did you mean 'tagline'?"),
        ("[schedule]\nzone", "[schedule]\nzoen", "zoen", "unknown key 'schedule.zoen'; did you mean 'zone'?"),
        ('"Europe/Berlin"', '"Europe/Berln"', "zone =", "'Europe/Berln' is not an IANA time zone"),
        ('"thu 08:00"', '"thu 25:00"', "send =", "is not a weekday and a local time such as 'thu 08:00'"),
        ('"thu 08:00"', '"sun 08:00"\nx = 1', "x = 1", "unknown key 'schedule.x'"),
        ('"https://news.example.com" ', '"news.example.com" ', "base_url", "is not a web address"),
        ('"editor@news.example.com"', '"editor"', 'address = "editor"', "is not an e-mail address"),
        ('name = "Editor"', 'name = "A\\nB"', 'name = "A', "must be one line without control characters"),
        ('name = "Editor"', 'name = "  "', 'name = "  "', "must not be empty"),
        ('"weekly.news.example.com"', '"Weekly News"', "list_id", "'list_id'"),
        ("people = 1", "people = 0", "people", "greater than or equal to 1"),
        ('id = "project"', 'id = "Project!"', "Project!", "'section.2.id'"),
        ("window_hours = 24", "window_hours = 1000", "window_hours", "less than or equal to 96"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_said_at_its_line(tmp_path: Path, old: str, new: str, where: str, what: str) -> None:
    text = changed(old, new)
    found = problems(tmp_path, text)
    assert any(problem.startswith(f"{SHOWN}:{line_of(text, where)}: ") and what in problem for problem in found), found


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"mon 09:00"', '"fri 09:00"', "assemble must come before send"),
        ('id = "project"', 'id = "concept"', "section ids must differ"),
        ('id = "project"', 'id = "archive"', "section ids must differ"),
        ('folder = "projects"', 'folder = "issues"', "section folders must differ from each other and from issues"),
        ('folder = "projects"', 'folder = "concepts"', "section folders must differ"),
        ('before = "question"', 'before = "quest"', "draft.before = 'quest' names no section"),
        ("people = 1", "people = 2", "approval.people = 2, but there are 1 editors"),
        ('[[editor]]\nname = "Editor"', '[[editor]]\nname = "EDITOR"\naddress = "b@a.test"\n[[editor]]\nname = "Editor"',
         "two editors have the same name"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_said(tmp_path: Path, old: str, new: str, what: str) -> None:
    assert any(what in problem for problem in problems(tmp_path, changed(old, new)))


def test_all_problems_are_said_in_one_run(tmp_path: Path) -> None:
    text = changed("tagline", "tagine").replace('"Europe/Berlin"', '"Nowhere"').replace("people = 1", "people = 9")
    assert len(problems(tmp_path, text)) == 4, "unknown, missing, zone, people"


def test_what_is_no_toml_is_said_at_its_line(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, changed("[sender]", "[sender"))
    assert problem.startswith(f"{SHOWN}:{line_of(STARTING, '[sender]')}: not valid TOML")
    (problem,) = problems(tmp_path, b"name = 'caf\xe9'\n")
    assert "not UTF-8 at byte 11" in problem
    (problem,) = problems(tmp_path, "a = " + "[" * 5000)
    assert "not valid TOML" in problem


def test_a_byte_order_mark_makes_no_difference(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbf" + STARTING.encode()) == read(tmp_path, STARTING)


def test_without_a_file_it_says_how_to_begin(tmp_path: Path) -> None:
    for missing in (tmp_path / "publication.toml", Path(__file__) / "publication.toml"):
        with pytest.raises(ContentError, match="there is no publication here; run `pressroom init DIR`"):
            read_publication(missing, SHOWN)


def test_addresses_of_pages_are_below_the_base_url(tmp_path: Path) -> None:
    publication = read(tmp_path, changed('"https://news.example.com" ', '"https://example.com/news/" '))
    assert publication.url("issues/1/") == "https://example.com/news/issues/1/"
    assert publication.url("/issues/1/") == "https://example.com/news/issues/1/"
