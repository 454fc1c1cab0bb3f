"""All figures on drafting as one table, comparable from run to run. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from publisher.evaluation.drafting import DraftingFigures
from publisher.evaluation.grounding import Figures
from publisher.evaluation.repeats import NEW, RepeatFigures
from publisher.evaluation.retrieval import RetrievalFigures

ALL_FOUND: Final = frozenset({"renamed"})
"""The kinds of repeats of which each has to be found."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A share from 0 to 1 of `tried` cases, and the least that it has to be, if there is one."""

    of: str
    name: str
    tried: int
    value: float
    at_least: float | None = None

    @property
    def key(self) -> str:
        return f"{self.of}: {self.name}"

    @property
    def holds(self) -> bool:
        """Whether no more cases are wrong than the least share allows; of few cases, one may be, unless all have to be right."""
        if self.at_least is None:
            return True
        allowed = math.ceil(round((1 - self.at_least) * self.tried, 6))
        return round((1 - self.value) * self.tried, 6) <= allowed


def of_retrieval(kinds: Mapping[str, RetrievalFigures]) -> Iterator[Figure]:
    for kind, found in kinds.items():
        yield Figure("retrieval", f"{kind}, nDCG@10", found.queries, found.ndcg)
        yield Figure("retrieval", f"{kind}, Recall@10", found.queries, found.recall)


def of_grounding(classes: tuple[Figures, ...]) -> Iterator[Figure]:
    for found in classes:
        yield Figure("grounding", found.kind, found.tried, found.right, found.at_least)


def of_drafting(found: DraftingFigures) -> Iterator[Figure]:
    if found.issues:
        yield Figure("drafting", "issues with a section", found.issues, found.drafted / found.issues)
    if found.claims:
        share = found.cited_as_editors_did / found.claims
        yield Figure("drafting", "sentences cite as editors did", found.claims, share)


def of_repeats(kinds: tuple[RepeatFigures, ...]) -> Iterator[Figure]:
    for found in kinds:
        if found.kind == NEW:
            yield Figure("repeats", "new texts are not old news", found.tried, 1 - found.old_news / found.tried, 1.0)
            continue
        least = 1.0 if found.kind in ALL_FOUND else None
        yield Figure("repeats", f"{found.kind}, old news", found.tried, found.old_news / found.tried, least)
        yield Figure("repeats", f"{found.kind}, related", found.tried, found.related / found.tried, least)


def of_gateway(as_declared: int, scenarios: int) -> Figure:
    return Figure("gateway", "scenarios as declared", scenarios, as_declared / scenarios, 1.0)
