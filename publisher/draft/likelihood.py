"""How likely it is that an editor would link an item of the week to a past passage. Pure.

A logistic regression over what the editors of a real newsletter linked to (docs/decisions/0061): its six figures were fitted to
sixty of its issues, and rounded.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Final

from publisher.ports import Hit, Item

BASE: Final = 1.0
RIVAL: Final = -2.15
"""For how near the best passage of another issue comes: what many have said alike, nobody is cited for."""
AGE: Final = -0.55
"""For the logarithm of the weeks that have passed: stories go on."""
REFERENCE: Final = 2.0
"""Where both name the same thing by its number, such as a change (#880)."""
COVERED: Final = 0.7
"""For the share of the item's words that the passage has, weighed by their rarity."""
SHARED: Final = 0.24
"""For the weight of these words, in those of the rarest word; at most MOST_SHARED."""
MOST_SHARED: Final = 8.0

_REFERENCE = re.compile(r"(?<![\w&])#\d{2,}\b")


def likelihood(item: Item, hit: Hit, shared: frozenset[str], rarest: float, day: dt.date | None) -> float:
    """Return it from 0 to 1. `shared` are the terms that both have, `rarest` is the weight of the rarest term of all items."""
    weight = math.fsum(item.terms[term] for term in shared)
    others = max((one.score for one in item.hits if one.passage.issue != hit.passage.issue), default=0.0)
    rival = others / hit.score if hit.score > 0 else 1.0
    weeks = max(1.0, (day - hit.passage.date).days / 7) if day is not None else 1.0
    return 1 / (
        1
        + math.exp(
            -BASE
            - RIVAL * min(rival, 1.5)
            - AGE * math.log(weeks)
            - REFERENCE * (not references(item.text).isdisjoint(references(hit.passage.text)))
            - COVERED * weight / (math.fsum(item.terms.values()) or 1.0)
            - SHARED * min(weight / rarest, MOST_SHARED)
        )
    )


def references(text: str) -> frozenset[str]:
    """Return what a text names by its number.

    >>> sorted(references("BOLTs #880 came before #7 and LND #5108."))
    ['#5108', '#880']
    """
    return frozenset(_REFERENCE.findall(text))
