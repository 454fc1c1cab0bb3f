"""The Jinja environment that mail, pages and letters are made with."""

from __future__ import annotations

import datetime as dt
import traceback
from collections.abc import Mapping
from pathlib import Path

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)

from publisher.errors import ContentError, Problem


def environment(*folders: Path) -> Environment:
    """Return an environment over `folders`; of files with the same name, the first folder's is used.

    Names are relative to a folder: `email/issue.mjml`, `web/base.html`. A variable that is not there is an error
    (jinja2.UndefinedError), never an empty string. Everything but `.txt` and `.css` is escaped.
    """
    made = Environment(
        loader=FileSystemLoader([str(folder) for folder in folders]),
        undefined=StrictUndefined,
        autoescape=_escapes,  # noqa: S701  # all but plain text and the stylesheet
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["day"] = day
    return made


def expand(templates: Environment, name: str, context: Mapping[str, object]) -> str:
    """Return a template filled in. Raises ContentError that names the template's line."""
    try:
        return templates.get_template(name).render(context)
    except TemplateSyntaxError as error:
        raise ContentError([_broken(error.name or name, error.lineno, error.message or "")]) from error
    except TemplateNotFound as error:
        raise ContentError([_broken(name, None, f"there is no template {error.name!r}")]) from error
    except TemplateError as error:
        frames = [
            f
            for f in traceback.extract_tb(error.__traceback__)
            if "/templates/" in f.filename or f.filename.endswith(name)
        ]
        file, line = (frames[-1].filename, frames[-1].lineno) if frames else (name, None)
        shown = "/".join(Path(file).parts[-2:])
        raise ContentError([_broken(shown, line, str(error))]) from error


def check_templates(templates: Environment) -> tuple[Problem, ...]:
    """Say what is wrong with the templates' syntax, all at once."""
    found = []
    for name in templates.list_templates():
        if name.startswith(("email/", "web/", "desk/")) and not name.endswith((".css", ".svg", ".png")):
            try:
                templates.get_template(name)
            except TemplateSyntaxError as error:
                found.append(_broken(error.name or name, error.lineno, error.message or ""))
    return tuple(found)


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
