"""A list that is exported and imported elsewhere is the same list, whatever readers are called and chose."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.adapters.database import migrate
from subscribers import Keyring, Reason, State, Subscribers, canonical, mailbox_of, new_subject_id
from subscribers.adapters import tables
from subscribers.database import open_engine
from tests.long import some
from tests.readers import NOW, SECRET, WORDING, Mailbox

UNHURRIED = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)  # a busy machine is no failure
KEPT = (
    "subject_id",
    "address",
    "name",
    "state",
    "tags",
    "source",
    "created",
    "confirmed",
    "left",
    "without",
    "zone",
    "paused_until",
)

_words = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Co", "Cn"]), max_size=20).map(
    lambda text: " ".join(unicodedata.normalize("NFC", text).split())
)
_words_at_all = _words.filter(bool)
_moments = st.integers(1_000_000_000, 1_790_000_000).map(lambda second: dt.datetime.fromtimestamp(second, dt.UTC))
_local_parts = st.from_regex(r"[+=a-zA-Z0-9_-]{1,12}", fullmatch=True)

READERS = st.lists(
    st.fixed_dictionaries(
        {
            "address": st.builds("{}@Example.com".format, _local_parts).map(lambda text: text.replace("E", "e")),
            "name": _words,
            "state": st.sampled_from([State.ACTIVE, State.PENDING]),
            "tags": st.lists(_words_at_all, max_size=3, unique=True),
            "source": _words_at_all,
            "created": _moments,
            "confirmed": st.none() | _moments,
            "left": st.none() | _moments,
            "without": st.lists(st.sampled_from(["concept", "question", "a;b"]), max_size=2, unique=True),
            "zone": st.sampled_from([None, "Asia/Tokyo", "America/Argentina/Buenos_Aires"]),
            "paused_until": st.none() | st.integers(0, 364).map(lambda days: NOW + dt.timedelta(days=days)),
            "reason": st.none() | st.sampled_from(Reason),
        }
    ),
    max_size=8,
    unique_by=lambda reader: mailbox_of(reader["address"].lower()),  # one who refused would speak for the others
)


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[list[sa.Engine]]:
    opened = [open_engine(f"sqlite:///{tmp_path}/{name}.db") for name in ("here", "there")]
    for engine in opened:
        migrate(engine)
    yield opened
    for engine in opened:
        engine.dispose()


def keep(engine: sa.Engine, readers: list[dict[str, Any]]) -> None:
    """Make these the only readers; nobody leaves without being suppressed."""
    with engine.begin() as connection:
        for table in (tables.consent, tables.subscriber, tables.suppression, tables.former_subject):
            connection.execute(table.delete())
        for reader in readers:
            row = {name: reader[name] for name in KEPT if name != "subject_id"}
            key, subject = canonical(reader["address"]), new_subject_id()
            if reader["reason"]:
                suppressed = {"canonical": key, "reason": reader["reason"].value, "at": NOW, "subject_id": subject}
                connection.execute(tables.suppression.insert().values(suppressed))
                row["state"] = State.UNSUBSCRIBED
            row |= {"subject_id": subject, "canonical": key, "state": row["state"].value}
            connection.execute(tables.subscriber.insert().values(row))


def kept(readers: Subscribers) -> list[tuple[object, ...]]:
    return sorted(tuple(getattr(reader, name) for name in KEPT) for reader in readers.queries.find(limit=100))


@pytest.mark.parametrize("form", ["csv", "json"])
@settings(max_examples=some(25), deadline=None, suppress_health_check=UNHURRIED)
@given(people=READERS)
def test_what_is_exported_comes_back_the_same(
    form: str, engines: list[sa.Engine], tmp_path: Path, people: list[dict[str, Any]]
) -> None:
    here, there = (Subscribers(engine, Keyring(SECRET), Mailbox()) for engine in engines)
    keep(engines[0], people)
    keep(engines[1], [])
    path = tmp_path / f"list.{form}"
    path.write_bytes("".join(here.lists.export_csv() if form == "csv" else here.lists.export_json()).encode())
    report = there.lists.import_list(path, wording=WORDING, now=NOW)
    assert (report.invalid, report.duplicates) == ((), 0)
    assert kept(there) == kept(here)
    assert list(there.lists.export_suppressions_csv()) == list(here.lists.export_suppressions_csv())
