"""The Jinja environment that mail, pages and letters are made with."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def environment(*folders: Path) -> Environment:
    """Return an environment over `folders`; of files with the same name, the first folder's is used.

    Names are relative to a folder: `email/issue.mjml`, `web/base.html`. A variable that is not there is an error
    (jinja2.UndefinedError), never an empty string. Everything but `.txt` and `.css` is escaped.
    """
    made = Environment(
        loader=FileSystemLoader([str(folder) for folder in folders]),
        undefined=StrictUndefined,
        autoescape=_escapes,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["day"] = day
    return made


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
