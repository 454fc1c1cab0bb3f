"""The contract of the store of readers, which `change` relies on: in memory, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings

from subscribers import Act, ImportOvertaken, Reason, State
from subscribers.adapters import tables
from subscribers.adapters.memory import MemoryReaders
from subscribers.adapters.readers import DatabaseReaders
from subscribers.adapters.store import Store
from subscribers.address import hashed
from subscribers.address_state import AddressState
from subscribers.change import change, change_all
from subscribers.events import AskMove, Confirm, Forget, Leave, Lift, SignUp
from subscribers.history import AddressHistory
from subscribers.moves import ConfirmMove, WishMove, after_both, elsewhere
from subscribers.outcome import ImportProgress, Outcome
from subscribers.ports import ReaderStore
from subscribers.subscriber import Suppression
from subscribers.transitions import after
from subscribers.who import ByAddress, ByLink
from tests.conftest import empty_database
from tests.histories import ADA, BOB, ENTER, HOUR, SIGN_UP, Step, decided, event_of, histories, other
from tests.long import some
from tests.mailroom import database
from tests.readers import DAY, NOW, WORDING

Emails = list[tuple[str, str | None]]
Fresh = Callable[[], tuple[ReaderStore, Callable[[], Emails]]]
"""Makes an empty store, and what tells the kinds and other addresses of the emails that are due in it."""
FULL = (tables.email, tables.course, tables.consent, tables.history, tables.former_subject, tables.subscriber,
        tables.suppression)  # fmt: skip
UNHURRIED = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)  # a busy machine is not a failure
KEYS = (ADA.canonical, BOB.canonical)
SIGN_UP_BOB = replace(SIGN_UP, address=BOB, subject_id="C" * 22)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fresh]:
    if request.param == "memory":
        yield in_memory
        return
    with empty_database(request.param, request, tmp_path) as url:
        engine = database(url)
        yield lambda: in_database(engine)
        engine.dispose()


@pytest.fixture
def store(fresh: Fresh) -> ReaderStore:
    return fresh()[0]


def in_memory() -> tuple[ReaderStore, Callable[[], Emails]]:
    store = MemoryReaders()
    return store, lambda: [(email.kind.value, email.address) for _, email in store.emails]


def in_database(engine: sa.Engine) -> tuple[ReaderStore, Callable[[], Emails]]:
    def emails() -> Emails:
        with engine.connect() as connection:
            rows = connection.execute(sa.select(tables.email).order_by(tables.email.c.id))
            return [(row.kind, row.address) for row in rows]

    with engine.begin() as connection:
        for table in FULL:
            connection.execute(table.delete())
    return DatabaseReaders(Store(engine)), emails


def state(store: ReaderStore, key: str = ADA.canonical) -> AddressState:
    with store.reading() as readers:
        return readers.states([key])[key]


def history_of(store: ReaderStore, key: str) -> AddressHistory:
    with store.reading() as readers:
        return readers.address_history(readers.states([key])[key])


def join(store: ReaderStore, sign_up: SignUp = SIGN_UP) -> None:
    change(store, ByAddress(sign_up.address.canonical), sign_up, NOW)
    change(store, ByLink(sign_up.subject_id), Confirm(NOW, "192.0.2.7"), NOW + HOUR)


def move(store: ReaderStore) -> None:
    """Let Ada move to Bob's address."""
    change(store, ByLink(SIGN_UP.subject_id), WishMove(BOB, "W" * 22), NOW + 30 * HOUR)
    wished = (NOW + 30 * HOUR).replace(microsecond=0)
    assert change(store, ByLink(SIGN_UP.subject_id), ConfirmMove(wished), NOW + 31 * HOUR).happened


def test_saved_readers_are_found_again_and_an_unknown_address_has_an_empty_state(store: ReaderStore) -> None:
    join(store)
    change(store, ByAddress(BOB.canonical), Leave(Reason.BOUNCED), NOW)
    found = state(store).subscriber
    assert found is not None
    assert (found.address, found.state, found.confirmed) == (ADA.written, State.ACTIVE, NOW + HOUR)
    assert state(store, BOB.canonical).suppression is not None
    assert state(store, "eve@example.com") == AddressState("eve@example.com")


def test_a_transaction_that_raises_writes_nothing(store: ReaderStore) -> None:
    unknown = AddressState(ADA.canonical)

    class BrokenOff(Exception):
        pass

    def break_off() -> None:
        with store.writing() as readers:
            readers.lock([ADA.canonical])
            readers.save(Outcome([(unknown, after(unknown, ENTER, NOW))]), NOW)
            raise BrokenOff

    with pytest.raises(BrokenOff):
        break_off()
    assert state(store) == unknown


def test_a_link_leads_to_its_reader_even_after_they_were_joined_with_another_or_deleted(store: ReaderStore) -> None:
    join(store)
    join(store, SIGN_UP_BOB)
    move(store)
    with store.reading() as readers:
        assert [readers.whose(each) for each in (SIGN_UP.subject_id, SIGN_UP_BOB.subject_id)] == [BOB.canonical] * 2
        assert readers.whose("Z" * 22) is None
    change(store, ByAddress(BOB.canonical), Forget(), NOW + 2 * DAY)
    with store.reading() as readers:
        assert [readers.whose(each) for each in (SIGN_UP.subject_id, SIGN_UP_BOB.subject_id)] == [BOB.canonical] * 2
    assert not change(store, ByLink("Z" * 22), Leave(Reason.UNSUBSCRIBED), NOW).happened


def test_consents_keep_their_words_and_move_with_their_reader(store: ReaderStore) -> None:
    join(store)
    join(store, SIGN_UP_BOB)
    move(store)
    with store.reading() as readers:
        acts = [(each.act, each.client, each.wording) for each in readers.consents(SIGN_UP.subject_id)]
        assert readers.consents(SIGN_UP_BOB.subject_id) == []
    assert acts == [(Act.ASKED, None, WORDING)] * 2 + [(Act.CONFIRMED, "192.0.2.7", WORDING)] * 2


def test_the_history_of_a_move_names_the_address_that_was_left(store: ReaderStore) -> None:
    join(store)
    move(store)
    with store.reading() as readers:
        (told,) = [each for each in readers.happened(BOB.canonical) if each.what == "moved"]
        assert (told.former, told.detail) == (ADA.canonical, f"{ADA.written} to {BOB.written}")
        assert readers.happened(ADA.canonical) == []
        assert (readers.moved_to(ADA.canonical), readers.moved_to(BOB.canonical)) == (BOB.written, None)
    assert history_of(store, BOB.canonical).former == (ADA.canonical,)


def test_a_deletion_returns_where_mail_went_and_deletes_the_history_of_those_addresses(store: ReaderStore) -> None:
    join(store)
    move(store)
    change(store, ByAddress(ADA.canonical), Lift("Ada phoned"), NOW + 2 * DAY)
    done = change(store, ByAddress(BOB.canonical), Forget(), NOW + 2 * DAY)
    assert done.history is not None
    assert (done.history.canonicals, set(done.history.subject_ids)) == (
        (BOB.canonical, ADA.canonical), {SIGN_UP.subject_id, "W" * 22},
    )  # fmt: skip
    with store.reading() as readers:
        assert [readers.happened(key) for key in KEYS] == [[], []]
        assert readers.consents(SIGN_UP.subject_id) == []
        assert readers.moved_to(ADA.canonical) is None


def test_the_events_of_one_transaction_happen_one_after_the_other(fresh: Fresh) -> None:
    store, emails = fresh()
    requests = [replace(SIGN_UP, path=path) for path in ("backend", "rust")]
    changes = change_all(store, [(ByAddress(ADA.canonical), request) for request in requests], NOW)
    assert [each.happened for each in changes] == [True, True]
    found = state(store).subscriber
    assert found is not None
    assert {course.path for course in found.courses} == {"backend", "rust"}
    assert emails() == [("confirmation", None)]


def test_a_refusal_is_found_by_its_mailbox_even_after_its_reader_was_deleted(store: ReaderStore) -> None:
    change(store, ByAddress(ADA.canonical), ENTER, NOW)
    change(store, ByAddress(ADA.canonical), Leave(Reason.REFUSED), NOW)
    change(store, ByAddress(ADA.canonical), Forget(), NOW + DAY)
    change(store, ByAddress(BOB.canonical), Leave(Reason.BOUNCED), NOW)
    with store.reading() as readers:
        assert set(readers.states(["x@example.com"], [ADA.canonical, BOB.canonical])) == {
            "x@example.com",
            ADA.canonical,
        }
        assert set(readers.states(["x@example.com"])) == {"x@example.com"}


def test_among_thousands_of_addresses_those_suppressed_by_digest_or_mailbox_are_found(store: ReaderStore) -> None:
    many = [f"reader{number}@example.com" for number in range(600)]
    hidden, refused, spelling = many[7], many[8], many[8].replace("@", "+news@")

    def suppressed() -> set[str]:
        with store.reading() as readers:
            states = readers.states([*many, spelling])
        assert len(states) == len(many) + 1
        assert all(state.canonical == key and state.inferred for key, state in states.items() if state.suppression)
        return {key for key, state in states.items() if state.suppression is not None}

    assert suppressed() == set()
    digest = hashed(hidden)
    with store.writing() as readers:
        known = AddressState(digest, suppression=Suppression(digest, Reason.COMPLAINED, NOW))
        readers.save(Outcome([(AddressState(digest), known)]), NOW)
    assert suppressed() == {hidden}
    change(store, ByAddress("reader8+old@example.com"), Leave(Reason.REFUSED), NOW)
    assert suppressed() == {hidden, refused, spelling}


def test_an_import_goes_on_where_it_stopped_but_not_a_week_later_and_in_one_process_only(store: ReaderStore) -> None:
    with store.writing() as readers:
        begun = readers.begin_import("digest", "list.csv", 30, NOW)
    reached = ImportProgress(begun.id, 10, {"new": 10}, before=0)
    change_all(store, [], NOW, lambda _: reached)
    with store.writing() as readers:
        assert replace(readers.begin_import("digest", "list.csv", 30, NOW + DAY), before=0) == reached
        assert readers.begin_import("digest", "list.csv", 31, NOW).done == 0
        assert readers.begin_import("digest", "list.csv", 30, NOW + 8 * DAY).done == 0
    with pytest.raises(ImportOvertaken):
        change_all(store, [], NOW, lambda _: reached)


def seen(store: ReaderStore, emails: Callable[[], Emails]) -> list[object]:
    """Return everything that a store says about two addresses; the order of a reader's courses does not matter."""
    with store.reading() as readers:
        states = readers.states(KEYS)
        return [
            [in_order(states[key]) for key in KEYS],
            [readers.happened(key) for key in KEYS],
            [readers.address_history(states[key]).former for key in KEYS],
            [set(readers.address_history(states[key]).subject_ids) for key in KEYS],
            [readers.moved_to(key) for key in KEYS],
            [sorted(map(str, readers.consents(whose))) for key in KEYS if (whose := id_at(states[key])) is not None],
            sorted(map(str, emails())),
        ]


def in_order(found: AddressState) -> AddressState:
    reader = found.subscriber
    return (
        replace(found, subscriber=replace(reader, courses=tuple(sorted(reader.courses, key=str)))) if reader else found
    )


def id_at(found: AddressState) -> str | None:
    return found.subscriber.subject_id if found.subscriber else None


@settings(max_examples=some(40), deadline=None, suppress_health_check=UNHURRIED)
@given(steps=histories(10))
def test_after_any_events_the_store_equals_the_transitions_and_its_twin_in_memory(
    fresh: Fresh, steps: list[Step]
) -> None:
    (store, emails), (twin, twins_emails) = fresh(), in_memory()
    model = {key: AddressState(key) for key in KEYS}
    now = NOW
    for step in steps:
        now += step.wait
        here, event = step.address.canonical, event_of(step, now)
        if isinstance(event, AskMove):
            event = WishMove(other(step.address), f"q{now:%y%m%d%H%M%S%f}")
        if isinstance(event, ConfirmMove) and (wisher := model[here].subscriber) and wisher.moving_since:
            event = ConfirmMove(wisher.moving_since.replace(microsecond=0))
        for each in (store, twin):
            change(each, ByAddress(here), event, now)
        if not isinstance(event, WishMove | ConfirmMove):
            model[here] = decided(model[here], event, now)
        elif (there := elsewhere(model[here], event)) is not None:
            model[here], model[there] = after_both(model[here], model[there], event, now)
        model = {key: replace(each, emails=()) for key, each in model.items()}
        found = seen(store, emails)
        assert found[0] == [in_order(model[key]) for key in KEYS]
        assert found == seen(twin, twins_emails)
