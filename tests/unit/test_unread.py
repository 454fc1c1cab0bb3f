"""Files below content/ that look like pieces and are never read."""

from __future__ import annotations

from pathlib import Path

from publisher.content.unread import unread


def test_what_the_publication_reads_is_never_said_to_be_unread() -> None:
    files = ("concepts/a.md", "issues/0001.md", "corrections/0001-1.md", "paths/a.md", "pages/about.md")
    assert list(unread([Path("content") / file for file in files], ["concepts"])) == []
    (problem,) = unread([Path("content/correction/0001-1.md")], ["concepts"])
    assert problem.fix.startswith("move it into content/corrections")
