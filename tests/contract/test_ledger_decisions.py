"""The contract of what a person decides of an issue's deliveries: pause, resume, cancel, retry, and settle some of them."""

from __future__ import annotations

import datetime as dt

import pytest

from publisher.ports import Cancelled, Ledger, Outcome, Pause, Which
from subscribers import BounceKind
from tests.contract.ledgers import LATER, READERS, LedgerCase, S
from tests.mailroom import NOON


def end_all(ledger: Ledger, state: S, reply: str = "", **more: object) -> None:
    """Let every delivery of issue 7 end alike, and the issue with them."""
    sender = ledger.senders.register(NOON)
    rows = ledger.deliveries.claim(7, sender, 100, NOON)
    ends = [Outcome(row.id, state, reply.replace("ADDRESS", row.address), **more) for row in rows]  # type: ignore[arg-type]
    ledger.deliveries.commit(sender, ends, (), NOON)
    ledger.senders.release(sender)
    assert ledger.deliveries.finish(7, NOON)


def test_while_an_issue_is_paused_no_message_begins_and_none_ends(ledger: Ledger) -> None:
    sender = ledger.senders.register(NOON)
    held, marked = ledger.deliveries.claim(7, sender, 2, NOON)
    assert ledger.deliveries.commit(sender, (), [marked.id], NOON) == {marked.id}
    assert not ledger.decisions.paused(7)
    assert ledger.decisions.pause(7, "a wrong link", LATER)
    assert ledger.decisions.paused(7)
    assert ledger.deliveries.claim(7, sender, 10, LATER) == []
    assert ledger.deliveries.commit(sender, (), [held.id], LATER) == frozenset()
    ledger.deliveries.commit(sender, [Outcome(marked.id, S.SENT, "250 ok")], (), LATER)
    assert ledger.deliveries.sums(7, LATER)[S.SENT] == 1, "whose dot was written may arrive"
    assert not ledger.deliveries.finish(7, LATER)
    assert ledger.decisions.resume(7)
    assert ledger.deliveries.commit(sender, (), [held.id], LATER) == {held.id}
    rest = ledger.deliveries.claim(7, sender, 10, LATER)
    assert {row.address for row in rest} == set(READERS) - {held.address, marked.address}


def test_the_record_says_since_when_an_issue_is_paused_and_why_until_it_goes_on(ledger: Ledger) -> None:
    assert ledger.decisions.pause(7, "a wrong link", NOON)
    assert ledger.decisions.pause(7, "two wrong links", LATER)
    for entry in (ledger.records.entry(7), ledger.deliveries.mailing(7), ledger.records.entries()[0]):
        assert entry is not None
        assert entry.pause == Pause(NOON, "two wrong links")
    assert ledger.decisions.resume(7)
    assert ledger.records.entry(7).pause is None  # type: ignore[union-attr]
    assert not ledger.decisions.resume(7)


def test_only_an_issue_that_is_being_sent_is_paused_or_cancelled(ledger: Ledger) -> None:
    assert not ledger.decisions.pause(8, "never begun", NOON)
    assert ledger.decisions.cancel(8, "never begun", NOON) is None
    end_all(ledger, S.SENT)
    assert not ledger.decisions.pause(7, "too late", NOON)
    assert ledger.decisions.cancel(7, "too late", NOON) is None
    assert ledger.records.entry(7).pause is None  # type: ignore[union-attr]


def test_a_cancelled_issue_goes_to_nobody_who_does_not_have_it_yet(ledger: Ledger) -> None:
    sender = ledger.senders.register(NOON)
    sent, held, marked = ledger.deliveries.claim(7, sender, 3, NOON)
    ledger.deliveries.commit(sender, [Outcome(sent.id, S.SENT, "250 ok")], [marked.id], NOON)
    others = len(READERS) - 3
    assert ledger.decisions.cancel(7, "the wrong issue", LATER) == Cancelled(others, 2)
    assert not ledger.deliveries.finish(7, LATER)
    assert ledger.deliveries.commit(sender, [Outcome(marked.id, S.SENT, "250 ok")], [held.id], LATER) == frozenset()
    ledger.senders.release(sender)  # the one in hand is given back
    assert ledger.deliveries.claim(7, ledger.senders.register(LATER), 10, LATER) == []
    assert ledger.decisions.cancel(7, "the wrong issue", LATER) == Cancelled(1, 0)
    assert ledger.deliveries.finish(7, LATER)
    assert not ledger.decisions.paused(7), "what failed of it may be tried again"
    found = {entry.address: (entry.state, entry.reply) for entry in ledger.records.find(7)}
    assert {found[sent.address][0], found[marked.address][0]} == {S.SENT}
    assert {value for key, value in found.items() if key not in (sent.address, marked.address)} == {
        (S.SUPPRESSED, "cancelled: the wrong issue")
    }


def test_failed_deliveries_are_queued_again_with_all_their_tries(ledger: Ledger) -> None:
    end_all(ledger, S.FAILED, "550 5.4.5 quota, ADDRESS", bounce=BounceKind.SOFT)
    assert ledger.decisions.retry(7, Which(reply="QUOTA, reader1"), LATER) == 1
    assert ledger.decisions.retry(7, Which(domain="example.org"), LATER) == 0
    assert ledger.decisions.retry(7, Which(domain="Example.COM", address=READERS[2].upper()), LATER) == 1
    assert ledger.decisions.retry(7, Which(reply="100%"), LATER) == 0
    assert not ledger.deliveries.finish(7, LATER)
    sender = ledger.senders.register(LATER)
    again = ledger.deliveries.claim(7, sender, 10, LATER)
    assert [(row.address, row.attempt) for row in sorted(again, key=lambda row: row.address)] == [
        (READERS[1], 1),
        (READERS[2], 1),
    ]
    ledger.deliveries.commit(sender, [Outcome(row.id, S.SENT, "250 ok") for row in again], (), LATER)
    assert ledger.deliveries.finish(7, LATER)
    told = {bounce.canonical for bounce in ledger.bounces.untold(100, LATER + dt.timedelta(days=1))}
    assert told == set(READERS) - {READERS[1], READERS[2]}, "nothing is left of the first end"


@pytest.mark.parametrize("verdict", [S.SENT, S.QUEUED])
def test_some_deliveries_in_doubt_are_settled_and_the_reason_is_kept(ledger: Ledger, verdict: S) -> None:
    end_all(ledger, S.IN_DOUBT, "connection lost with ADDRESS")
    word = "taken as sent" if verdict is S.SENT else "sent again"
    assert ledger.records.settle(7, None, verdict, LATER, Which(reply="with READER3"), "the log says so") == 1
    assert ledger.records.settle(7, None, verdict, LATER, Which(domain="example.org"), "no") == 0
    assert ledger.records.settle(7, READERS[4], verdict, LATER, why="x" * 600) == 1
    found = {entry.address: entry for entry in ledger.records.find(7, Which(state=verdict))}
    assert set(found) == {READERS[3], READERS[4]}
    assert found[READERS[3]].reply == f"{word}: the log says so; before: connection lost with {READERS[3]}"
    assert len(found[READERS[4]].reply) == 500
    assert {entry.changed for entry in found.values()} == {LATER}


def test_deliveries_are_found_by_state_words_domain_and_address(ledger: Ledger, case: LedgerCase) -> None:
    sender = ledger.senders.register(NOON)
    first, second = ledger.deliveries.claim(7, sender, 2, NOON)
    due = NOON + dt.timedelta(hours=1)
    ends = [Outcome(first.id, S.SENT, "250 ok"), Outcome(second.id, S.DEFERRED, "450 50%_full", due)]
    ledger.deliveries.commit(sender, ends, (), LATER)

    def addresses(**which: object) -> list[str]:
        return [entry.address for entry in ledger.records.find(7, Which(**which))]  # type: ignore[arg-type]

    assert addresses() == sorted(READERS)
    assert addresses(state=S.SENT) == [first.address]
    assert addresses(reply="50%_F") == addresses(state=S.DEFERRED) == [second.address]
    assert addresses(reply="50__f") == addresses(domain="ample.com") == addresses(address="nobody@example.com") == []
    assert addresses(domain="example.com", address=first.address.upper()) == [first.address]
    entries = {entry.address: entry for entry in ledger.records.find(7)}
    assert (entries[second.address].tries, entries[second.address].due) == (1, due)
    assert (entries[first.address].tries, entries[first.address].due) == (1, None)
    assert [entry for entry in ledger.records.find(8)] == []  # noqa: C416 - the ports promise only an iterable
    assert case.ledger is ledger
