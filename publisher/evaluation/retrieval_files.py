"""Files of passages and of queries with what is relevant to them: JSON, one object a line."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from publisher.errors import ContentError, Problem
from publisher.issue import Passage


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for, and the ids of the passages that should be found. Without a date, any passage may be."""

    id: str
    date: dt.date | None
    text: str
    relevant: frozenset[str]


def read_passages(path: Path, data: bytes) -> tuple[Passage, ...]:
    """Read {"id", "text"} with "date", "section" and "heading" where they are known; those of one day are of one issue.

    Raises ContentError.
    """
    found: dict[str, Passage] = {}
    issues: dict[object, int] = {}
    for line, row in _rows(path, data):
        id_ = _text(path, line, row, "id")
        if id_ in found:
            _wrong(path, line, f"the passage {id_!r} is there twice", "give each passage an id of its own")
        date = _date(path, line, row)
        issue = issues.setdefault(date or line, len(issues) + 1)
        section, heading = (_text(path, line, row, key, optional=True) for key in ("section", "heading"))
        found[id_] = Passage(id_, issue, date or dt.date.min, section, heading, _text(path, line, row, "text"))
    return tuple(found.values())


def read_queries(path: Path, data: bytes) -> tuple[Query, ...]:
    """Read {"id", "query", "relevant"} with a "date" where passages have to be earlier. Raises ContentError."""
    found = []
    for line, row in _rows(path, data):
        relevant = row.get("relevant")
        if not isinstance(relevant, list) or not relevant or not all(isinstance(id_, str) for id_ in relevant):
            _wrong(path, line, '"relevant" is not a list of ids', "name a passage at least that should be found")
        id_, text = _text(path, line, row, "id"), _text(path, line, row, "query")
        found.append(Query(id_, _date(path, line, row), text, frozenset(relevant)))
    if not found:
        _wrong(path, None, "there is no query", 'write one a line, as {"id": …, "query": …, "relevant": […]}')
    return tuple(found)


def _rows(path: Path, data: bytes) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield each object with its line, which counts from 1; blank lines are left out."""
    for line, raw in enumerate(data.split(b"\n"), 1):
        if not raw.strip():
            continue
        try:
            row = json.loads(raw.decode("utf-8-sig" if line == 1 else "utf-8"))
        except UnicodeDecodeError:
            _wrong(path, line, "this is not UTF-8", "save the file as UTF-8")
        except (ValueError, RecursionError):
            _wrong(path, line, "this is not JSON", "write one object a line")
        if not isinstance(row, dict):
            _wrong(path, line, "this is not a JSON object", 'write one a line, such as {"id": "a", …}')
        yield line, row


def _text(path: Path, line: int, row: dict[str, object], key: str, *, optional: bool = False) -> str:
    value = row.get(key, "" if optional else None)
    if not isinstance(value, str) or not (value or optional):
        _wrong(path, line, f'"{key}" is not a text', f"give each line its {key}")
    return value


def _date(path: Path, line: int, row: dict[str, object]) -> dt.date | None:
    value = row.get("date")
    if value is None:
        return None
    try:
        return dt.date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        _wrong(path, line, f"{value!r} is not a date", "write it as 2026-11-30, or leave it out")


def _wrong(path: Path, line: int | None, what: str, fix: str) -> NoReturn:
    raise ContentError([Problem(path, line, what, fix, rule="eval")])
