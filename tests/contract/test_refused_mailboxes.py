"""Whoever refuses mail refuses it for the whole mailbox: no way in leads past that, at whichever of its addresses."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers import BounceKind, Reason, State, parse_address
from subscribers.address_state import AddressState
from subscribers.change import Happening, change, change_all
from subscribers.events import Bounce, Confirm, Enter, Leave, Lift, SignUp, Undo
from subscribers.import_row import ImportRow
from subscribers.listed import Listed
from subscribers.moves import ConfirmMove, WishMove
from subscribers.ports import ReaderStore
from subscribers.who import ByAddress
from tests.contract.test_reader_store import UNHURRIED, Fresh, fresh, in_memory
from tests.long import some
from tests.readers import DAY, NOW, WORDING

__all__ = ["fresh"]

SPELLINGS = ("bob@gmail.com", "b.ob@gmail.com", "bob+news@googlemail.com")
OTHER = "eve@example.com"
ADDRESSES = {each: parse_address(each) for each in (*SPELLINGS, OTHER)}
REFUSALS: dict[str, Happening] = {
    "never": Leave(Reason.REFUSED),
    "complaint": Bounce(BounceKind.COMPLAINT, "abuse"),
}


@dataclass(frozen=True)
class Step:
    kind: str
    address: str
    number: int = 0

    def event(self, store: ReaderStore, now: dt.datetime) -> Happening:
        address, id_ = ADDRESSES[self.address], f"{(now - NOW).days:012}{self.number:010}"
        match self.kind:
            case "sign up":
                return SignUp(address, "form", id_, WORDING)
            case "confirm":
                return Confirm(now)
            case "enter":
                return Enter(address, "", "cli", id_, WORDING)
            case "listed" | "listed as complained":
                leaving = Reason.COMPLAINED if "complained" in self.kind else None
                return Listed(ImportRow(1, address, leaving=leaving), "list", id_, WORDING)
            case "restored":
                row = ImportRow(
                    1, address, whole=True, state=State.PENDING if self.number % 2 else State.ACTIVE, more=""
                )
                return Listed(row, "list", id_, WORDING)
            case "move":
                return WishMove(ADDRESSES[SPELLINGS[self.number % 3]], id_)
            case "confirm move":
                known = look(store)[self.address].subscriber
                return ConfirmMove((known.moving_since if known and known.moving_since else now).replace(microsecond=0))
            case "leave":
                return Leave(Reason.UNSUBSCRIBED, own=True)
            case "undo":
                return Undo()
        return REFUSALS[self.kind]


WAYS_IN = ("sign up", "confirm", "enter", "listed", "restored", "move", "confirm move", "undo")
KINDS = (*WAYS_IN, *WAYS_IN, "leave", "never", "complaint", "listed as complained")
STEPS = st.builds(Step, st.sampled_from(KINDS), st.sampled_from([*SPELLINGS, OTHER]), st.integers(0, 10**6))


def look(store: ReaderStore) -> dict[str, AddressState]:
    with store.reading() as readers:
        found = readers.states([*SPELLINGS, OTHER])
        return {each: found[each] for each in (*SPELLINGS, OTHER)}


def mailed(store: ReaderStore) -> list[str]:
    """Return the addresses of the mailbox whose readers get mail, or are asked whether they want it."""
    return [
        key
        for key, each in look(store).items()
        if key != OTHER and each.subscriber is not None and each.subscriber.state is not State.UNSUBSCRIBED
    ]


@settings(max_examples=some(300), deadline=None, suppress_health_check=UNHURRIED)
@given(steps=st.lists(STEPS, min_size=4, max_size=14))
def test_after_a_refusal_no_address_of_the_mailbox_gets_mail_whatever_comes(steps: list[Step]) -> None:
    store, emails = in_memory()
    now, refused = NOW, False
    for step in steps:
        now += DAY
        before = len(emails())
        change(store, ByAddress(step.address), step.event(store, now), now)
        refused = refused or (step.address != OTHER and step.kind in (*REFUSALS, "listed as complained"))
        if refused:
            assert mailed(store) == []
            new = {address for _, address in emails()[before:]}
            assert new <= {None} if step.address == OTHER else not new


def test_the_stores_agree_on_the_addresses_of_a_mailbox_that_refuses(fresh: Fresh) -> None:
    (store, emails), (twin, twins_emails) = fresh(), in_memory()
    by_chance = random.Random(3)
    for day in range(1, 25):
        step = Step(by_chance.choice(KINDS), by_chance.choice(list(ADDRESSES)), day)
        event = step.event(twin, now := NOW + day * DAY)
        for each in (store, twin):
            change(each, ByAddress(step.address), event, now)
        assert look(store) == look(twin)
    assert emails() == twins_emails()


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("first", [False, True])
def test_in_one_transaction_the_order_of_a_refusal_and_of_readers_does_not_matter(refusal: str, *, first: bool) -> None:
    store, _ = in_memory()
    steps = [Step(refusal, SPELLINGS[0]), Step("listed", SPELLINGS[1], 1), Step("enter", SPELLINGS[2], 2)]
    ordered = steps if first else [*steps[1:], steps[0]]
    change_all(store, [(ByAddress(each.address), each.event(store, NOW)) for each in ordered], NOW)
    assert mailed(store) == []
    assert all(each.not_liftable for key, each in look(store).items() if key != OTHER)


def test_a_reader_who_leaves_by_a_refusal_elsewhere_is_suppressed_with_their_own_id_and_history(fresh: Fresh) -> None:
    store, _ = fresh()
    for number, key in enumerate(SPELLINGS):
        change(store, ByAddress(key), Step("enter", key, number).event(store, NOW), NOW)
    change(store, ByAddress(SPELLINGS[0]), Leave(Reason.REFUSED), NOW + DAY)
    there = look(store)[SPELLINGS[1]]
    assert there.subscriber is not None
    assert there.suppression is not None
    assert (there.subscriber.state, there.subscriber.left, there.inferred) == (State.UNSUBSCRIBED, NOW + DAY, False)
    assert (there.suppression.reason, there.suppression.subject_id) == (Reason.REFUSED, there.subscriber.subject_id)
    with store.reading() as readers:
        told = [(each.what, each.detail) for each in readers.happened(SPELLINGS[1])]
    assert told == [("suppressed", "refused")]


def test_a_refusal_holds_for_its_mailbox_only_until_it_is_lifted_at_every_address(fresh: Fresh) -> None:
    store, _ = fresh()
    change(store, ByAddress(SPELLINGS[0]), Leave(Reason.REFUSED), NOW)
    change(store, ByAddress(OTHER), Leave(Reason.BOUNCED), NOW)
    assert look(store)[SPELLINGS[2]].inferred
    change_all(store, [(ByAddress(each), Lift("asked")) for each in SPELLINGS], NOW + DAY)
    assert [each.suppression is None for each in look(store).values()] == [True, True, True, False]
    change(store, ByAddress(SPELLINGS[1]), Step("enter", SPELLINGS[1], 1).event(store, NOW), NOW + DAY)
    assert mailed(store) == [SPELLINGS[1]]
