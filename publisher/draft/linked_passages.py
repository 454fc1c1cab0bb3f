"""Which earlier passages each passage links to: editors who link say what belongs together, and the search learns it. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from publisher.draft.items import terms_of
from publisher.draft.own_links import Known, Linked
from publisher.issue import Passage
from publisher.ports import Content

_ANCHOR_OF: Final = 120
"""Characters at a passage's beginning that an anchor may be made of."""


def linked_passages(passages: Iterable[Passage], content: Content) -> dict[str, tuple[str, ...]]:
    """Return, by id, the passages of earlier issues that a passage's own words link to.

    A link to a section or to an anchor means the passage there that has most in common with the one that links; a link to an
    issue, or to an anchor that nothing is called by, means the one of the whole issue.
    """
    of_issue: defaultdict[int, list[Passage]] = defaultdict(list)
    linking = []
    for passage in passages:
        of_issue[passage.issue].append(passage)
        if passage.links:
            linking.append(passage)
    known = Known.of(content)
    places = _Places(of_issue, content.publication.language)
    found = {one.id: tuple(dict.fromkeys(_targets(one, known, places))) for one in linking}
    return {id_: targets for id_, targets in found.items() if targets}


def _targets(passage: Passage, known: Known, places: _Places) -> Iterator[str]:
    for address in passage.links:
        linked = known.issue_at(address)
        if linked and linked.issue != passage.issue and (target := places.nearest(linked, passage)):
            yield target.id


class _Places:
    """Passages by issue, and by what an anchor may call them."""

    def __init__(self, of_issue: Mapping[int, Sequence[Passage]], language: str) -> None:
        self._of_issue = of_issue
        self._language = language
        self._anchors: dict[str, tuple[str, ...]] = {}

    def nearest(self, linked: Linked, passage: Passage) -> Passage | None:
        """Return the passage that a link means, None when its issue has none."""
        there = self._of_issue.get(linked.issue, ())
        called = [one for one in there if linked.section and self._is_called(one, linked.section)]
        if len(called) == 1:
            return called[0]
        words = terms_of(passage.text, self._language)
        return max(
            called or there,
            key=lambda one: len(words & terms_of(f"{one.heading} {one.text}", self._language)),
            default=None,
        )

    def _is_called(self, passage: Passage, anchor: str) -> bool:
        if passage.section == anchor:
            return True
        if (anchors := self._anchors.get(passage.id)) is None:
            heading = passage.heading.rpartition(" / ")[2]
            anchors = self._anchors[passage.id] = (_anchor(heading), _anchor(passage.text[:_ANCHOR_OF]))
        return any(f"{one}-".startswith(f"{anchor}-") for one in anchors)


def _anchor(text: str) -> str:
    """Return what is often made of a title to link to it.

    >>> _anchor("LND #5447: éclair is next")
    'lnd-5447-eclair-is-next'
    """
    bare = unicodedata.normalize("NFKD", text).casefold()
    return re.sub(r"[^\w]+", "-", re.sub(r"[\u0300-\u036f'’]", "", bare)).strip("-")
