"""A reader who moves: every link in old mail still leads to them, and no suppression is lost on the way. And one who is deleted."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa

from publisher.adapters.database import migrate
from subscribers import Keyring, MovedAway, NotAllowed, Reason, State, Subscribers
from subscribers.adapters import tables
from subscribers.database import open_engine
from tests.readers import DAY, NOW, SECRET, WORDING, Mailbox, post

KEYS = Keyring(SECRET)
MINUTE = dt.timedelta(minutes=1)


def join(readers: Subscribers, address: str) -> str:
    """Sign up and confirm; return the subject id that all of the reader's mail carries from then on."""
    readers.sign_ups.sign_up(address, source="form site", wording=WORDING, now=NOW, client="192.0.2.7")
    (subject,) = [reader.subject_id for reader in readers.queries.find(query=address)]
    readers.sign_ups.confirm(KEYS.confirm(subject, NOW), now=NOW, client="192.0.2.7")
    return subject


def move(readers: Subscribers, subject: str, address: str) -> bool:
    readers.page.ask_move(KEYS.account(subject, NOW), address, now=NOW + MINUTE)
    return readers.page.confirm_move(KEYS.move(subject, NOW + MINUTE), now=NOW + 2 * MINUTE) is not None


def active(readers: Subscribers) -> list[str]:
    return sorted(reader.address for reader in readers.queries.find(state=State.ACTIVE))


@pytest.mark.parametrize("whose", ["one", "other"])
def test_after_two_readers_became_one_the_old_mail_of_both_still_lets_them_leave(
    readers: Subscribers, whose: str
) -> None:
    subjects = {"one": join(readers, "one@example.com"), "other": join(readers, "other@example.com")}
    assert move(readers, subjects["one"], "other@example.com")
    assert active(readers) == ["other@example.com"]
    assert readers.leaving.unsubscribe(KEYS.unsubscribe(subjects[whose]), now=NOW + 400 * DAY)
    assert active(readers) == []
    for subject in subjects.values():  # and again, for ever
        readers.leaving.unsubscribe(KEYS.unsubscribe(subject), now=NOW + 900 * DAY)
    assert active(readers) == []


def test_the_mail_that_went_to_the_former_address_lets_the_reader_leave_at_the_new_one(readers: Subscribers) -> None:
    subject = join(readers, "old@example.com")
    assert move(readers, subject, "new@example.com")
    readers.leaving.unsubscribe(KEYS.unsubscribe(subject), now=NOW + DAY)
    assert active(readers) == []
    readers.sign_ups.sign_up("new@example.com", source="form site", wording=WORDING, now=NOW + 2 * DAY)
    assert active(readers) == []  # only what they confirm anew brings them back


def test_an_old_list_brings_no_address_back_that_its_reader_moved_away_from(
    readers: Subscribers, tmp_path: Path
) -> None:
    subject = join(readers, "old@example.com")
    assert move(readers, subject, "new@example.com")
    path = tmp_path / "old.csv"
    path.write_text("email,name\nOld@example.com,Ada\nnew@example.com,Ada\n")

    def bring_in() -> tuple[int, int, int]:
        report = readers.lists.import_list(path, wording=WORDING, now=NOW + DAY)
        return report.new, report.known, report.suppressed

    assert bring_in() == (0, 1, 1)
    assert active(readers) == ["new@example.com"]
    readers.leaving.unsubscribe(KEYS.unsubscribe(subject), now=NOW + 2 * DAY)
    assert bring_in() == (0, 0, 2)
    with pytest.raises(NotAllowed):
        readers.editors.add("old@example.com", source="cli", wording=WORDING, now=NOW + 2 * DAY)
    assert active(readers) == []


def test_a_reader_moves_back_and_is_told_at_the_address_they_leave(readers: Subscribers, mailbox: Mailbox) -> None:
    subject = join(readers, "old@example.com")
    assert move(readers, subject, "new@example.com")
    post(readers, NOW + 3 * MINUTE)
    told = mailbox.emails[-1]
    assert (told.kind, told.address) == ("moved", "old@example.com")

    readers.page.ask_move(KEYS.account(subject, NOW + DAY), "old@example.com", now=NOW + DAY)
    post(readers, NOW + DAY)
    asked = mailbox.emails[-1]
    assert (asked.kind, asked.address) == ("move", "old@example.com")
    assert readers.page.confirm_move(asked.token, now=NOW + DAY + MINUTE) is not None
    assert active(readers) == ["old@example.com"]
    left, back = readers.editors.show("new@example.com"), readers.editors.show("old@example.com")
    assert (left.suppression and left.suppression.reason, back.suppression) == (Reason.MOVED, None)
    assert (left.moved_to, back.moved_to) == ("old@example.com", None)
    assert (back.address_history.former, subject in back.address_history.subject_ids) == (("new@example.com",), True)
    assert back.reader is not None
    assert back.reader.left is None
    numbers = readers.queries.statistics(NOW + DAY)
    assert (numbers.asked, numbers.confirmed, sum(week.left for week in numbers.weeks)) == (1, 1, 0)


def test_a_reader_carries_the_ids_of_all_who_became_one_with_them(readers: Subscribers) -> None:
    one, other = join(readers, "one@example.com"), join(readers, "other@example.com")
    assert move(readers, one, "other@example.com")
    assert set(readers.editors.show("other@example.com").address_history.subject_ids) == {one, other}


def test_what_is_said_to_a_former_address_is_not_lost_on_whoever_says_it(readers: Subscribers) -> None:
    subject = join(readers, "old@example.com")
    assert move(readers, subject, "New@example.com")
    for verb in (
        lambda: readers.editors.remove("Old@example.com", now=NOW + DAY),
        lambda: readers.editors.forget("Old@example.com", now=NOW + DAY),
        lambda: readers.editors.tag("Old@example.com", add=["vip"], now=NOW + DAY),
    ):
        with pytest.raises(MovedAway, match=r"Old@example\.com .*; the reader moved to New@example\.com"):
            verb()
    with pytest.raises(NotAllowed, match=r"\(moved to New@example\.com\)"):
        readers.editors.add("Old@example.com", source="cli", wording=WORDING, now=NOW + DAY)
    assert active(readers) == ["New@example.com"]
    assert readers.editors.suppress("old@example.com", Reason.BOUNCED, now=NOW + DAY)  # that is about the mailbox
    assert active(readers) == ["New@example.com"]


def test_who_is_deleted_leaves_no_words_at_an_address_that_they_moved_away_from(
    readers: Subscribers, engine: sa.Engine
) -> None:
    subject = join(readers, "old@example.com")
    assert move(readers, subject, "new@example.com")
    readers.editors.unsuppress("old@example.com", "Ada phoned", now=NOW + DAY)
    readers.editors.suppress("old@example.com", Reason.MOVED, now=NOW + DAY)
    other = join(readers, "other@example.com")
    assert move(readers, other, "third@example.com")
    assert readers.editors.forget("new@example.com", now=NOW + DAY)
    with engine.connect() as connection:
        told = set(connection.scalars(sa.select(tables.history.c.canonical)))
    assert told == {"third@example.com"}


def test_an_older_list_of_suppressions_does_not_take_off_who_came_back_since(
    readers: Subscribers, tmp_path: Path
) -> None:
    subject = join(readers, "old@example.com")
    assert move(readers, subject, "new@example.com")
    path = tmp_path / "suppressions.csv"
    path.write_text("".join(readers.lists.export_suppressions_csv()))
    assert "old@example.com,moved," in path.read_text()
    readers.page.ask_move(KEYS.account(subject, NOW + DAY), "old@example.com", now=NOW + DAY)
    assert readers.page.confirm_move(KEYS.move(subject, NOW + DAY), now=NOW + DAY + MINUTE)
    readers.lists.import_list(path, wording=WORDING, now=NOW + 2 * DAY)
    assert active(readers) == ["old@example.com"]
    assert readers.editors.show("old@example.com").suppression is None

    readers.leaving.delete_me(KEYS.account(subject, NOW + 2 * DAY), now=NOW + 2 * DAY)
    readers.editors.unsuppress("old@example.com", "a test", now=NOW + 3 * DAY)
    readers.lists.import_list(path, wording=WORDING, now=NOW + 3 * DAY)  # where nobody is, it counts
    assert readers.editors.show("old@example.com").suppression is not None


@pytest.mark.parametrize("suppressions_first", [True, False])
def test_an_address_that_was_left_is_so_in_another_installation_too(
    readers: Subscribers, tmp_path: Path, suppressions_first: bool
) -> None:
    assert move(readers, join(readers, "old@example.com"), "new@example.com")
    files = {"readers": readers.lists.export_csv(), "suppressions": readers.lists.export_suppressions_csv()}
    engine = open_engine(f"sqlite:///{tmp_path}/other.db")
    migrate(engine)
    other = Subscribers(engine, KEYS, Mailbox())
    for name in sorted(files, reverse=suppressions_first):
        path = tmp_path / f"{name}.csv"
        path.write_text("".join(files[name]))
        other.lists.import_list(path, wording=WORDING, now=NOW + DAY)
    assert active(other) == ["new@example.com"]
    suppression = other.editors.show("old@example.com").suppression
    assert suppression is not None
    assert suppression.reason is Reason.MOVED
    engine.dispose()


@pytest.mark.parametrize("reason", [Reason.COMPLAINED, Reason.BOUNCED, Reason.UNSUBSCRIBED, Reason.REMOVED])
def test_nobody_moves_to_an_address_that_must_not_be_mailed(readers: Subscribers, reason: Reason) -> None:
    subject = join(readers, "old@example.com")
    readers.editors.suppress("suppressed@example.com", reason, now=NOW)
    assert not move(readers, subject, "suppressed@example.com")
    suppression = readers.editors.show("suppressed@example.com").suppression
    assert suppression is not None
    assert suppression.reason is reason
    assert active(readers) == ["old@example.com"]


def test_who_is_deleted_leaves_nothing_but_a_bare_address_that_is_not_mailed(
    readers: Subscribers, engine: sa.Engine
) -> None:
    subject = join(readers, "ada@example.com")
    readers.leaving.delete_me(KEYS.account(subject, NOW), now=NOW + MINUTE)
    (under_way,) = readers.erasures.under_way()
    readers.erasures.done(under_way.id)  # as whoever keeps records about readers does when they are cleared
    with engine.connect() as connection:
        rows = {
            table.name: [tuple(map(str, row)) for row in connection.execute(sa.select(table))]
            for table in tables.SQLModel.metadata.sorted_tables
        }
    found = [(name, cell) for name, cells in rows.items() for row in cells for cell in row
             if any(trace in cell.lower() for trace in ("ada", "192.0.2.7"))]  # fmt: skip
    assert found == [("suppression", "ada@example.com")]
    readers.leaving.unsubscribe(KEYS.unsubscribe(subject), now=NOW + DAY)  # an old link does no harm
    assert active(readers) == []
