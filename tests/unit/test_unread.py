"""Which files below content/ look like pieces and are never read."""

from __future__ import annotations

from pathlib import Path

from publisher.content.unread import unread
from publisher.publication import OWN_FOLDERS


def test_no_folder_that_is_read_is_warned_of_and_every_other_is() -> None:
    read = [Path(f"content/{folder}/0011-1.md") for folder in (*OWN_FOLDERS, "concepts")]
    other = Path("content/concept/new.md")
    assert [problem.path for problem in unread([*read, other], ["concepts"])] == [other]


def test_what_the_publication_reads_is_never_said_to_be_unread() -> None:
    files = ("concepts/a.md", "issues/0001.md", "corrections/0001-1.md", "paths/a.md", "pages/about.md")
    assert list(unread([Path("content") / file for file in files], ["concepts"])) == []
    (problem,) = unread([Path("content/correction/0001-1.md")], ["concepts"])
    assert problem.fix.startswith("move it into content/corrections")
