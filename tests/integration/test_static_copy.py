"""A copy of the site that was interrupted anywhere is put right by the next one, and takes no file that is somebody else's."""

from __future__ import annotations

import gzip
import itertools
from pathlib import Path
from typing import Any

import pytest

from publisher.adapters import static_copy
from publisher.adapters.static_copy import RECORD, copy_site, refuse_unless_ours
from publisher.errors import Refused


def site_of(folder: Path, words: str) -> Path:
    for name in ("index.html", "a/index.html", "style.css"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{name} {words} " * 200, "utf-8")
    (folder / "small.txt").write_text(words, "utf-8")
    (folder / ".own-notes.json").write_text("{}", "utf-8")
    return folder


def files(folder: Path) -> dict[str, bytes]:
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: data for name, data in found.items() if not name.startswith(".")}


def assert_whole(out: Path, site: Path) -> None:
    there = files(out)
    texts = {name: data for name, data in there.items() if not name.endswith(".gz")}
    assert texts == files(site)
    for name, data in there.items():
        if name.endswith(".gz"):
            assert gzip.decompress(data) == texts[name.removesuffix(".gz")], name
    assert sum(name.endswith(".gz") for name in there) == 3


@pytest.mark.parametrize("first", [True, False])
def test_a_copy_that_dies_at_any_write_is_put_right(
    first: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = static_copy.replace_file
    for dies in itertools.count(1):
        site, out, writes = tmp_path / f"site{dies}", tmp_path / f"out{dies}", itertools.count(1)
        if not first:
            copy_site(site_of(site, "one"), out)
        site_of(site, "two")

        def dying(file: Path, data: bytes, *, dies: int = dies, writes: Any = writes, **how: Any) -> None:
            if next(writes) == dies:
                raise OSError(28, "No space left on device")
            real(file, data, **how)

        monkeypatch.setattr(static_copy, "replace_file", dying)
        try:
            copy_site(site, out)
        except OSError:
            died = True
        else:
            died = False
        monkeypatch.setattr(static_copy, "replace_file", real)
        for name, data in files(out).items():
            if not name.endswith(".gz") and f"{name}.gz" in files(out) and data == files(site)[name]:
                assert gzip.decompress(files(out)[f"{name}.gz"]) == data, "a new page with an old copy is never left"
        if (out / RECORD).exists():
            refuse_unless_ours(out, tmp_path / "publication", site)
        assert copy_site(site, out) == 7
        assert_whole(out, site)
        if not died:
            break
    assert dies > 8


def test_a_file_of_somebody_else_with_the_name_of_a_page_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    site, out = site_of(tmp_path / "site", "one"), tmp_path / "out"
    copy_site(site, out)
    (site / "robots.txt").write_text("User-agent: *", "utf-8")
    (out / "robots.txt").write_text("mine", "utf-8")
    (site / "index.html").write_text("new", "utf-8")
    before = files(out)
    with pytest.raises(
        Refused, match=r"robots\.txt is a file that no build made; move it away, or name another folder"
    ):
        copy_site(site, out)
    assert files(out) == before
    (out / "robots.txt").unlink()
    copy_site(site, out)
    assert files(out)["robots.txt"] == b"User-agent: *"
