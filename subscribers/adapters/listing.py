"""Writes readers as CSV and JSON, line by line, in constant memory."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

from subscribers.roster import harmless
from subscribers.subscriber import Subscriber

COLUMNS = ("email", "name", "status", "tags", "source", "created", "confirmed", "left")


def as_csv(subscribers: Iterable[Subscriber]) -> Iterator[str]:
    """Yield lines, the header first, each with its CRLF (RFC 4180); no cell can be a formula."""
    yield _line(COLUMNS)
    for subscriber in subscribers:
        yield _line([harmless(cell) for cell in _cells(subscriber)])


def as_json(subscribers: Iterable[Subscriber]) -> Iterator[str]:
    """Yield one JSON array, an object on each line."""
    before = "[\n"
    for subscriber in subscribers:
        cells = dict(zip(COLUMNS, _cells(subscriber), strict=True))
        yield before + json.dumps({**cells, "tags": list(subscriber.tags)}, ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _cells(subscriber: Subscriber) -> list[str]:
    times = (subscriber.created, subscriber.confirmed, subscriber.left)
    return [
        subscriber.address,
        subscriber.name,
        subscriber.state.value,
        ";".join(subscriber.tags),
        subscriber.source,
        *(time.isoformat(timespec="seconds") if time else "" for time in times),
    ]


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
