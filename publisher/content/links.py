"""Links as they work in git -> paths of the public site.

0003.md#concept           -> issues/3/#concept
../paths/backend.md       -> learn/backend/
../pages/about.md         -> about/, or where the learning path is that has it as a step
../concepts/golden.md     -> issues/11/#concept, once an issue has used the piece
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from publisher.content.learning_paths import homes
from publisher.content.used import Uses
from publisher.issue import Piece, PieceStatus
from publisher.ports import Content


class BrokenLinkError(Exception):
    """A relative link does not lead to a file of the publication; says how to fix it."""

    def __init__(self, what: str, fix: str) -> None:
        self.what, self.fix = what, fix
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class Links:
    """Every file of the publication that has an address.

    `sites` maps a path below content/ to one below the base URL; `anchors` holds an issue's section ids. `unread` are
    files that are there but could not be read: that is reported elsewhere, and a link to them is not a problem.
    `unused` are pieces that no issue has used yet, each with the other such pieces that may link to it: it can go out in
    the same issue as they do, or before. Whether it did is seen when the issue is there.
    """

    sites: Mapping[str, str]
    anchors: Mapping[str, frozenset[str]]
    unread: frozenset[str] = frozenset()
    unused: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def none(cls) -> Self:
        return cls({}, {})

    @classmethod
    def of(cls, content: Content) -> Self:
        uses = Uses(content.issues)
        went = {_file(piece): use for piece in content.pieces for use in uses.of(piece)[:1]}
        there = {_file(piece) for piece in content.pieces}
        sites = {file: f"{use.issue.page}#{use.section}" for file, use in went.items()}
        for issue in sorted(content.issues, key=lambda issue: issue.number):
            for section, piece in issue.pieces.items():
                if piece not in there:
                    sites.setdefault(piece, f"{issue.page}#{section}")
            sites[f"issues/{issue.number:04d}.md"] = issue.page
        sites |= {f"paths/{path.slug}.md": f"learn/{path.slug}/" for path in content.paths}
        steps = homes(content.paths)
        sites |= {f"pages/{page.slug}.md": steps.get(page.slug, f"{page.slug}/") for page in content.pages}
        anchors = {f"issues/{issue.number:04d}.md": frozenset(s.id for s in issue.sections) for issue in content.issues}
        unread = frozenset("/".join(problem.path.parts[-2:]) for problem in content.problems)
        waiting = [piece for piece in content.pieces if _file(piece) not in sites]
        unused = {
            _file(one): frozenset(_file(other) for other in waiting if _may_follow(other, one)) for one in waiting
        }
        return cls(sites, anchors, unread, unused)

    def resolve(self, target: str, origin: Path) -> str:
        """Return the site's path for a link in the file `origin` (below content/). Raises BrokenLinkError."""
        parts = urlsplit(target)
        start = "/".join(origin.parts[-2:-1])
        file = posixpath.normpath(posixpath.join(start, unquote(parts.path)))
        anchor = f"#{parts.fragment}" if parts.fragment else ""
        site = self.sites.get(file)
        if site is None:
            if file in self.unread or "/".join(origin.parts[-2:]) in self.unused.get(file, ()):
                return file
            raise self._missing(target, file)
        known = self.anchors.get(file)
        if anchor and known is not None and parts.fragment not in known:
            fix = f"its sections are {', '.join(sorted(known))}"
            raise BrokenLinkError(f"{target!r} names a section that the issue does not have", fix)
        return site if "#" in site else site + anchor

    def _missing(self, target: str, file: str) -> BrokenLinkError:
        if file in self.unused:
            what = f"the link {target!r} leads to a piece that no issue has used yet, so it has no address"
            fix = "let it go out in the same issue or before, as its `status` and `week` say, or remove the link"
            return BrokenLinkError(what, fix)
        if re.match(r"[a-z-]+/", file) and file.endswith(".md"):
            fix = f"fix the path: there is no content/{file}"
        else:
            fix = "link to a Markdown file such as ../issues/0003.md#concept, or to an https address"
        return BrokenLinkError(f"the link {target!r} does not lead to a file", fix)


def _file(piece: Piece) -> str:
    """Return how links name a piece: its path below content/."""
    return "/".join(piece.path.parts[-2:])


def _may_follow(piece: Piece, other: Piece) -> bool:
    """Whether `other` can be out when `piece` is, so that a link to it leads somewhere. Neither was used yet."""
    if other.status is PieceStatus.DRAFT and piece.status is not PieceStatus.DRAFT:
        return False
    if piece.week and other.week and piece.week != other.week:
        return other.week < piece.week
    if piece.section != other.section:
        return True
    return piece.week is None and other.week is None and (other.added, other.slug) < (piece.added, piece.slug)
