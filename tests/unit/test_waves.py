"""When what comes back holds all sending: not for one angry reader, and not for one server's mood."""

from __future__ import annotations

import pytest

from publisher.returned.waves import Wave, blocked, complained


@pytest.mark.parametrize(
    ("count", "sent", "cause"),
    [
        (0, 1_000, None), (1, 100, None), (1, 1_000, None), (2, 2_000, None), (3, 2_000, "warning"), (2, 100, "warning"),
        (3, 1_000, "warning"), (4, 1_000, "complaints"), (3, 100, "complaints"), (300, 100_000, "warning"),
        (301, 100_000, "complaints"),
    ],
)  # fmt: skip
def test_complaints_warn_above_a_tenth_of_a_percent_and_hold_above_three(
    count: int, sent: int, cause: str | None
) -> None:
    found = complained(count, sent)
    assert (found and found.cause) == cause
    assert found is None or found.holds == (cause == "complaints")


@pytest.mark.parametrize(
    ("came_back", "sent", "wave"),
    [
        ({}, {"a.test": 5}, None),
        ({"a.test": 9}, {"a.test": 9}, None),
        ({"a.test": 10}, {"a.test": 100}, None),
        ({"a.test": 11}, {"a.test": 100, "b.test": 1_000}, Wave("blocked", 11, 100, "a.test")),
        ({"a.test": 6, "b.test": 6}, {"a.test": 50, "b.test": 50}, Wave("blocked", 12, 100)),
    ],
)
def test_many_blocked_mails_of_a_domain_or_of_all_hold(
    came_back: dict[str, int], sent: dict[str, int], wave: Wave | None
) -> None:
    assert blocked(came_back, sent) == wave
