"""The vectors of past issues, in memory."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from publisher.ports import Nearest, VectorKind

if TYPE_CHECKING:  # numpy is slow to import
    from publisher.ports.vectors import Vector


class MemoryPassageVectors:
    """Implements ports.PassageVectors."""

    def __init__(self) -> None:
        self._kept: defaultdict[VectorKind, dict[str, Vector]] = defaultdict(dict)

    def known(self, kind: VectorKind) -> Mapping[str, int]:
        return {hash_: len(vector) for hash_, vector in self._kept[kind].items()}

    def dimension(self, kind: VectorKind) -> int | None:
        return next((len(vector) for vector in self._kept[kind].values()), None)

    def read(self, kind: VectorKind, hash_: str) -> Vector | None:
        return self._kept[kind].get(hash_)

    def write(self, kind: VectorKind, made: Mapping[str, Vector]) -> None:
        self._kept[kind] = {**made, **self._kept[kind]}

    def drop(self, kind: VectorKind, gone: Collection[str] | None = None) -> None:
        kept = self._kept[kind]
        self._kept[kind] = {} if gone is None else {hash_: kept[hash_] for hash_ in kept.keys() - set(gone)}

    def keep_only(self, kind: VectorKind) -> None:
        self._kept = defaultdict(dict, {kind: self._kept[kind]})

    def nearest(self, kind: VectorKind, first_said: Mapping[str, dt.date]) -> Nearest:
        import numpy as np

        from publisher.draft.nearest import NearestOfAll

        vectors = np.array([self._kept[kind][hash_] for hash_ in first_said], np.float32)
        return NearestOfAll(list(first_said), list(first_said.values()), vectors)
