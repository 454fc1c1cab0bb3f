"""Mail to the editors after an issue: what became of its deliveries, and how many readers joined and left since."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from publisher import editors, pipeline
from publisher.issue import DeliveryState
from publisher.ports import REPORT_AFTER, Sums, Week
from subscribers import EmailKind

GIVEN_UP = dt.timedelta(weeks=4)
"""How long after its hour an issue that did not go out is waited for."""
REASONS = 3
"""How many of a mail server's reasons are told for each state."""
_TOLD = (DeliveryState.SENT, DeliveryState.DEFERRED, DeliveryState.FAILED, DeliveryState.IN_DOUBT)
_ADDRESS = re.compile(r"<?[^\s<>]+@[^\s<>]+>?")
_LONGEST = 120


def report(ports: pipeline.Ports, now: dt.datetime) -> list[str]:
    """Tell the editors, once, how each issue did that went out REPORT_AFTER ago."""
    done: list[str] = []
    for week in ports.weeks.to_report(now):
        number = week.number or next((each.number for each in ports.content.issues if each.week == week.iso), 0)
        mailing = ports.ledger.records.entry(number)
        begun = max(week.due, mailing.started) if mailing else week.due
        if mailing and begun + REPORT_AFTER <= now < begun + GIVEN_UP:
            _tell(ports, week, number, begun)
            done.append(f"{week.iso}: told the editors how issue {number} did")
        if (mailing and begun + REPORT_AFTER <= now) or now >= week.due + GIVEN_UP:
            ports.weeks.reported(week.iso)
    return done


def _tell(ports: pipeline.Ports, week: Week, number: int, begun: dt.datetime) -> None:
    sums = ports.ledger.deliveries.sums(number, begun + REPORT_AFTER)
    joined, left = ports.joined_and_left(begun, begun + REPORT_AFTER)
    why = (
        line
        for state in (DeliveryState.FAILED, DeliveryState.DEFERRED, DeliveryState.IN_DOUBT)
        if sums[state]
        for line in reasons(state, (reply for _, _, reply in ports.ledger.records.of(number, state)))
    )
    doubted = (f"pressroom settle {number}",) if sums[DeliveryState.IN_DOUBT] else ()
    editors.tell(
        ports, EmailKind.NOTICE, f"{week.iso} report", title=f"How issue {number} did",
        what=(_deliveries(sums), *why, f"In the three days after it, {_readers(joined)} joined and {left:,} left."),
        commands=(f"pressroom status {number}", *doubted),
    )  # fmt: skip


def _deliveries(sums: Sums) -> str:
    others = [state for state in DeliveryState if state not in _TOLD and sums[state]]
    counts = [f"{sums[state]:,} {state.value.replace('_', ' ')}" for state in (*_TOLD, *others)]
    deliveries = "its one delivery" if sums.audience == 1 else f"its {sums.audience:,} deliveries"
    return f"This became of {deliveries}: {', '.join(counts)}."


def _readers(count: int) -> str:
    return "1 reader" if count == 1 else f"{count:,} readers"


def reasons(state: DeliveryState, replies: Iterable[str]) -> Sequence[str]:
    """Return a mail server's commonest reasons for a state, the commonest first, without readers' addresses (pure).

    Replies count as the same when they begin with the same two words, which are the codes; each shows one of its wordings.

    >>> reasons(DeliveryState.FAILED, ["550 5.1.1 <ada@example.com> unknown", "550 5.1.1 <bob@example.com> unknown"])
    ('Failed, 2 times: «550 5.1.1 … unknown»',)
    """
    counts, words = Counter[str](), dict[str, str]()
    for reply in replies:
        said = " ".join(_ADDRESS.sub("…", reply).split()) or "no answer"
        kind = " ".join(said.split()[:2])
        counts[kind] += 1
        words[kind] = min(words.get(kind, said), said)
    named = state.value.replace("_", " ").capitalize()
    return tuple(
        f"{named}, {'once' if count == 1 else f'{count:,} times'}: «{_short(words[kind])}»"
        for kind, count in counts.most_common(REASONS)
    )


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
