"""Calls that are made again: the one place that says how often, and how long is waited in between.

stamina makes them; it is imported at the first call, for it takes longer than most verbs need.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from subscribers.database.errors import DatabaseCollided, DatabaseUnavailable

if TYPE_CHECKING:
    from stamina import RetryingCaller
    from stamina.instrumentation import RetryDetails

COLLISIONS = 5
"""How often a transaction is begun anew when somebody else wrote the same rows at the same moment."""

P = ParamSpec("P")
T = TypeVar("T")

_log = logging.getLogger(__name__)


def begun_anew(transaction: Callable[P, T], times: int = COLLISIONS) -> Callable[P, T]:
    """Let a function whose one transaction collided with another begin anew, almost at once: nothing of it was written.

    It raises DatabaseCollided when it collided once more than `times`.
    """

    @functools.wraps(transaction)
    def persistent(*args: P.args, **kwargs: P.kwargs) -> T:
        # A short random wait, so that two who collided do not meet again.
        again = _caller(times + 1, first=0.001, longest=0.05, base=2, jitter=0.005)
        return again(DatabaseCollided, transaction, *args, **kwargs)

    return persistent


def while_it_is_away(call: Callable[[], T]) -> T:
    """Make a call that may be repeated, and make it again after 0.1, 0.4, 1.6 and 4 seconds while the database is away.

    Raises DatabaseUnavailable when it stayed away.
    """
    return _caller(5, first=0.1, longest=4.0, base=4, jitter=0.0)(DatabaseUnavailable, call)


@functools.cache
def _caller(attempts: int, *, first: float, longest: float, base: float, jitter: float) -> RetryingCaller:
    """Return what calls up to `attempts` times; `first`, `longest` and `jitter` are seconds of waiting."""
    import stamina
    from stamina.instrumentation import set_on_retry_hooks

    set_on_retry_hooks([_tell])  # stamina's own hook would print its name on the terminal of whoever sends an issue
    return stamina.RetryingCaller(
        attempts=attempts, timeout=None, wait_initial=first, wait_max=longest, wait_jitter=jitter, wait_exp_base=base
    )


def _tell(details: RetryDetails) -> None:
    _log.info("%s; trying again in %.3f s", details.caused_by, details.wait_for)
