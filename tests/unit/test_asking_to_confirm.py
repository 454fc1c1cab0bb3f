"""How often an address is asked to confirm."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest

from subscribers import Reason
from subscribers.address_state import AddressState
from subscribers.asks import BETWEEN_CONFIRMATIONS, FORGIVEN_AFTER, UNANSWERED_AT_MOST, Asks
from subscribers.events import (
    AskAgain,
    AskedByMove,
    Confirm,
    Event,
)
from subscribers.transitions import (
    after,
)
from tests.histories import ADA, CONFIRMATION, HOUR, SIGN_UP, UNKNOWN, leave, reader_of
from tests.readers import DAY, NOW


def asked_by_form(standing: AddressState, now: dt.datetime) -> AddressState:
    return after(standing, SIGN_UP, now)


def asked_again(standing: AddressState, now: dt.datetime) -> AddressState:
    return after(standing, AskAgain(now) if standing.subscriber else SIGN_UP, now)


def asked_by_move(standing: AddressState, now: dt.datetime) -> AddressState:
    return after(standing, AskedByMove(ADA, "C" * 22), now)


def asked_either_way(standing: AddressState, now: dt.datetime) -> AddressState:
    return (asked_by_form if (now - NOW).days % 2 else asked_by_move)(standing, now)


@pytest.mark.parametrize("ask", [asked_by_form, asked_again, asked_by_move, asked_either_way])
def test_an_address_that_never_answers_gets_five_confirmation_mails_and_then_one_a_month(
    ask: Callable[[AddressState, dt.datetime], AddressState],
) -> None:
    standing = five_times(ask)
    last, second = dt.timedelta(days=UNANSWERED_AT_MOST), dt.timedelta(seconds=1)
    for month in (1, 2, 3):
        again = NOW + last + month * FORGIVEN_AFTER
        assert ask(standing, again - second) is standing
        asked = ask(standing, again)
        assert asked is not standing
        standing = replace(asked, emails=())
    quiet = ask(standing, NOW + last + 3 * FORGIVEN_AFTER + 1_000 * DAY)
    assert reader_of(quiet).confirmations == 1, "all is forgiven"


def five_times(ask: Callable[[AddressState, dt.datetime], AddressState]) -> AddressState:
    standing = UNKNOWN
    for number in range(1, UNANSWERED_AT_MOST + 1):
        asked = ask(standing, NOW + number * BETWEEN_CONFIRMATIONS)
        assert reader_of(asked).confirmations == number
        standing = replace(asked, emails=())
    return standing


def test_who_confirms_is_asked_again_at_once_when_they_come_back_and_counts_from_the_beginning() -> None:
    standing, now = five_times(asked_by_form), NOW + UNANSWERED_AT_MOST * DAY
    for _ in range(2 * UNANSWERED_AT_MOST):  # whoever comes and goes is no stranger
        confirmed = replace(after(standing, Confirm(now), now + HOUR), emails=())
        assert reader_of(confirmed).confirmations == 0
        left = after(confirmed, leave(), now + 2 * HOUR)
        now += 3 * HOUR
        back = after(left, SIGN_UP, now)
        assert (back.emails, reader_of(back).confirmations) == ((CONFIRMATION,), 1)
        standing = replace(back, emails=())
        assert after(standing, SIGN_UP, now + HOUR) is standing, "a stranger gets no more of it than before"


@pytest.mark.parametrize("ask", [SIGN_UP, AskAgain(NOW), AskedByMove(ADA, "C" * 22)])
def test_no_address_is_asked_if_another_of_its_mailbox_was_and_no_reader_is_made_of_it(ask: Event) -> None:
    today = Asks(NOW, 1)
    for state_before in (UNKNOWN, after(UNKNOWN, SIGN_UP, NOW - 2 * DAY)):
        standing = replace(state_before, emails=())
        event = replace(ask, others=today)  # type: ignore[arg-type]
        assert after(standing, event, NOW + HOUR) is standing
        if not (isinstance(ask, AskAgain) and standing.subscriber is None):
            later = after(standing, event, NOW + DAY)
            assert (later is not standing, reader_of(later).confirmations) == (True, 2), (
                "it counts what the mailbox got"
            )
    wish = replace(SIGN_UP, path="backend", others=today)
    assert after(UNKNOWN, wish, NOW + HOUR) is UNKNOWN


def test_whoever_refused_all_mail_is_not_asked_at_any_address_of_the_mailbox() -> None:
    assert after(UNKNOWN, replace(SIGN_UP, others=Asks(refused=True)), NOW + 1_000 * DAY) is UNKNOWN
    refused = after(after(UNKNOWN, SIGN_UP, NOW), leave(Reason.REFUSED), NOW + HOUR)
    assert after(refused, SIGN_UP, NOW + 1_000 * DAY) is refused
