"""A database that is moved is the same in its new place, whatever it held, and however often the move was interrupted."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.adapters.database import migrate
from publisher.errors import Refused
from publisher.moving import database_move
from publisher.moving.tables import whole_tables
from subscribers import every_table
from subscribers.database import (
    DatabaseMisconfigured,
    digest_of,
    last_id,
    mark_move,
    open_engine,
    reading,
    table_names,
)
from subscribers.database import whole_tables as in_the_database
from tests.any_rows import fill_by_chance
from tests.conftest import empty_database
from tests.e2e.command import pressroom
from tests.integration import test_upgrade as upgrade
from tests.long import some
from tests.office import Bureau, bureau
from tests.publication import NOON

UNHURRIED = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)
KEY = {"PRESSROOM_SECRET_KEY": "a secret for tests and for nothing else"}


class Killed(BaseException):
    """Ends a move at any point."""


@pytest.fixture
def three(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[sa.Engine]]:
    """SQLite, PostgreSQL, SQLite: all of them empty."""
    with empty_database("postgresql", request, tmp_path) as url:
        engines = [open_engine(url) for url in (f"sqlite:///{tmp_path}/a.db", url, f"sqlite:///{tmp_path}/b.db")]
        yield engines
        for engine in engines:
            engine.dispose()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[list[sa.Engine]]:
    engines = [open_engine(f"sqlite:///{tmp_path}/{name}.db") for name in ("a", "b")]
    migrate(engines[0])
    yield engines
    for engine in engines:
        engine.dispose()


def told(_done: int, _total: int) -> None:
    pass


def dying_after(steps: int) -> Callable[[int, int], None]:
    left = [steps]

    def tell(_done: int, _total: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    return tell


def content_of(engine: sa.Engine) -> dict[str, tuple[int, str]]:
    with reading(engine) as connection:
        return {table.name: ((d := digest_of(connection, table)).rows, d.value) for table in whole_tables()}


def fill_idle(engine: sa.Engine, seed: int) -> None:
    """Put any rows into a database, but none of a sender, which might be at work."""
    fill_by_chance(engine, seed)
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM sender_process"))


def clear(engine: sa.Engine) -> None:
    engine.dispose()
    with engine.begin() as connection:
        mark_move(connection, None)
        for table in reversed(every_table()):
            connection.execute(table.delete())


def test_every_table_and_column_that_the_migrations_make_is_moved(pair: list[sa.Engine]) -> None:
    with reading(pair[0]) as connection:
        there = sa.inspect(connection)
        assert {name: {one["name"] for one in there.get_columns(name)} for name in table_names(connection)} == {
            table.name: set(table.columns) for table in whole_tables()
        }


@settings(max_examples=some(10), deadline=None, suppress_health_check=UNHURRIED)
@given(seed=st.integers(0, 2**32), dies=st.lists(st.integers(0, 20), max_size=2))
def test_whatever_a_database_holds_is_the_same_after_moves_there_and_back(
    three: list[sa.Engine], seed: int, dies: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_the_database, "AT_ONCE", 2)
    for engine in three:
        migrate(engine) if not sa.inspect(engine).has_table("alembic_version") else clear(engine)
    fill_idle(three[0], seed)
    before = content_of(three[0])
    for source, target in itertools.pairwise(three):
        for steps in dies:
            try:
                database_move.move(source, target, NOON, dying_after(steps))
            except Killed:
                continue
            break
        else:
            database_move.move(source, target, NOON, told)
        clear(source) if source is not three[0] else None
    assert content_of(three[-1]) == before


def test_ids_that_were_given_once_are_not_given_again(three: list[sa.Engine]) -> None:
    migrate(three[0])
    with three[0].begin() as connection:
        for _ in range(3):
            connection.execute(sa.text("INSERT INTO erasure (asked) VALUES ('2026-11-26 07:55:00.000000')"))
        connection.execute(sa.text("DELETE FROM erasure WHERE id > 1"))
    (erasure,) = [table for table in whole_tables() if table.name == "erasure"]
    for source, target in itertools.pairwise(three):
        database_move.move(source, target, NOON, told)
        with reading(target) as connection:
            assert last_id(connection, erasure) == 3
    with three[2].begin() as connection:
        connection.execute(sa.text("INSERT INTO erasure (asked) VALUES ('2026-11-26 07:55:00.000000')"))
        assert connection.execute(sa.text("SELECT max(id) FROM erasure")).scalar_one() == 4


PROMISES = {
    "postgresql": upgrade.test_the_half_sent_issue_is_finished_with_nobody_twice_and_nobody_lost,
    "sqlite": upgrade.test_links_in_old_mail_work_and_who_leaves_by_one_gets_nothing_more,
}


@pytest.mark.parametrize("kind", PROMISES)
def test_a_publication_in_the_middle_of_everything_goes_on_after_a_move(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[kind]
    with empty_database(kind, request, tmp_path) as before, empty_database(other, request, tmp_path) as after:
        upgrade.restore(before)
        source, target = open_engine(before), open_engine(after)
        database_move.move(source, target, upgrade.STOPPED, told)
        with pytest.raises(DatabaseMisconfigured, match=r"this database was moved to .*; set PRESSROOM_DATABASE_URL"):
            migrate(source)
        source.dispose()
        target.dispose()
        with bureau(after, tmp_path, content=upgrade.DATA / "content") as news:
            upgrade.take_over(news)
            PROMISES[kind](news)


def test_a_database_with_data_or_tables_of_something_else_is_no_target(pair: list[sa.Engine], tmp_path: Path) -> None:
    source, target = pair
    fill_idle(source, 1)
    migrate(target)
    with target.begin() as connection:
        connection.execute(sa.text("INSERT INTO consent_wording VALUES ('x', 'y')"))
    with pytest.raises(Refused, match=r"already holds data \(its table consent_wording"):
        database_move.move(source, target, NOON, told)
    other = open_engine(f"sqlite:///{tmp_path}/c.db")
    with other.begin() as connection:
        connection.execute(sa.text("CREATE TABLE theirs (x INTEGER)"))
    with pytest.raises(Refused, match="tables of something else, such as theirs"):
        database_move.move(source, other, NOON, told)
    with pytest.raises(Refused, match="the same database"):
        database_move.move(source, source, NOON, told)
    other.dispose()
    assert not migrate(source)


def test_while_anything_works_on_the_source_it_stays_where_it_is(three: list[sa.Engine]) -> None:
    for source, target in itertools.pairwise(three):
        migrate(source)
        service = open_engine(source.url.render_as_string(hide_password=False))
        with service.connect() as connection:
            connection.execute(sa.text("SELECT count(*) FROM subscriber"))
            connection.rollback()
            with pytest.raises(Refused, match="something works on this database; stop `pressroom run`"):
                database_move.move(source, target, NOON, told)
        service.dispose()
        assert not migrate(source)


def test_a_move_that_did_not_end_keeps_both_databases_closed_until_it_ends_or_is_given_up(
    pair: list[sa.Engine],
) -> None:
    source, target = pair
    fill_idle(source, 3)
    before = content_of(source)
    with pytest.raises(Killed):
        database_move.move(source, target, NOON, dying_after(8))
    with pytest.raises(DatabaseMisconfigured, match=r"is being moved to .*; finish with the same"):
        migrate(source)
    with pytest.raises(DatabaseMisconfigured, match="has not ended; finish it with the same"):
        migrate(target)
    database_move.cancel(source, target)
    assert not migrate(source)
    assert not migrate(target)
    assert {rows for rows, _ in content_of(target).values()} == {0}
    assert content_of(source) == before
    with pytest.raises(Refused, match="nothing to cancel"):
        database_move.cancel(source, target)
    database_move.move(source, target, NOON, told)
    assert not migrate(target)


def test_a_source_whose_target_is_gone_can_be_used_again(pair: list[sa.Engine], tmp_path: Path) -> None:
    (tmp_path / "away").mkdir()
    target = open_engine(f"sqlite:///{tmp_path}/away/b.db")
    with pytest.raises(Killed):
        database_move.move(pair[0], target, NOON, dying_after(2))
    target.dispose()
    shutil.rmtree(tmp_path / "away")
    with pytest.raises(DatabaseMisconfigured, match="there is no folder"):
        database_move.cancel(pair[0], target)
    assert not migrate(pair[0])


def test_the_command_says_how_many_rows_moved_and_what_to_set(quiet: Bureau, tmp_path: Path) -> None:
    quiet.app.subscribers.editors.add("ada@example.com", source="desk", wording=upgrade.WORDING, now=NOON)
    quiet.app.engine.dispose()
    here, there = f"sqlite:///{tmp_path}/x.db", f"sqlite:///{tmp_path}/y.db"
    words = ("--database", here, "database", "move", there)
    without = pressroom(*words, cwd=quiet.folder)
    assert (without.code, "PRESSROOM_SECRET_KEY" in without.talk) == (1, True)
    moved = pressroom(*words, cwd=quiet.folder, env=KEY)
    assert moved.code == 0, moved.talk
    assert "subscriber" in moved.out
    assert f"next: set PRESSROOM_DATABASE_URL to {there}, keep PRESSROOM_SECRET_KEY" in moved.talk
    assert pressroom("--database", here, "subscribers", "count", cwd=quiet.folder, env=KEY).code == 1


def test_no_password_is_shown_wherever_a_url_holds_it() -> None:
    engine = sa.create_engine(
        "postgresql+psycopg://ada:one@db.invalid/news?sslmode=require&password=two&sslpassword=three"
    )
    assert database_move.place_of(engine) == "postgresql://ada:***@db.invalid/news?sslmode=require"
