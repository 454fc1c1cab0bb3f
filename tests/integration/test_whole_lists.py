"""Out and in again: a list that moves to another database is the same there, row for row, and its links in mail work."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.adapters.database import migrate
from subscribers import BadToken, Keyring, Left, State, Subscribers
from subscribers.adapters import tables
from subscribers.adapters.export_file import COLUMNS, LEFT_OUT
from subscribers.address import HASHED
from subscribers.database import open_engine
from tests.conftest import empty_database
from tests.long import some
from tests.readers import DAY, NOW, SECRET, WORDING, Mailbox
from tests.whole_lists import TABLES, everything, fill

pytestmark = pytest.mark.both_databases

KEYS = Keyring(SECRET)
UNHURRIED = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)  # a busy machine is no failure
SOME, FEW = 300, 60


def opened(url: str) -> sa.Engine:
    engine = open_engine(url)
    migrate(engine)
    return engine


@pytest.fixture(params=["sqlite to postgresql", "postgresql to sqlite"])
def engines(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[sa.Engine]]:
    """A database, and one of the other kind that the list moves to."""
    with ExitStack() as stack:
        urls = [stack.enter_context(empty_database(kind, request, tmp_path)) for kind in request.param.split(" to ")]
        made = [opened(url) for url in urls]
        yield made
        for engine in made:
            engine.dispose()


@pytest.fixture
def two(tmp_path: Path) -> Iterator[list[sa.Engine]]:
    made = [opened(f"sqlite:///{tmp_path}/{name}.db") for name in ("here", "there")]
    yield made
    for engine in made:
        engine.dispose()


def verbs(engine: sa.Engine) -> Subscribers:
    return Subscribers(engine, KEYS, Mailbox())


def take(lines: Iterator[str], into: Subscribers, path: Path) -> None:
    path.write_bytes("".join(lines).encode())
    if len(path.read_text().splitlines()) > 1:
        report = into.lists.import_list(path, wording=WORDING, now=NOW + DAY)
        assert (report.invalid, report.duplicates) == ((), 0)


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_list_is_the_same_in_another_database_row_for_row(
    form: str, engines: list[sa.Engine], tmp_path: Path
) -> None:
    before, after = map(verbs, engines)
    fill(engines[0], SOME)
    path = tmp_path / "list"
    take(before.lists.export_csv() if form == "csv" else before.lists.export_json(), after, path)
    there = everything(engines[1])
    assert there == everything(engines[0])
    assert {name for name, rows in there.items() if not rows} == set(), "each table is compared"
    after.lists.import_list(path, wording=WORDING, now=NOW + 2 * DAY)
    assert everything(engines[1]) == there, "a second import changes nothing"


def test_the_links_in_mail_do_in_the_new_database_what_they_do_in_the_old_one(
    engines: list[sa.Engine], tmp_path: Path
) -> None:
    before, after = map(verbs, engines)
    fill(engines[0], FEW)
    take(before.lists.export_csv(), after, tmp_path / "list")
    with engines[0].connect() as connection:
        ids = connection.scalars(sa.select(tables.subscriber.c.subject_id)).all()
        others = connection.scalars(
            sa.union(sa.select(tables.former_subject.c.subject_id), sa.select(tables.suppression.c.subject_id))
        ).all()
    for subject_id in [*ids, *filter(None, others)]:
        did = [pressed(readers, subject_id) for readers in (before, after)]
        assert did[0] == did[1]
        assert isinstance(did[1][-1], Left), "no unsubscribe link leads to nobody"
    assert after.queries.find(state=State.ACTIVE) == []
    assert everything(engines[1]) == everything(engines[0])


def pressed(readers: Subscribers, subject_id: str) -> list[object]:
    """Press what a reader may find in their mail, the unsubscribe button last; return what each link did."""
    now = NOW + 2 * DAY
    return [
        done(lambda: readers.page.portal(KEYS.account(subject_id, now), now=now).reader),
        done(lambda: readers.page.portal(KEYS.preferences(subject_id, now), now=now).reader.canonical),
        done(lambda: readers.sign_ups.confirm(KEYS.confirm(subject_id, now), now=now)),
        done(lambda: readers.leaving.unsubscribe(KEYS.unsubscribe(subject_id), now=now)),
    ]


def done(act: Callable[[], object]) -> object:
    try:
        return act()
    except BadToken as error:
        return type(error)


def parts(readers: Subscribers) -> dict[str, list[str]]:
    """Return the list as several files: the suppressions, the readers in each state, and everything at once."""
    return {
        "suppressions": list(readers.lists.export_suppressions_csv()),
        **{state.value: list(readers.lists.export_csv(state)) for state in State},
        "everything": list(readers.lists.export_json()),
        "digests": list(readers.lists.export_suppressions_csv(hashes=True)),
    }


@settings(max_examples=some(25), deadline=None, suppress_health_check=UNHURRIED)
@given(
    seed=st.integers(0, 10_000),
    count=st.integers(1, 8),
    order=st.permutations(["suppressions", *State]).map(tuple),
    again=st.lists(st.sampled_from(["suppressions", *State, "everything"]), max_size=3),
    first=st.sampled_from([(), ("everything",)]),
)
def test_the_files_of_a_list_make_the_same_list_in_any_order(
    two: list[sa.Engine],
    tmp_path: Path,
    seed: int,
    count: int,
    order: Sequence[str],
    again: Sequence[str],
    first: Sequence[str],
) -> None:
    for engine in two:
        empty(engine)
    before, after = map(verbs, two)
    fill(two[0], count, seed)
    files = parts(before)
    for number, part in enumerate((*first, *order, *again)):
        take(iter(files[part]), after, tmp_path / f"{number}.list")
    assert everything(two[1]) == everything(two[0])


@pytest.mark.parametrize(
    "order",
    [
        ("digests", "everything"),
        ("everything", "digests"),
        ("digests", "suppressions", "unsubscribed", "pending", "active"),
    ],
    ids=" ".join,
)
def test_a_file_of_digests_changes_nothing_of_a_list_whenever_it_comes(
    two: list[sa.Engine], tmp_path: Path, order: Sequence[str]
) -> None:
    fill(two[0], 20)
    before, after = map(verbs, two)
    files = parts(before)
    for part in order:
        take(iter(files[part]), after, tmp_path / f"{part}.list")
    assert without_digests(two[1]) == without_digests(two[0])


def without_digests(engine: sa.Engine) -> Mapping[str, Sequence[tuple[Any, ...]]]:
    """Return everything but the suppressions by digest: a file of digests adds one for each suppressed address."""
    found = everything(engine)
    rows = [row for row in found["suppression"] if not str(row[0]).startswith(HASHED)]
    return {**found, "suppression": rows}


def empty(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        for table in reversed(tables.subscriber.metadata.sorted_tables):
            if table.name in TABLES:
                connection.execute(table.delete())


def test_every_column_is_exported_or_left_out_for_a_reason(two: list[sa.Engine], tmp_path: Path) -> None:
    """A new column has to be a field of its noun, which travels by itself, or be named with the reason."""
    fill(two[0], SOME)
    take(verbs(two[0]).lists.export_csv(), verbs(two[1]), tmp_path / "list")
    there = {
        f"{name}.{column.name}" for name, table in TABLES.items() for column in table.c if name not in LEFT_OUT
    } - LEFT_OUT.keys()
    lost = set()
    with two[1].connect() as connection:
        for each in there:
            table, _, column = each.partition(".")
            values = connection.execute(sa.select(TABLES[table].c[column]).distinct().limit(2)).all()
            if len(values) < 2:
                lost.add(each)
    assert lost == set(), "these columns hold the same in every row of a list that was imported"
    named = {each.partition(".")[0] for each in LEFT_OUT}
    assert named <= set(TABLES)
    assert {each for each in LEFT_OUT if "." in each} <= {
        f"{name}.{column.name}" for name, table in TABLES.items() for column in table.c
    }
    assert all(LEFT_OUT.values())
    assert set(COLUMNS) >= {"email", "more"}


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_reader_with_a_long_history_comes_back(two: list[sa.Engine], tmp_path: Path, form: str) -> None:
    before, after = map(verbs, two)
    before.editors.add("ada@example.com", source="test", wording=WORDING, now=NOW)
    with two[0].begin() as connection:
        told = [{"canonical": "ada@example.com", "at": NOW, "what": "course", "detail": f"step {number} " + "x" * 90}
                for number in range(3_000)]  # fmt: skip
        connection.execute(tables.history.insert(), told)
    take(before.lists.export_csv() if form == "csv" else before.lists.export_json(), after, tmp_path / "list")
    assert everything(two[1]) == everything(two[0])


@pytest.mark.parametrize("states", list(itertools.permutations(State)))
@pytest.mark.parametrize("count", [2, 3])
def test_several_rows_of_one_reader_in_one_file_mean_what_they_mean_in_several(
    two: list[sa.Engine], tmp_path: Path, states: Sequence[State], count: int
) -> None:
    """An editor lifted their suppression, so only the status says that they left."""
    apart, together = map(verbs, two)
    header = "email,status,created,confirmed,left,suppressed,more"
    rows = [f"ada@example.com,{state.value},2026-01-02T00:00:00Z,,,," for state in states[:count]]
    for number, row in enumerate(rows):
        path = tmp_path / f"{number}.csv"
        path.write_text(f"{header}\n{row}\n")
        apart.lists.import_list(path, wording=WORDING, now=NOW)
    path = tmp_path / "all.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    foretold = together.lists.import_list(path, wording=WORDING, now=NOW, dry_run=True)
    report = together.lists.import_list(path, wording=WORDING, now=NOW)
    expected = State.UNSUBSCRIBED if State.UNSUBSCRIBED in states[:count] else State.ACTIVE
    for readers in (apart, together):
        assert [reader.state for reader in readers.queries.find()] == [expected]
    assert (report.left, foretold.left) == ((1, 1) if expected is State.UNSUBSCRIBED else (0, 0))
