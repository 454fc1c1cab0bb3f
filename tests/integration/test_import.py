"""Whole lists: counted rightly, all or nothing, in constant memory, and never reviving who left."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from publisher.adapters.database import migrate
from subscribers import ImportOvertaken, Reason, State, Subscribers, UnreadableList, lists
from subscribers.adapters import staging, tables
from subscribers.adapters.readers import GIVEN_WAY_SECONDS, DatabaseReaders, ReaderRows
from subscribers.adapters.store import Store
from subscribers.database import LOOK_AGAIN_SECONDS, open_engine
from tests.integration.test_moves import KEYS
from tests.readers import DAY, NOW, WORDING

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(*lines: str, encoding: str = "utf-8", end: str = "\n") -> Path:
        path = tmp_path / "list.csv"
        path.write_bytes(end.join(lines).encode(encoding))
        return path

    return written


def everything(engine: sa.Engine) -> list[object]:
    with engine.connect() as connection:
        chosen = (tables.subscriber, tables.consent, tables.wording, tables.suppression)
        return [tuple(row) for table in chosen for row in connection.execute(sa.select(table))]


def counts(report: object) -> dict[str, int]:
    names = ("new", "known", "suppressed", "left", "duplicates", "invalid_count")
    return {name: getattr(report, name) for name in names if getattr(report, name)}


def test_a_report_counts_new_known_suppressed_left_duplicate_and_invalid(
    readers: Subscribers, engine: sa.Engine, write: Write
) -> None:
    readers.editors.add("known@example.com", "Known", source="cli", wording=WORDING, now=NOW)
    readers.editors.add("leaver@example.com", source="cli", wording=WORDING, now=NOW)
    readers.editors.suppress("gone@example.com", Reason.UNSUBSCRIBED, now=NOW)
    path = write(
        "Email Address;Name;Tags;Status",
        "New@Example.com;Zoë;maths;active",
        "KNOWN@example.com;Other;;active",
        "gone@example.com;;;active",
        "new@example.com;Again;;active",
        "bad@;;;active",
        "",
        "leaver@example.com;;;unsubscribed",
        '"quoted@example.com";"two',
        'lines";;active',
        "cleaned@example.com;;;cleaned",
    )
    rehearsed = everything(engine)
    report = readers.lists.import_list(path, wording=WORDING, now=NOW + DAY, dry_run=True)
    expected = {"new": 1, "known": 1, "suppressed": 1, "left": 2, "duplicates": 1, "invalid_count": 2}
    assert counts(report) == expected
    assert [invalid.line for invalid in report.invalid] == [6, 9]
    assert report.dry_run
    assert everything(engine) == rehearsed

    assert counts(readers.lists.import_list(path, wording=WORDING, now=NOW + DAY)) == expected
    found = {reader.canonical: reader for reader in readers.queries.find()}
    new = found["new@example.com"]
    assert (new.address, new.name, new.tags) == ("New@example.com", "Zoë", ("maths",))
    assert (new.state, new.source, new.created) == (State.ACTIVE, "import list.csv", NOW + DAY)
    assert found["known@example.com"].name == "Known"
    assert found["leaver@example.com"].state is State.UNSUBSCRIBED
    assert set(found) == {"new@example.com", "known@example.com", "leaver@example.com"}
    with engine.connect() as connection:
        rows = connection.execute(sa.select(tables.suppression.c.canonical, tables.suppression.c.reason))
        assert {row.canonical: row.reason for row in rows} == {
            "gone@example.com": "unsubscribed",
            "leaver@example.com": "unsubscribed",
            "cleaned@example.com": "bounced",
        }
        sources = connection.scalars(sa.select(tables.consent.c.source).order_by(tables.consent.c.id))
        assert list(sources) == ["cli", "cli", "import list.csv"]


def test_the_same_list_again_adds_nobody(readers: Subscribers, write: Write) -> None:
    path = write("email", *(f"r{number}@example.com" for number in range(50)))
    assert counts(readers.lists.import_list(path, wording=WORDING, now=NOW)) == {"new": 50}
    assert counts(readers.lists.import_list(path, wording=WORDING, now=NOW)) == {"known": 50}
    assert readers.queries.counts()[State.ACTIVE] == 50


@pytest.mark.parametrize("rows", [1, 3])
def test_who_left_counts_wherever_the_list_says_so(
    rows: int, readers: Subscribers, engine: sa.Engine, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "STAGED_AT_ONCE", rows)
    monkeypatch.setattr(lists, "CHANGED_AT_ONCE", rows)
    path = write(
        "email,status",
        "ada@example.com,active",
        "bob@example.com,complained",
        "ada@example.com,unsubscribed",
        "ada@example.com,active",
        "bob@example.com,active",
        "bob@example.com,unsubscribed",
        "eve@example.com,active",
    )
    report = readers.lists.import_list(path, wording=WORDING, now=NOW)
    assert counts(report) == {"new": 1, "left": 2, "duplicates": 4}
    assert [reader.address for reader in readers.queries.find()] == ["eve@example.com"]
    with engine.connect() as connection:
        rows_ = connection.execute(sa.select(tables.suppression.c.canonical, tables.suppression.c.reason))
        assert {row.canonical: row.reason for row in rows_} == {
            "ada@example.com": "unsubscribed",
            "bob@example.com": "complained",
        }


def test_an_import_makes_no_suppression_weaker(readers: Subscribers, engine: sa.Engine, write: Write) -> None:
    readers.editors.suppress("ada@example.com", Reason.COMPLAINED, now=NOW)
    readers.lists.import_list(write("email,status", "ada@example.com,unsubscribed"), wording=WORDING, now=NOW + DAY)
    with engine.connect() as connection:
        row = connection.execute(sa.select(tables.suppression)).one()
    assert (row.reason, row.at) == ("complained", NOW)


def test_a_pending_reader_on_the_list_becomes_active_and_needs_no_confirmation(
    readers: Subscribers, engine: sa.Engine, write: Write
) -> None:
    readers.sign_ups.sign_up("Ada@example.com", source="form /", wording=WORDING, now=NOW)
    report = readers.lists.import_list(write("email", "ada@example.com"), wording=WORDING, now=NOW)
    assert counts(report) == {"known": 1}
    [reader] = readers.queries.find()
    assert reader.state is State.ACTIVE
    with engine.connect() as connection:
        acts = connection.scalars(sa.select(tables.consent.c.act).order_by(tables.consent.c.id))
        assert list(acts) == ["asked", "entered"]


def test_a_reader_who_left_and_waits_for_a_confirmation_is_not_revived_by_a_list(
    readers: Subscribers, write: Write
) -> None:
    readers.editors.add("ada@example.com", source="cli", wording=WORDING, now=NOW)
    readers.editors.remove("ada@example.com", now=NOW)
    readers.sign_ups.sign_up("ada@example.com", source="form /", wording=WORDING, now=NOW + DAY)
    report = readers.lists.import_list(write("email", "ada@example.com"), wording=WORDING, now=NOW + DAY)
    assert counts(report) == {"suppressed": 1}
    assert [reader.state for reader in readers.queries.find()] == [State.PENDING]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_list_may_have_a_byte_order_mark_and_any_line_ends(
    encoding: str, end: str, readers: Subscribers, write: Write
) -> None:
    path = write("email\tname", "jörg@bücher.test\tJörg", encoding=encoding, end=end)
    assert counts(readers.lists.import_list(path, wording=WORDING, now=NOW)) == {"new": 1}
    assert [reader.canonical for reader in readers.queries.find()] == ["jörg@xn--bcher-kva.test"]


@pytest.mark.parametrize(
    ("content", "line", "why"),
    [
        (b"", 1, "no column holds addresses"),
        (b"name\nAda\n", 1, "no column holds addresses"),
        (b"email,name\nada@example.com,J\xc3\xb6rg\nbob@example.com,J\xf6rg\n", 3, "is not UTF-8"),
        (b"email\nada@example.com\n" + b"x" * 2_000_000 + b"\n", 3, "more than 1,000,000 characters"),
    ],
)
def test_a_file_that_is_no_list_changes_nothing_and_says_where(
    content: bytes, line: int, why: str, readers: Subscribers, engine: sa.Engine, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableList, match=why) as caught:
        readers.lists.import_list(path, wording=WORDING, now=NOW)
    assert caught.value.line == line
    assert everything(engine) == []


def test_a_file_that_is_not_there_says_so(readers: Subscribers, tmp_path: Path) -> None:
    with pytest.raises(UnreadableList, match="No such file"):
        readers.lists.import_list(tmp_path / "missing.csv", wording=WORDING, now=NOW)


class Interrupted(Exception):
    """Stands for whatever ends an import between two of its transactions."""


def interrupt(readers: Subscribers, path: Path, part: float = 0.7) -> None:
    """Begin an import and let it be interrupted when that part of all progress was told."""

    def stop(done: int, total: int) -> None:
        if done > total * part:
            raise Interrupted

    with pytest.raises(Interrupted):
        readers.lists.import_list(path, wording=WORDING, now=NOW, progress=stop)


def test_an_import_that_is_interrupted_goes_on_where_it_stopped(
    readers: Subscribers, engine: sa.Engine, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "CHANGED_AT_ONCE", 10)
    path = write("email", *(f"r{number}@example.com" for number in range(50)))
    interrupt(readers, path)
    done = len(readers.queries.find())
    assert 10 <= done < 50
    assert done % 10 == 0
    report = readers.lists.import_list(path, wording=WORDING, now=NOW)
    assert (counts(report), report.resumed) == ({"new": 50}, done)
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.consent)) == 50
    again = readers.lists.import_list(path, wording=WORDING, now=NOW)
    assert (counts(again), again.resumed) == ({"known": 50}, 0)


def test_an_import_that_goes_on_does_nothing_twice_to_whom_it_had_reached(
    readers: Subscribers, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "CHANGED_AT_ONCE", 1)
    readers.editors.add("aa@example.com", source="cli", wording=WORDING, now=NOW)
    path = write("email,status", "aa@example.com,unsubscribed", "bb@example.com,active", "cc@example.com,active")
    interrupt(readers, path, 0.8)
    readers.editors.unsuppress("aa@example.com", "they came by", now=NOW)
    readers.sign_ups.sign_up("aa@example.com", source="form /", wording=WORDING, now=NOW + DAY)
    (aa,) = readers.queries.find(query="aa@")
    readers.sign_ups.confirm(KEYS.confirm(aa.subject_id, NOW + DAY), now=NOW + DAY)
    report = readers.lists.import_list(path, wording=WORDING, now=NOW + DAY)
    assert (counts(report), report.resumed) == ({"new": 2, "left": 1}, 2)
    assert [reader.address for reader in readers.queries.find(state=State.ACTIVE)] == [
        "aa@example.com", "bb@example.com", "cc@example.com",
    ]  # fmt: skip


def test_a_list_that_changed_or_is_read_in_another_way_is_another_import(
    readers: Subscribers, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "CHANGED_AT_ONCE", 1)
    names = [f"r{number}@example.com" for number in range(5)]
    interrupt(readers, write("email", *names), 0.8)
    report = readers.lists.import_list(write("email,name", *names), wording=WORDING, now=NOW)
    assert report.resumed == 0


def test_the_same_import_in_two_processes_at_once_is_carried_out_once(
    readers: Subscribers, engine: sa.Engine, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "CHANGED_AT_ONCE", 10)
    path = write("email", *(f"r{number}@example.com" for number in range(30)))
    others: list[object] = []

    def beside(done: int, total: int) -> None:
        if done > total * 0.6 and not others:
            others.append(None)
            others.append(readers.lists.import_list(path, wording=WORDING, now=NOW))

    with pytest.raises(ImportOvertaken, match="Another process"):
        readers.lists.import_list(path, wording=WORDING, now=NOW, progress=beside)
    assert counts(others[1]) == {"new": 30}
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.consent)) == 30


def test_no_transaction_of_an_import_is_long_and_between_two_others_may_write(
    readers: Subscribers, engine: sa.Engine, write: Write
) -> None:
    rows = 2 * lists.CHANGED_AT_ONCE + 1
    path = write("email", *(f"r{number}@example.com" for number in range(rows)))
    there = [0]  # readers at the end of each transaction that may write

    @sa.event.listens_for(engine, "commit")
    def commit(connection: sa.Connection) -> None:
        if not connection.get_execution_options().get("read_only"):
            there.append(connection.scalar(sa.select(sa.func.count()).select_from(tables.subscriber)) or 0)

    readers.lists.import_list(path, wording=WORDING, now=NOW)
    assert there[-1] == rows
    assert max(now - before for before, now in itertools.pairwise(there)) <= lists.CHANGED_AT_ONCE <= 5_000


class Turns(DatabaseReaders):
    """A store that keeps when it wrote, and when it let others write."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.taken: list[str] = []

    @contextmanager
    def writing(self) -> Iterator[ReaderRows]:
        with super().writing() as rows:
            yield rows
        self.taken.append("wrote")

    def give_way(self, since: float) -> None:
        super().give_way(since)
        waited = time.monotonic() - since
        self.taken.append("gave way" if waited >= GIVEN_WAY_SECONDS else "went on")


def test_whoever_waits_for_sqlite_has_a_turn_between_two_transactions_of_an_import(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "CHANGED_AT_ONCE", 10)
    engine = open_engine(f"sqlite:///{tmp_path}/x.db")
    migrate(engine)
    turns = Turns(Store(engine))
    path = write("email", *(f"r{number}@example.com" for number in range(25)))
    lists.Lists(turns, Store(engine)).import_list(path, wording=WORDING, now=NOW)
    assert turns.taken == ["wrote", *["gave way", "wrote"] * 3]
    assert GIVEN_WAY_SECONDS > 2 * LOOK_AGAIN_SECONDS  # whoever waits looks at least twice meanwhile


def test_progress_only_goes_up_and_ends_at_the_end(readers: Subscribers, write: Write) -> None:
    path = write("email", *(f"r{number}@example.com" for number in range(3_000)))
    told: list[tuple[int, int]] = []
    readers.lists.import_list(path, wording=WORDING, now=NOW, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (6_000, 6_000)


def test_a_reader_can_leave_while_a_long_list_is_read(readers: Subscribers, write: Write) -> None:
    readers.editors.add("ada@example.com", source="cli", wording=WORDING, now=NOW)
    path = write("email", "ada@example.com", *(f"r{number}@example.com" for number in range(2_000)))
    left: list[bool] = []

    def leave(done: int, total: int) -> None:
        if not left:
            left.append(readers.editors.remove("ada@example.com", now=NOW))

    report = readers.lists.import_list(path, wording=WORDING, now=NOW, progress=leave)
    assert left == [True]
    assert (report.suppressed, report.new) == (1, 2_000)


@pytest.mark.timeout(300)  # beside other work on the same machine
def test_a_list_of_100_000_needs_hardly_any_memory(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/x.db")
    migrate(engine)
    engine.dispose()
    path = tmp_path / "list.csv"
    with path.open("w") as file:
        file.write("email,name\n")
        file.writelines(f"r{number}@example.com,Reader {number}\n" for number in range(100_000))
    program = """
import resource, sys
from pathlib import Path
from subscribers.database import open_engine
from subscribers import Keyring, Subscribers
from tests.readers import NOW, SECRET, WORDING, Mailbox
readers = Subscribers(open_engine(sys.argv[1]), Keyring(SECRET), Mailbox())
readers.queries.counts()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
report = readers.lists.import_list(Path(sys.argv[2]), wording=WORDING, now=NOW)
print(report.new, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    command = [sys.executable, "-c", program, str(engine.url), str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    new, kilobytes = map(int, result.stdout.split())
    assert new == 100_000
    assert kilobytes < 40_000
