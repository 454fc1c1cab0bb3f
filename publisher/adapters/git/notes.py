"""What is remembered between two rounds, in .git/pressroom: what was refused, what fails, what was told.

Nothing of it is needed to go on: without it, the editors may be told once more.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from publisher.adapters.files import replace_file

_STATE: Final = "state.json"
_MOST_TOLD: Final = 100


@dataclass(frozen=True, slots=True)
class Trouble:
    """What fails since when (ISO 8601, UTC), in words."""

    since: str
    words: str


class Why(StrEnum):
    """Why what came is not taken."""

    ERRORS = "errors"
    CONFLICT = "conflict"
    """Both sides changed the same files."""
    EDITED = "edited"
    """Somebody changed the same files in the service's folder, and did not commit that."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A commit of the remote's that the service does not take; `stays` is where it stays.

    `why` has the errors that `check` found in it, or the files that are in the way.
    """

    kind: Why
    commit: str
    stays: str
    why: tuple[str, ...]


@dataclass(slots=True)
class Notes:
    """How it stood at the end of the last round. `kept` is the branch on the remote that has our commits meanwhile."""

    fetched: str = ""
    refusal: Refusal | None = None
    kept: str = ""
    kept_commit: str = ""
    troubles: dict[str, Trouble] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def save(self, folder: Path) -> None:
        self.told = self.told[-_MOST_TOLD:]
        replace_file(folder / _STATE, json.dumps(asdict(self)).encode(), durable=False, private=True)


def notes_of(folder: Path) -> Notes:
    """Return what was noted; nothing where a note cannot be read."""
    try:
        told = json.loads((folder / _STATE).read_bytes())
        refusal = told.pop("refusal")
        troubles = {kind: Trouble(**trouble) for kind, trouble in told.pop("troubles").items()}
        why = Refusal(**{**refusal, "kind": Why(refusal["kind"]), "why": tuple(refusal["why"])}) if refusal else None
        return Notes(**told, refusal=why, troubles=troubles)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Notes()
