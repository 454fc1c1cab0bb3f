"""The Jinja environment that mail, pages and letters are made with. Templates run in a sandbox: they only show."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import traceback
from collections.abc import Callable, Collection, Mapping
from enum import Enum
from pathlib import Path, PurePath
from typing import Final

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.loaders import split_template_path
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel

from publisher.errors import ContentError, Problem
from publisher.inside import read_inside

MAX_TEMPLATE: Final = 1_000_000
"""Bytes of one template."""

_PLAIN: Final = (str, bytes, int, float, dt.date, dt.time, dt.timedelta, Collection, Enum)
_OF_PATHS: Final = ("name", "stem", "suffix", "parts", "as_posix")


def environment(*folders: Path) -> Environment:
    """Return an environment over `folders`; of files with the same name, the first folder's is used.

    Names are relative to a folder: `email/issue.mjml`, `web/base.html`. A variable that is not there is an error
    (jinja2.UndefinedError), never an empty string. Everything but `.txt` and `.css` is escaped.
    """
    made = _Sandbox(
        loader=_FolderLoader([str(folder) for folder in folders]),
        undefined=StrictUndefined,
        autoescape=_escapes,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["day"] = day
    return made


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, with a list of what may be looked into instead of what may not.

    Jinja's own rules would let a template call Path.read_text(), or pydantic's parse_raw(), which can unpickle.
    """

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        if not super().is_safe_attribute(obj, attr, value):
            return False
        if isinstance(obj, PurePath):
            return attr in _OF_PATHS
        if isinstance(obj, BaseModel):
            return not hasattr(BaseModel, attr)
        if isinstance(obj, type):
            return False
        ours = dataclasses.is_dataclass(obj) or type(obj).__module__.partition(".")[0] == "jinja2"
        return ours or isinstance(obj, _PLAIN)


class _FolderLoader(FileSystemLoader):
    """Loads templates that lie in their folder, and follows no link out of it."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:  # noqa: ARG002  # the name is Jinja's
        for folder in map(Path, self.searchpath):
            path = folder.joinpath(*split_template_path(template))
            if os.path.lexists(path):
                shown = Path("templates") / template
                data = read_inside(folder, path, shown=shown, most=MAX_TEMPLATE)
                return _decoded(data, shown), str(path), _unchanged(path)
        raise TemplateNotFound(template)


def _unchanged(path: Path) -> Callable[[], bool]:
    written = path.stat().st_mtime
    return lambda: path.exists() and path.stat().st_mtime == written


def _decoded(data: bytes, shown: Path) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = Problem(shown, line, f"byte 0x{data[error.start]:02x} is not UTF-8", "save the file as UTF-8")
        raise ContentError([problem]) from None


def expand(templates: Environment, name: str, context: Mapping[str, object]) -> str:
    """Return a template filled in. Raises ContentError that names the template's line."""
    try:
        return templates.get_template(name).render(context)
    except ContentError:
        raise
    except TemplateSyntaxError as error:
        raise ContentError([_broken(error.name or name, error.lineno, error.message or "")]) from error
    except TemplateNotFound as error:
        raise ContentError([_broken(name, None, f"there is no template {error.name!r}")]) from error
    except Exception as error:  # a template can divide by zero, and whatever else Python can
        frames = [
            f
            for f in traceback.extract_tb(error.__traceback__)
            if "/templates/" in f.filename or f.filename.endswith(name)
        ]
        file, line = (frames[-1].filename, frames[-1].lineno) if frames else (name, None)
        shown = "/".join(Path(file).parts[-2:])
        raise ContentError([_broken(shown, line, str(error))]) from error


def check_templates(templates: Environment) -> tuple[Problem, ...]:
    """Say which templates cannot be read or have wrong syntax, all at once."""
    found: list[Problem] = []
    for name in templates.list_templates():
        if name.startswith(("email/", "web/", "desk/")) and not name.endswith(".png"):
            try:
                _look_at(templates, name)
            except TemplateSyntaxError as error:
                found.append(_broken(error.name or name, error.lineno, error.message or ""))
            except ContentError as error:
                found.extend(error.problems)
    return tuple(found)


def _look_at(templates: Environment, name: str) -> None:
    """Read a template; what is written out as it is has no syntax of ours."""
    if not name.endswith((".css", ".svg")):
        templates.get_template(name)
    elif templates.loader:
        templates.loader.get_source(templates, name)


def _broken(name: str, line: int | None, what: str) -> Problem:
    mend = "mend the template, or remove it to use the shipped one"
    return Problem(Path("templates") / name, line, what.rstrip("."), mend, rule="template")


def day(date: dt.date) -> str:
    """Write a date as mail and pages show it, whatever the locale.

    >>> day(dt.date(2026, 11, 5))
    '5 November 2026'
    """
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def _escapes(name: str | None) -> bool:
    return name is None or not name.endswith((".txt", ".css"))
