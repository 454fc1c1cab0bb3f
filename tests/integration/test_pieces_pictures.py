"""A picture that lies beside its piece: in git, in the assembled issue, in the mail and on the site."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from publisher import pipeline
from publisher.issue import IsoWeek
from publisher.render import render_issue
from publisher.site import site_files
from tests.images import SECRET, drawn, photo, telling
from tests.publication import FakeClock, MemoryApp, example, variables

W48 = IsoWeek(2026, 48)


@pytest.fixture
def news(tmp_path: Path) -> MemoryApp:
    """The example publication, in which the piece of the week shows two pictures."""
    folder = example(tmp_path / "news")
    piece = folder / "content/concepts/golden-sets.md"
    text = "\n![Latency before and after](img/p99.png)\n\n`![not](img/p99.png)`\n\n![A desk](<img/a desk.jpg>)\n"
    piece.write_text(piece.read_text("utf-8") + text, "utf-8")
    (piece.parent / "img").mkdir()
    (piece.parent / "img/p99.png").write_bytes(telling("png", drawn(900, 500)))
    (piece.parent / "img/a desk.jpg").write_bytes(telling("jpg", photo(1600, 900), turned=6))
    return MemoryApp(folder, FakeClock(), variables("smtp://127.0.0.1:9"))


def test_a_picture_beside_its_piece_is_shown_by_the_issue(news: MemoryApp) -> None:
    assert [problem for problem in pipeline.check(news.act()) if problem.rule == "image"] == []
    assembled = pipeline.assemble(news.act(), W48)
    text = (news.folder / assembled.path).read_text("utf-8")
    assert "![Latency before and after](../concepts/img/p99.png)\n\n`![not](img/p99.png)`" in text
    assert "![A desk](<../concepts/img/a desk.jpg>)" in text
    assert [problem for problem in pipeline.check(news.act()) if problem.rule == "image"] == []
    content = news.act().content
    issue = next(one for one in content.issues if one.number == assembled.number)
    rendered = render_issue(issue, content, news.templates)
    shown = {picture.name for picture in rendered.pictures if picture.name.startswith(("p99-", "a-desk-"))}
    assert len(shown) >= 4
    public = dataclasses.replace(issue, published=issue.date)
    site = dict(site_files(content, [public], news.templates))
    assert {f"{issue.page}{name}" for name in shown} <= set(site)
    assert not [name for name, data in site.items() if SECRET[:6] in data]
    again = pipeline.assemble(news.act(), W48)
    assert again.outcome == "unchanged"


def test_what_pictures_were_converted_to_is_kept_below_var_and_may_go(news: MemoryApp) -> None:
    def kept() -> list[Path]:
        return sorted(path for path in (news.folder / "var/images").rglob("*") if path.is_file())

    pipeline.check(news.act())
    before = kept()
    assert len(before) == 2
    for path in before:
        path.unlink()
    pipeline.check(news.act())
    assert kept() == before
