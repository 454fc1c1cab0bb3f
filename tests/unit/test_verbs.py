"""The verbs of readers, on the store in memory, without a database."""

from __future__ import annotations

from subscribers import Confirmed, Keyring, Left, Prefer, Reason, State
from subscribers.adapters.memory import MemoryReaders
from subscribers.change import change
from subscribers.events import MailedLate
from subscribers.leaving import Leaving
from subscribers.own_page import OwnPage
from subscribers.sign_ups import SignUps
from subscribers.subscriber import Subscriber
from subscribers.who import ByAddress
from tests.readers import DAY, NOW, SECRET, WORDING

KEYS = Keyring(SECRET)
ADA = "ada@example.com"


def reader(store: MemoryReaders, address: str = ADA) -> Subscriber:
    with store.reading() as readers:
        found = readers.states([address])[address].subscriber
    assert found is not None
    return found


def joined(store: MemoryReaders) -> Subscriber:
    sign_ups = SignUps(store, KEYS)
    sign_ups.sign_up(ADA, source="form /", wording=WORDING, now=NOW)
    sign_ups.confirm(KEYS.confirm(reader(store).subject_id, NOW), now=NOW)
    return reader(store)


def test_a_reader_signs_up_confirms_twice_and_is_welcomed_once() -> None:
    store = MemoryReaders()
    sign_ups = SignUps(store, KEYS)
    sign_ups.sign_up(ADA, source="form /", wording=WORDING, now=NOW)
    link = KEYS.confirm(reader(store).subject_id, NOW)
    assert [sign_ups.confirm(link, now=NOW) for _ in range(2)] == [Confirmed.NOW, Confirmed.BEFORE]
    assert [email.kind for _, email in store.emails] == ["confirmation", "welcome"]


def test_a_reader_chooses_moves_and_leaves_and_says_why_once() -> None:
    store = MemoryReaders()
    whose = joined(store).subject_id
    page, leaving = OwnPage(store, KEYS), Leaving(store, KEYS)
    link = KEYS.account(whose, NOW)
    assert page.prefer(link, Prefer(without=("news",)), now=NOW)
    assert not page.prefer(link, Prefer(without=("news",)), now=NOW)
    page.ask_move(link, "ada@example.org", now=NOW)
    moved = page.confirm_move(KEYS.move(whose, NOW), now=NOW)
    assert moved is not None
    assert (moved.address, moved.without) == ("ada@example.org", ("news",))
    old_mail = KEYS.unsubscribe(whose)
    assert [leaving.unsubscribe(old_mail, now=NOW + DAY, why=why) for why in ("", "too many", "other")] == [
        Left.NOW, Left.BEFORE, Left.BEFORE,
    ]  # fmt: skip
    gone = reader(store, "ada@example.org")
    assert (gone.state, gone.left_why) == (State.UNSUBSCRIBED, "too many")
    with store.reading() as readers:
        assert [each.detail for each in readers.happened(gone.canonical) if each.what == "why"] == ["too many"]


def test_only_the_first_deletion_returns_where_mail_went() -> None:
    store = MemoryReaders()
    link = KEYS.account(joined(store).subject_id, NOW)
    leaving = Leaving(store, KEYS)
    gone, again = leaving.delete_me(link, now=NOW), leaving.delete_me(link, now=NOW)
    assert (gone.canonicals if gone else None, again) == ((ADA,), None)
    with store.reading() as readers:
        suppression = readers.states([ADA])[ADA].suppression
    assert suppression is not None
    assert suppression.reason is Reason.REMOVED


def test_a_late_confirmation_mail_counts_from_when_it_left_unless_its_reader_was_faster() -> None:
    store = MemoryReaders()
    SignUps(store, KEYS).sign_up(ADA, source="form /", wording=WORDING, now=NOW)
    assert change(store, ByAddress(ADA), MailedLate(), NOW + DAY).happened
    assert reader(store).asked == NOW + DAY
    SignUps(store, KEYS).confirm(KEYS.confirm(reader(store).subject_id, NOW + DAY), now=NOW + DAY)
    assert not change(store, ByAddress(ADA), MailedLate(), NOW + 2 * DAY).happened
