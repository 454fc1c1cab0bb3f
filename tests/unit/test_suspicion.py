"""When messages in doubt show that the server ends every message so, and when they are one event."""

from __future__ import annotations

from publisher.deliver.suspicion import UNANSWERED, Suspicions
from publisher.issue import DeliveryState
from publisher.ports import Outcome


def told(*events: tuple[str, int]) -> str:
    """Return what is thought after messages began, were accepted, and were lost."""
    suspicions = Suspicions()
    for what, delivery in events:
        if what == "begins":
            suspicions.begin(delivery)
        else:
            state = DeliveryState.SENT if what == "accepted" else DeliveryState.IN_DOUBT
            suspicions.end(Outcome(delivery, state, f"{delivery} {what}"))
    return suspicions.unanswered()


def of(what: str, *deliveries: int) -> list[tuple[str, int]]:
    return [(what, delivery) for delivery in deliveries]


def test_one_after_the_other_is_the_server() -> None:
    events = [event for number in range(UNANSWERED) for event in of("begins", number) + of("lost", number)]
    assert told(*events) == f"{UNANSWERED - 1} lost"
    assert not told(*events[:-1])


def test_what_was_under_way_together_is_one_event_however_many_they_are() -> None:
    many = range(500)
    assert not told(*of("begins", *many), *of("lost", *many))
    assert told(*of("begins", *many), *of("lost", *many), *of("begins", 500), *of("lost", 500))


def test_an_acceptance_in_between_shows_that_the_server_answers() -> None:
    lost = [*of("begins", 1, 2, 3), *of("lost", 1, 2, 3)]
    assert not told(*lost, *of("begins", 4), *of("accepted", 4), *of("begins", 5, 6, 7), *of("lost", 5, 6, 7))
    assert not told(*lost, *of("begins", 5, 4), *of("accepted", 4), *of("lost", 5), *of("begins", 6), *of("lost", 6))
