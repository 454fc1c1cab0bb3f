"""Which issues took a piece. A file that was renamed or edited is still the same piece."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from publisher.issue import Issue, Piece


class Use(NamedTuple):
    """A section of an issue that a piece went into."""

    issue: Issue
    section: str


class Uses:
    """What the front matter of issues says of the pieces that they took.

    An issue that has `ids` knows a piece by its `id:`, or by the digest of what it said, in case the file lost that line.
    A file without `id:` also counts by its path, unless it was `added` after the issue and so is another piece under an
    old name. An issue of an older release has only paths.
    """

    def __init__(self, issues: Iterable[Issue]) -> None:
        self._by_id: dict[str, list[Use]] = defaultdict(list)
        self._by_path: dict[str, list[Use]] = defaultdict(list)
        for issue in sorted(issues, key=lambda issue: issue.number):
            for section, path in issue.pieces.items():
                self._by_path[path].append(Use(issue, section))
                if path in issue.ids:
                    self._by_id[issue.ids[path]].append(Use(issue, section))

    def of(self, piece: Piece) -> tuple[Use, ...]:
        """Return where a piece went, the earliest issue first."""
        path = piece.reference
        found = [*self._by_id.get(piece.identity, ()), *self._by_id.get(piece.digest, ())]
        found += [use for use in self._by_path.get(path, ()) if _by_path(piece, use.issue)]
        unique = {(use.issue.number, use.section): use for use in found}
        return tuple(unique[key] for key in sorted(unique))


def _by_path(piece: Piece, issue: Issue) -> bool:
    return piece.reference not in issue.ids or (piece.id is None and piece.added <= issue.date)


def piece_of(issue: Issue, section: str, pieces: Mapping[str, Piece]) -> Piece | None:
    """Return the piece that a section of an issue came from, None when there is none or it is gone.

    `pieces` has each under its path and its identity, as `named` returns them.
    """
    path = issue.pieces.get(section)
    if path is None:
        return None
    id_ = issue.ids.get(path)
    return (pieces.get(id_) if id_ else None) or pieces.get(path)


def named(pieces: Iterable[Piece]) -> dict[str, Piece]:
    """Return pieces by everything that an issue may call them: path, id, digest of the words."""
    found: dict[str, Piece] = {}
    for piece in pieces:
        for name in (piece.reference, piece.identity, piece.digest):
            found.setdefault(name, piece)
    return found
