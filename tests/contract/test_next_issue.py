"""What a reader's page says of the next issue stays true while issues are on their way: through sign-ups, moves to another
zone, pauses and late approvals, as a scheduler lives through them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher import timetable
from publisher.errors import Refused
from publisher.issue import DeliveryState, IsoWeek
from publisher.next_issue import Outlook, WeekIssue
from publisher.ports import Outcome
from publisher.publication import Schedule
from tests.contract.ledgers import in_memory
from tests.long import some
from tests.mailroom import approved

HOUR = dt.timedelta(hours=1)
WEEK = IsoWeek(2026, 44)  # America changes its clocks at its end, Europe has just done so
ZONES = (
    "Pacific/Kiritimati",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Pago_Pago",
    None,
)
READER, STEP = "reader@example.com", HOUR / 2
EVENTS = st.one_of(
    st.tuples(st.just("zone"), st.sampled_from(ZONES)), st.tuples(st.just("paused_until"), st.none() | st.integers(1, 60)),
)  # fmt: skip


class Life:
    """A reader, an issue that is approved at some moment, and a scheduler, from 20 hours before the publication's hour."""

    def __init__(self, schedule: Schedule, approval: int) -> None:
        self.schedule, self.case = schedule, in_memory()
        self.sends = timetable.due(WEEK, schedule)
        self.now = self.start = self.sends - 20 * HOUR
        self.ready = self.start + approval * HOUR
        self.choices: dict[str, object] = {"zone": None, "paused_until": None}
        self.morning = partial(timetable.due_for, week=WEEK, schedule=schedule)
        self.case.join("auckland@example.com", zone="Pacific/Auckland")
        self.case.join("nobodys@example.com")
        self.sender = self.case.ledger.senders.register(self.now)

    def choose(self, what: str, value: object) -> None:
        self.choices[what] = self.now + value * HOUR if isinstance(value, int) else value
        self.case.change(READER, **self.choices)

    def tick(self) -> bool:
        """Do what is due; return whether the reader got the issue."""
        deliveries, early = self.case.ledger.deliveries, self.schedule.early_mornings and self.now < self.sends
        if self.now < self.ready:
            return False
        mailing = deliveries.mailing(7)
        if mailing is None and (early or self.now >= self.sends):
            with contextlib.suppress(Refused):  # it is nobody's morning yet
                mailing = deliveries.start(approved(7, b"m"), self.now, self.morning, early=early)
        if mailing and mailing.early_until:
            deliveries.take_in(7, self.now, self.morning, early=early)
        rows = deliveries.claim(7, self.sender, 10, self.now)
        deliveries.commit(self.sender, [Outcome(row.id, DeliveryState.SENT) for row in rows], (), self.now)
        return any(row.address == READER for row in rows)

    def page(self) -> dt.datetime:
        """Return what the reader's page says."""
        zone, paused = self.choices["zone"], self.choices["paused_until"]
        on_its_way = self.case.ledger.records.on_its_way
        return Outlook(
            self.schedule, zone or self.schedule.zone, paused, {WEEK: WeekIssue(7, out=False)},  # type: ignore[arg-type]
            lambda number: on_its_way(number, READER),
        ).next_issue(self.now)  # fmt: skip


@settings(max_examples=some(200))
@given(
    early=st.booleans(), zone=st.sampled_from(ZONES), joins=st.integers(0, 50), approval=st.integers(0, 43),
    events=st.lists(st.tuples(st.integers(1, 60), EVENTS), max_size=2),
)  # fmt: skip
def test_the_issue_comes_when_the_page_said_last_or_as_soon_as_it_is_approved(
    early: bool, zone: str | None, joins: int, approval: int, events: list[tuple[int, tuple[str, object]]]
) -> None:
    life = Life(Schedule(zone="Europe/Berlin", early_mornings=early), approval)
    said = None
    for step in range(120):
        life.now = life.start + step * STEP
        if step == 2 * joins:
            life.case.join(READER)
            life.choose("zone", zone)
        for at, (what, value) in events:
            if 2 * at == step and at > joins:
                life.choose(what, value)
                said = life.page()  # as the answer to the form does
        if life.tick():
            assert said is None or life.now == max(said, life.ready)
            return
        if step >= 2 * joins:  # the page is read after all that happened now
            said = life.page()
    assert said is not None
    assert said > life.sends + 5 * 24 * HOUR, "nothing came, so the page must not have promised it"
