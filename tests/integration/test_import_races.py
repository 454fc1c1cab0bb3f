"""An import beside readers who act at the same moment: nobody comes back, nobody is stuck. And readers who wait already."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from subscribers import Reason, SignUpRequest, State, Subscribers, lists, parse_address
from subscribers.adapters import tables
from subscribers.adapters.readers import ReaderRows
from tests.integration.test_moves import KEYS, join, move
from tests.readers import NOW, WORDING

pytestmark = pytest.mark.both_databases


def listed(tmp_path: Path, *addresses: str) -> Path:
    path = tmp_path / "list.csv"
    path.write_text("\n".join(["email,name", *(f"{address},Ada" for address in addresses)]), encoding="utf-8")
    return path


def while_importing(
    readers: Subscribers, engine: sa.Engine, path: Path, act: Callable[[sa.Connection], object]
) -> None:
    """Let an import meet a transaction that has acted and not committed yet."""
    importing = threading.Thread(target=lambda: readers.lists.import_list(path, wording=WORDING, now=NOW))
    with engine.connect() as connection:
        act(connection)
        importing.start()
        importing.join(0.7)
        connection.commit()
    importing.join(30)
    assert not importing.is_alive()


def within(
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    *,
    before: Callable[[], object] = lambda: None,
    after: Callable[[], object] = lambda: None,
) -> None:
    """Do something beside one step of every transaction that writes readers."""
    original = getattr(ReaderRows, step)

    def beside(*arguments: object) -> None:
        before()
        original(*arguments)
        after()

    monkeypatch.setattr(ReaderRows, step, beside)


def acts(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return sorted(connection.scalars(sa.select(tables.consent.c.act)))


def bar(connection: sa.Connection, address: str, reason: str) -> None:
    connection.execute(tables.suppression.insert().values(canonical=address, reason=reason, at=NOW))


def test_who_leaves_while_they_wait_for_a_confirmation_is_not_activated(
    readers: Subscribers, engine: sa.Engine, tmp_path: Path
) -> None:
    readers.sign_ups.sign_up("ada@example.com", source="form", wording=WORDING, now=NOW)

    def leave(connection: sa.Connection) -> None:
        connection.execute(tables.subscriber.update().values(state=State.UNSUBSCRIBED.value, left=NOW))
        bar(connection, "ada@example.com", "unsubscribed")

    while_importing(readers, engine, listed(tmp_path, "ada@example.com"), leave)
    assert [reader.state for reader in readers.queries.find()] == [State.UNSUBSCRIBED]
    assert acts(engine) == ["asked"]


def test_who_is_deleted_meanwhile_does_not_come_back(readers: Subscribers, engine: sa.Engine, tmp_path: Path) -> None:
    readers.editors.add("ada@example.com", source="cli", wording=WORDING, now=NOW)

    def delete(connection: sa.Connection) -> None:
        connection.execute(tables.subscriber.delete())
        bar(connection, "ada@example.com", "removed")

    while_importing(readers, engine, listed(tmp_path, "ada@example.com"), delete)
    assert readers.queries.find() == []
    assert acts(engine) == []


def test_a_complaint_of_the_list_outweighs_a_move_back_at_the_same_moment(
    readers: Subscribers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = join(readers, "ada@example.com"), join(readers, "bob@example.com")
    assert move(readers, bob, "bob@example.org")
    readers.page.ask_move(KEYS.account(ada, NOW), "bob@example.com", now=NOW)
    path = tmp_path / "list.csv"
    path.write_text("email,status\nbob@example.com,complained\n")
    press = threading.Thread(target=lambda: readers.page.confirm_move(KEYS.move(ada, NOW), now=NOW))

    def meanwhile() -> None:  # written, and not committed yet
        if not press.ident:
            press.start()
            press.join(0.7)

    within(monkeypatch, "_save_progress", before=meanwhile)
    readers.lists.import_list(path, wording=WORDING, now=NOW)
    press.join(30)
    suppression = readers.editors.show("bob@example.com").suppression
    assert suppression is not None
    assert suppression.reason is Reason.COMPLAINED
    assert sorted(reader.address for reader in readers.queries.find(state=State.ACTIVE)) == [
        "ada@example.com",
        "bob@example.org",
    ]


def test_a_move_away_from_an_address_and_a_list_that_takes_it_off_do_not_end_each_other(
    readers: Subscribers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = join(readers, "ada@example.com")
    readers.page.ask_move(KEYS.account(ada, NOW), "ada@example.org", now=NOW)
    path = tmp_path / "list.csv"
    path.write_text("email,status\nada@example.com,complained\n")
    press = threading.Thread(target=lambda: readers.page.confirm_move(KEYS.move(ada, NOW), now=NOW))
    tried: list[bool] = []

    def slowly() -> None:  # the reader is taken off, their address not suppressed yet
        tried.append(True)
        if not press.ident:
            press.start()
            press.join(1.5)

    within(monkeypatch, "_save_suppressions", before=slowly)
    readers.lists.import_list(path, wording=WORDING, now=NOW)
    press.join(30)
    assert len(tried) == 1
    assert readers.queries.find(state=State.ACTIVE) == []
    suppression = readers.editors.show("ada@example.com").suppression
    assert suppression is not None
    assert suppression.reason is Reason.COMPLAINED


def test_sign_ups_in_any_order_and_a_merge_do_not_end_each_other(
    readers: Subscribers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "CHANGED_AT_ONCE", 1)
    forms: list[threading.Thread] = []
    requests = [SignUpRequest(parse_address(f"{name}@example.com"), "form", WORDING) for name in ("zz", "mm", "aa")]

    def sign_up() -> None:
        if not forms:  # the first part is written, and not committed yet
            forms.append(threading.Thread(target=readers.sign_ups.sign_up_all, args=(requests, NOW)))
            forms[0].start()
            forms[0].join(0.5)

    path = listed(tmp_path, "aa@example.com", "mm@example.com", "zz@example.com")
    within(monkeypatch, "_save_progress", before=sign_up)
    report = readers.lists.import_list(path, wording=WORDING, now=NOW)
    forms[0].join(30)
    assert report.new + report.known == 3
    assert [reader.state for reader in readers.queries.find()] == [State.ACTIVE] * 3


def test_a_merge_that_the_database_breaks_off_begins_anew(
    readers: Subscribers, engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aa, zz = (tables.subscriber.c.canonical == f"{name}@example.com" for name in ("aa", "zz"))
    held, others = threading.Event(), []

    def other() -> None:
        with engine.begin() as connection:
            connection.execute(tables.subscriber.update().where(zz).values(name="x"))
            held.set()
            if engine.dialect.name == "postgresql":  # so that the import is the one to end; on SQLite this one waits
                connection.exec_driver_sql("SET LOCAL deadlock_timeout = '10s'")
            connection.execute(tables.subscriber.update().where(aa).values(name="x"))

    readers.sign_ups.sign_up("aa@example.com", source="form", wording=WORDING, now=NOW)
    readers.sign_ups.sign_up("zz@example.com", source="form", wording=WORDING, now=NOW)

    def cross() -> None:  # one of two rows is written
        if not others:
            others.append(threading.Thread(target=other))
            others[0].start()
            held.wait(1)

    path = listed(tmp_path, "aa@example.com", "zz@example.com")
    within(monkeypatch, "_update", after=cross)
    report = readers.lists.import_list(path, wording=WORDING, now=NOW)
    others[0].join(30)
    assert report.known == 2
    assert [reader.state for reader in readers.queries.find()] == [State.ACTIVE] * 2
    assert acts(engine) == ["asked", "asked", "entered", "entered"]


def test_a_course_that_only_a_form_asked_for_begins_neither_by_a_list_nor_by_an_editor(
    readers: Subscribers, engine: sa.Engine, tmp_path: Path
) -> None:
    readers.sign_ups.sign_up("ada@example.com", source="form", wording=WORDING, now=NOW, path="backend")
    readers.sign_ups.sign_up("bob@example.com", source="form", wording=WORDING, now=NOW, path="backend")
    readers.editors.add("bob@example.com", "Ada", source="cli", wording=WORDING, now=NOW)
    readers.lists.import_list(listed(tmp_path, "ada@example.com"), wording=WORDING, now=NOW)
    imported, added = (readers.editors.show(f"{name}@example.com") for name in ("ada", "bob"))
    assert imported is not None
    assert added is not None
    assert imported.reader is not None
    assert added.reader is not None
    assert imported.reader.courses == added.reader.courses == ()
    assert imported.reader.name == added.reader.name == "Ada"
    assert [(each.what, each.detail) for each in imported.history] == [
        (each.what, each.detail) for each in added.history
    ]


def test_a_list_uses_up_no_ids_for_readers_who_are_known(
    readers: Subscribers, engine: sa.Engine, tmp_path: Path
) -> None:
    path = listed(tmp_path, *(f"r{number}@example.com" for number in range(50)))
    for _ in range(3):
        readers.lists.import_list(path, wording=WORDING, now=NOW)
    readers.editors.add("last@example.com", source="cli", wording=WORDING, now=NOW)
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.max(tables.subscriber.c.id))) == 51
