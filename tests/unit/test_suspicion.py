"""When messages in doubt show that the server ends every message so, and when they are one event."""

from __future__ import annotations

from publisher.deliver.suspicion import LIKE_REFUSALS, UNANSWERED, Suspect, Suspicions
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


def refused(suspicions: Suspicions, delivery: int, likeness: str = "550 5.7.1") -> bool:
    """Let a message be refused; return whether the server now refuses everything."""
    failed, queued = (Outcome(delivery, state, likeness) for state in (DeliveryState.FAILED, DeliveryState.QUEUED))
    suspicions.hold(Suspect(failed, queued, likeness))
    return suspicions.verdict() is not None


def test_refusals_one_after_the_other_are_the_servers_and_those_that_came_together_one_event() -> None:
    suspicions = Suspicions()
    for delivery in range(LIKE_REFUSALS):
        suspicions.begin(delivery)
        assert refused(suspicions, delivery) == (delivery == LIKE_REFUSALS - 1)
    suspicions = Suspicions()
    for delivery in range(100):
        suspicions.begin(delivery)
    assert not any(refused(suspicions, delivery) for delivery in range(100))
    suspicions.begin(100)
    assert not refused(suspicions, 100, "450 4.2.1")
    suspicions.begin(101)
    assert refused(suspicions, 101)
