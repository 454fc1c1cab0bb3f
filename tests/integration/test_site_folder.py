"""The site's folder: changed files only, what is no longer made goes away, and nothing that is not ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.adapters.site import RECORD, SiteFolder
from publisher.ports import MAKE_AGAIN, SitePart


def parts(*files: tuple[str, bytes]) -> list[SitePart]:
    """Return one part for each file, made from its bytes."""
    return [SitePart(file[0], repr(file[1]), lambda file=file: iter([file])) for file in files]  # type: ignore[misc]


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != RECORD
    }


def test_files_are_written_into_folders_that_are_made(tmp_path: Path) -> None:
    site = SiteFolder(tmp_path / "var" / "site")
    assert site.write(parts(("index.html", b"1"), ("issues/1/index.html", b"2"))) == 2
    assert tree(site.folder) == {"index.html": b"1", "issues/1/index.html": b"2"}


def test_a_file_that_did_not_change_is_not_touched(tmp_path: Path) -> None:
    site = SiteFolder(tmp_path)
    site.write(parts(("a.html", b"1"), ("b.html", b"1")))
    before = {name: (tmp_path / name).stat().st_ino for name in ("a.html", "b.html")}
    site.write(parts(("a.html", b"1"), ("b.html", b"2")))
    after = {name: (tmp_path / name).stat().st_ino for name in ("a.html", "b.html")}
    assert after["a.html"] == before["a.html"]
    assert after["b.html"] != before["b.html"]


def test_pages_that_are_no_longer_made_go_and_pictures_stay(tmp_path: Path) -> None:
    site = SiteFolder(tmp_path)
    site.write(parts(("a.html", b"1"), ("b.html", b"1"), ("feed.xml", b"1"), ("b.png", b"1")))
    site.write(parts(("a.html", b"1")))
    assert set(tree(tmp_path)) == {"a.html", "b.png"}
    site.write(parts(("c.html", b"1")))
    assert set(tree(tmp_path)) == {"c.html", "b.png"}


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    (tmp_path / "robots.html").write_bytes(b"mine")
    site = SiteFolder(tmp_path)
    site.write(parts(("a.html", b"1")))
    site.write(parts())
    assert tree(tmp_path) == {"robots.html": b"mine"}


@pytest.mark.parametrize("record", [b"", b"{", b"\xff", b"{}", b'["../outside.html", 3, "/etc/x.html"]'])
def test_a_broken_record_removes_nothing_and_is_mended(tmp_path: Path, record: bytes) -> None:
    outside = tmp_path / "outside.html"
    outside.write_bytes(b"mine")
    site = SiteFolder(tmp_path / "site")
    site.write(parts(("a.html", b"1")))
    (site.folder / RECORD).write_bytes(record)
    site.write(parts(("b.html", b"1")))
    assert outside.exists()
    site.write(parts())
    assert tree(site.folder) == {"a.html": b"1"}


@pytest.mark.parametrize("name", ["../a.html", "/a.html", "x/../../a.html"])
def test_no_file_is_written_outside(tmp_path: Path, name: str) -> None:
    with pytest.raises(AssertionError):
        SiteFolder(tmp_path / "site").write(parts((name, b"1")))


def test_a_part_that_is_made_from_the_same_is_not_made_again_unless_its_file_is_not_as_it_was_written(
    tmp_path: Path,
) -> None:
    made: list[str] = []

    def part(name: str, made_from: str) -> SitePart:
        def make() -> Iterator[tuple[str, bytes]]:
            made.append(name)
            yield name, made_from.encode()

        return SitePart(name, made_from, make)

    site = SiteFolder(tmp_path)
    assert site.write([part("a.html", "1"), part("b.html", "1")]) == 2
    assert SiteFolder(tmp_path).write([part("a.html", "1"), part("b.html", "2")]) == 2
    assert made == ["a.html", "b.html", "b.html"]
    (tmp_path / "a.html").unlink()
    site.write([part("a.html", "1"), part("b.html", "2")])
    assert made[3:] == ["a.html"]
    (tmp_path / "b.html").write_bytes(b"somebody else's")
    site.write([part("a.html", "1"), part("b.html", "2")])
    assert made[4:] == ["b.html"]
    assert tree(tmp_path) == {"a.html": b"1", "b.html": b"2"}


def test_another_program_makes_everything_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def make(name: str) -> Iterator[tuple[str, bytes]]:
        made.append(name)
        yield name, b"1"

    def both() -> list[SitePart]:
        return [SitePart("a.html", "1", lambda: make("a.html")), SitePart("b.html", "1", lambda: make("b.html"))]

    site = SiteFolder(tmp_path)
    site.write(both())
    site.write(both())
    assert made == ["a.html", "b.html"]
    monkeypatch.setattr("publisher.adapters.site.program_digest", lambda: "the next release")
    site.write(both())
    assert made[2:] == ["a.html", "b.html"]


def test_a_part_that_asks_for_it_is_always_made_again(tmp_path: Path) -> None:
    made: list[bytes] = []

    def make() -> Iterator[tuple[str, bytes]]:
        made.append(b"1")
        yield "a.html", b"1"

    for _ in range(2):
        SiteFolder(tmp_path).write([SitePart("a.html", "1", make, lambda: [MAKE_AGAIN])])
    assert len(made) == 2


def test_a_part_is_made_again_when_an_answer_to_what_it_asked_is_another(tmp_path: Path) -> None:
    made: list[str] = []

    def part(answer: str) -> SitePart:
        def make() -> Iterator[tuple[str, bytes]]:
            made.append(answer)
            yield "a.html", answer.encode()

        return SitePart(
            "a.html", "1", make, lambda: [("link", "b.md")], lambda questions: f"{list(questions)} {answer}"
        )

    site = SiteFolder(tmp_path)
    for answer in ("b/", "b/", "c/"):
        site.write([part(answer)])
    assert made == ["b/", "c/"]


def test_what_is_kept_stays_and_is_made_again_afterwards(tmp_path: Path) -> None:
    site = SiteFolder(tmp_path)
    site.write([SitePart("issues/1/", "1", lambda: iter([("issues/1/index.html", b"1")]))])
    site.write([SitePart("issues/1/", "2", lambda: iter([("issues/1/index.html", b"2")]))], keep=["issues/1/"])
    assert tree(tmp_path) == {"issues/1/index.html": b"1"}
    site.write([SitePart("issues/1/", "2", lambda: iter([("issues/1/index.html", b"2")]))])
    assert tree(tmp_path) == {"issues/1/index.html": b"2"}


def test_the_records_of_earlier_releases_are_read(tmp_path: Path) -> None:
    (tmp_path / "old.html").write_bytes(b"ours")
    (tmp_path / "older.html").write_bytes(b"ours")
    (tmp_path / "left.html").write_bytes(b"ours")
    for record in ('["older.html"]', '{"old/": ["a digest", "old.html"], "": ["", "left.html"]}'):
        (tmp_path / RECORD).write_text(record)
        SiteFolder(tmp_path).write(parts(("a.html", b"1")))
    assert tree(tmp_path) == {"a.html": b"1"}
