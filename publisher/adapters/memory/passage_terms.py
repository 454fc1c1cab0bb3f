"""What the search keeps of passages, in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping


class MemoryPassageTerms:
    """Implements ports.PassageTerms."""

    def __init__(self) -> None:
        self._terms: dict[str, str] = {}

    def read(self) -> Mapping[str, str]:
        return dict(self._terms)

    def write(self, made: Mapping[str, str], gone: Collection[str]) -> None:
        self._terms = {hash_: terms for hash_, terms in {**made, **self._terms}.items() if hash_ not in gone}
