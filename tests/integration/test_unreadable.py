"""A publication.toml that stays broken stops the week: the editors hear of it, by what it said before."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.errors import ContentError
from publisher.unreadable import LastReadable
from tests.office import parsed, text_of
from tests.publication import FakeClock, MemoryApp, example, variables


def test_the_editors_are_told_once_of_a_publication_toml_that_stays_broken(tmp_path: Path) -> None:
    clock, mail = FakeClock(), tmp_path / "mail"
    app = MemoryApp(example(tmp_path / "news"), clock, variables("smtp://127.0.0.1:9"), transport=f"file:{mail}")
    path = app.folder / "content" / "publication.toml"
    good = path.read_bytes()

    def look() -> int:
        """Look once, as `serve` does every half minute; return how many mails there are now."""
        try:
            act = app.act()
            assert act.content
            last.readable(act)
        except ContentError as error:
            last.unreadable(error, clock.now())
        return len(list(mail.glob("*.eml")))

    with app:
        first = app.act()
        assert first.content
        last = LastReadable(first)
        path.write_bytes(good + b"<<<<<<< HEAD\n")
        found = []
        for minutes in (0, 9, 2, 2, 60):
            clock.advance(minutes * 60)
            found.append(look())
        assert found == [0, 0, 2, 2, 2], "the two editors"
        said = text_of(parsed(next(mail.glob("*.eml")).read_bytes()))
        line = good.count(b"\n") + 1
        assert f"content/publication.toml:{line}: a mark of a git conflict" in " ".join(said.split())
        path.write_bytes(good)
        assert [look(), look()] == [4, 4], "that it is over"
        assert sum(b"can be read again" in file.read_bytes() for file in mail.glob("*.eml")) == 2
        path.write_bytes(good + b"[")
        with pytest.raises(ContentError):
            _ = app.act().content
        look()
        clock.advance(700)
        assert look() == 6
        path.write_bytes(good)
        assert look() == 8
