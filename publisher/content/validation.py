"""Pydantic's errors as problems: file, line, what is wrong, how to fix it."""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from plaintext import nearest
from publisher.errors import Problem

Location = tuple[str | int, ...]


def problems_of(
    error: ValidationError,
    model: type[BaseModel],
    path: Path,
    line_of: Callable[[Location], int | None],
    *,
    sign: str = ": ",
) -> tuple[Problem, ...]:
    """Translate every error of one validation; unknown keys come with the nearest known key.

    `sign` stands between a key and its value in such a file.
    """
    errors = error.errors()
    # Pydantic drops the wrong items of a list before it counts them, so «too short» then says nothing new.
    spoilt = {detail["loc"][:n] for detail in errors for n in range(len(detail["loc"]))}
    return tuple(
        _problem(detail, model, path, line_of, sign)
        for detail in errors
        if detail["type"] != "too_short" or detail["loc"] not in spoilt
    )


def _problem(
    detail: ErrorDetails, model: type[BaseModel], path: Path, line_of: Callable[[Location], int | None], sign: str
) -> Problem:
    kind, loc = detail["type"], detail["loc"]
    name = ".".join(str(part) for part in loc)
    line = line_of(loc)
    if kind == "extra_forbidden":
        return Problem(path, line, f"unknown key {name!r}", instead(str(loc[-1]), _keys(model, loc[:-1])))
    if kind == "missing":
        line, fix = line_of(loc[:-1]), f"add a line «{_as_line(model, loc, sign)}»"
        return Problem(path, line, f"{name!r} is missing", fix)
    if kind == "string_pattern_mismatch" and (better := _plain_name(str(detail["input"]), detail["ctx"]["pattern"])):
        what = f"{detail['input']!r} is not in lower-case letters, digits and hyphens"
        return Problem(path, line, f"{name!r}: {what}", f"write {better}")
    text = detail["msg"].removeprefix("Value error, ").removeprefix("Input ")
    text = text[:1].lower() + text[1:].rstrip(".")
    what, fix = _advised(text)
    if kind == "misfit" or not name:
        return Problem(path, line, what, fix) if what else Problem(path, line, text, "fix these values")
    return Problem(path, line, f"{name!r}: {what or text}", fix if what else "fix the value")


def _advised(text: str) -> tuple[str, str]:
    """Return what is wrong and the advice, if a message ends with one; a semicolon may also be in a value that it repeats.

    >>> _advised("is not encrypted; write https://"), _advised("'1 a day; 2 a week' is not a budget")
    (('is not encrypted', 'write https://'), ('', ''))
    """
    what, _, fix = text.rpartition("; ")
    return (what, fix) if what and (fix.endswith("?") or not set(fix) & set("'\"")) else ("", "")


def _plain_name(written: str, pattern: str) -> str:
    """Return a word in lower-case letters, digits and hyphens as near to what was written, where a pattern asks for one.

    >>> _plain_name("Big Data", "^[a-z0-9]+(-[a-z0-9]+)*$"), _plain_name("?", "^[a-z0-9]+(-[a-z0-9]+)*$")
    ('big-data', '')
    """
    word = re.sub(r"[^a-z0-9]+", "-", written.lower()).strip("-")
    return word if re.search(pattern, word) else ""


def instead(word: str, known: list[str]) -> str:
    """Return the advice for a word that is not one of the known ones."""
    if close := nearest(word, known):
        return f"did you mean {close!r}?"
    return f"known here: {', '.join(sorted(known))}" if known else "remove it"


def _as_line(model: type[BaseModel], loc: Location, sign: str) -> str:
    """Return how a key is written that is missing: with a value, or in TOML as the head of its table or tables."""
    key, above = loc[-1], _model(model, loc[:-1])
    if sign == ": " or above is None:
        return f"{key}{sign}…"
    annotation = next(field.annotation for name, field in above.model_fields.items() if key in (name, field.alias))
    if not list(_models(annotation)):
        return f'{key} = "…"'
    return f"[[{key}]]" if typing.get_origin(annotation) is tuple else f"[{key}]"


def _keys(model: type[BaseModel], loc: Location) -> list[str]:
    """Return the keys that a table may have, following `loc` into nested models."""
    current = _model(model, loc)
    return [field.alias or name for name, field in current.model_fields.items()] if current else []


def _model(model: type[BaseModel], loc: Location) -> type[BaseModel] | None:
    current: type[BaseModel] | None = model
    for part in loc:
        if current is None or isinstance(part, int):
            continue
        field = next((f for n, f in current.model_fields.items() if part in (n, f.alias)), None)
        current = next(_models(field.annotation), None) if field else None
    return current


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from _models(argument)
