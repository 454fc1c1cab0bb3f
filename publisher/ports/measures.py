"""What a monitor is told of a publication: numbers under labels that are few, and nothing of any reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Measures:
    """Numbers as the database has them at one moment, so that all processes of a publication tell the same.

    `deliveries` and `answers` are of the latest issues only: (issue, state) and (issue, class of the server's last answer).
    `oldest` has for `deliveries` and each kind of other mail how many seconds the oldest has been due. `model_tokens` and
    `model_dollars` are of the calls since midnight (UTC); `model_calls` counts those by outcome.
    """

    deliveries: Mapping[tuple[int, str], int] = field(default_factory=dict)
    answers: Mapping[tuple[int, str], int] = field(default_factory=dict)
    oldest: Mapping[str, float] = field(default_factory=dict)
    waiting: Mapping[str, int] = field(default_factory=dict)
    returned: Mapping[tuple[str, str], int] = field(default_factory=dict)
    held: int = 0
    readers: Mapping[str, int] = field(default_factory=dict)
    model_calls: Mapping[str, int] = field(default_factory=dict)
    model_tokens: int = 0
    model_dollars: float = 0.0
