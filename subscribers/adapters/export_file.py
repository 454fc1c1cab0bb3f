"""Writes readers and suppressions as CSV and JSON, line by line, in constant memory; import_file.py reads both back."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, func, select

from subscribers.adapters import tables
from subscribers.adapters.rows import consent_of, happened_of, reader_of, suppression_of
from subscribers.adapters.store import courses_of, listed
from subscribers.address import HASHED, hashed
from subscribers.cells import harmless, tags_cell
from subscribers.database import Among
from subscribers.export_formats import ExportFormat
from subscribers.restored import more_cell
from subscribers.subscriber import State, Subscriber, Suppression
from subscribers.vendors import NO_READER

COLUMNS = (
    "email", "name", "status", "tags", "source", "created", "confirmed", "left", "without", "zone", "paused_until",
    "suppressed", "suppressed_at", "subject_id", "former_ids", "sha256", "more",
)  # fmt: skip
"""What is known about a reader and is of use elsewhere; `more` has the rest. The ids make the links in old mail work in
another database too, if the secret key is the same."""
SUPPRESSION_COLUMNS = ("email", "status", "suppressed_at", "subject_id", "former_ids", "sha256", "more")
"""The status is the reason: any system takes it for the status of someone who must not be mailed."""
LEFT_OUT: Mapping[str, str] = {
    "subscriber.id": "each database counts its own rows",
    "course.subscriber_id": "each database counts its own rows",
    "consent.id": "each database counts its own rows",
    "consent.subscriber_id": "each database counts its own rows",
    "consent.wording": "it is computed from the words, which are in the list",
    "consent_wording.version": "it is computed from the words, which are in the list",
    "history.id": "each database counts its own rows",
    "email": "mail that waits leaves from where it is; a second outbox would send it again",
    "erasure": "it belongs to the records of its own database",
    "breaker": "it watches the forms of its own service",
    "list_import": "it is the progress of an import into its own database",
}
"""What an export leaves out, and why: tables, and columns of the other tables."""
AT_ONCE = 500
"""How many rows are completed at once with what other tables know of them."""

Cells = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list to write: its columns, how many rows it has, and the rows. `raw` columns may look like a formula."""

    columns: Sequence[str]
    counts: Sequence[Select[int]]
    rows: Callable[[Connection], Iterator[Cells]]
    raw: frozenset[str] = frozenset()

    def total(self, connection: Connection) -> int:
        return sum(connection.scalar(count) or 0 for count in self.counts)


def whole_list(state: State | None = None, *, hashes: bool = False) -> Listing:
    """Return all readers in the order in which they joined, then the addresses without a reader that must not be mailed.

    With `state`, return only the readers in it; with `hashes`, digests in place of the addresses without a reader.
    """
    where = listed(state, "")

    def rows(connection: Connection) -> Iterator[Cells]:
        yield from _readers(connection, where)
        if state is None:
            for cells in _suppressions(connection, _without_reader(), hashes=hashes):
                yield dict.fromkeys(COLUMNS, "") | cells | {"status": NO_READER, "suppressed": cells["status"]}

    counts = [_count(tables.subscriber, where)]
    return Listing(COLUMNS, counts if state else [*counts, _count(tables.suppression, _without_reader())], rows)


def suppression_list(*, hashes: bool = False) -> Listing:
    """Return every address that must not be mailed, a reader's or not."""
    return Listing(
        SUPPRESSION_COLUMNS,
        [_count(tables.suppression, None)],
        lambda connection: _suppressions(connection, None, hashes=hashes),
    )


def list_for(form: ExportFormat) -> Listing:
    """Return the active readers as another system imports them."""
    where = listed(State.ACTIVE, "")

    def rows(connection: Connection) -> Iterator[Cells]:
        for row in _stream(connection, tables.subscriber, where, tables.subscriber.c.id):
            reader = reader_of(row)
            yield {name: cell(reader) for name, cell in form.columns.items()}

    return Listing(list(form.columns), [_count(tables.subscriber, where)], rows, _addresses(form.columns))


def suppression_list_for(form: ExportFormat) -> Listing:
    """Return the addresses that must not be mailed as another system imports them; it has to be able to."""
    columns = form.suppressed or {}
    where = tables.suppression.c.canonical.contains("@")  # no system takes a digest

    def rows(connection: Connection) -> Iterator[Cells]:
        for row in _stream(connection, tables.suppression, where, tables.suppression.c.canonical):
            one = suppression_of(row)
            yield {name: cell(one.canonical, one.reason) for name, cell in columns.items()}

    return Listing(list(columns), [_count(tables.suppression, where)], rows, _addresses(columns))


def _addresses(columns: Iterable[str]) -> frozenset[str]:
    """Return the column of addresses, which no apostrophe may change: the other system would not take it off."""
    return frozenset(itertools.islice(columns, 1))


# The rows


def _stream(
    connection: Connection, table: Table, where: ColumnElement[bool] | None, order: ColumnElement[Any]
) -> Iterator[Mapping[str, Any]]:
    wanted = select(table).order_by(order).execution_options(yield_per=AT_ONCE)
    found = connection.execute(wanted if where is None else wanted.where(where))
    yield from found.mappings()  # type: ignore[misc]  # the keys of a table are strings


def _count(table: Table, where: ColumnElement[bool] | None) -> Select[int]:
    wanted = select(func.count()).select_from(table)
    return wanted if where is None else wanted.where(where)


def _without_reader() -> ColumnElement[bool]:
    reader = tables.subscriber.c
    return ~select(1).where(reader.canonical == tables.suppression.c.canonical).exists()


def _readers(connection: Connection, where: ColumnElement[bool] | None) -> Iterator[Cells]:
    found = _stream(connection, tables.subscriber, where, tables.subscriber.c.id)
    while rows := list(itertools.islice(found, AT_ONCE)):
        canonicals = [row["canonical"] for row in rows]
        courses = courses_of(connection, [row["id"] for row in rows])
        consents = _consents(connection, {row["id"]: row["subject_id"] for row in rows})
        history = _of(connection, tables.history, canonicals)
        former = _of(connection, tables.former_subject, canonicals)
        suppressed = _of(connection, tables.suppression, canonicals)
        for row in rows:
            key = row["canonical"]
            reader = reader_of(row, courses.get(row["id"], ()))
            suppression = next(map(suppression_of, suppressed[key]), None)
            more = more_cell(reader, suppression, consents[row["id"]], [happened_of(each) for each in history[key]])
            yield _reader(reader, suppression) | {"former_ids": _ids(former[key]), "more": more}


def _reader(reader: Subscriber, suppression: Suppression | None) -> dict[str, Any]:
    return {
        "email": reader.address,
        "name": reader.name,
        "status": reader.state.value,
        "tags": list(reader.tags),
        "source": reader.source,
        "created": reader.created,
        "confirmed": reader.confirmed,
        "left": reader.left,
        "without": list(reader.without),
        "zone": reader.zone,
        "paused_until": reader.paused_until,
        "suppressed": suppression.reason.value if suppression else None,
        "suppressed_at": suppression.at if suppression else None,
        "subject_id": reader.subject_id,
        "sha256": "",
    }


def _suppressions(
    connection: Connection, where: ColumnElement[bool] | None, *, hashes: bool
) -> Iterator[dict[str, Any]]:
    table = tables.suppression
    found = _stream(connection, table, where, table.c.canonical)
    while rows := list(itertools.islice(found, AT_ONCE)):
        canonicals = [row["canonical"] for row in rows]
        readers = _of(connection, tables.subscriber, canonicals)
        history = _of(connection, tables.history, canonicals)
        former = _of(connection, tables.former_subject, canonicals)
        for row in rows:
            one, key = suppression_of(row), row["canonical"]
            cells = {"status": one.reason.value, "suppressed_at": one.at}
            if hashes or key.startswith(HASHED):
                digest = (key if key.startswith(HASHED) else hashed(key)).removeprefix(HASHED)
                yield cells | {"email": "", "sha256": digest, "subject_id": "", "former_ids": "", "more": {}}
                continue
            told = [] if readers[key] else [happened_of(each) for each in history[key]]
            yield cells | {
                "email": key,
                "sha256": "",
                "subject_id": one.subject_id,
                "former_ids": _ids(former[key]),
                "more": more_cell(None, one, history=told),
            }


def _of(connection: Connection, table: Table, canonicals: Sequence[str]) -> Mapping[str, list[Any]]:
    """Return the rows of a table that belong to these addresses, by address."""
    order = (table.c.at, table.c.id) if table is tables.history else (table.primary_key.columns)
    wanted = select(table).where(Among(table.c.canonical, "keys")).order_by(*order)
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(wanted, {"keys": json.dumps(canonicals)}).mappings():
        found[row["canonical"]].append(row)
    return found


def _consents(connection: Connection, subjects: Mapping[int, str]) -> Mapping[int, list[Any]]:
    table, wording = tables.consent, tables.wording
    wanted = (
        select(table, wording.c.text)
        .join(wording, wording.c.version == table.c.wording)
        .where(Among(table.c.subscriber_id, "ids"))
        .order_by(table.c.at, table.c.id)
    )
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(wanted, {"ids": json.dumps(list(subjects))}):
        found[row.subscriber_id].append(consent_of(row, subjects[row.subscriber_id]))
    return found


def _ids(rows: Iterable[Mapping[str, Any]]) -> str:
    return ";".join(row["subject_id"] for row in rows)


# The text


def as_csv(listing: Listing, rows: Iterable[Cells]) -> Iterator[str]:
    """Yield lines that end in CRLF (RFC 4180), the header first; no cell is a formula, except in `raw` columns."""
    yield _line(listing.columns)
    plain = [column in listing.raw for column in listing.columns]
    for row in rows:
        cells = [_text(row[column]) for column in listing.columns]
        yield _line([cell if raw else harmless(cell) for cell, raw in zip(cells, plain, strict=True)])


def as_json(listing: Listing, rows: Iterable[Cells]) -> Iterator[str]:
    """Yield a JSON array, one object on each line."""
    before = "[\n"
    for row in rows:
        cells = {
            column: value if isinstance(value := row[column], list | dict) else _text(value)
            for column in listing.columns
        }
        yield before + json.dumps(cells, ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _text(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, list):
        return tags_cell(value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if value else ""
    return "" if value is None else str(value)


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
