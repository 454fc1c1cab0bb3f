"""Writes readers and suppressions as CSV and JSON, line by line, in constant memory; import_file.py reads both back."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Label, Select, func, select

from subscribers.adapters import tables
from subscribers.cells import harmless, tags_cell

COLUMNS = (
    "email", "name", "status", "tags", "source", "created", "confirmed", "left", "without", "zone", "paused_until",
    "suppressed", "suppressed_at", "subject_id", "former_ids",
)  # fmt: skip
"""What is known about a reader and is of use elsewhere. The ids make the links in old mail work in another database
too, if the secret key is the same."""
SUPPRESSION_COLUMNS = ("email", "status", "suppressed_at", "subject_id", "former_ids")
"""The status is the reason: any system takes it for the status of someone who must not be mailed."""

Cells = Mapping[str, Any]


def readers(connection: Connection, where: ColumnElement[bool] | None) -> Iterator[Cells]:
    """Yield readers in the order in which they joined, each with the suppression of their address."""
    table, suppression = tables.subscriber, tables.suppression
    columns = [table.c[name] for name in ("name", "tags", "source", "created", "confirmed", "left", "without", "zone",
               "paused_until")]  # fmt: skip
    wanted = (
        select(table.c.address.label("email"), table.c.state.label("status"), *columns)
        .add_columns(
            suppression.c.reason.label("suppressed"), suppression.c.at.label("suppressed_at"), table.c.subject_id
        )
        .add_columns(_former_ids(table.c.canonical))
        .select_from(table.outerjoin(suppression, suppression.c.canonical == table.c.canonical))
        .order_by(table.c.id)
    )
    return _rows(connection, wanted if where is None else wanted.where(where))


def suppressions(connection: Connection) -> Iterator[Cells]:
    """Yield every address that must not be mailed, even if it was never a reader's."""
    suppression = tables.suppression.c
    columns = (
        suppression.canonical.label("email"),
        suppression.reason.label("status"),
        suppression.at.label("suppressed_at"),
    )
    ids = suppression.subject_id, _former_ids(suppression.canonical)
    return _rows(connection, select(*columns, *ids).order_by(suppression.canonical))


def _former_ids(canonical: ColumnElement[str]) -> Label[Any]:
    former = tables.former_subject.c
    joined = select(func.aggregate_strings(former.subject_id, ";")).where(former.canonical == canonical)
    return joined.scalar_subquery().label("former_ids")


def as_csv(columns: Sequence[str], rows: Iterable[Cells]) -> Iterator[str]:
    """Yield lines that end in CRLF (RFC 4180), the header first; no cell is a formula."""
    yield _line(columns)
    for row in rows:
        yield _line([harmless(_text(row[column])) for column in columns])


def as_json(columns: Sequence[str], rows: Iterable[Cells]) -> Iterator[str]:
    """Yield a JSON array, one object on each line."""
    before = "[\n"
    for row in rows:
        cells = {column: value if isinstance(value := row[column], list) else _text(value) for column in columns}
        yield before + json.dumps(cells, ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _rows(connection: Connection, wanted: Select[Any]) -> Iterator[Cells]:
    for row in connection.execution_options(yield_per=1_000).execute(wanted).mappings():
        yield {name: row[name] for name in row}


def _text(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, list):
        return tags_cell(value)
    return "" if value is None else str(value)


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
