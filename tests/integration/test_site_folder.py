"""The site's folder: changed files only, what is no longer made goes away, and nothing that is not ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.adapters.site import RECORD, SiteFolder


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != RECORD
    }


def test_files_are_written_into_folders_that_are_made(tmp_path: Path) -> None:
    site = SiteFolder(tmp_path / "var" / "site")
    assert site.write([("index.html", b"1"), ("issues/1/index.html", b"2")]) == 2
    assert tree(site.folder) == {"index.html": b"1", "issues/1/index.html": b"2"}


def test_a_file_that_did_not_change_is_not_touched(tmp_path: Path) -> None:
    site = SiteFolder(tmp_path)
    site.write([("a.html", b"1"), ("b.html", b"1")])
    before = {name: (tmp_path / name).stat().st_ino for name in ("a.html", "b.html")}
    site.write([("a.html", b"1"), ("b.html", b"2")])
    after = {name: (tmp_path / name).stat().st_ino for name in ("a.html", "b.html")}
    assert after["a.html"] == before["a.html"]
    assert after["b.html"] != before["b.html"]


def test_pages_that_are_no_longer_made_go_and_pictures_stay(tmp_path: Path) -> None:
    site = SiteFolder(tmp_path)
    site.write([("a.html", b"1"), ("b.html", b"1"), ("feed.xml", b"1"), ("b.png", b"1")])
    site.write([("a.html", b"1")])
    assert set(tree(tmp_path)) == {"a.html", "b.png"}
    site.write([("c.html", b"1")])
    assert set(tree(tmp_path)) == {"c.html", "b.png"}


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    (tmp_path / "robots.html").write_bytes(b"mine")
    site = SiteFolder(tmp_path)
    site.write([("a.html", b"1")])
    site.write([])
    assert tree(tmp_path) == {"robots.html": b"mine"}


@pytest.mark.parametrize("record", [b"", b"{", b"\xff", b"{}", b'["../outside.html", 3, "/etc/x.html"]'])
def test_a_broken_record_removes_nothing_and_is_mended(tmp_path: Path, record: bytes) -> None:
    outside = tmp_path / "outside.html"
    outside.write_bytes(b"mine")
    site = SiteFolder(tmp_path / "site")
    site.write([("a.html", b"1")])
    (site.folder / RECORD).write_bytes(record)
    site.write([("b.html", b"1")])
    assert outside.exists()
    site.write([])
    assert tree(site.folder) == {"a.html": b"1"}


@pytest.mark.parametrize("name", ["../a.html", "/a.html", "x/../../a.html"])
def test_no_file_is_written_outside(tmp_path: Path, name: str) -> None:
    with pytest.raises(AssertionError):
        SiteFolder(tmp_path / "site").write([(name, b"1")])
