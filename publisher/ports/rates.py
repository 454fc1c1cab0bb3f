"""How fast mail may leave, in all processes together."""

from __future__ import annotations

from typing import Protocol


class Rates(Protocol):
    """Moments at which mail may leave, in a row for each limit, by its name. Each moment is given out once."""

    def take(self, name: str, interval: float, count: int, within: float) -> float:
        """Take the next `count` moments, `interval` seconds apart, if the first comes `within` so many seconds.

        Returns how many seconds away that first moment is: not above `within` if they were taken.
        """
        ...
