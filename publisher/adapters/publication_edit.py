"""Changes single values of publication.toml, and leaves all the rest of it as it was written, comments and order included."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT

from publisher.errors import ContentError, Problem

Values = Mapping[tuple[str, ...], object]
"""New values by their place, such as ("sender", "address"). None removes a key; a list of mappings is an array of tables."""


def with_values(text: str, values: Values, shown: Path) -> str:
    """Return the text of a valid publication.toml with other values.

    Raises ContentError, for the file called `shown`, where it is written in a way that only a person should change.
    """
    expected: dict[str, Any] = copy.deepcopy(tomllib.loads(text))
    try:
        document = tomlkit.parse(text)
        for place, value in values.items():
            _put(expected, place, value)
            _put(document, place, value)
        written = tomlkit.dumps(document)
        if tomllib.loads(written) == expected:
            return written
    except (TOMLKitError, ValueError, TypeError, AttributeError):
        pass  # as if it had become something else
    names = ", ".join(".".join(place) for place in values)
    raise ContentError([Problem(shown, None, f"{names} cannot be changed by a program here", "change it by hand")])


def _put(table: Any, place: tuple[str, ...], value: object) -> None:
    *above, key = place
    for name in above:
        table = table.setdefault(name, {})
    if value is None:
        table.pop(key, None)
    elif isinstance(value, list):
        _put_tables(table, key, value)
    else:
        table[key] = value


def _put_tables(table: Any, key: str, rows: list[Mapping[str, object]]) -> None:
    """Let an array of tables say `rows`: tables that are there keep their comments and further keys."""
    there = table.get(key)
    if not isinstance(there, AoT):
        table[key] = [dict(row) for row in rows]
        return
    while len(there) > len(rows):
        del there[-1]
    for known, row in zip(there, rows, strict=False):
        for name, value in row.items():
            known[name] = value
        for name in set(known) - set(row):
            del known[name]
    for row in rows[len(there) :]:
        more = tomlkit.table()
        more.update(row)
        there[-1].add(tomlkit.nl())
        there.append(more)
