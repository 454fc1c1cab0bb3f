"""The search over past issues: what it needs of each passage is made once and kept; the ranking is made from that in memory."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from publisher.draft.chunks import hash_of, terms_of
from publisher.issue import Passage
from publisher.ports import PassageTerms, Retriever

if TYPE_CHECKING:  # numpy is slow to import
    from publisher.draft.ranking import PassageRanking


class PassageIndex:
    """Makes retrievers, the last of which it keeps: as long as no passage changes, it costs a hash of each to ask for one.

    Safe to use from several threads.
    """

    def __init__(self, kept: PassageTerms) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._last: tuple[str, PassageRanking] | None = None

    def sync(
        self, passages: Sequence[Passage], *, language: str, links: Mapping[str, Sequence[str]] | None = None
    ) -> Retriever:
        """Return a retriever of exactly these passages.

        `links` names, by id, the earlier passages that a passage's words link to. Raises DatabaseError.
        """
        from publisher.draft.ranking import PassageRanking

        hashes = [hash_of(passage, language) for passage in passages]
        revision = _revision(passages, hashes, links or {})
        with self._lock:
            if self._last is None or self._last[0] != revision:
                known = self._keep(passages, hashes, language)
                ranking = PassageRanking(passages, (known[hash_] for hash_ in hashes), language=language, links=links)
                self._last = revision, ranking
            return self._last[1]

    def _keep(self, passages: Sequence[Passage], hashes: Sequence[str], language: str) -> Mapping[str, str]:
        """Return the terms of every passage by its hash; make those that are new.

        Those of no passage are dropped when they are more than the others: an issue that is unpublished for a minute, or
        another branch, does not cost making them again.
        """
        known = self._kept.read()
        made = {
            hash_: terms_of(passage, language)
            for passage, hash_ in zip(passages, hashes, strict=True)
            if hash_ not in known
        }
        gone = known.keys() - set(hashes)
        gone = gone if len(gone) > len(set(hashes)) else set()
        if made or gone:
            self._kept.write(made, gone)
        return {**known, **made}


def _revision(passages: Sequence[Passage], hashes: Sequence[str], links: Mapping[str, Sequence[str]]) -> str:
    """Return a hash of everything that the ranking and its hits are made from."""
    found = hashlib.sha256()
    for passage, hash_ in zip(passages, hashes, strict=True):
        place = (
            passage.id,
            passage.issue,
            passage.date.isoformat(),
            passage.section,
            hash_,
            passage.codes,
            passage.links,
            *links.get(passage.id, ()),
        )
        found.update("\0".join(map(str, place)).encode())
        found.update(b"\0\0")
    return found.hexdigest()
