"""Places in a rendered message that are filled for each recipient, and marks around what not everybody gets.

Both are tokens that survive Jinja, MJML and CSS inlining unchanged and that no editor writes by accident.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

GREETING = "PRESSROOMSLOTgreetingTOLS"
"""One line of address, such as «Hello Ada,»."""

ADDRESS = "PRESSROOMSLOTaddressTOLS"
"""The reader's address, for the footer."""

UNSUBSCRIBE = "PRESSROOMSLOTunsubscribeTOLS"
"""Absolute URL of the page with the unsubscribe button; RFC 8058 posts to the same URL."""

PREFERENCES = "PRESSROOMSLOTpreferencesTOLS"
"""Absolute URL of the reader's own page: which sections, which courses, a pause."""

ACTION = "PRESSROOMSLOTactionTOLS"
"""Absolute URL behind the one button of a letter (confirm, read)."""

PATTERN = re.compile(r"PRESSROOMSLOT([a-z_]+|(?:from|upto)[.+][A-Za-z0-9_.-]+?)TOLS")
"""A slot or a mark; the group is a slot's name, or what `MARK` takes apart."""

MARK = re.compile(r"(from|upto)[.+](.+)")
"""Which end a mark is, and of what: its second group names sections, with dots between."""

_MARKS = re.compile(r"PRESSROOMSLOT(?:from|upto)[.+][A-Za-z0-9_.-]+?TOLS")


@dataclass(frozen=True, slots=True)
class Marks:
    """The two tokens that stand around what belongs to sections; both are empty for what everybody gets."""

    begins: str = ""
    ends: str = ""


def around(section: str) -> Marks:
    """Return the marks that stand around a section: it is left out for a reader who does not want it."""
    return Marks(f"PRESSROOMSLOTfrom.{section}TOLS", f"PRESSROOMSLOTupto.{section}TOLS")


def beside(*sections: str) -> Marks:
    """Return the marks of what accompanies sections: it is left out for a reader who wants none of them."""
    names = ".".join(sections)
    return Marks(f"PRESSROOMSLOTfrom+{names}TOLS", f"PRESSROOMSLOTupto+{names}TOLS") if sections else Marks()


def unmarked(text: str) -> str:
    """Return a body as somebody gets it who wants all of it; its slots stay open.

    >>> unmarked(f"{around('concept').begins}Retries{around('concept').ends}")
    'Retries'
    """
    return _MARKS.sub("", text)
