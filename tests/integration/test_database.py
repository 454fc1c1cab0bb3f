"""The schema, the transactions, and what an absent database is called."""

from __future__ import annotations

import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

from publisher.adapters.database import database_ledger, migrate
from publisher.adapters.database.migrations import MIGRATIONS
from subscribers.database import (
    LOOK_AGAIN_SECONDS,
    READ_ONLY,
    DatabaseMisconfigured,
    DatabaseUnavailable,
    open_engine,
    reading,
    writing,
)
from subscribers.database.taught import Lower
from tests.mailroom import database

pytestmark = pytest.mark.both_databases


def test_the_models_equal_the_migrated_schema(database_url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with database(database_url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_the_newest_revisions_are_those_that_alembic_finds() -> None:
    from alembic.script import ScriptDirectory

    assert set(ScriptDirectory.from_config(MIGRATIONS.config()).get_heads()) == MIGRATIONS.heads


def test_migrating_again_changes_nothing(database_url: str) -> None:
    assert not migrate(database(database_url))


def test_a_database_that_a_newer_release_migrated_is_said_in_one_sentence(database_url: str) -> None:
    engine = database(database_url)
    with writing(engine) as connection:
        connection.execute(sa.text("INSERT INTO alembic_version VALUES ('9999_later')"))
    with pytest.raises(
        DatabaseMisconfigured, match=r"^the database is at revision 9999_later, which .* restore the backup"
    ):
        migrate(engine)


def test_processes_that_migrate_at_once_do_not_hinder_each_other(database_url: str) -> None:
    engines = [open_engine(database_url) for _ in range(4)]
    errors: list[BaseException] = []

    def run(engine: sa.Engine) -> None:
        try:
            migrate(engine)
        except Exception as error:  # noqa: BLE001  shown by the assertion below
            errors.append(error)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=run, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert not migrate(database(database_url))


def test_processes_that_open_a_new_file_at_once_do_not_hinder_each_other(tmp_path: Path) -> None:
    errors: list[str] = []
    for number in range(20):
        start = threading.Barrier(8)

        def first(url: str, start: threading.Barrier) -> None:
            engine = open_engine(url)
            start.wait()
            try:
                with reading(engine) as connection:
                    connection.scalar(sa.text("SELECT 1"))
            except DatabaseUnavailable as error:
                errors.append(str(error))
            finally:
                engine.dispose()

        url = f"sqlite:///{tmp_path}/{number}.db"
        threads = [threading.Thread(target=first, args=(url, start)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == []


def test_sqlite_is_opened_to_lose_nothing(tmp_path: Path) -> None:
    with database(f"sqlite:///{tmp_path / 'x.db'}").connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert found == ["wal", 2, 1, 30_000]


def test_a_reading_transaction_on_sqlite_blocks_no_writer(tmp_path: Path) -> None:
    engine = database(f"sqlite:///{tmp_path / 'x.db'}")
    with reading(engine) as reader:
        reader.execute(sa.text("SELECT count(*) FROM mailing"))
        with writing(engine) as writer:
            writer.execute(sa.text("DELETE FROM mailing"))
    with engine.connect().execution_options(**READ_ONLY) as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM mailing")) == 0


def test_a_transaction_that_reads_and_then_writes_is_never_refused_on_sqlite(tmp_path: Path) -> None:
    engine = database(f"sqlite:///{tmp_path / 'x.db'}")
    with writing(engine) as connection:
        connection.execute(sa.text("CREATE TABLE tally (n INTEGER)"))
        connection.execute(sa.text("INSERT INTO tally VALUES (0)"))

    def count() -> None:
        for _ in range(20):
            with writing(engine) as connection:
                seen = connection.scalar(sa.text("SELECT n FROM tally"))
                connection.execute(sa.text("UPDATE tally SET n = :n"), {"n": seen + 1})

    threads = [threading.Thread(target=count) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as connection:
        assert connection.scalar(sa.text("SELECT n FROM tally")) == 60


def test_a_folder_that_is_not_there_is_not_made_for_a_typing_error(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMisconfigured, match=r"there is no folder .*/new for the database x\.db; create it, or"):
        migrate(open_engine(f"sqlite:///{tmp_path}/new/x.db"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "", "postgresql+asyncpg://x/y", "postgresql://x:y/z"])
def test_a_database_that_is_not_spoken_is_explained(url: str) -> None:
    with pytest.raises(DatabaseMisconfigured, match="sqlite:///PATH or postgresql://"):
        open_engine(url)


@pytest.mark.parametrize("url", ["sqlite:///{folder}", "postgresql://nobody@127.0.0.1:1/none"])
def test_a_database_that_does_not_answer_is_unavailable(tmp_path: Path, url: str) -> None:
    engine = open_engine(url.format(folder=tmp_path))
    with pytest.raises(DatabaseUnavailable, match="the database failed"):
        database_ledger(engine).deliveries.mailing(7)


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"this is not a database, " * 100)
    with pytest.raises(DatabaseUnavailable):
        migrate(open_engine(f"sqlite:///{tmp_path / 'x.db'}"))


def test_ctrl_c_ends_a_long_statement_of_sqlite(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/x.db")
    begun = threading.Event()

    def press() -> None:
        begun.wait(30)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    presser = threading.Thread(target=press)
    presser.start()
    endless = "WITH RECURSIVE n(i) AS (SELECT begun() UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"

    @sa.event.listens_for(engine, "connect")
    def add_function(connection: sqlite3.Connection, _record: object) -> None:
        connection.create_function("begun", 0, lambda: begun.set() or 0)

    def run() -> None:
        with reading(engine) as connection:
            connection.execute(sa.text(endless))

    with pytest.raises(KeyboardInterrupt):
        run()
    presser.join()
    with reading(engine) as connection:  # the connection is as good as new
        assert connection.scalar(sa.text("SELECT 1")) == 1
    engine.dispose()


@pytest.fixture
def held(tmp_path: Path) -> Iterator[sa.Engine]:
    """A database in which somebody else writes until the test ends."""
    engine = database(f"sqlite:///{tmp_path / 'x.db'}")
    with writing(open_engine(f"sqlite:///{tmp_path / 'x.db'}")) as connection:
        connection.execute(sa.text("DELETE FROM mailing"))
        yield engine
    with writing(engine) as connection:
        connection.execute(sa.text("DELETE FROM mailing"))


def test_ctrl_c_is_heard_by_whoever_waits_to_write_to_sqlite(held: sa.Engine) -> None:
    waits = threading.Event()
    sa.event.listen(held, "checkout", lambda *_: waits.set())

    def press() -> None:
        waits.wait(30)
        time.sleep(10 * LOOK_AGAIN_SECONDS)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    presser = threading.Thread(target=press)
    presser.start()
    with pytest.raises(KeyboardInterrupt), writing(held):
        pass
    presser.join()


def test_whoever_waits_too_long_to_write_to_sqlite_is_told_so(held: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subscribers.database.engine.BUSY_MS", 40)
    with pytest.raises(DatabaseUnavailable, match="locked"), writing(held):
        pass


@pytest.mark.both_databases
def test_small_letters_are_small_beyond_ascii(engine: sa.Engine) -> None:
    with reading(engine) as connection:
        found = connection.scalar(sa.select(Lower(sa.literal("Überlast ÉTÉ ЖУК", sa.Text))))
        assert connection.scalar(sa.select(Lower(sa.null()))) is None
    assert found == "überlast été жук"
