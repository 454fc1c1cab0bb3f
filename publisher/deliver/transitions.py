"""The transitions of one delivery (pure).

queued ─ claim ─> claimed ─ mark ─> at_dot ─ 2xx ─> sent
                     │                 ├── 4xx ─> deferred ─ due ─> claimed …   used up: failed
                     │                 ├── 5xx ─> failed
                     │                 └── no answer ─> in_doubt                 never tried again by itself
                     ├── refused before the dot: 4xx deferred, 5xx failed
                     ├── left meanwhile, or wants none of the issue's sections: suppressed
                     ├── connection lost before the dot: queued, later deferred
                     └── refused like all our mail: queued, and the send halts (suspicion.py)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from plaintext import BREAKING
from publisher.deliver.answers import Verdict, bounce_of, judge
from publisher.issue import DeliveryState
from publisher.ports import Claimed, Halt, Outcome, Reply

BREAKS = 3
"""How often the connection may break during one message before the message waits as if it was refused for now."""

HALTED = tuple(dt.timedelta(minutes=minutes) for minutes in (5, 15, 60, 180, 360))
"""How long an issue rests after the server refused the whole issue once, twice … in a row, and the last after more."""


def answered(claimed: Claimed, reply: Reply, now: dt.datetime, waits: Sequence[float]) -> Outcome:
    """Decide after the server's answer at any step. `waits` are the seconds to wait after the first, second … attempt.

    Without a valid answer, it is open whether the message was accepted.
    """
    match judge(reply).verdict:
        case Verdict.ACCEPTED:
            return Outcome(claimed.id, DeliveryState.SENT, words(reply))
        case Verdict.LATER:
            return _deferred(claimed, reply, now, waits)
        case Verdict.REFUSED:
            return Outcome(claimed.id, DeliveryState.FAILED, words(reply), bounce=bounce_of(reply))
        case Verdict.UNKNOWN:
            return Outcome(claimed.id, DeliveryState.IN_DOUBT, words(reply))


def postponed(claimed: Claimed, reply: Reply, now: dt.datetime, waits: Sequence[float]) -> Outcome:
    """Decide after a refusal that may not be about this message: it is tried again."""
    return _deferred(claimed, reply, now, waits)


def slowed(claimed: Claimed, reply: Reply, now: dt.datetime) -> Outcome:
    """Decide after a refusal that says only that we are too fast: nothing was accepted, and it costs no try."""
    return Outcome(
        claimed.id, DeliveryState.DEFERRED, words(reply), now + dt.timedelta(seconds=reply.after), counts=False
    )


def broken(claimed: Claimed, why: str, now: dt.datetime, waits: Sequence[float]) -> Outcome:
    """Decide after the connection was lost before the dot: nothing was accepted."""
    if claimed.attempt < BREAKS:
        return Outcome(claimed.id, DeliveryState.QUEUED, why, now)
    return _deferred(claimed, Reply(0, why), now, waits)


def halted(last: Halt | None, reply: str, now: dt.datetime, *, went_on: bool, after: float = 0.0) -> Halt:
    """Decide how long an issue rests that the server refuses as a whole; `went_on` if this run sent some of it.

    `after` is how many seconds the server itself wants us to wait, at least.
    """
    times = 1 if last is None or went_on else last.times + 1
    return Halt(reply, times, now + max(HALTED[min(times, len(HALTED)) - 1], dt.timedelta(seconds=after)))


def unwritable(claimed: Claimed, why: str) -> Outcome:
    """Decide for a reader for whom no message can be made."""
    return Outcome(claimed.id, DeliveryState.FAILED, why)


def withdrawn(claimed: Claimed) -> Outcome:
    """Decide for a reader who left after the claim and before the dot (I7)."""
    return Outcome(claimed.id, DeliveryState.SUPPRESSED, "left before the message was handed over")


def unchosen(claimed: Claimed) -> Outcome:
    """Decide for a reader who wants none of the sections that the issue has."""
    return Outcome(claimed.id, DeliveryState.SUPPRESSED, "nothing that this reader chose is in this issue")


def _deferred(claimed: Claimed, reply: Reply, now: dt.datetime, waits: Sequence[float]) -> Outcome:
    if claimed.attempt > len(waits):
        why = f"{words(reply)} (given up after {claimed.attempt} tries)"
        return Outcome(claimed.id, DeliveryState.FAILED, why, bounce=bounce_of(reply) if reply.code else None)
    due = now + dt.timedelta(seconds=max(waits[claimed.attempt - 1], reply.after))
    return Outcome(claimed.id, DeliveryState.DEFERRED, words(reply), due)


def words(reply: Reply) -> str:
    """Return the server's reply on one line."""
    text = BREAKING.sub(" ", reply.text).strip()
    return f"{reply.code} {text}".strip() if reply.code else text
