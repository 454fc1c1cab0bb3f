"""A page knows what it is made from: what is built bit by bit is what would be built at once, and nothing else is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from publisher import pipeline
from publisher.adapters.site import RECORD, SiteFolder
from publisher.app import App
from publisher.render import reading
from publisher.render import site as site_pages
from publisher.resources import shipped
from tests.publication import example


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    folder = tmp_path / "news"
    example(folder)
    with App(folder, variables={}) as made:
        yield made


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != RECORD
    }


def pages(files: dict[str, bytes]) -> dict[str, bytes]:
    """Leave out pictures: those of an older state stay, for the sake of mail that shows them."""
    return {name: data for name, data in files.items() if not name.endswith((".png", ".jpg", ".gif"))}


def edit(path: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        file = folder / path
        text = file.read_text()
        assert old in text, (path, old)
        file.write_text(text.replace(old, new))

    return change


def own_template(folder: Path) -> None:
    (folder / "templates" / "web").mkdir(parents=True)
    text = (shipped("templates") / "web" / "promise.html").read_text()
    (folder / "templates" / "web" / "promise.html").write_text(text + "And more.")


EDITS: list[tuple[Callable[[Path], None], int]] = [
    (edit("content/issues/0003.md", "\n\n", "\n\nOne more paragraph.\n\n"), 1),
    (edit("content/issues/0002.md", "title: ", "title: A better "), 10),
    (edit("content/pages/about.md", "\n\n", "\n\nWe said more.\n\n"), 0),
    (edit("content/publication.toml", 'name = "', 'name = "The '), 10),
    (own_template, 10),
    (lambda folder: (folder / "content" / "issues" / "0010.md").unlink(), 9),
    (lambda folder: (folder / "content" / "concepts" / "new.md").write_text("broken"), 9),
]


def test_a_site_that_is_built_edit_by_edit_is_the_site_that_is_built_at_once(
    app: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    read: list[int] = []
    original = reading.read

    def counted(issue, content):  # type: ignore[no-untyped-def]
        read.append(issue.number)
        return original(issue, content)

    monkeypatch.setattr(site_pages, "read", counted)
    files = pipeline.publish(app.act())
    assert files == len(tree(app.site_folder))
    for number, (change, least) in enumerate(EDITS):
        change(app.folder)
        read.clear()
        pipeline.publish(app.act())
        assert len(read) >= least, (number, read)
        act, fresh = app.act(), SiteFolder(tmp_path / f"fresh{number}")
        public = [issue for issue in act.content.issues if issue.published]
        fresh.write(site_pages.site_parts(act.content, public, act.templates))
        assert pages(tree(app.site_folder)) == pages(tree(fresh.folder)), number
    read.clear()
    pipeline.publish(app.act())
    assert read == []  # nothing changed, so no issue was even parsed: as when a step of a course goes out
    pipeline.publish(app.act(), everything=True)
    assert len(read) == len([issue for issue in app.act().content.issues if issue.published])
