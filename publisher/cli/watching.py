"""pressroom deliveries watch: a send as it goes on, whichever processes send."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from plaintext import printable
from publisher import pipeline
from publisher.cli import output
from publisher.cli.deliveries import deliveries
from publisher.cli.root import IssueNumber, pressroom
from publisher.cli.sending import stopping
from publisher.issue import DeliveryState
from publisher.numbers import named

if TYPE_CHECKING:  # slow to import: only when the verb runs
    from collections.abc import Callable

    from publisher.app import App
    from publisher.ports import Sums
    from publisher.publication import Schedule

LOOKS_BACK_SECONDS = 60.0
"""Over how long the rate is the mean."""
DOMAINS_SECONDS = 10.0
"""How often it is looked which domains are slow: all deliveries that were put off are read for that."""
SLOWEST = 5


class Pace:
    """How fast deliveries end, over the last minute."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def per_minute(self, moment: float, ended: int) -> float:
        """Return the rate, now that so many have ended; `moment` is in seconds. 0.0 as long as there is none."""
        self._seen.append((moment, ended))
        while self._seen[-1][0] - self._seen[0][0] > LOOKS_BACK_SECONDS and len(self._seen) > 2:
            self._seen.popleft()
        since, before = self._seen[0]
        return 60 * (ended - before) / (moment - since) if moment > since else 0.0


@deliveries.command("watch", epilog="Example: pressroom deliveries watch 11")
def watch(
    context: typer.Context,
    issue: IssueNumber,
    every: Annotated[float, typer.Option("--every", metavar="SECONDS", min=0.1, help="How often to look.")] = 2.0,
) -> None:
    """Show how a send goes on, until it is over or Ctrl-C: its states, how fast, how long still, and the slowest domains."""
    app = pressroom(context)
    act = app.act()
    pipeline.known(act, issue)
    schedule = act.publication.schedule
    pace, domains, asked = Pace(), list[str](), -DOMAINS_SECONDS
    with _screen() as show, stopping() as stop:
        while True:
            now = time.monotonic()
            sums = app.ledger.deliveries.sums(issue, app.clock.now())
            if now - asked >= DOMAINS_SECONDS:
                domains, asked = _slowest(app.ledger.records.of(issue, DeliveryState.DEFERRED)), now
            show([f"{named(issue)}, {output.sums_line(sums)}", _speed(app, issue, sums, schedule, pace.per_minute(now, sums.audience - sums.open)), *domains])  # fmt: skip
            entry = app.ledger.records.entry(issue)
            if entry is None or entry.finished or stop.wait(every):
                break
    if entry is None:
        output.say(f"{named(issue)} is not being sent yet; see: pressroom status {issue}")
    elif entry.finished:
        output.say(f"{named(issue)}, {output.sums_line(sums)}")


def _speed(app: App, issue: int, sums: Sums, schedule: Schedule, per_minute: float) -> str:
    from publisher import timetable  # slow to import

    entry = app.ledger.records.entry(issue)
    senders = len(app.ledger.senders.at_work())
    by = f"by {output.count(senders, 'sender')}" if senders else "by nobody"
    if entry and entry.pause:
        return f"paused: «{entry.pause.why}»"
    if entry and entry.halt:
        return f"halted until {timetable.local(entry.halt.until, schedule)}: «{entry.halt.words}»"
    rate = f"{per_minute:,.0f} a minute {by}"
    return f"{rate}, about {_long(60 * sums.open / per_minute)} still" if per_minute and sums.open else rate


def _long(seconds: float) -> str:
    """Say how long something lasts, roughly.

    >>> _long(50), _long(400), _long(9000)
    ('1 min', '7 min', '2.5 h')
    """
    return f"{max(1, round(seconds / 60))} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"


def _slowest(deferred: Iterable[tuple[str, DeliveryState, str]]) -> list[str]:
    """Return a line for each of the domains that most deliveries wait for, with the last answer of one of them."""
    counts, says = Counter[str](), dict[str, str]()
    for address, _, reply in deferred:
        domain = address.rpartition("@")[2]
        counts[domain] += 1
        says[domain] = reply
    return [f"{domain}: {count:,} put off, {says[domain]}"[:200] for domain, count in counts.most_common(SLOWEST)]


@contextmanager
def _screen() -> Iterator[Callable[[Sequence[str]], None]]:
    """Yield what shows lines: in one place on a terminal, otherwise below each other whenever they change."""
    if output.talk.is_terminal:
        from rich.live import Live
        from rich.text import Text

        with Live(console=output.talk, transient=True, auto_refresh=False) as live:
            yield lambda lines: live.update(Text("\n".join(map(printable, lines))), refresh=True)
        return
    before: list[str] = []

    def say(lines: Sequence[str]) -> None:
        if before != [lines[0]]:
            before[:] = [lines[0]]
            for line in lines:
                output.say(line)

    yield say
