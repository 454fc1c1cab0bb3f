"""Retries: the only place that says how often a call is repeated, and how long to wait in between.

stamina does the work; it is imported at the first call, because importing it takes longer than most verbs do.
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
"""How often a transaction is repeated when another process wrote the same rows at the same time."""

P = ParamSpec("P")
T = TypeVar("T")

_log = logging.getLogger(__name__)


def begun_anew(transaction: Callable[P, T], times: int = COLLISIONS) -> Callable[P, T]:
    """Return a function that repeats `transaction` when it collides with another, almost at once.

    `transaction` must be one database transaction, so that a collision has written nothing. The function raises
    DatabaseCollided when it has been repeated `times` times and collides again.
    """

    @functools.wraps(transaction)
    def persistent(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return transaction(*args, **kwargs)
        except DatabaseCollided as collided:
            # A short random wait, so that the two do not collide again.
            again = _caller(times + 1, first=0.001, longest=0.05, base=2, jitter=0.005)
            return again(DatabaseCollided, _after(collided, transaction), *args, **kwargs)

    return persistent


def while_it_is_away(call: Callable[[], T]) -> T:
    """Make a call, and repeat it after 0.1, 0.4, 1.6 and 4 seconds while the database is away.

    Pass only a call that is safe to repeat. Raises DatabaseUnavailable when the database stays away.
    """
    try:
        return call()
    except DatabaseUnavailable as away:
        return _caller(5, first=0.1, longest=4.0, base=4, jitter=0.0)(DatabaseUnavailable, _after(away, call))


def _after(error: Exception, call: Callable[P, T]) -> Callable[P, T]:
    """Return a function that begins with the error of the first attempt, which was made without stamina.

    Nearly all calls succeed at once, and stamina takes as long for one as a small transaction.
    """
    errors = [error]

    def attempt(*args: P.args, **kwargs: P.kwargs) -> T:
        if errors:
            raise errors.pop()
        return call(*args, **kwargs)

    return attempt


@functools.cache
def _caller(attempts: int, *, first: float, longest: float, base: float, jitter: float) -> RetryingCaller:
    """Return a caller that makes up to `attempts` attempts; `first`, `longest` and `jitter` are waits in seconds."""
    import stamina
    from stamina.instrumentation import set_on_retry_hooks

    set_on_retry_hooks([_tell])  # stamina's own hook would print to the terminal of anyone who sends an issue
    return stamina.RetryingCaller(
        attempts=attempts, timeout=None, wait_initial=first, wait_max=longest, wait_jitter=jitter, wait_exp_base=base
    )


def _tell(details: RetryDetails) -> None:
    _log.info("%s; trying again in %.3f s", details.caused_by, details.wait_for)
