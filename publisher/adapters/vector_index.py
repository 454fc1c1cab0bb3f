"""Makes the vectors of past issues that are not kept yet, and a search by words and vectors from all of them.

As long as one is missing, or the model gives no answer, words alone are searched, and the retriever says why. What was
made is kept at once, batch by batch: whoever is interrupted, or has no time left, goes on from there the next time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from publisher.draft.embedded import CUTTER, text_hash, texts_of
from publisher.errors import ModelUnavailable
from publisher.issue import Passage
from publisher.ports import Embedder, PassageVectors, Retriever, VectorKind, VectorRetriever

if TYPE_CHECKING:  # numpy is slow to import
    import datetime as dt

    from publisher.draft.hybrid import EmbeddedPassages
    from publisher.ports.vectors import Vector

BATCH: Final = 32
"""Texts whose vectors are written at once."""
BATCH_SECONDS: Final = 60.0
QUERY_SECONDS: Final = 30.0
DRAFT_SECONDS: Final = 60.0
"""How long a draft waits for vectors in all: a look at the model, what is missing, and its queries. `pressroom vectors`
waits as long as it takes."""
REST: Final = 60.0
"""Seconds after a failure in which nothing is asked."""
ALIKE: Final = 0.9
"""The cosine of two vectors that one model makes of one text, at least; other models' are far below."""

Tell = Callable[[int, int], None]
"""Is told how much is done, and of how much."""


@dataclass(frozen=True, slots=True)
class VectorsMade:
    """What there is now: the model, how many texts have a vector, how many were made, and whether all were made anew."""

    model: str
    texts: int
    made: int
    anew: bool


@dataclass(frozen=True, slots=True)
class _Made:
    """What the last search was made of, the words that it is of, and a text's vector as it was then; none of an empty archive."""

    words: Retriever
    passages: EmbeddedPassages
    sample: Sequence[tuple[str, Vector | None]]


class _Patience:
    """How long one act still waits for vectors."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._left = DRAFT_SECONDS

    @contextmanager
    def waiting(self) -> Iterator[float]:
        """Give the time at which the act has waited long enough, and count what is waited until the block ends."""
        begun = self._monotonic()
        try:
            yield begun + self._left
        finally:
            self._left -= self._monotonic() - begun


class VectorIndex:
    """Makes a retriever for each act, and keeps what the last one was made of. Safe to use from several threads."""

    def __init__(
        self, kept: PassageVectors, embedder: Embedder, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._kept = kept
        self._embedder = embedder
        self._kind = VectorKind(embedder.model, CUTTER)
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._last: _Made | None = None
        self._rests_until = 0.0
        self._why = ""

    def sync(self, passages: Sequence[Passage], words: Retriever) -> VectorRetriever:
        """Return a retriever of exactly these passages, of which `words` has the words. Raises DatabaseError."""
        from publisher.draft.hybrid import EmbeddedPassages, HybridRanking, WordsAlone, words_alone

        patience = _Patience(self._monotonic)
        ask = partial(self._vectors_of, patience)
        with self._lock:
            if self._last is not None and self._last.words is words and self._is_kept(self._last.sample):
                return HybridRanking(self._last.passages, ask)
            if self._monotonic() < self._rests_until:
                return WordsAlone(words, self._why)
            texts, first_said = _texts(passages)
            try:
                with patience.waiting() as until:
                    self._complete(texts, until)
            except ModelUnavailable as unavailable:
                self._rests_until, self._why = self._monotonic() + REST, words_alone(unavailable)
                return WordsAlone(words, self._why)
            embedded = EmbeddedPassages(words, passages, self._kept.nearest(self._kind, first_said))
            self._last = _Made(words, embedded, [(one, self._kept.read(self._kind, one)) for one in list(texts)[:1]])
            return HybridRanking(embedded, ask)

    def _is_kept(self, sample: Sequence[tuple[str, Vector | None]]) -> bool:
        """Return whether nobody has made the vectors anew since: those in memory would be another model's."""
        now = [(vector, self._kept.read(self._kind, hash_)) for hash_, vector in sample]
        return all(one is not None and other is not None and one.tolist() == other.tolist() for one, other in now)

    def make(self, passages: Sequence[Passage], tell: Tell) -> VectorsMade:
        """Make every vector that is missing; all of them if the model changed. Raises ModelUnavailable, DatabaseError."""
        texts, first_said = _texts(passages)
        with self._lock:
            made = self._complete(texts, None, tell, look=True)
            self._kept.nearest(self._kind, first_said)  # builds PostgreSQL's index, for which no draft has to wait then
        return made

    def _complete(
        self,
        texts: Mapping[str, str],
        until: float | None,
        tell: Tell = lambda _done, _total: None,
        *,
        look: bool = False,
    ) -> VectorsMade:
        """Make what is missing. Before anything new is put beside what is kept, the model is tried on a text of those."""
        known = self._kept.known(self._kind)
        old = next((hash_ for hash_ in texts if hash_ in known), None)
        missing = [hash_ for hash_ in texts if hash_ not in known]
        anew = len(set(known.values())) > 1
        if old is not None and not anew and (missing or look):
            anew = self._changed(texts[old], old, BATCH_SECONDS if until is None else until - self._monotonic())
        if anew:
            self._kept.drop(self._kind)
            self._last, known, missing = None, {}, list(texts)
        self._fill(texts, missing, next(iter(known.values()), 0), until, tell)
        if missing or look:
            self._kept.keep_only(self._kind)
        gone = known.keys() - texts.keys()
        # A search may be over some issues only. Another branch, or an issue unpublished for a minute, costs nothing.
        if look and len(gone) > len(texts):
            self._kept.drop(self._kind, gone)
        return VectorsMade(self._kind.model, len(texts), len(missing), anew)

    def _fill(
        self, texts: Mapping[str, str], missing: Sequence[str], dimension: int, until: float | None, tell: Tell
    ) -> None:
        done = len(texts) - len(missing)
        for start in range(0, len(missing), BATCH):
            tell(done + start, len(texts))
            left = BATCH_SECONDS if until is None else min(BATCH_SECONDS, until - self._monotonic())
            if left <= 0:
                raise ModelUnavailable(
                    f"{done + start:,} of {len(texts):,} are made; `pressroom vectors` makes the rest"
                )
            part = missing[start : start + BATCH]
            vectors = self._units(self._embedder.passages([texts[hash_] for hash_ in part], seconds=left), len(part))
            dimension = dimension or len(vectors[0])
            if len(vectors[0]) != dimension:
                raise ModelUnavailable(f"{self._kind.model} made {len(vectors[0])} numbers of a text after {dimension}")
            self._kept.write(self._kind, dict(zip(part, vectors, strict=True)))
        tell(len(texts), len(texts))

    def _changed(self, text: str, hash_: str, seconds: float) -> bool:
        """Return whether the model makes something else of a text than what is kept of it."""
        kept = self._kept.read(self._kind, hash_)
        vector = self._units(self._embedder.passages([text], seconds=seconds), 1)[0]
        return kept is None or len(vector) != len(kept) or float(vector @ kept) < ALIKE

    def _vectors_of(self, patience: _Patience, queries: Sequence[str]) -> Mapping[str, Vector]:
        with patience.waiting() as until:
            left = min(QUERY_SECONDS, until - self._monotonic())
            if left <= 0:
                raise ModelUnavailable(f"the {DRAFT_SECONDS:.0f} s that a draft waits for them are over")
            vectors = self._units(self._embedder.queries(queries, seconds=left), len(queries))
        kept = self._kept.dimension(self._kind) or len(vectors[0])
        if len(vectors[0]) != kept:
            raise ModelUnavailable(
                f"{self._kind.model} makes {len(vectors[0])} numbers of a text, and made {kept} before; run `pressroom vectors`"
            )
        return dict(zip(queries, vectors, strict=True))

    def _units(self, vectors: Sequence[Sequence[float]], count: int) -> list[Vector]:
        """Return vectors of length 1. Raises ModelUnavailable when they are not what was asked for."""
        from publisher.draft.hybrid import unit

        made = [one for one in map(unit, vectors) if one is not None]
        if len(made) != count or len({len(one) for one in made}) != 1:
            raise ModelUnavailable(f"{self._kind.model} did not make a vector of every text")
        return made


def _texts(passages: Sequence[Passage]) -> tuple[dict[str, str], dict[str, dt.date]]:
    """Return every text of the passages by its hash, and the day when it was first said."""
    texts: dict[str, str] = {}
    first_said: dict[str, dt.date] = {}
    for passage in passages:
        for text in texts_of(passage):
            hash_ = text_hash(text)
            texts[hash_] = text
            first_said[hash_] = min(passage.date, first_said.get(hash_, passage.date))
    return texts, first_said
