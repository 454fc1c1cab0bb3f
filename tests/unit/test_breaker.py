"""When sign-ups are stopped, and when not."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from subscribers import Breaker
from subscribers.sign_up_breaker import GRACE, LEAST, REST, looked_at, tripped
from tests.readers import DAY, NOW

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)

SignUps = list[tuple[dt.datetime, dt.datetime | None]]
"""When somebody asked, and when they confirmed."""


def opened(sign_ups: SignUps, until: dt.datetime, last: Breaker | None = None) -> Breaker | None:
    """Watch sign-ups minute by minute, as a process would, until the breaker opens."""
    now = min(asked for asked, _ in sign_ups)
    while now <= until:
        for since, to in looked_at(last, now):
            counted = [confirmed for asked, confirmed in sign_ups if since <= asked < to]
            pressed = sum(confirmed is not None and confirmed <= now for confirmed in counted)
            if found := tripped(since, len(counted), pressed, now):
                return found
        now += MINUTE
    return None


def honest(number: int, during: dt.timedelta, share: float, chance: random.Random) -> SignUps:
    """Return sign-ups of which a share is confirmed: half of that share in ten minutes, the rest within hours."""
    found: SignUps = []
    for _ in range(number):
        asked = NOW + during * chance.random()
        wait = chance.expovariate(1) * (6 * MINUTE if chance.random() < 0.7 else 2 * HOUR)
        found.append((asked, asked + wait if chance.random() < share else None))
    return found


def bombs(number: int, since: dt.datetime, during: dt.timedelta) -> SignUps:
    return [(since + during * index / number, None) for index in range(number)]


@pytest.mark.parametrize("share", [0.85, 0.6, 0.5])
@pytest.mark.parametrize("number", [120, 3_000])
def test_a_popular_day_does_not_open_the_breaker(number: int, share: float) -> None:
    for seed in range(5):
        readers = honest(number, 4 * HOUR, share, random.Random(seed))
        assert opened(readers, NOW + 8 * HOUR) is None


def test_a_burst_of_honest_sign_ups_does_not_open_the_breaker() -> None:
    for seed in range(20):
        assert opened(honest(400, 5 * MINUTE, 0.6, random.Random(seed)), NOW + 3 * HOUR) is None


def test_list_bombing_opens_the_breaker_within_half_an_hour() -> None:
    found = opened(bombs(600, NOW, HOUR), NOW + 3 * HOUR)
    assert found is not None
    assert found.opened - NOW < 30 * MINUTE
    assert (found.confirmed, found.until) == (0, found.opened + REST)


def test_list_bombing_on_a_popular_day_cannot_hide_behind_it() -> None:
    readers = honest(3_000, 10 * HOUR, 0.6, random.Random(1))
    attack = NOW + 8 * HOUR
    found = opened(sorted([*readers, *bombs(4_000, attack, HOUR)], key=lambda one: one[0]), NOW + 12 * HOUR)
    assert found is not None
    assert attack < found.opened < attack + HOUR
    assert found.since > attack - 2 * HOUR


def test_slow_list_bombing_over_a_day_opens_the_breaker() -> None:
    assert opened(bombs(240, NOW, DAY), NOW + DAY) is not None


def test_a_few_unconfirmed_sign_ups_do_not_open_the_breaker() -> None:
    assert opened(bombs(LEAST - 1, NOW, 10 * MINUTE), NOW + DAY) is None


def test_old_sign_ups_do_not_open_the_breaker_again_but_new_ones_do() -> None:
    first = opened(bombs(500, NOW, HOUR), NOW + HOUR)
    assert first is not None
    after = first.until + MINUTE
    before = [one for one in bombs(500, NOW, HOUR) if one[0] < first.opened]  # no sign-ups are accepted after that
    assert opened(before, after + HOUR, last=first) is None
    again = opened(bombs(200, after, HOUR), after + 2 * HOUR, last=first)
    assert again is not None
    assert again.opened > after + GRACE
