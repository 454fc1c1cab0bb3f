"""Pydantic's errors as problems: file, line, what is wrong, how to fix it."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import BaseModel, ValidationError

from plaintext import nearest
from publisher.errors import Problem

Location = tuple[str | int, ...]


def problems_of(
    error: ValidationError, model: type[BaseModel], path: Path, line_of: Callable[[Location], int | None]
) -> tuple[Problem, ...]:
    """Translate every error of one validation; unknown keys come with the nearest known key."""
    errors = error.errors()
    # Pydantic drops the wrong items of a list before it counts them, so «too short» then says nothing new.
    spoilt = {detail["loc"][:n] for detail in errors for n in range(len(detail["loc"]))}
    return tuple(
        _problem(detail["type"], detail["loc"], detail["msg"], model, path, line_of)
        for detail in errors
        if detail["type"] != "too_short" or detail["loc"] not in spoilt
    )


def _problem(
    kind: str,
    loc: Location,
    message: str,
    model: type[BaseModel],
    path: Path,
    line_of: Callable[[Location], int | None],
) -> Problem:
    name = ".".join(str(part) for part in loc)
    line = line_of(loc)
    if kind == "extra_forbidden":
        return Problem(path, line, f"unknown key {name!r}", instead(str(loc[-1]), _keys(model, loc[:-1])))
    if kind == "missing":
        return Problem(path, line_of(loc[:-1]), f"{name!r} is missing", f"add a line «{loc[-1]}: …»")
    text = message.removeprefix("Value error, ").removeprefix("Input ")
    text = text[:1].lower() + text[1:]
    if kind == "misfit" or not name:
        what, _, question = text.rpartition("; ")
        if what and question.endswith("?"):
            return Problem(path, line, what, question)
        return Problem(path, line, text, "fix these values")
    return Problem(path, line, f"{name!r}: {text}", "fix the value")


def instead(word: str, known: list[str]) -> str:
    """Return the advice for a word that is not one of the known ones."""
    if close := nearest(word, known):
        return f"did you mean {close!r}?"
    return f"known here: {', '.join(sorted(known))}" if known else "remove it"


def _keys(model: type[BaseModel], loc: Location) -> list[str]:
    """Return the keys that a table may have, following `loc` into nested models."""
    current: type[BaseModel] | None = model
    for part in loc:
        if current is None or isinstance(part, int):
            continue
        field = next((f for n, f in current.model_fields.items() if part in (n, f.alias)), None)
        current = next(_models(field.annotation), None) if field else None
    return [field.alias or name for name, field in current.model_fields.items()] if current else []


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from _models(argument)
