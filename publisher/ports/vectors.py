"""Vectors of past issues: texts whose vectors are near each other say something alike, also in other words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from publisher.ports.drafting import Retriever

if TYPE_CHECKING:  # numpy is slow to import, and most publications have no vectors
    import numpy as np
    import numpy.typing as npt

    Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class VectorKind:
    """What makes vectors comparable: the model that made them, and how texts were cut and written for it."""

    model: str
    cutter: str


class Embedder(Protocol):
    """Makes vectors of texts. Raises ModelUnavailable with a reason of a few words."""

    @property
    def model(self) -> str:
        """The model's name, by which vectors are kept."""
        ...

    def passages(self, texts: Sequence[str], *, seconds: float) -> Sequence[Sequence[float]]:
        """Return a vector for each text that is searched, in their order, within some `seconds`."""
        ...

    def queries(self, texts: Sequence[str], *, seconds: float) -> Sequence[Sequence[float]]:
        """Return a vector for each text that is searched for."""
        ...


class Nearest(Protocol):
    """Finds texts by their vectors."""

    def search(self, vector: Vector, *, before: dt.date, limit: int) -> Sequence[tuple[str, float]]:
        """Return (hash, cosine) of the texts that were said before a day, the nearest first.

        Later texts take no place of earlier ones: as many are found as were said before, up to `limit`.
        """
        ...


class PassageVectors(Protocol):
    """Keeps vectors of length 1, each by the hash of its text. Vectors of two kinds are never mixed."""

    def known(self, kind: VectorKind) -> Mapping[str, int]:
        """Return how many numbers the vector of each text has that has one of this kind."""
        ...

    def dimension(self, kind: VectorKind) -> int | None:
        """Return how many numbers vectors of this kind have, None without any. It reads one of them."""
        ...

    def read(self, kind: VectorKind, hash_: str) -> Vector | None:
        """Return one text's vector."""
        ...

    def write(self, kind: VectorKind, made: Mapping[str, Vector]) -> None:
        """Add vectors; those of a text that has one stay as they are."""
        ...

    def drop(self, kind: VectorKind, gone: Collection[str] | None = None) -> None:
        """Drop the vectors of some texts, or of all."""
        ...

    def keep_only(self, kind: VectorKind) -> None:
        """Drop the vectors of every other kind."""
        ...

    def nearest(self, kind: VectorKind, first_said: Mapping[str, dt.date]) -> Nearest:
        """Return a search of exactly these texts, each with the day when it was first said. All of them have vectors."""
        ...


@runtime_checkable
class VectorRetriever(Retriever, Protocol):
    """A retriever that compares vectors, too, as long as it gets them."""

    @property
    def shortfall(self) -> str:
        """Why only words are compared, in a few words; empty while vectors are."""
        ...

    def prepare(self, queries: Sequence[str]) -> None:
        """Be told what will be searched for: asking for all vectors at once takes one call."""
        ...
