"""A database that the code of revisions 0002 made and left in the middle of everything goes on with the code of now.

tests/data/database_of_0002 says how it was made and what it holds. These tests speak of what readers and editors
get, never of tables, so that they hold whatever becomes of those.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections import Counter
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest

from publisher import mail_round, pipeline, scheduler
from publisher.errors import Refused
from publisher.issue import DeliveryState as State
from subscribers import Confirmed, Left, Reason
from subscribers import State as ReaderState
from tests.mailroom import ROOT
from tests.office import WORDING, Bureau, bureau, text_of, token_in

pytestmark = pytest.mark.both_databases

DATA = ROOT / "tests" / "data" / "database_of_0002"
STOPPED = dt.datetime(2026, 11, 26, 7, 55, tzinfo=dt.UTC)
"""When the new code takes over: five minutes before issue 4 is due, a week after the sender of issue 3 died."""

TITLES = {1: "Leases · Who holds the lock?", 2: "Retries · What does a retry cost?", 3: "Ledgers · Who got what?",
          4: "Queues · What waits", 5: "Clocks · What time is it?"}  # fmt: skip

# Links in mail that the old code sent.
UNSUBSCRIBE = {
    "sent": "rcg8QUQLbGkQ6RTEPbJXPQU37v5GgHOJjeF1WMm70vqv",
    "queued": "rUaubCBmqC80rvMTJpDMi4uNY3MlUZyyLMiRKDwuLWBY",
    "deleted": "rViIK6aCXDrXH1sctDDaSxRJrWBzY8Dw5O02PCihYGX3",
}
PREFERENCES_OF_SENT = "rcg8QUQLbGkQ6RTEPbJXPQVrJjmAL_y8-cBSf0422KNudbvuLA"
CONFIRM_ASKED = "rZCeqYESrzz5vsn7unm3wotrCcUg4cJ-w4Ie57ZuYPm5TRGDXw"


def restore(url: str) -> None:
    """Fill an empty database with that of then."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        connection.executescript((DATA / "sqlite.sql").read_text("utf-8"))
        connection.close()
        return
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://")) as connection:
        connection.execute((DATA / "postgresql.sql").read_bytes())


@pytest.fixture
def news(database_url: str, tmp_path: Path) -> Iterator[Bureau]:
    restore(database_url)
    with bureau(database_url, tmp_path, content=DATA / "content") as opened:
        take_over(opened)
        yield opened


def take_over(news: Bureau) -> None:
    """Let it be the time at which the new code takes over."""
    settings = news.folder / "content" / "publication.toml"
    # As the changelog says to those who approve by a command, as everybody did then.
    settings.write_text(f"{settings.read_text()}\n[approval]\nshell = true\n")
    news.clock.time = STOPPED


def at(news: Bureau, moment: str) -> list[EmailMessage]:
    """Let it be that time of day, or that day and time; return the mail that leaves then."""
    day, _, time = moment.rpartition(" ")
    news.clock.time = dt.datetime.fromisoformat(f"{day or STOPPED.date()}T{time}+00:00")
    mail_round.round_of_mail(news.app.act())
    scheduler.tick(news.app.act())
    return news.mails()


def name_of(mail: EmailMessage) -> str:
    """Return whom a mail is for, without @example.com."""
    return str(mail["To"].addresses[0].username)


def who_got(mails: list[EmailMessage], number: int) -> Counter[str]:
    return Counter(name_of(mail) for mail in mails if mail["Subject"] == TITLES[number])


WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight")


def write_otherwise(file: Path) -> None:
    """Give a concept words of its own, as is demanded now: all concepts of then say the same of different things."""
    text = file.read_text("utf-8")
    said = text[text.index(" keep a promise across a crash.") : text.index("and most of the work.")]
    file.write_text(text.replace(said, f" need {', '.join(f'{file.stem}-{word}' for word in WORDS)}, "), "utf-8")


def approve_anew(news: Bureau) -> None:
    """Approve issue 4 once more if this release renders it differently: then the old approval does not hold.

    That it was there is said either way.
    """
    (now_is,) = pipeline.status(news.app.act(), 4)
    if now_is.state == "changed":
        with pytest.raises(Refused, match="changed after Robin approved it"):
            pipeline.approved(news.app.act(), 4)
        write_otherwise(news.folder / "content" / "issues" / "0004.md")
        pipeline.approve(news.app.act(), 4, "Robin")
        return
    assert (now_is.state, now_is.approvals) == ("approved", ("Robin",))


def test_issues_readers_and_their_histories_are_all_there(news: Bureau) -> None:
    readers = news.app.subscribers
    assert readers.queries.counts() == {ReaderState.ACTIVE: 17, ReaderState.PENDING: 3, ReaderState.UNSUBSCRIBED: 6}
    assert [one.state for one in pipeline.status(news.app.act()) if one.number != 4] == [
        "sent",
        "assembled",
        "sending",
    ]
    (half_sent,) = pipeline.status(news.app.act(), 3)
    assert half_sent.approvals == ("Robin",)
    assert half_sent.sums is not None
    assert half_sent.sums.counts == {
        State.QUEUED: 3, State.CLAIMED: 8, State.AT_DOT: 1, State.DEFERRED: 1, State.SENT: 3, State.FAILED: 1,
        State.IN_DOUBT: 1, State.SUPPRESSED: 1,
    }  # fmt: skip
    reasons = {name: reason for name in ("complained", "bounced", "removed", "left", "before", "deleted", "sent")
               if (found := readers.editors.show(f"{name}@example.com").suppression) and (reason := found.reason)}  # fmt: skip
    assert reasons == {
        "complained": Reason.COMPLAINED, "bounced": Reason.BOUNCED, "removed": Reason.REMOVED,
        "left": Reason.UNSUBSCRIBED, "before": Reason.MOVED, "deleted": Reason.REMOVED,
    }  # fmt: skip
    left = readers.editors.show("left@example.com")
    assert ("why", "Too many mails") in [(one.what, one.detail) for one in left.history]
    moved = readers.editors.show("moved@example.com")
    assert [consent.act.value for consent in moved.consents] == ["asked", "confirmed"]
    assert moved.reader is not None
    assert [one.number for one in news.app.ledger.records.received(moved.address_history)] == [1, 3]
    chosen = {name: reader for name in ("sections", "zone", "paused", "tagged", "course")
              if (reader := readers.editors.show(f"{name}@example.com").reader)}  # fmt: skip
    assert chosen["sections"].without == ("question",)
    assert chosen["zone"].zone == "America/Los_Angeles"
    assert chosen["paused"].paused(STOPPED)
    assert chosen["tagged"].tags == ("vip", "beta")
    assert [(course.path, course.sent) for course in chosen["course"].courses] == [("backend", 1)]


def test_the_half_sent_issue_is_finished_with_nobody_twice_and_nobody_lost(news: Bureau) -> None:
    approve_anew(news)
    mails = at(news, "08:00")
    in_hand = ["claimed", "sections", "link", "mover", "steps", "course", "tagged"]
    assert who_got(mails, 3) == Counter([*in_hand, "queued", "zone"])
    assert who_got(at(news, "08:19"), 3) == Counter()
    assert who_got(at(news, "08:20"), 3) == Counter(["deferred"])
    assert who_got(at(news, "09:00"), 3) == Counter()
    (finished,) = pipeline.status(news.app.act(), 3)
    assert finished.state == "sent"
    assert finished.sums is not None
    # In doubt are the one of then and the one at the dot; suppressed are `suppressed`, and `left` and `lost` since.
    assert finished.sums.counts == {State.SENT: 13, State.FAILED: 1, State.IN_DOUBT: 2, State.SUPPRESSED: 3}
    with pytest.raises(Refused, match="already sent"):
        pipeline.send(news.app.act(), 3)
    (shortened,) = (mail for mail in mails if name_of(mail) == "sections" and mail["Subject"] == TITLES[3])
    assert "Ledgers keep a promise" in text_of(shortened)
    assert "The interviewer draws" not in text_of(shortened)


def test_the_weeks_go_on_and_the_one_that_was_missed_stays_missed(news: Bureau) -> None:
    approve_anew(news)
    everybody = ["sent", "failed", "doubt", "dot", "claimed", "queued", "deferred", "sections", "moved", "link",
                 "mover", "steps", "course", "tagged", "welcome"]  # fmt: skip
    mails = at(news, "08:00")
    assert who_got(mails, 4) == Counter(everybody)
    later = [*at(news, "15:59"), *at(news, "16:00"), *at(news, "16:01")]
    assert who_got(later, 4) == Counter(["zone"])
    write_otherwise(news.folder / "content" / "concepts" / "clocks.md")
    monday = [*at(news, "2026-11-30 09:00"), *at(news, "2026-11-30 09:01")]
    assert [name_of(mail) for mail in monday if TITLES[5] in str(mail["Subject"])] == ["robin"]
    assert [mail for mail in (*mails, *later, *monday) if TITLES[2] in str(mail["Subject"])] == []
    assert [one.state for one in pipeline.status(news.app.act())] == ["sent", "assembled", "sent", "sent", "assembled"]


def test_every_letter_that_was_due_leaves_once_and_its_links_work(news: Bureau) -> None:
    readers = news.app.subscribers
    mail_round.round_of_mail(news.app.act())
    mails = news.mails()
    assert Counter(map(name_of, mails)) == Counter(
        ["pending", "welcome", "welcome", "link", "there", "steps", "course", "robin"]
    )
    subjects = {name_of(mail): str(mail["Subject"]) for mail in mails}
    assert subjects["steps"].endswith("1 of 3)")
    assert subjects["course"].endswith("2 of 3)")
    assert subjects["robin"].startswith("Sign-ups are stopped until")
    for _ in range(2):
        news.clock.advance(60)
        mail_round.round_of_mail(news.app.act())
    assert news.mails() == []
    emails = {name_of(mail): mail for mail in mails}
    now = news.clock.now()
    assert readers.sign_ups.confirm(token_in(emails["pending"], "confirm"), now=now) is Confirmed.NOW
    assert readers.page.portal(token_in(emails["link"], "preferences"), now=now).reader.address == "link@example.com"
    moved = readers.page.confirm_move(token_in(emails["there"], "move"), now=now)
    assert moved is not None
    assert moved.address == "there@example.com"


def test_links_in_old_mail_work_and_who_leaves_by_one_gets_nothing_more(news: Bureau) -> None:
    readers = news.app.subscribers
    approve_anew(news)
    assert readers.sign_ups.confirm(CONFIRM_ASKED, now=STOPPED) is Confirmed.NOW
    assert readers.page.portal(PREFERENCES_OF_SENT, now=STOPPED).reader.address == "sent@example.com"
    assert readers.leaving.unsubscribe(UNSUBSCRIBE["sent"], now=STOPPED) is Left.NOW
    assert readers.leaving.unsubscribe(UNSUBSCRIBE["queued"], now=STOPPED) is Left.NOW
    assert readers.leaving.unsubscribe(UNSUBSCRIBE["queued"], now=STOPPED) is Left.BEFORE
    assert readers.leaving.unsubscribe(UNSUBSCRIBE["deleted"], now=STOPPED) is Left.DELETED
    mails = at(news, "08:00")
    assert "asked" in who_got(mails, 4)
    assert {"sent", "queued", "deleted"} & {name_of(mail) for mail in mails} == set()
    frozen = next(mail for mail in mails if name_of(mail) == "claimed" and mail["Subject"] == TITLES[3])
    assert readers.leaving.unsubscribe(token_in(frozen, "unsubscribe"), now=news.clock.now())
    assert readers.editors.show("claimed@example.com").suppression is not None


def test_a_suppression_of_then_holds_and_who_left_may_come_back(news: Bureau) -> None:
    mail_round.round_of_mail(news.app.act())
    news.mails()
    for name in ("complained", "bounced", "left", "removed", "deleted"):
        news.app.subscribers.sign_ups.sign_up(f"{name}@example.com", source="form /", wording=WORDING, now=STOPPED)
    mail_round.round_of_mail(news.app.act())
    assert sorted(map(name_of, news.mails())) == ["deleted", "left", "removed"]
