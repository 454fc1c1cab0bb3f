"""A reader moves to another address."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from subscribers import Reason, State, Suppression
from subscribers.address_state import AddressState
from subscribers.asks import NOTHING_ASKED
from subscribers.events import (
    AskedByMove,
    AskMove,
    Confirm,
    Leave,
    Lift,
)
from subscribers.moves import ConfirmMove, moved
from subscribers.subscriber import Email, EmailKind
from subscribers.transitions import (
    BETWEEN_MOVES,
    after,
    may_be_moved_to,
)
from tests.histories import ADA, BOB, ENTER, HOUR, SIGN_UP, UNKNOWN_BOB, active, reader_of, state
from tests.readers import DAY, NOW


def moving(now: dt.datetime = NOW + 2 * HOUR) -> AddressState:
    return replace(after(active(), AskMove(BOB, free=True), now), emails=())


def test_a_reader_moves_with_everything_and_the_former_address_is_told() -> None:
    event = ConfirmMove((NOW + 2 * HOUR).replace(microsecond=0))
    there = after(UNKNOWN_BOB, replace(SIGN_UP, address=BOB, subject_id="C" * 22, path="rust"), NOW)
    old, new = moved(moving(), there, event, NOW + 3 * HOUR)
    assert old == AddressState(ADA.canonical, suppression=Suppression(ADA.canonical, Reason.MOVED, NOW + 3 * HOUR))
    reader = reader_of(new)
    assert (reader.address, reader.subject_id, reader.state) == (BOB.written, "A" * 22, State.ACTIVE)
    assert reader.courses == (), "a form asked for the course there, and the button of the move said nothing of it"
    assert new.emails == (Email(EmailKind.MOVED, address=ADA.written),)


def test_an_editor_cannot_add_an_address_that_its_reader_moved_away_from_but_the_reader_can_come_back() -> None:
    event = ConfirmMove((NOW + 2 * HOUR).replace(microsecond=0))
    old, _ = moved(moving(), UNKNOWN_BOB, event, NOW + 3 * HOUR)
    assert after(old, ENTER, NOW + DAY) is old
    assert may_be_moved_to(old, NOTHING_ASKED, NOW + DAY)
    bob = after(UNKNOWN_BOB, replace(ENTER, address=BOB, subject_id="B" * 22), NOW)
    bob = after(bob, AskMove(ADA, free=True), NOW + 4 * HOUR)
    gone, back = moved(bob, old, ConfirmMove((NOW + 4 * HOUR).replace(microsecond=0)), NOW + 5 * HOUR)
    assert (gone.subscriber, gone.suppression and gone.suppression.reason) == (None, Reason.MOVED)
    assert (reader_of(back).canonical, back.active, reader_of(back).left) == (ADA.canonical, True, None)
    asked = after(old, replace(SIGN_UP, subject_id="C" * 22), NOW + DAY)
    assert (state(asked), asked.suppression) == (State.PENDING, old.suppression)
    assert after(asked, Confirm((NOW + DAY).replace(microsecond=0)), NOW + DAY).active


def test_a_link_of_an_earlier_request_or_from_before_the_mailbox_left_moves_nothing() -> None:
    first = ConfirmMove((NOW + 2 * HOUR).replace(microsecond=0))
    again = replace(after(moving(), AskMove(BOB, free=True), NOW + 4 * HOUR), emails=())
    assert moved(again, UNKNOWN_BOB, first, NOW + 5 * HOUR) == (again, UNKNOWN_BOB)
    there = after(UNKNOWN_BOB, replace(SIGN_UP, address=BOB), NOW)
    lifted = after(after(there, Leave(Reason.UNSUBSCRIBED), NOW + 3 * HOUR), Lift(), NOW + 3 * HOUR)
    assert moved(moving(), lifted, first, NOW + 4 * HOUR) == (moving(), lifted)


def test_a_request_to_move_mails_at_most_once_an_hour_and_only_an_address_that_may_be_mailed() -> None:
    waiting = moving()
    soon = NOW + 2 * HOUR + BETWEEN_MOVES
    assert after(waiting, AskMove(BOB, free=True), soon - dt.timedelta(seconds=1)) is waiting
    # The request is kept even if the address may not be asked: the page must not tell which addresses are suppressed.
    unfree = after(waiting, AskMove(BOB, free=False), soon)
    assert (reader_of(unfree).moving_to, unfree.emails) == (BOB.written, ())
    assert after(waiting, AskMove(ADA, free=True), soon) is waiting
    assert after(waiting, AskMove(BOB, free=True), soon).emails == (Email(EmailKind.MOVE, address=BOB.written),)


def test_a_mail_about_a_move_counts_as_a_confirmation_mail_of_its_address() -> None:
    asked = after(UNKNOWN_BOB, AskedByMove(BOB, "Q" * 22), NOW)
    assert state(asked) is State.PENDING
    assert not may_be_moved_to(asked, NOTHING_ASKED, NOW + 23 * HOUR)
    assert after(asked, replace(SIGN_UP, address=BOB), NOW + HOUR) is asked
    assert may_be_moved_to(asked, NOTHING_ASKED, NOW + DAY)
    kept_away = after(asked, Leave(Reason.UNSUBSCRIBED), NOW)
    assert not may_be_moved_to(kept_away, NOTHING_ASKED, NOW + 9 * DAY)
