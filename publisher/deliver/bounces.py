"""What a bounce is worth beside the others of its issue (pure).

A server that refuses everybody at once, as a relay without its list of mailboxes does, or Gmail did for some hours in
December 2020, says something about itself. So when too many readers of one domain, or of all, bounce in the same way,
a hard bounce counts as a soft one, and a soft one does not count. If it was true, it comes again with the next issues.
"""

from __future__ import annotations

from dataclasses import dataclass

from subscribers import BounceKind

MANY = 10
"""Fewer bounces than this are never too many."""
SHARE = 1 / 3
"""More than this share of what was handed over is too many."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many deliveries bounced in the same way, of how many that were sent or failed."""

    bounced: int
    ended: int

    @property
    def too_many(self) -> bool:
        return self.bounced >= MANY and self.bounced > SHARE * self.ended


def worth(kind: BounceKind, *, doubted: bool) -> BounceKind | None:
    """Return as what a bounce counts; None if it does not. A complaint is a person's act, and always counts."""
    if not doubted or kind is BounceKind.COMPLAINT:
        return kind
    return BounceKind.SOFT if kind is BounceKind.HARD else None
