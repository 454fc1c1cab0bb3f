"""The contract of what keeps the vectors of passages, in memory and in each database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from publisher.adapters.database import pgvector
from publisher.adapters.database.migrations import migrate
from publisher.adapters.database.passage_vectors import DatabasePassageVectors
from publisher.adapters.memory import MemoryPassageVectors
from publisher.ports import PassageVectors, VectorKind
from subscribers.database import open_engine
from tests.conftest import empty_database

KIND = VectorKind("small-1", "1.1")
DAY = dt.date(2026, 1, 1)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PassageVectors]:
    if request.param == "memory":
        yield MemoryPassageVectors()
        return
    with empty_database(request.param, request, tmp_path) as url:
        engine = open_engine(url)
        migrate(engine)
        yield DatabasePassageVectors(engine)
        engine.dispose()


def vectors(count: int, dimension: int = 16, seed: int = 1) -> dict[str, Any]:
    made = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return {f"{number:032x}": vector for number, vector in enumerate(made)}


def test_what_is_made_is_kept_until_it_is_gone_and_each_kind_by_itself(kept: PassageVectors) -> None:
    assert (dict(kept.known(KIND)), kept.read(KIND, "0")) == ({}, None)
    many, other = vectors(1_200), VectorKind("small-2", "1.1")
    kept.write(KIND, many)
    kept.write(KIND, {f"{1:032x}": -many[f"{1:032x}"]})
    kept.write(other, vectors(3, 8))
    kept.write(VectorKind("small-1", "0.9"), vectors(2, 8))
    assert kept.known(KIND) == dict.fromkeys(many, 16)
    assert (kept.dimension(KIND), kept.dimension(other), kept.dimension(VectorKind("none", "1.1"))) == (16, 8, None)
    assert np.array_equal(kept.read(KIND, f"{1:032x}"), many[f"{1:032x}"])  # type: ignore[arg-type]
    kept.drop(KIND, list(many)[:1_100])
    assert kept.known(KIND).keys() == set(list(many)[1_100:])
    kept.keep_only(other)
    assert (dict(kept.known(KIND)), len(kept.known(other))) == ({}, 3)
    kept.drop(other)
    assert kept.known(other) == {}


def test_the_nearest_earlier_texts_are_found_however_many_later_ones_are_nearer(kept: PassageVectors) -> None:
    many = vectors(600)
    kept.write(KIND, many)
    first_said = {hash_: DAY + dt.timedelta(number) for number, hash_ in enumerate(many)}
    nearest = kept.nearest(KIND, first_said)
    asked = many[f"{599:032x}"]
    for before, limit in (
        (DAY + dt.timedelta(600), 10),
        (DAY + dt.timedelta(20), 10),
        (DAY + dt.timedelta(3), 10),
        (DAY, 9),
    ):
        earlier = [hash_ for hash_, day in first_said.items() if day < before]
        expected = sorted(earlier, key=lambda hash_: -float(many[hash_] @ asked))[:limit]
        found = nearest.search(asked, before=before, limit=limit)
        assert [hash_ for hash_, _ in found] == expected
        assert [cosine for _, cosine in found] == pytest.approx(
            [float(many[one] @ asked) for one in expected], abs=1e-5
        )
    assert list(nearest.search(asked, before=dt.date.max, limit=0)) == []


def test_what_is_searched_is_what_was_asked_for_the_last_time(kept: PassageVectors) -> None:
    many = vectors(40)
    kept.write(KIND, many)
    first = list(many)[:20]
    kept.nearest(KIND, dict.fromkeys(first, DAY))
    moved = dict.fromkeys(list(many)[10:30], DAY + dt.timedelta(9))
    found = kept.nearest(KIND, moved).search(many[first[0]], before=dt.date.max, limit=99)
    assert {hash_ for hash_, _ in found} == moved.keys()
    assert not kept.nearest(KIND, moved).search(many[first[0]], before=DAY + dt.timedelta(9), limit=99)
    other = VectorKind("small-2", "1.1")  # the model changed: no vector of the first may be found
    kept.write(other, vectors(5, 8, seed=2))
    again = kept.nearest(other, dict.fromkeys(vectors(5, 8), DAY))
    assert len(again.search(vectors(1, 8)[f"{0:032x}"], before=dt.date.max, limit=99)) == 5


def test_vectors_that_were_made_anew_are_the_only_ones_that_are_compared(kept: PassageVectors) -> None:
    old, new = vectors(40), vectors(40, seed=2)
    first_said = dict.fromkeys(old, DAY)
    kept.write(KIND, old)
    kept.nearest(KIND, first_said)
    kept.drop(KIND)
    kept.write(KIND, new)
    for hash_ in list(new)[:5]:
        found = kept.nearest(KIND, first_said).search(new[hash_], before=dt.date.max, limit=1)
        assert [one for one, _ in found] == [hash_]


def test_nothing_is_found_among_no_texts(kept: PassageVectors) -> None:
    assert list(kept.nearest(KIND, {}).search(vectors(1)[f"{0:032x}"], before=dt.date.max, limit=5)) == []


@pytest.fixture
def postgres(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    with empty_database("postgresql", request, tmp_path) as url:
        engine = open_engine(url)
        migrate(engine)
        yield engine
        engine.dispose()


def test_an_archive_that_is_quickly_compared_gets_no_index(postgres: sa.Engine) -> None:
    kept, many = DatabasePassageVectors(postgres, indexed_from=10), vectors(10)
    kept.write(KIND, many)
    first_said = dict.fromkeys(many, DAY)
    few = dict(list(first_said.items())[:9])
    assert not isinstance(kept.nearest(KIND, few), pgvector.NearestInPostgresql)
    assert isinstance(kept.nearest(KIND, first_said), pgvector.NearestInPostgresql)


def test_postgresql_searches_by_hnsw_and_finds_nearly_all_that_comparing_each_finds(postgres: sa.Engine) -> None:
    kept, memory = DatabasePassageVectors(postgres, indexed_from=1), MemoryPassageVectors()
    many = vectors(3_000, 32)
    for one in (kept, memory):
        one.write(KIND, many)
    first_said = {hash_: DAY + dt.timedelta(number % 500) for number, hash_ in enumerate(many)}
    by_hnsw, by_all = kept.nearest(KIND, first_said), memory.nearest(KIND, first_said)
    assert isinstance(by_hnsw, pgvector.NearestInPostgresql)
    with postgres.connect() as connection:
        indexes = connection.execute(sa.text("SELECT indexdef FROM pg_indexes WHERE schemaname = 'pressroom_vectors'"))
        assert sum("USING hnsw" in row.indexdef for row in indexes) == 1
    shares = []
    for asked in list(vectors(20, 32, seed=3).values()):
        for before in (dt.date.max, DAY + dt.timedelta(5)):
            expected = {hash_ for hash_, _ in by_all.search(asked, before=before, limit=50)}
            found = {hash_ for hash_, _ in by_hnsw.search(asked, before=before, limit=50)}
            shares.append(len(expected & found) / len(expected))
    assert min(shares) >= 0.9
    assert sum(shares) / len(shares) >= 0.98


def test_without_the_extension_vectors_are_compared_one_by_one(
    postgres: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres.begin() as connection:
        connection.execute(sa.text("CREATE SCHEMA elsewhere"))
        connection.execute(sa.text("CREATE EXTENSION vector SCHEMA elsewhere"))  # not where our statements look
    kept, many = DatabasePassageVectors(postgres, indexed_from=1), vectors(9)
    kept.write(KIND, many)
    nearest = kept.nearest(KIND, dict.fromkeys(many, DAY))
    assert not isinstance(nearest, pgvector.NearestInPostgresql)
    asked = many[f"{4:032x}"]
    assert nearest.search(asked, before=dt.date.max, limit=1)[0][0] == f"{4:032x}"


def test_when_another_process_dropped_the_table_all_vectors_are_compared(postgres: sa.Engine) -> None:
    kept, many = DatabasePassageVectors(postgres, indexed_from=1), vectors(9)
    kept.write(KIND, many)
    nearest = kept.nearest(KIND, dict.fromkeys(many, DAY))
    other = VectorKind("small-2", "1.1")
    kept.write(other, vectors(2, 8))
    kept.nearest(other, dict.fromkeys(vectors(2, 8), DAY))
    asked = many[f"{4:032x}"]
    assert nearest.search(asked, before=dt.date.max, limit=3)[0][0] == f"{4:032x}"
    kept.keep_only(other)  # and now the blobs are gone as well
    again = DatabasePassageVectors(postgres, indexed_from=1).nearest(KIND, dict.fromkeys(many, DAY))
    assert list(again.search(asked, before=dt.date.max, limit=3)) == []


def spoilt(engine: sa.Engine, command: str, does: str) -> None:
    """Let a kind of command fail in this database as it does on a busy server, or for a role with few rights."""
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION spoil() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF trim(E'\\n ' FROM current_query()) LIKE '{command} %%' THEN {does}; END IF; END $$"
        )
        connection.exec_driver_sql(
            f"CREATE EVENT TRIGGER spoilt ON ddl_command_start WHEN TAG IN ('{command}') EXECUTE FUNCTION spoil()"
        )


def rows_of_the_index(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        names = sa.inspect(connection).get_table_names(pgvector.SCHEMA)
        return sum(connection.exec_driver_sql(f"SELECT count(*) FROM {pgvector.SCHEMA}.{name}").scalar_one() for name in names)  # fmt: skip


FAILURES = {
    "takes too long": "PERFORM pg_sleep(5)",
    "full": "RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'",
    "forbidden": "RAISE EXCEPTION 'permission denied' USING ERRCODE = '42501'",
    "broken": "RAISE EXCEPTION 'it is broken' USING ERRCODE = 'XX000'",
}


@pytest.mark.parametrize(
    ("command", "failure"),
    [
        ("CREATE EXTENSION", "forbidden"), ("CREATE EXTENSION", "full"), ("CREATE SCHEMA", "broken"),
        ("CREATE TABLE", "full"), ("CREATE INDEX", "takes too long"), ("CREATE INDEX", "broken"),
    ],
)  # fmt: skip
def test_whatever_the_database_refuses_leaves_the_comparison_of_all_and_the_next_process_goes_on(
    postgres: sa.Engine, command: str, failure: str
) -> None:
    kept, many = DatabasePassageVectors(postgres, indexed_from=1), vectors(1_100)
    kept.write(KIND, many)
    spoilt(postgres, command, FAILURES[failure])
    with postgres.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {postgres.url.database} SET statement_timeout = 2000")
    postgres.dispose()
    nearest = kept.nearest(KIND, dict.fromkeys(many, DAY))
    assert not isinstance(nearest, pgvector.NearestInPostgresql)
    asked = many[f"{4:032x}"]
    assert nearest.search(asked, before=dt.date.max, limit=1)[0][0] == f"{4:032x}"
    assert rows_of_the_index(postgres) == (1_100 if command == "CREATE INDEX" else 0)
    with postgres.begin() as connection:
        connection.exec_driver_sql("DROP EVENT TRIGGER spoilt")
    again = kept.nearest(KIND, dict.fromkeys(many, DAY))
    assert isinstance(again, pgvector.NearestInPostgresql)
    assert again.search(asked, before=dt.date.max, limit=1)[0][0] == f"{4:032x}"


def test_nobody_waits_for_another_process_at_work_on_the_index(postgres: sa.Engine) -> None:
    kept, many = DatabasePassageVectors(postgres, indexed_from=1), vectors(9)
    kept.write(KIND, many)
    kept.nearest(KIND, dict.fromkeys(many, DAY))
    with postgres.begin() as other:
        other.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": pgvector.SCHEMA})
        nearest = kept.nearest(KIND, dict.fromkeys(many, DAY))
        assert not isinstance(nearest, pgvector.NearestInPostgresql)
        kept.drop(KIND)  # leaves the tables to the other process
        assert rows_of_the_index(postgres) == 9
        new = vectors(9, seed=2)
        kept.write(KIND, new)
    found = kept.nearest(KIND, dict.fromkeys(many, DAY))  # the digests say that all rows are old
    assert isinstance(found, pgvector.NearestInPostgresql)
    for hash_, vector in new.items():
        ((one, cosine),) = found.search(vector, before=dt.date.max, limit=1)
        assert (one, cosine) == (hash_, pytest.approx(1.0, abs=1e-5))


def test_no_transaction_is_open_while_vectors_are_written_out(
    postgres: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, many, seen = DatabasePassageVectors(postgres, indexed_from=1), vectors(9), []
    kept.write(KIND, many)
    written = pgvector._written

    def watched(vector: Any) -> str:
        seen.append(postgres.pool.checkedout())  # type: ignore[attr-defined]
        return written(vector)

    monkeypatch.setattr(pgvector, "_written", watched)
    kept.nearest(KIND, dict.fromkeys(many, DAY)).search(many[f"{4:032x}"], before=dt.date.max, limit=1)
    assert seen == [0] * 10


def test_a_search_over_fewer_texts_takes_nothing_from_one_over_all(postgres: sa.Engine) -> None:
    kept, many = DatabasePassageVectors(postgres, indexed_from=1), vectors(3_000)
    kept.write(KIND, many)
    every = kept.nearest(KIND, dict.fromkeys(many, DAY))
    asked = many[f"{7:032x}"]
    farthest = sorted(many, key=lambda hash_: float(many[hash_] @ asked))[:5]
    few = kept.nearest(KIND, dict.fromkeys(farthest, DAY + dt.timedelta(9)))
    assert [hash_ for hash_, _ in few.search(asked, before=dt.date.max, limit=9)] == farthest[::-1]
    assert list(few.search(asked, before=DAY + dt.timedelta(9), limit=9)) == []
    assert rows_of_the_index(postgres) == 3_000
    assert isinstance(every, pgvector.NearestInPostgresql)
    assert [hash_ for hash_, _ in every.search(asked, before=DAY + dt.timedelta(1), limit=1)] == [f"{7:032x}"]
    kept.drop(KIND, list(many)[:2_900])
    kept.nearest(KIND, dict.fromkeys(list(many)[2_900:], DAY))
    assert rows_of_the_index(postgres) == 100


def test_as_many_earlier_texts_are_found_as_there_are_however_many_rows_are_nearer(postgres: sa.Engine) -> None:
    kept, many = DatabasePassageVectors(postgres, indexed_from=1), vectors(4_000, 8)
    kept.write(KIND, many)
    asked = many[f"{7:032x}"]
    farthest = sorted(many, key=lambda hash_: float(many[hash_] @ asked))[:20]
    first_said = dict.fromkeys(many, DAY + dt.timedelta(1)) | dict.fromkeys(farthest, DAY)
    with postgres.begin() as connection:
        connection.exec_driver_sql("CREATE EXTENSION vector")
        connection.exec_driver_sql("SELECT CAST('[1]' AS vector)")
        name = postgres.url.database
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET hnsw.max_scan_tuples = 300")
    postgres.dispose()
    found = kept.nearest(KIND, first_said)
    assert isinstance(found, pgvector.NearestInPostgresql)
    hashes = [hash_ for hash_, _ in found.search(asked, before=DAY + dt.timedelta(1), limit=50)]
    assert hashes == farthest[::-1]
