"""The readers' life on a real database: SQLite, then PostgreSQL."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from subscribers import (
    Confirmed,
    EmailState,
    ExpiredToken,
    ForgedToken,
    InvalidAddress,
    Keyring,
    Left,
    NotAllowed,
    Reason,
    State,
    Subscribers,
    UnknownReader,
    audience,
    suppressed,
)
from subscribers.adapters import tables
from subscribers.database import DatabaseBroken, DatabaseUnavailable, open_engine
from tests.readers import DAY, NOW, SECRET, WORDING, Mailbox, Posted, post

ADA = "Ada@example.com"
HOUR = dt.timedelta(hours=1)


def sign_up(readers: Subscribers, address: str = ADA, now: dt.datetime = NOW) -> Posted:
    readers.sign_ups.sign_up(address, source="form /", wording=WORDING, now=now)
    return post(readers, now)


def join(readers: Subscribers, mailbox: Mailbox, address: str = ADA, now: dt.datetime = NOW) -> str:
    """Take a reader through sign-up, confirmation and welcome; return their unsubscribe token."""
    sign_up(readers, address, now)
    assert readers.sign_ups.confirm(mailbox.emails[-1].token, now=now) is Confirmed.NOW
    post(readers, now)
    return mailbox.emails[-1].token


def recipients(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return sorted(row.address for row in connection.execute(audience(NOW)))


def suppressions(engine: sa.Engine) -> dict[str, str]:
    with engine.connect() as connection:
        rows = connection.execute(sa.select(tables.suppression.c.canonical, tables.suppression.c.reason))
        return {row.canonical: row.reason for row in rows}


def everything(engine: sa.Engine) -> list[object]:
    with engine.connect() as connection:
        tables_ = (tables.subscriber, tables.consent, tables.wording, tables.suppression)
        return [tuple(row) for table in tables_ for row in connection.execute(sa.select(table))]


def test_a_reader_signs_up_confirms_is_welcomed_and_leaves(
    readers: Subscribers, mailbox: Mailbox, engine: sa.Engine
) -> None:
    assert sign_up(readers) == Posted(sent=1)
    assert recipients(engine) == []
    [confirmation] = mailbox.emails
    assert (confirmation.kind, confirmation.address) == ("confirmation", ADA)

    assert readers.sign_ups.confirm(confirmation.token, now=NOW + HOUR) is Confirmed.NOW
    assert readers.sign_ups.confirm(confirmation.token, now=NOW + HOUR) is Confirmed.BEFORE
    assert recipients(engine) == [ADA]
    assert post(readers, NOW + HOUR) == Posted(sent=1)
    assert post(readers, NOW + HOUR) == Posted()
    welcome = mailbox.emails[-1]
    assert (welcome.kind, welcome.address, welcome.subject_id) == ("welcome", ADA, confirmation.subject_id)

    assert readers.leaving.unsubscribe(welcome.token, now=NOW + DAY) is Left.NOW
    assert recipients(engine) == []
    assert readers.leaving.unsubscribe(welcome.token, now=NOW + DAY) is Left.BEFORE
    assert suppressions(engine) == {"ada@example.com": "unsubscribed"}
    assert readers.sign_ups.confirm(confirmation.token, now=NOW + DAY) is Confirmed.NOT


def test_consents_say_what_was_agreed_to_when_and_where(
    readers: Subscribers, mailbox: Mailbox, engine: sa.Engine
) -> None:
    sign_up(readers)
    readers.sign_ups.confirm(mailbox.emails[-1].token, now=NOW + HOUR)
    readers.editors.add("bob@example.com", source="cli", wording=WORDING, now=NOW)
    with engine.connect() as connection:
        columns = tables.consent.c
        rows = connection.execute(
            sa.select(columns.act, columns.at, columns.source, tables.wording.c.text)
            .join(tables.wording, tables.wording.c.version == columns.wording)
            .order_by(columns.id)
        ).all()
    assert [tuple(row) for row in rows] == [
        ("asked", NOW, "form /", WORDING.text),
        ("confirmed", NOW + HOUR, "form /", WORDING.text),
        ("entered", NOW, "cli", WORDING.text),
    ]


def test_a_form_is_answered_alike_for_new_pending_active_and_suppressed_addresses(
    readers: Subscribers, mailbox: Mailbox, engine: sa.Engine
) -> None:
    join(readers, mailbox, "active@example.com")
    sign_up(readers, "pending@example.com")
    readers.editors.suppress("suppressed@example.com", Reason.COMPLAINED, now=NOW)
    mailbox.emails.clear()
    for name in ("new", "pending", "active", "suppressed"):
        readers.sign_ups.sign_up(f"{name}@example.com", source="form /", wording=WORDING, now=NOW)
    post(readers, NOW)
    assert [email.address for email in mailbox.emails] == ["new@example.com"]


def test_an_address_gets_one_confirmation_a_day_and_five_in_its_lifetime(
    readers: Subscribers, mailbox: Mailbox, engine: sa.Engine
) -> None:
    for _ in range(50):
        sign_up(readers, "ada@EXAMPLE.com", NOW)
    assert len(mailbox.emails) == 1
    for day in range(1, 30):
        sign_up(readers, "ADA@example.com", NOW + day * DAY)
    assert len(mailbox.emails) == 5
    with engine.connect() as connection:  # and consent rows do not pile up either
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.consent)) == 5


def test_an_expired_link_does_not_confirm_and_may_be_asked_for_again(readers: Subscribers, mailbox: Mailbox) -> None:
    sign_up(readers)
    with pytest.raises(ExpiredToken):
        readers.sign_ups.confirm(mailbox.emails[-1].token, now=NOW + 2 * DAY)
    sign_up(readers, now=NOW + 2 * DAY)
    assert len(mailbox.emails) == 2
    assert readers.sign_ups.confirm(mailbox.emails[-1].token, now=NOW + 3 * DAY) is Confirmed.NOW


def test_who_left_comes_back_only_by_a_new_sign_up_and_its_confirmation(
    readers: Subscribers, mailbox: Mailbox, engine: sa.Engine, tmp_path: Path
) -> None:
    readers.leaving.unsubscribe(join(readers, mailbox), now=NOW + HOUR)
    with pytest.raises(NotAllowed, match="unsubscribed"):
        readers.editors.add(ADA, source="cli", wording=WORDING, now=NOW + DAY)
    path = tmp_path / "list.csv"
    path.write_text("email\nada@example.com\n")
    assert readers.lists.import_list(path, wording=WORDING, now=NOW + DAY).suppressed == 1
    assert recipients(engine) == []

    sign_up(readers, now=NOW + 2 * DAY)
    assert recipients(engine) == []
    assert "ada@example.com" in suppressions(engine)
    readers.sign_ups.confirm(mailbox.emails[-1].token, now=NOW + 2 * DAY)
    assert recipients(engine) == [ADA]
    assert suppressions(engine) == {}


def test_a_reader_whom_an_editor_adds_loses_the_course_that_only_a_form_asked_for(readers: Subscribers) -> None:
    readers.sign_ups.sign_up(ADA, source="form", wording=WORDING, now=NOW, path="backend")
    assert readers.editors.add(ADA, source="cli", wording=WORDING, now=NOW + HOUR)
    reader = readers.editors.show(ADA).reader
    assert reader is not None
    assert (reader.state, reader.courses) == (State.ACTIVE, ())


@pytest.mark.parametrize("reason", [Reason.COMPLAINED, Reason.BOUNCED])
def test_a_complaint_or_a_hard_bounce_is_for_good(
    reason: Reason, readers: Subscribers, mailbox: Mailbox, engine: sa.Engine
) -> None:
    join(readers, mailbox)
    assert readers.editors.suppress("ADA@example.com", reason, now=NOW + DAY) is True
    assert readers.editors.suppress("ada@example.com", Reason.UNSUBSCRIBED, now=NOW + DAY) is False
    assert recipients(engine) == []
    assert sign_up(readers, now=NOW + 10 * DAY) == Posted()
    assert suppressions(engine) == {"ada@example.com": reason}


def test_a_deleted_reader_leaves_only_an_address_and_old_links_still_answer(
    readers: Subscribers, mailbox: Mailbox, engine: sa.Engine
) -> None:
    token = join(readers, mailbox)
    readers.editors.forget(ADA, now=NOW + DAY)
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.subscriber)) == 0
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.consent)) == 0
    assert readers.leaving.unsubscribe(token, now=NOW + 2 * DAY) is Left.DELETED
    assert suppressions(engine) == {"ada@example.com": "removed"}
    with pytest.raises(NotAllowed, match="removed"):
        readers.editors.add(ADA, source="cli", wording=WORDING, now=NOW + 2 * DAY)

    join(readers, mailbox, now=NOW + 3 * DAY)
    assert (
        readers.leaving.unsubscribe(token, now=NOW + 4 * DAY) is Left.NOW
    )  # the link in the oldest mail works for ever


def test_an_editor_adds_a_reader_once(readers: Subscribers, engine: sa.Engine) -> None:
    assert readers.editors.add(ADA, "Ada", source="cli", wording=WORDING, now=NOW) is True
    assert readers.editors.add("ada@EXAMPLE.com", "Eve", source="cli", wording=WORDING, now=NOW) is False
    [reader] = readers.queries.find()
    assert (reader.address, reader.name, reader.state, reader.created) == (ADA, "Ada", State.ACTIVE, NOW)


def test_an_editor_takes_a_reader_off_the_list(readers: Subscribers, engine: sa.Engine) -> None:
    readers.editors.add(ADA, source="cli", wording=WORDING, now=NOW)
    assert readers.editors.remove("ada@example.com", now=NOW) is True
    assert readers.editors.remove("ada@example.com", now=NOW) is False
    assert suppressions(engine) == {"ada@example.com": "removed"}
    with pytest.raises(UnknownReader):
        readers.editors.remove("nobody@example.com", now=NOW)


def test_readers_are_found_by_state_and_by_part_of_address_or_name(readers: Subscribers, engine: sa.Engine) -> None:
    for number, name in enumerate(["Ada", "100%", "Zoë"]):
        readers.editors.add(f"r_{number}@example.com", name, source="cli", wording=WORDING, now=NOW)
    sign_up(readers, "pending@example.com")
    assert [reader.address for reader in readers.queries.find(state=State.PENDING)] == ["pending@example.com"]
    assert [reader.name for reader in readers.queries.find(query="ada")] == ["Ada"]
    assert [reader.name for reader in readers.queries.find(query="%")] == ["100%"]
    assert [reader.name for reader in readers.queries.find(query="R_1@")] == ["100%"]
    assert len(readers.queries.find(limit=2)) == 2
    assert readers.queries.counts() == {State.PENDING: 1, State.ACTIVE: 3, State.UNSUBSCRIBED: 0}


def test_an_exported_list_has_no_formulas_and_can_be_imported_again(
    readers: Subscribers, engine: sa.Engine, tmp_path: Path
) -> None:
    readers.editors.add("+ada@example.com", "=HYPERLINK(1)", source="cli", wording=WORDING, now=NOW)
    readers.editors.add("bob@example.com", 'Bob "the" Builder, Esq.', source="cli", wording=WORDING, now=NOW)
    text = "".join(readers.lists.export_csv())
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["email"] for row in rows] == ["'+ada@example.com", "bob@example.com"]
    assert rows[0]["name"] == "'=HYPERLINK(1)"
    assert json.loads("".join(readers.lists.export_json()))[0]["name"] == "=HYPERLINK(1)"
    assert json.loads("".join(readers.lists.export_json(State.PENDING))) == []

    path = tmp_path / "export.csv"
    path.write_bytes(text.encode())
    report = readers.lists.import_list(path, wording=WORDING, now=NOW)
    assert (report.new, report.known, report.invalid) == (0, 2, ())


def test_a_letter_that_cannot_leave_stays_due_and_one_that_is_refused_does_not(
    readers: Subscribers, mailbox: Mailbox
) -> None:
    mailbox.failing = EmailState.DEFERRED
    assert sign_up(readers) == Posted(delayed=1)
    assert post(readers, NOW + dt.timedelta(minutes=1)) == Posted()  # not at once again
    mailbox.failing = None
    assert post(readers, NOW + dt.timedelta(minutes=6)) == Posted(sent=1)

    mailbox.failing = EmailState.FAILED
    assert sign_up(readers, "bob@example.com") == Posted(dropped=1)
    mailbox.failing = None
    assert post(readers, NOW + HOUR) == Posted()


def test_a_letter_that_could_not_leave_for_a_day_is_dropped(readers: Subscribers, mailbox: Mailbox) -> None:
    mailbox.failing = EmailState.DEFERRED
    sign_up(readers)
    mailbox.failing = None
    assert post(readers, NOW + 25 * HOUR) == Posted(dropped=1)
    assert mailbox.emails == []


def test_many_forms_at_once_for_one_address_make_one_reader_and_one_letter(
    readers: Subscribers, mailbox: Mailbox, engine: sa.Engine
) -> None:
    start = threading.Barrier(8)

    def press(number: int) -> Posted:
        start.wait()
        return sign_up(readers, ADA if number % 2 else "ADA@EXAMPLE.COM")

    with ThreadPoolExecutor(8) as pool:
        posted = list(pool.map(press, range(8)))
    assert sum(each.sent for each in posted) == len(mailbox.emails) == 1
    assert readers.queries.counts()[State.PENDING] == 1


def test_two_presses_at_once_confirm_once(readers: Subscribers, mailbox: Mailbox) -> None:
    sign_up(readers)
    token = mailbox.emails[-1].token
    start = threading.Barrier(4)

    def press(_number: int) -> Confirmed:
        start.wait()
        return readers.sign_ups.confirm(token, now=NOW)

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(press, range(4)))
    assert outcomes == [Confirmed.BEFORE] * 3 + [Confirmed.NOW]
    assert post(readers, NOW) == Posted(sent=1)


def test_looking_at_links_does_not_touch_the_database(
    readers: Subscribers, mailbox: Mailbox, engine: sa.Engine
) -> None:
    token = join(readers, mailbox)
    sign_up(readers, "bob@example.com")
    before = everything(engine)
    readers.links.check_confirmation(mailbox.emails[-1].token, now=NOW)
    readers.links.check_unsubscription(token)
    with pytest.raises(ForgedToken):
        readers.links.check_unsubscription(mailbox.emails[-1].token)
    assert everything(engine) == before


def test_what_is_no_address_changes_nothing(readers: Subscribers, engine: sa.Engine) -> None:
    for verb in (
        lambda text: readers.sign_ups.sign_up(text, source="form", wording=WORDING, now=NOW),
        lambda text: readers.editors.add(text, source="cli", wording=WORDING, now=NOW),
        lambda text: readers.editors.remove(text, now=NOW),
        lambda text: readers.editors.forget(text, now=NOW),
        lambda text: readers.editors.suppress(text, Reason.BOUNCED, now=NOW),
    ):
        with pytest.raises(InvalidAddress):
            verb("ada@example.com\r\nBcc: eve@example.com")
    assert everything(engine) == []


def test_suppressed_serves_in_a_query_over_any_column(readers: Subscribers, engine: sa.Engine) -> None:
    readers.editors.suppress(ADA, Reason.BOUNCED, now=NOW)
    two = (sa.select(sa.literal(address).label("canonical")) for address in ("ada@example.com", "bob@example.com"))
    addresses = sa.union_all(*two).subquery("delivery")
    query = sa.select(addresses.c.canonical, suppressed(addresses.c.canonical)).order_by(addresses.c.canonical)
    with engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(query)] == [("ada@example.com", 1), ("bob@example.com", 0)]


def test_a_database_without_our_tables_is_said_in_our_words(database_url: str, mailbox: Mailbox) -> None:
    engine = open_engine(database_url)
    readers = Subscribers(engine, Keyring(SECRET), mailbox)
    with pytest.raises(DatabaseBroken, match="subscriber"):
        readers.queries.counts()
    readers.check_database()
    engine.dispose()


def test_a_database_that_is_not_there_is_unavailable(tmp_path: Path, mailbox: Mailbox) -> None:
    urls = (f"sqlite:///{tmp_path}/missing/x.db", f"postgresql+psycopg:///x?host={tmp_path}&user=nobody")
    for url in urls:
        engine = open_engine(url)
        readers = Subscribers(engine, Keyring(SECRET), mailbox)
        with pytest.raises(DatabaseUnavailable):
            readers.check_database()
        with pytest.raises(DatabaseUnavailable):
            sign_up(readers)
        engine.dispose()
