"""Once a week the editors hear which links to other sites died or moved, and what to put in their place."""

from __future__ import annotations

import dataclasses
import email
import email.policy
from pathlib import Path

import pytest

from publisher import scheduler
from publisher.issue import IsoWeek
from publisher.ports import LinkAnswer
from publisher.weekly_links import MOST, of_this_week, outside_links
from tests.press import content, issue
from tests.publication import FakeClock, MemoryApp, example, variables

MONDAYS = ("2026-11-23T08:00", "2026-11-23T08:01", "2026-11-24T09:00")
PAGE = """---
title: Read elsewhere
summary: Links.
---
See [one](https://dead.test/a), `https://code.test/` and [two](https://moved.test/b_(c)).

Again: <https://dead.test/a>. Well: https://well.test/.
"""


def notices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, asked_for: bool) -> tuple[list[str], list[list[str]]]:
    """Let a week begin; return the notices on links, and what was looked up."""
    folder, looked_up = example(tmp_path / "news"), list[list[str]]()
    (folder / "content" / "pages" / "elsewhere.md").write_text(PAGE, "utf-8")
    settings = folder / "content" / "publication.toml"
    if asked_for:
        text = settings.read_text("utf-8")
        settings.write_text(text.replace("[schedule]\n", "[schedule]\ncheck_links = true\n"), "utf-8")
    clock, mail = FakeClock(), tmp_path / "mail"
    with MemoryApp(folder, clock, variables("smtp://127.0.0.1:9"), transport=f"file:{mail}") as app:

        def follow(urls: list[str]) -> dict[str, LinkAnswer]:
            looked_up.append(list(urls))
            known = {
                "https://dead.test/a": LinkAnswer("answers 404"),
                "https://moved.test/b_(c)": LinkAnswer(None, "https://moved.test/new"),
            }
            return {url: known.get(url, LinkAnswer(None)) for url in urls}

        monkeypatch.setattr(app, "follow_links", follow)
        for moment in MONDAYS:
            clock.set(moment)
            scheduler.tick(app.act())
    read = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in mail.glob("*.eml")]
    said = [one.get_body(("plain",)).get_content() for one in read if "do not work as they did" in str(one["Subject"])]  # type: ignore[union-attr]
    return said, looked_up


def test_the_editors_are_told_once_a_week_with_file_line_and_a_proposal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, looked_up = notices(tmp_path, monkeypatch, asked_for=True)
    assert len(looked_up) == 1
    assert {"https://dead.test/a", "https://moved.test/b_(c)", "https://well.test/"} <= set(looked_up[0])
    assert "https://code.test/" not in looked_up[0]
    assert len(said) == 2, "each of the two editors once"
    text = " ".join(said[0].split())
    assert "content/pages/elsewhere.md:5, content/pages/elsewhere.md:7: https://dead.test/a answers 404" in text
    assert "https://web.archive.org/web/https://dead.test/a" in text
    assert "https://moved.test/b_(c) moved for good to https://moved.test/new" in text
    assert "well.test" not in text


def test_nothing_is_fetched_unless_publication_toml_asks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert notices(tmp_path, monkeypatch, asked_for=False) == ([], [])


def test_links_of_paths_and_of_what_is_out_count_and_those_to_the_site_itself_do_not() -> None:
    out = issue(3, concept="See https://out.test/ and https://notes.example.com/issues/2/.")
    hidden = issue(4, concept="See https://hidden.test/.", published=False)
    plain = content(out, hidden)
    path = dataclasses.replace(plain.paths[0], guide_link="https://guide.test/", guide_line=6)
    found = outside_links(dataclasses.replace(plain, paths=(path,)))
    assert set(found) == {"https://out.test/", "https://guide.test/"}
    assert found["https://guide.test/"] == ["content/paths/backend.md:6"]


def test_of_many_links_each_week_takes_its_share_and_none_is_left_out() -> None:
    many = {f"https://example.com/{number:05d}": [] for number in range(2 * MOST + 7)}
    weeks = [IsoWeek(2026, 51), IsoWeek(2026, 52), IsoWeek(2026, 53)]
    shares = [of_this_week(many, week) for week in weeks]
    assert all(len(share) <= MOST for share in shares)
    assert sorted(url for share in shares for url in share) == sorted(many)
