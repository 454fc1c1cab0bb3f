"""Vectors from an endpoint, through the gateway, in batches."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from publisher.adapters.model import Gateway
from publisher.errors import ModelUnavailable
from publisher.ports import NO_LIMITS, Limits

BATCH: Final = 32
"""Texts of one request: 32 vectors of 4,096 numbers fit into the largest reply that is read."""
SHORTEST: Final = 100
"""Characters of a text that is cut because the model takes no longer one."""

_PREFIXES: Final = (
    ("e5", "query: ", "passage: "),
    ("nomic-embed", "search_query: ", "search_document: "),
)
"""What some models were trained to have before a query and before a text, by a part of their names between separators."""


@dataclass(frozen=True, slots=True)
class EndpointEmbedder:
    """Implements ports.Embedder. `model` is the name that the endpoint knows."""

    gateway: Gateway = field(repr=False)
    model: str
    limits: Limits = NO_LIMITS

    def passages(self, texts: Sequence[str], *, seconds: float) -> list[list[float]]:
        return self._asked([self._prefixes()[1] + text for text in texts], time.monotonic() + seconds)

    def queries(self, texts: Sequence[str], *, seconds: float) -> list[list[float]]:
        return self._asked([self._prefixes()[0] + text for text in texts], time.monotonic() + seconds)

    def _prefixes(self) -> tuple[str, str]:
        name = _between(self.model)
        return next(((query, text) for part, query, text in _PREFIXES if _between(part) in name), ("", ""))

    def _asked(self, texts: Sequence[str], until: float) -> list[list[float]]:
        """Ask for a batch at a time; what is too long for the model is asked for in halves, never as it was."""
        made: list[list[float]] = []
        for start in range(0, len(texts), BATCH):
            made += self._batch(texts[start : start + BATCH], until)
        return made

    def _batch(self, texts: Sequence[str], until: float) -> list[list[float]]:
        left = max(0.0, until - time.monotonic())
        try:
            return self.gateway.embed(texts, deadline_seconds=left, limits=self.limits).result
        except ModelUnavailable as unavailable:
            half = len(texts) // 2
            if not unavailable.too_long or (not half and len(texts[0]) < SHORTEST):
                raise
            if half:
                return self._batch(texts[:half], until) + self._batch(texts[half:], until)
            return self._batch([texts[0][: len(texts[0]) // 2]], until)


def _between(name: str) -> str:
    """Return a name's parts, with one space around each: "e5" is a part of "intfloat/E5-small", and none of "code5"."""
    parts = re.findall(r"[^\W_]+", name.casefold())
    return f" {' '.join(parts)} "
