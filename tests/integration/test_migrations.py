"""A database of the first release, with a mailing under way and emails that are due, brought up to date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from publisher.adapters.database import database_ledger, migrate
from publisher.adapters.database.migrations import MIGRATIONS
from publisher.issue import DeliveryState
from subscribers import Keyring, State, Subscribers, new_subject_id
from subscribers.database import open_engine
from tests.conftest import empty_database
from tests.mailroom import database
from tests.readers import DAY, NOW, SECRET, Mailbox, post

pytestmark = pytest.mark.both_databases

FIRST = ("subscribers_0001", "publisher_0001")
THEN = NOW - DAY
SUBJECTS = {name: new_subject_id() for name in ("ada", "bob", "eve")}


def insert(connection: sa.Connection, table: str, **values: object) -> None:
    names = ", ".join(f'"{name}"' for name in values)
    places = ", ".join(f":{name}" for name in values)
    connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values)


def upgrade(connection: sa.Connection, *revisions: str) -> None:
    config = MIGRATIONS.config(connection)
    for revision in revisions:
        command.upgrade(config, revision)


def as_kept(connection: sa.Connection, moment: dt.datetime) -> object:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f") if connection.dialect.name == "sqlite" else moment


def first_release(url: str) -> None:
    """Make the tables as they were then, with a reader who confirmed, one who waits, and one who is gone."""
    engine = open_engine(url)
    with engine.begin() as connection:
        upgrade(connection, *FIRST)
        moment = as_kept(connection, THEN)
        for id_, (name, state, letter) in enumerate(
            [("ada", "active", "welcome"), ("bob", "pending", "confirmation"), ("eve", "unsubscribed", None)], start=1
        ):
            address = f"{name}@example.com"
            insert(
                connection, "subscriber", id=id_, subject_id=SUBJECTS[name], address=address, canonical=address,
                name=name, state=state, created=moment, confirmed=moment if name != "bob" else None, asked=moment,
                confirmations=1, letter=letter, letter_due=moment if letter else None,
            )  # fmt: skip
        insert(connection, "suppression", canonical="eve@example.com", reason="unsubscribed", at=moment)
        insert(
            connection, "mailing", number=7, digest="d", subject="s", message=b"m", started=moment,
        )  # fmt: skip
        insert(
            connection, "delivery", id=1, issue=7, subscriber_id=1, subject_id=SUBJECTS["ada"],
            address="ada@example.com", canonical="ada@example.com", name="ada", state="queued", due=moment, attempt=0,
        )  # fmt: skip
    engine.dispose()


def test_readers_letters_and_deliveries_of_the_first_release_are_all_there(database_url: str) -> None:
    first_release(database_url)
    engine = database(database_url)
    assert not migrate(engine)
    mailbox = Mailbox()
    readers = Subscribers(engine, Keyring(SECRET), mailbox)
    assert readers.queries.counts() == {State.ACTIVE: 1, State.PENDING: 1, State.UNSUBSCRIBED: 1}
    assert post(readers, NOW).sent == 2
    assert sorted((email.kind, email.address) for email in mailbox.emails) == [
        ("confirmation", "bob@example.com"), ("welcome", "ada@example.com"),
    ]  # fmt: skip
    (ada,) = readers.queries.find(state=State.ACTIVE)
    assert (ada.without, ada.zone, ada.courses, ada.confirmed) == ((), None, (), THEN)
    ledger = database_ledger(engine)
    assert dict(ledger.deliveries.sums(7, NOW).counts) == {DeliveryState.QUEUED: 1}
    (claimed,) = ledger.deliveries.claim(7, ledger.senders.register(NOW), 10, NOW)
    assert (claimed.address, claimed.without) == ("ada@example.com", ())


def test_moves_and_reasons_that_were_words_of_the_history_become_columns(database_url: str) -> None:
    engine = open_engine(database_url)
    with engine.begin() as connection:
        upgrade(connection, "subscribers_0003")
        then, later = as_kept(connection, THEN), as_kept(connection, THEN + DAY)
        for id_, name in enumerate(("new@example.org", "bob@example.com", "eve@example.com"), start=1):
            insert(
                connection, "subscriber", id=id_, subject_id=new_subject_id(), address=name, canonical=name,
                state="unsubscribed", created=then, left=then,
            )  # fmt: skip
        for canonical, at, what, detail in (
            ("new@example.org", then, "moved", "Old@Bücher.example.com to mid@example.com"),
            ("new@example.org", later, "moved", "mid@example.com to new@example.org"),
            ("new@example.org", later, "why", "too many mails"),
            ("new@example.org", later, "why", "and too long"),
            ("bob@example.com", later, "unsuppressed", ""),
            ("bob@example.com", later, "why", "an editor's words"),
        ):
            insert(connection, "history", canonical=canonical, at=at, what=what, detail=detail)
    engine.dispose()
    engine = database(database_url)
    readers = Subscribers(engine, Keyring(SECRET), Mailbox())
    found = {reader.canonical: reader.left_why for reader in readers.queries.find()}
    assert found == {"new@example.org": "too many mails", "bob@example.com": "", "eve@example.com": ""}
    assert readers.editors.show("new@example.org").address_history.former == (
        "old@xn--bcher-kva.example.com", "mid@example.com",
    )  # fmt: skip


def test_databases_of_tests_have_what_the_migrations_make(
    database_url: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    with empty_database(database_url.partition("+")[0].partition(":")[0], request, tmp_path / "other") as other:
        engines = [open_engine(database_url), open_engine(other)]
        with engines[0].begin() as connection:
            upgrade(connection, "heads")
        migrate(engines[1])
        assert made(engines[0]) == made(engines[1])
        for engine in engines:
            engine.dispose()


def made(engine: sa.Engine) -> object:
    """Return all that can be read of a schema, and the revisions that it is at."""
    with engine.connect() as connection:
        found = sa.inspect(connection)
        tables = {
            table: sorted(
                said(one)
                for read in (found.get_columns, found.get_indexes, found.get_unique_constraints, found.get_check_constraints,
                             found.get_foreign_keys)
                for one in read(table)
            )
            for table in found.get_table_names()
        }  # fmt: skip
        return tables, sorted(connection.scalars(sa.text("SELECT version_num FROM alembic_version")))


def said(one: Mapping[str, object]) -> str:
    """Write a column, an index or a constraint down, with the conditions in it as SQL."""
    return str({name: said(value) if isinstance(value, Mapping) else str(value) for name, value in one.items()})
