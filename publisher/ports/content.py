"""The editors' files, and what was read of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from publisher.errors import Problem
from publisher.issue import Correction, Issue, LearningPath, Page, Piece
from publisher.publication import Publication


@dataclass(frozen=True, slots=True)
class Text:
    """The Markdown of a file that cannot be used as it is; `line` is where `body` begins in the file."""

    path: Path
    line: int
    body: str


@dataclass(frozen=True, slots=True)
class ImageFile:
    """One file made of an editor's image: `kind` is png, jpg, gif or webp; `width` and `height` are its pixels."""

    kind: str
    width: int
    height: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ConvertedImage:
    """An editor's image as readers get it, upright, with nothing in it but the picture.

    It is shown at `width` by `height` pixels, or smaller where there is less space. `original` and the `smaller` ones are
    for pages, `mail` is for mail. `stilled` says that it moves on pages and not in mail, `see_through` that the page
    behind it shows.
    """

    width: int
    height: int
    original: ImageFile
    smaller: tuple[ImageFile, ...]
    mail: ImageFile
    stilled: bool = False
    see_through: bool = False


@dataclass(frozen=True, slots=True)
class UnusableImage:
    """A file that readers cannot be shown: what it is or has, and how to fix it."""

    what: str
    fix: str


Converted = ConvertedImage | UnusableImage

Convert = Callable[[bytes, str], Converted]
"""Makes what readers get of an image file; in mail it stands on paper of a colour such as #ffffff."""


def no_picture(_path: Path) -> None:
    """Return the image of a content that has none."""


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that content/ held at one reading: an act takes one and never reads again.

    Files that could not be read are only in `problems`. `unread` holds what was legible of those, so that one run of
    `check` finds what is wrong in their text too. `declared` says on which line of publication.toml a key stands, for
    those that name other files: `welcome.issues`. `picture` returns the bytes of an image below content/, the same ones
    however often it is asked, None when there is none; `convert` makes of them what readers get. `stamps` has the digest of each file, `hash` that of all of them:
    what is derived from a snapshot may be kept for as long as the hash is the same.
    """

    publication: Publication
    pieces: tuple[Piece, ...]
    issues: tuple[Issue, ...]
    paths: tuple[LearningPath, ...]
    pages: tuple[Page, ...]
    problems: tuple[Problem, ...]
    unread: tuple[Text, ...] = ()
    declared: Mapping[str, int] = field(default_factory=dict)
    picture: Callable[[Path], bytes | None] = field(default=no_picture, repr=False, compare=False)
    stamps: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    hash: str = ""
    convert: Convert | None = field(default=None, repr=False, compare=False)
    corrections: tuple[Correction, ...] = ()

    def issue(self, number: int) -> Issue | None:
        """Return the issue or the correction of this number."""
        return next((issue for issue in (*self.issues, *self.corrections) if issue.number == number), None)

    def corrections_of(self, number: int) -> tuple[Correction, ...]:
        """Return an issue's corrections, the first one first."""
        return tuple(one for one in self.corrections if one.corrects == number)


class ContentStore(Protocol):
    """The editors' files: content/ and what the editors keep beside it."""

    def read(self) -> Content:
        """Read all of content/. Raises ContentError when publication.toml itself cannot be used."""
        ...

    def write_issue(self, content: Content, number: int, text: str, *, expected: bytes | None) -> Content:
        """Write the file of an issue or a correction at once or not at all, and return the snapshot with it.

        `expected` is what the caller believes to be there (None: no file). Raises Refused when it is not.
        """
        ...

    def template(self, path: Path) -> bytes | None:
        """Return a file that new pieces are copies of, None when there is none; `path` begins with content/."""
        ...

    def write_piece(self, path: Path, text: str) -> None:
        """Write a new piece; `path` begins with content/. Raises Refused when there is a file of that name."""
        ...

    def write_draft(self, content: Content, path: Path, text: str) -> Content:
        """Write a new piece at once or not at all, and return the snapshot with it; `path` begins with content/.

        Raises Refused when there is a file of that name.
        """
        ...

    def rewrite_piece(self, path: Path, text: str, *, expected: bytes) -> None:
        """Write a piece's file anew; `path` begins with content/. Raises Refused when it is not what the caller expects."""
        ...

    def write_id(self, content: Content, piece: Piece) -> Content:
        """Write `id:` into a piece's front matter, and return the snapshot with this file in it.

        Raises Refused, ContentError or OSError when that cannot be; then the file is as it was.
        """
        ...

    def back_up(self, number: int) -> Path:
        """Copy an issue's file beside it (NNNN.md.bak, .bak2 ...) and return the copy's path."""
        ...
