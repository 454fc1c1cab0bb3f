"""Three days after an issue the editors hear, once, how it did."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher import reports
from publisher.issue import Approved, DeliveryState, IsoWeek
from publisher.ports import Outcome, WeekState
from publisher.reports import reasons
from subscribers import Keyring, Subscribers, Wording
from tests.mailroom import add_readers, database
from tests.publication import FakeClock, MemoryApp, example, variables
from tests.readers import Mailbox

W48 = IsoWeek(2026, 48)
DUE = dt.datetime(2026, 11, 26, 7, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


class Desk:
    """A publication in memory, whose week 48 is opened, and the mail that its editors get."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock(DUE - DAY)
        self.mail = folder / "mail"
        place, outside = example(folder / "news"), variables("smtp://127.0.0.1:9")
        self.app = MemoryApp(place, self.clock, outside, transport=f"file:{self.mail}")
        self.app.act().weeks.open(W48, DUE)

    def join(self, address: str) -> str:
        """Let a reader sign up and confirm; return the token by which they leave."""
        now, keyring = self.clock.now(), self.app.keyring
        self.app.sign_ups.sign_up(address, source="form", wording=Wording("test"), now=now)
        reader = next(each for each in self.app.readers.readers if each.address == address)
        self.app.sign_ups.confirm(keyring.confirm(reader.subject_id, now), now=now)
        return keyring.unsubscribe(reader.subject_id)

    def send(self, *ends: tuple[DeliveryState, str]) -> None:
        """Let issue 10 of week 48 go out now, with a reader for each end of a delivery."""
        ledger = self.app.ledger
        for place in range(len(ends)):
            self.join(f"reader{place}@example.com")
        self.app.act().weeks.move(W48, WeekState.OPEN, WeekState.SENDING, number=10)
        now = self.clock.now()
        ledger.deliveries.start(Approved(10, "d", "Subject", b"m", ()), now)
        sender = ledger.senders.register(now)
        claimed = ledger.deliveries.claim(10, sender, 100, now)
        due = {DeliveryState.DEFERRED: now + 5 * DAY}
        done = [Outcome(each.id, state, reply, due.get(state)) for each, (state, reply) in zip(claimed, ends, strict=True)]  # fmt: skip
        ledger.deliveries.commit(sender, done, [], now)

    def told(self, moment: dt.datetime) -> str:
        """Return the text of what one editor is told when the tick asks at a moment; empty for nothing."""
        before = set(self.mail.glob("*.eml"))
        self.clock.time = moment
        reports.report(self.app.act(), moment)
        fresh = sorted(set(self.mail.glob("*.eml")) - before)
        if not fresh:
            return ""
        text = email.message_from_bytes(fresh[0].read_bytes(), policy=email.policy.default).get_body(("plain",))
        return " ".join(text.get_content().split())  # type: ignore[union-attr]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    with made.app:
        yield made


def test_three_days_after_an_issue_the_editors_are_told_once_how_it_did(desk: Desk) -> None:
    desk.clock.time = DUE
    gone = "550 5.1.1 <reader9@example.com> unknown"
    desk.send(
        (DeliveryState.SENT, "250 ok"), (DeliveryState.FAILED, gone), (DeliveryState.FAILED, gone),
        (DeliveryState.FAILED, "554 5.7.1 spam"), (DeliveryState.DEFERRED, "451 4.7.1 later"), (DeliveryState.IN_DOUBT, ""),
    )  # fmt: skip
    desk.clock.time = DUE + DAY
    leaves = desk.join("new@example.com")
    desk.app.leaving.unsubscribe(leaves, now=DUE + 2 * DAY)
    assert desk.told(DUE + 3 * DAY - dt.timedelta(minutes=1)) == ""
    told = desk.told(DUE + 3 * DAY)
    assert "This became of its 6 deliveries: 1 sent, 1 deferred, 3 failed, 1 in doubt." in told
    assert "Failed, 2 times: «550 5.1.1 … unknown»" in told
    assert "Failed, once: «554 5.7.1 spam»" in told
    assert "Deferred, once: «451 4.7.1 later»" in told
    assert "In doubt, once: «no answer»" in told
    assert "In the three days after it, 7 readers joined and 1 left." in told
    assert "pressroom settle 10" in told
    assert "reader9" not in told.partition("Failed")[2]
    assert desk.told(DUE + 3 * DAY) == desk.told(DUE + 30 * DAY) == ""


def test_of_an_issue_that_went_out_late_they_are_told_three_days_after_that(desk: Desk) -> None:
    assert desk.told(DUE + 3 * DAY) == ""
    desk.send((DeliveryState.SENT, "250 ok"))
    assert desk.told(DUE + 5 * DAY) == ""
    assert "its one delivery: 1 sent" in desk.told(DUE + 6 * DAY)


def test_of_an_issue_that_never_went_out_nothing_is_said_and_it_is_not_waited_for_for_ever(desk: Desk) -> None:
    weeks = desk.app.act().weeks
    assert desk.told(DUE + 27 * DAY) == ""
    assert weeks.to_report(DUE + 27 * DAY)
    assert desk.told(DUE + 28 * DAY) == ""
    assert not weeks.to_report(DUE + 28 * DAY)


def test_weeks_that_were_opened_before_this_existed_are_never_reported(desk: Desk) -> None:
    desk.clock.time = DUE
    desk.app.act().weeks.reported(W48)  # as a migration leaves them
    desk.send((DeliveryState.SENT, "250 ok"))
    assert desk.told(DUE + 3 * DAY) == ""


def test_reasons_are_counted_by_their_codes_and_name_nobody() -> None:
    replies = ["421 4.7.0 to <ada@example.com> slow", "421 4.7.0 to bob@example.com slow", "x" * 500, "a", "b", "b"]
    found = reasons(DeliveryState.DEFERRED, replies)
    assert len(found) == 3
    assert found[0] == "Deferred, 2 times: «421 4.7.0 to … slow»"
    assert all("@" not in line and len(line) < 200 for line in found)


def test_readers_who_joined_and_left_are_counted_between_two_moments(tmp_path: Path) -> None:
    engine = database(f"sqlite:///{tmp_path / 'readers.db'}")
    for name, columns in {
        "now": {}, "early": {"confirmed": DUE - DAY}, "late": {"confirmed": DUE + DAY}, "pending": {"state": "pending", "confirmed": None},
        "imported": {"confirmed": None}, "left": {"state": "unsubscribed", "left": DUE},
        "back": {"confirmed": DUE - DAY, "left": DUE}, "gone": {"state": "unsubscribed", "confirmed": DUE - DAY, "left": DUE - DAY},
    }.items():  # fmt: skip
        add_readers(engine, [f"{name}@example.com"], **({"created": DUE, "confirmed": DUE} | columns))
    counts = Subscribers(engine, Keyring("k" * 32), Mailbox()).queries.joined_and_left
    assert counts(DUE, DUE + DAY) == (3, 1)
    assert counts(DUE - DAY, DUE) == (3, 1)
