"""Whatever happens, in any order, a reader who left is mailed again only by their own act."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers import Reason, State, Suppression
from subscribers.address_state import AddressState
from subscribers.moves import ConfirmMove, moved, moved_before
from subscribers.subscriber import EmailKind
from subscribers.transitions import (
    BETWEEN_LINKS,
)
from tests.histories import (
    ADA,
    BOB,
    HOUR,
    STEPS,
    Step,
    check_unanswered,
    decided,
    event_of,
    histories,
    history,
    other,
    state,
)
from tests.long import some
from tests.readers import DAY, NOW


@settings(deadline=None, max_examples=some(600))
@given(histories(30))
def test_in_every_history_readers_come_back_only_by_their_own_act_and_mail_goes_only_where_it_may(
    steps: list[Step],
) -> None:
    world = history(steps)  # which asserts after each step; see World._changed
    for standing in world.standings.values():
        assert standing.active == (state(standing) is State.ACTIVE), "active and suppressed at once"


@settings(deadline=None, max_examples=some(300))
@given(histories(60))
def test_in_every_history_an_address_that_does_not_answer_gets_one_confirmation_mail_a_day_and_then_one_a_month(
    steps: list[Step],
) -> None:
    # Whoever is deleted, by themselves or after weeks without a confirmation, is a stranger again.
    world = history([step for step in steps if step.kind not in ("forget", "confirm move", "expire")])
    for address in (ADA, BOB):
        asked = world.mailed(address, EmailKind.CONFIRMATION, EmailKind.MOVE)
        for since, until in pairwise([NOW - DAY, *world.answered[address], world.now + DAY]):
            check_unanswered([at for at in asked if since <= at < until])


@settings(deadline=None, max_examples=some(200))
@given(histories(60))
def test_in_every_history_a_link_is_mailed_at_most_once_in_eight_hours(steps: list[Step]) -> None:
    # After a reader moved away or was deleted, another reader may have the same address, with links of their own.
    world = history([step for step in steps if step.kind not in ("forget", "confirm move")])
    for address in (ADA, BOB):
        assert all(
            later - earlier >= BETWEEN_LINKS for earlier, later in pairwise(world.mailed(address, EmailKind.LINK))
        )


@settings(deadline=None, max_examples=some(400))
@given(histories(20), STEPS)
def test_in_every_history_repeating_an_event_changes_nothing(steps: list[Step], last: Step) -> None:
    world = history(steps)
    event = event_of(last, world.now)
    if isinstance(event, ConfirmMove):
        old, new = moved(world.standings[last.address], world.standings[other(last.address)], event, world.now)
        assert moved(old, new, event, world.now + HOUR) == (old, new)
        return
    once = replace(decided(world.standings[last.address], event, world.now), emails=())
    assert decided(once, event, world.now) is once


@settings(deadline=None, max_examples=some(400))
@given(histories(20), histories(20), st.booleans())
def test_joining_any_two_addresses_loses_no_suppression_and_makes_nobody_active_who_left(
    of_ada: list[Step], of_bob: list[Step], older: bool
) -> None:
    world = history([replace(step, address=ADA) for step in of_ada] + [replace(step, address=BOB) for step in of_bob])
    old, new = world.standings[ADA], world.standings[BOB]
    if old.subscriber is None:
        return
    wished = replace(old.subscriber, moving_to=BOB.written, moving_since=world.now)
    old = replace(old, subscriber=wished)
    issued = (world.now - (DAY if older else dt.timedelta(0))).replace(microsecond=0)
    gone, joined = moved(old, new, ConfirmMove(issued), world.now + HOUR)
    if old.suppression or not new.open_to_moves or older or state(old) is not State.ACTIVE:
        assert (gone, joined) == (old, new)
        return
    assert gone == AddressState(ADA.canonical, suppression=Suppression(ADA.canonical, Reason.MOVED, world.now + HOUR))
    assert joined.suppression is None
    reader = joined.subscriber
    assert reader is not None
    assert (reader.state, reader.canonical, reader.subject_id) == (State.ACTIVE, BOB.canonical, wished.subject_id)
    there = new.subscriber
    if there is not None:
        assert reader.confirmations == 0, "the button was pressed in that mailbox"
        assert set(reader.tags) == {*wished.tags, *there.tags}
        began = [course for course in there.courses if not course.waits]
        assert {course.path for course in reader.courses} == {course.path for course in (*wished.courses, *began)}
    assert moved_before(reader, ConfirmMove(issued))
    assert not moved_before(reader, ConfirmMove(issued - DAY))
