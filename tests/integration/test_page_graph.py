"""A page knows what it is made from: what is built bit by bit is what would be built at once, and nothing else is made."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher import pipeline
from publisher.adapters.site import RECORD, SiteFolder
from publisher.app import App
from publisher.render import reading
from publisher.resources import shipped
from publisher.site import site_parts
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
    return {name: data for name, data in files.items() if not name.endswith((".png", ".jpg", ".gif", ".webp"))}


def built_at_once(app: App, folder: Path) -> dict[str, bytes]:
    """Return what the site of today's content is, made by a process that has read nothing before, without a record."""
    with App(app.folder, variables={}) as other:
        act, fresh = other.act(), SiteFolder(folder)
        public = [issue for issue in act.content.issues if issue.published]
        fresh.write(site_parts(act.content, public, act.templates))
    return tree(folder)


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


EDITS: list[tuple[Callable[[Path], None], set[int]]] = [
    (edit("content/issues/0003.md", "\n\n", "\n\nOne more paragraph.\n\n"), {3}),
    (edit("content/pages/about.md", "\n\n", "\n\nWe said more.\n\n"), set()),
    (edit("content/publication.toml", 'name = "', 'name = "The '), set(range(1, 11))),
    (own_template, set(range(1, 11))),
]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the issues that are parsed."""
    numbers: list[int] = []
    original = reading.read

    def counted(issue, *others):  # type: ignore[no-untyped-def]
        numbers.append(issue.number)
        return original(issue, *others)

    monkeypatch.setattr("publisher.site.pages.read", counted)
    monkeypatch.setattr("publisher.site.feed.NEWEST", 3)
    return numbers


def test_only_pages_that_would_differ_are_made(app: App, read: list[int], tmp_path: Path) -> None:
    files = pipeline.publish(app.act())
    assert files == len(tree(app.site_folder))
    last = max(read)
    for number, (change, expected) in enumerate(EDITS):
        change(app.folder)
        read.clear()
        pipeline.publish(app.act())
        assert set(read) - {last} == expected - {last}, number
        assert pages(tree(app.site_folder)) == pages(built_at_once(app, tmp_path / f"fresh{number}")), number
    read.clear()
    pipeline.publish(app.act())
    assert read == []  # nothing changed, so no issue was even parsed: as when a step of a course goes out


def test_a_title_changes_the_pages_that_show_it_and_no_other(app: App, read: list[int]) -> None:
    pipeline.publish(app.act())
    last = max(read)
    before = {path: path.stat().st_mtime_ns for path in app.site_folder.rglob("index.html")}
    read.clear()
    edit("content/issues/0002.md", "title: ", "title: A better ")(app.folder)
    pipeline.publish(app.act())
    assert {1, 2, 3} <= set(read)
    assert len(set(read)) < last
    changed = {path for path, time in before.items() if path.stat().st_mtime_ns != time}
    assert changed == {path for path in before if "A better" in path.read_text()}


def test_a_page_with_a_diagram_that_cannot_be_drawn_here_is_made_again_each_time(app: App, read: list[int]) -> None:
    insert("content/issues/0003.md", "```mermaid\nno diagram\n```")(app.folder)
    pipeline.publish(app.act())
    read.clear()
    pipeline.publish(app.act())
    assert set(read) == {3}  # by its page, and by those that show something of it


TEXTS = [
    "One more paragraph.", "[A link](0002.md)", "[Its part](0002.md#concept)", "[A piece](../concepts/new.md)",
    "[A page](../pages/about.md)", "[Nowhere](0099.md)", "![A picture](../img/p.png)", "```python\nx = 1\n```",
]  # fmt: skip
ISSUES = [f"content/issues/{number:04d}.md" for number in (1, 2, 3, 9, 10)]


def insert(path: str, text: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        file = folder / path
        if file.exists():
            head, mark, body = file.read_text().partition("\n---\n")
            file.write_text(f"{head}{mark}\n{text}\n{body}")

    return change


def retitle(path: str, title: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        file = folder / path
        if file.exists():
            lines = file.read_text().split("\n")
            file.write_text("\n".join(f"title: {title}" if line.startswith("title: ") else line for line in lines))

    return change


def remove(path: str) -> Callable[[Path], None]:
    return lambda folder: (folder / path).unlink(missing_ok=True)


def rename(path: str, other: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        if (folder / path).exists():
            (folder / path).rename(folder / other)

    return change


def restore(path: str) -> Callable[[Path], None]:
    return lambda folder: shutil.copy(shipped("content").parent / path, folder / path) and None


def picture(red: int) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        from PIL import Image

        (folder / "content" / "img").mkdir(exist_ok=True)
        Image.new("RGB", (30, 20), (red, 0, 0)).save(folder / "content" / "img" / "p.png")

    return change


def link_picture(folder: Path) -> None:
    file = folder / "content" / "img" / "p.png"
    file.unlink(missing_ok=True)  # it may be a link already
    picture(7)(folder)
    file.replace(file.with_name("q.png"))
    file.symlink_to("q.png")


def template(words: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / "templates" / "web").mkdir(parents=True, exist_ok=True)
        text = (shipped("templates") / "web" / "promise.html").read_text()
        (folder / "templates" / "web" / "promise.html").write_text(text + words)

    return change


def name(words: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        file = folder / "content" / "publication.toml"
        lines = file.read_text().split("\n")
        file.write_text("\n".join(f'tagline = "{words}"' if line.startswith("tagline = ") else line for line in lines))

    return change


def piece(text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / "content" / "concepts" / "new.md").write_text(text) and None


def spoil(page: str) -> Callable[[Path], None]:
    """Somebody else writes or removes a page of the site."""

    def change(folder: Path) -> None:
        file = folder / "var" / "site" / page
        if file.exists():
            file.unlink() if len(page) % 2 else file.write_text("spoilt")

    return change


CHANGES = st.one_of(
    st.builds(insert, st.sampled_from([*ISSUES, "content/pages/about.md"]), st.sampled_from(TEXTS)),
    st.builds(retitle, st.sampled_from([*ISSUES, "content/pages/about.md"]), st.sampled_from(["Another title", "A third"])),
    st.builds(remove, st.sampled_from([*ISSUES, "content/pages/about.md", "content/img/p.png", "content/concepts/new.md"])),
    st.builds(restore, st.sampled_from([*ISSUES, "content/pages/about.md"])),
    st.builds(rename, st.just("content/pages/about.md"), st.sampled_from(["content/pages/us.md", "content/pages/about.md.x"])),
    st.builds(rename, st.sampled_from(ISSUES), st.sampled_from(ISSUES)),
    st.builds(picture, st.integers(1, 3)),
    st.just(link_picture),
    st.builds(template, st.sampled_from(["", "And more.", "{{ publication.name }}"])),
    st.builds(name, st.sampled_from(["Words", "Other words"])),
    st.builds(piece, st.sampled_from(["broken", "---\ntitle: T\nsummary: S\n---\n\nWords.\n"])),
    st.builds(spoil, st.sampled_from(["index.html", "issues/3/index.html", "feed.xml", "about/index.html"])),
)  # fmt: skip


@contextmanager
def small_publication() -> Iterator[App]:
    """The example with five issues and a diagram: small enough to be built a hundred times."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "news"
        example(folder)
        for file in (folder / "content" / "issues").glob("*.md"):
            if f"content/issues/{file.name}" not in ISSUES:
                file.unlink()
            elif file.name != "0003.md":
                file.write_text(file.read_text().replace("```mermaid", "```text"))
        with App(folder, variables={}) as app:
            yield app


@pytest.mark.timeout(300)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(CHANGES, min_size=1, max_size=3), min_size=1, max_size=4))
def test_a_site_that_is_built_edit_by_edit_is_the_site_that_is_built_at_once(
    rounds: list[list[Callable[[Path], None]]],
) -> None:
    with small_publication() as app:
        pipeline.publish(app.act())
        for number, changes in enumerate(rounds):
            for change in changes:
                change(app.folder)
            pipeline.publish(app.act())
            whole = built_at_once(app, app.folder / f"fresh{number}")
            built = tree(app.site_folder)
            assert pages(built) == pages(whole)
            assert {name: built.get(name) for name in whole} == whole
