"""Merge fields, which are filled for each recipient of a message, and marks around what not everybody gets.

Both are tokens that survive Jinja, MJML and CSS inlining unchanged and that no editor writes by accident.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


def _token(name: str) -> str:
    return f"PRESSROOMFIELD{name}DLEIF"


GREETING: Final = _token("greeting")
"""One line of address, such as «Hello Ada,»."""

ADDRESS: Final = _token("address")
"""The reader's address, for the footer."""

UNSUBSCRIBE: Final = _token("unsubscribe")
"""Absolute URL of the page with the unsubscribe button; RFC 8058 posts to the same URL."""

PREFERENCES: Final = _token("preferences")
"""Absolute URL of the reader's own page: which sections, which courses, a pause."""

ACTION: Final = _token("action")
"""Absolute URL behind the one button of a mail (confirm, read). No issue has it."""

NEVER: Final = _token("never")
"""Absolute URL of the page on which a mailbox refuses all mail. Only mail that a stranger may have caused has it."""

IN_ISSUES: Final = {"greeting": GREETING, "address": ADDRESS, "unsubscribe": UNSUBSCRIBE, "preferences": PREFERENCES}
"""The merge fields of an issue by their names, as templates have them in `fields`."""
FIELDS: Final = {**IN_ISSUES, "action": ACTION, "never": NEVER}
"""Those of all other mail."""

_MARKED: Final = r"(?:from|upto)[.+](?:(?!PRESSROOMFIELD)[A-Za-z0-9_.-])+?"
"""The end of a mark never looks beyond the beginning of the next one, or a text of beginnings would take quadratic time."""

PATTERN: Final = re.compile(_token(rf"([a-z_]+|{_MARKED})"))
"""A merge field or a mark; the group is a field's name, or what `MARK` takes apart."""

MARK: Final = re.compile(r"(from|upto)[.+](.+)")
"""Which end a mark is, and of what: its second group names sections, with dots between."""

_MARKS = re.compile(_token(_MARKED))


@dataclass(frozen=True, slots=True)
class Marks:
    """The two tokens that stand around what belongs to sections; both are empty for what everybody gets."""

    begins: str = ""
    ends: str = ""


def around(section: str) -> Marks:
    """Return the marks that stand around a section: it is left out for a reader who does not want it."""
    return Marks(_token(f"from.{section}"), _token(f"upto.{section}"))


def beside(*sections: str) -> Marks:
    """Return the marks of what accompanies sections: it is left out for a reader who wants none of them."""
    names = ".".join(sections)
    return Marks(_token(f"from+{names}"), _token(f"upto+{names}")) if sections else Marks()


def unmarked(text: str) -> str:
    """Return a body as somebody gets it who wants all of it; its merge fields stay open.

    >>> unmarked(f"{around('concept').begins}Retries{around('concept').ends}")
    'Retries'
    """
    return _MARKS.sub("", text)


def filled(text: str, **values: str) -> str:
    """Return a whole body with values in the place of its merge fields, to be looked at and not to be sent.

    >>> filled(f"{GREETING} {around('concept').begins}Retries", greeting="Hello,")
    'Hello, Retries'
    """
    return PATTERN.sub(lambda found: values.get(found[1], found[0]), unmarked(text))
