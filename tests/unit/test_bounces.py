"""What bounces and complaints make of a reader."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from subscribers import BounceKind, Reason, State, Suppression
from subscribers.address_state import AddressState
from subscribers.bounces import FORGOTTEN_AFTER, WEIGHT
from subscribers.events import (
    Bounce,
    Confirm,
    Forget,
    UndoBounce,
)
from subscribers.transitions import (
    after,
)
from tests.histories import ADA, SIGN_UP, UNKNOWN, active, leave, reader_of, state
from tests.readers import DAY, NOW


def bounced(state: AddressState, kind: BounceKind, at: dt.datetime, *accepted: dt.datetime) -> AddressState:
    return after(state, Bounce(kind, "552 5.2.2 mailbox full", at, accepted), at)


def test_a_hard_bounce_and_a_complaint_count_at_once_and_keep_the_servers_words() -> None:
    for kind, reason in ((BounceKind.HARD, Reason.BOUNCED), (BounceKind.COMPLAINT, Reason.COMPLAINED)):
        gone = after(active(), Bounce(kind, "550 5.1.1 no such user", NOW + DAY), NOW + 2 * DAY)
        words = "550 5.1.1 no such user"
        assert gone.suppression == Suppression(ADA.canonical, reason, NOW + DAY, SIGN_UP.subject_id, words)
        assert state(gone) is State.UNSUBSCRIBED
        assert after(gone, SIGN_UP, NOW + 60 * DAY) is gone


def test_a_bounce_does_not_replace_a_refusal_so_lifting_the_one_never_lifts_the_other() -> None:
    refused = after(active(), leave(Reason.REFUSED), NOW + DAY)
    assert after(refused, Bounce(BounceKind.HARD, "550 5.1.1 no such user"), NOW + 2 * DAY) is refused
    gone = after(after(active(), Bounce(BounceKind.HARD), NOW + DAY), leave(Reason.REFUSED), NOW + 2 * DAY)
    assert gone.suppression is not None
    assert gone.suppression.reason is Reason.REFUSED


def test_a_mailbox_that_is_full_for_five_weekly_issues_is_suppressed_at_the_fifth() -> None:
    standing = active()
    for week in range(1, 5):
        standing = bounced(standing, BounceKind.SOFT, NOW + 7 * week * DAY)
        assert standing.active
    gone = bounced(standing, BounceKind.SOFT, NOW + 35 * DAY)
    assert gone.suppression is not None
    assert (gone.suppression.reason, gone.suppression.words) == (Reason.BOUNCED, "552 5.2.2 mailbox full")


def test_daily_mail_to_a_mailbox_that_is_full_for_three_weeks_suppresses_nobody() -> None:
    standing = active()
    for day in range(1, 22):
        standing = bounced(standing, BounceKind.SOFT, NOW + day * DAY)
    assert standing.active


def test_a_mail_that_was_accepted_since_takes_back_half_of_a_soft_bounce() -> None:
    standing, sent = active(), list[dt.datetime]()
    for week in range(1, 9):  # as with a server of our own that accepts everything and reports the bounce a day later
        sent.append(NOW + 7 * week * DAY)
        standing = bounced(standing, BounceKind.SOFT, sent[-1] + DAY, *sent)
        assert standing.active
    assert not bounced(standing, BounceKind.SOFT, NOW + 64 * DAY, *sent, NOW + 63 * DAY).active


def test_every_second_issue_that_arrives_keeps_a_reader_for_ever_longer_than_none() -> None:
    standing, sent = active(), list[dt.datetime]()
    for week in range(1, 20):
        at = NOW + 7 * week * DAY
        if week % 3:
            sent.append(at)
        else:
            standing = bounced(standing, BounceKind.SOFT, at, *sent)
    assert reader_of(standing).bounces == WEIGHT  # two that arrived outweigh one that did not


def test_soft_bounces_are_forgotten_after_a_time_and_by_a_confirmation() -> None:
    twice = bounced(bounced(active(), BounceKind.SOFT, NOW + 7 * DAY), BounceKind.SOFT, NOW + 14 * DAY)
    assert reader_of(twice).bounces == 2 * WEIGHT
    assert reader_of(bounced(twice, BounceKind.SOFT, NOW + 15 * DAY + FORGOTTEN_AFTER)).bounces == WEIGHT
    back = after(
        after(after(twice, leave(), NOW + 15 * DAY), SIGN_UP, NOW + 16 * DAY), Confirm(NOW + 16 * DAY), NOW + 17 * DAY
    )
    assert (back.active, reader_of(back).bounces) == (True, 0)


def test_a_bounce_from_before_the_reader_confirmed_says_nothing() -> None:
    standing = active()
    for kind in (BounceKind.HARD, BounceKind.SOFT):
        assert after(standing, Bounce(kind, "550 5.1.1", NOW), NOW + DAY) is standing


def test_a_soft_bounce_of_a_stranger_or_of_somebody_who_left_changes_nothing() -> None:
    for standing in (UNKNOWN, after(active(), leave(), NOW + DAY)):
        assert bounced(standing, BounceKind.SOFT, NOW + 2 * DAY) is standing


def undone(state: AddressState, at: dt.datetime, taken: dt.datetime | None) -> AddressState:
    return after(state, UndoBounce(at, "their server was broken", taken), NOW + 40 * DAY)


def test_a_bounce_that_was_wrong_is_undone_with_all_that_the_reader_had() -> None:
    before, at, taken = active(), NOW + DAY, NOW + 2 * DAY
    for kind in (BounceKind.HARD, BounceKind.COMPLAINT):
        gone = after(before, Bounce(kind, "550 5.1.1 no such user", at), taken)
        back = replace(before, subscriber=replace(reader_of(before), left=taken))
        assert undone(gone, at, taken) == back
        assert undone(undone(gone, at, taken), at, taken) == back


def test_undoing_brings_back_nobody_whom_something_else_keeps_off() -> None:
    at, taken = NOW + DAY, NOW + 2 * DAY
    hard = Bounce(BounceKind.HARD, "550 5.1.1 no such user", at)
    gone = after(active(), hard, taken)
    assert undone(gone, at - DAY, taken) is gone  # another bounce suppressed it
    refused = after(gone, leave(Reason.REFUSED), NOW + 3 * DAY)
    assert undone(refused, at, taken) is refused
    left = after(after(active(), leave(), NOW + DAY / 2), hard, taken)
    stays = undone(left, at, taken)
    assert stays.suppression is not None
    assert (state(stays), stays.suppression.reason, stays.suppression.at) == (
        State.UNSUBSCRIBED,
        Reason.UNSUBSCRIBED,
        NOW + DAY / 2,
    )
    deleted = after(gone, Forget(), NOW + 3 * DAY)
    kept = undone(deleted, at, taken)
    assert kept.suppression is not None
    assert (kept.subscriber, kept.suppression.reason) == (None, Reason.REMOVED)


def test_a_soft_bounce_that_is_undone_weighs_nothing_and_only_once() -> None:
    twice = bounced(bounced(active(), BounceKind.SOFT, NOW + 7 * DAY), BounceKind.SOFT, NOW + 14 * DAY)
    lighter = undone(twice, NOW + 14 * DAY, None)
    assert reader_of(lighter).bounces == WEIGHT
    assert undone(lighter, NOW + 14 * DAY, None) is lighter
    assert undone(active(), NOW, None).active
