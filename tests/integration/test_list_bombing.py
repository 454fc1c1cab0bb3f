"""Variants of one mailbox: however they are spelt and whoever sends them, its owner gets one mail a day, then one a month."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers import MemoryReaders, SignUpRequest, Subscribers, parse_address
from subscribers.adapters import tables
from subscribers.asks import BETWEEN_CONFIRMATIONS, FORGIVEN_AFTER, UNANSWERED_AT_MOST
from subscribers.change import change
from subscribers.events import AskAgain, Confirm, Event, Leave, SignUp
from subscribers.subscriber import EmailKind, Reason
from subscribers.who import ByAddress, ByLink
from tests.histories import check_unanswered
from tests.long import some
from tests.readers import DAY, NOW, WORDING, Mailbox

VARIANTS = ("adab@gmail.com", "ada.b@gmail.com", "a.da.b+news@googlemail.com", "adab+a@gmail.com")


def request(address: str) -> SignUpRequest:
    return SignUpRequest(parse_address(address), "form", WORDING)


def test_of_many_variants_in_one_transaction_or_in_many_one_is_mailed(
    readers: Subscribers, mailbox: Mailbox, engine: sa.Engine
) -> None:
    readers.sign_ups.sign_up_all([request(f"ada.b+{n}@gmail.com") for n in range(100)], NOW)
    for number in range(100, 200):
        readers.sign_ups.sign_up_all([request(f"adab+{number}@googlemail.com")], NOW)
    mailbox.post(readers.outbox, NOW)
    assert [email.address for email in mailbox.emails] == ["ada.b+0@gmail.com"]
    readers.sign_ups.sign_up_all([request(f"a.dab+{n}@gmail.com") for n in range(100)], NOW + DAY)
    mailbox.post(readers.outbox, NOW + DAY)
    assert len(mailbox.emails) == 2
    with engine.connect() as connection:
        assert set(connection.scalars(sa.select(tables.subscriber.c.mailbox))) == {"adab@gmail.com"}


def test_of_variants_at_the_same_moment_one_is_mailed(readers: Subscribers, engine: sa.Engine) -> None:
    barrier = threading.Barrier(8)

    def sign_up(number: int) -> None:
        barrier.wait()
        for each in range(5):
            readers.sign_ups.sign_up_all([request(f"ada.b+{number}x{each}@gmail.com")], NOW)

    threads = [threading.Thread(target=sign_up, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.email)) == 1


def test_a_move_to_a_variant_counts_too_and_an_expired_link_of_another_variant_brings_no_mail(
    readers: Subscribers, mailbox: Mailbox
) -> None:
    readers.editors.add("ada@example.com", source="test", wording=WORDING, now=NOW)
    readers.sign_ups.sign_up_all([request("ada.b@gmail.com")], NOW)
    mailbox.post(readers.outbox, NOW)
    old = mailbox.emails[0].token
    [ada] = readers.queries.find(query="ada@")
    link = readers.page._keyring.account(ada.subject_id, NOW + 3 * DAY)
    readers.page.ask_move(link, "adab+x@gmail.com", now=NOW + 3 * DAY)
    readers.sign_ups.ask_again(old, now=NOW + 3 * DAY)
    mailbox.post(readers.outbox, NOW + 3 * DAY)
    assert [email.kind for email in mailbox.emails] == ["confirmation", "move"]


@pytest.mark.parametrize("asked", [True, False])
def test_a_mailbox_that_never_wants_to_be_asked_is_left_alone_even_after_its_reader_was_deleted(
    asked: bool, readers: Subscribers, mailbox: Mailbox
) -> None:
    if asked:
        readers.sign_ups.sign_up_all([request("one.p@gmail.com")], NOW)
    else:
        readers.editors.add("one.p@gmail.com", source="test", wording=WORDING, now=NOW)
    mailbox.post(readers.outbox, NOW)
    sent = len(mailbox.emails)
    readers.editors.suppress("one.p@gmail.com", Reason.REFUSED, now=NOW)
    readers.editors.forget("one.p@gmail.com", now=NOW + DAY)
    readers.sign_ups.sign_up_all([request("onep+1@gmail.com")], NOW + 2 * DAY)
    mailbox.post(readers.outbox, NOW + 2 * DAY)
    assert len(mailbox.emails) == sent


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["sign up", "sign up", "sign up", "ask again", "confirm", "leave"]),
        st.integers(0, len(VARIANTS) - 1),
        st.sampled_from([dt.timedelta(0), dt.timedelta(hours=1), dt.timedelta(hours=24), 9 * DAY, 31 * DAY]),
    ),
    max_size=40,
)


@settings(deadline=None, max_examples=some(300))
@given(STEPS)
def test_in_every_history_of_variants_their_mailbox_gets_one_mail_a_day_and_then_one_a_month(
    steps: list[tuple[str, int, dt.timedelta]],
) -> None:
    store, now, asked = MemoryReaders(), NOW, list[dt.datetime]()
    for kind, number, wait in steps:
        now += wait
        address = parse_address(VARIANTS[number])
        subject = f"{number}" * 22
        events: dict[str, Event] = {
            "sign up": SignUp(address, "form", subject, WORDING),
            "ask again": AskAgain(now),
            "confirm": Confirm(now),
            "leave": Leave(Reason.UNSUBSCRIBED),
        }
        event = events[kind]
        who = ByAddress(address.canonical) if kind == "sign up" else ByLink(subject)
        before = len(store.emails)
        done = change(store, who, event, now)
        fresh = [email for _, email in store.emails[before:]]
        asked += [now for email in fresh if email.kind is EmailKind.CONFIRMATION]
        if kind == "confirm" and done.happened:  # so the mailbox is its owner's, and all mails before are forgiven
            check_unanswered(asked)
            asked = []
    check_unanswered(asked)


@pytest.mark.parametrize("gap", [BETWEEN_CONFIRMATIONS, FORGIVEN_AFTER])
def test_a_mailbox_that_answered_at_one_address_starts_anew_at_the_others(
    gap: dt.timedelta, readers: Subscribers
) -> None:
    now = NOW
    for number in range(UNANSWERED_AT_MOST):
        now = NOW + number * DAY
        readers.sign_ups.sign_up_all([request(f"ada.b+{number}@gmail.com")], now)
    [latest] = [reader for reader in readers.queries.find() if reader.asked == now]
    assert latest.confirmations == UNANSWERED_AT_MOST
    keyring = readers.sign_ups._keyring
    readers.sign_ups.confirm(keyring.confirm(latest.subject_id, now), now=now + dt.timedelta(hours=1))
    readers.sign_ups.sign_up_all([replace(request("a.da.b@gmail.com"), source="again")], now + gap)
    [fresh] = [reader for reader in readers.queries.find() if reader.source == "again"]
    assert fresh.confirmations == 1
