"""What an issue and its corrections are called: in the ledger by one number, for people as 11 and 11.1 (pure).

A correction goes the way of an issue, so it has a number of its own wherever issues have theirs: that of its issue, plus 10,000
for the first one, 20,000 for the second, and so on. Issues end at 9,999.
"""

from __future__ import annotations

import re
from typing import Final

MOST_CORRECTIONS: Final = 5
"""How many corrections one issue may have: the number of the last still fits into a link to approve."""
_APART: Final = 10_000
_IN_TITLE: Final = re.compile(
    r"(?:#|№|\b(?:No|Nos|Nr)\.|\bn[°º.]º?|第|\b(?:Issue|Ausgabe|Numéro|Número)\b)\s?(\d{1,4})(?![.-]?\d|[A-Za-z_])",
    re.I,
)


def is_number(number: int) -> bool:
    """Whether an issue or a correction may have this number."""
    return number % _APART > 0 and 0 <= number // _APART <= MOST_CORRECTIONS


def correction_number(issue: int, which: int) -> int:
    """Return the number of an issue's first (1), second (2) ... correction, and that of the issue itself (0).

    >>> correction_number(11, 1), correction_number(11, 0)
    (10011, 11)
    """
    return which * _APART + issue


def corrected(number: int) -> int | None:
    """Return the issue that a correction corrects; None for an issue.

    >>> corrected(10011), corrected(11)
    (11, None)
    """
    return number % _APART if is_correction(number) else None


def is_correction(number: int) -> bool:
    return number > _APART


def in_order(number: int) -> tuple[int, int]:
    """Return what a correction is sorted by: it stands after its issue."""
    return corrected(number) or number, number


def which_correction(number: int) -> int:
    """Return which of its issue's corrections this is, from 1; 0 for an issue."""
    return number // _APART


def in_title(title: str) -> int | None:
    """Return the number that an issue's title says; None if it says none, or more than one.

    >>> in_title("Optech Newsletter #170"), in_title("Ausgabe Nr. 3: Retries"), in_title("Three caches"), in_title("#1 and #2")
    (170, 3, None, None)
    """
    found = set(_IN_TITLE.findall(title))
    return int(found.pop()) if len(found) == 1 else None


def typed(number: int) -> str:
    """Return what is typed into a command.

    >>> typed(11), typed(10011)
    ('11', '11.1')
    """
    issue = corrected(number)
    return str(number) if issue is None else f"{issue}.{which_correction(number)}"


def named(number: int) -> str:
    """Return what a sentence calls it.

    >>> named(11), named(20011)
    ('issue 11', 'correction 11.2')
    """
    return f"{'issue' if corrected(number) is None else 'correction'} {typed(number)}"


def file_of(number: int) -> str:
    """Return its file, below content/.

    >>> file_of(11), file_of(10011)
    ('issues/0011.md', 'corrections/0011-1.md')
    """
    issue = corrected(number)
    return f"issues/{number:04d}.md" if issue is None else f"corrections/{issue:04d}-{which_correction(number)}.md"


def number_of(file: str) -> int | None:
    """Return the issue or correction whose file this is, by a path below content/; None for any other file.

    >>> number_of("issues/0011.md"), number_of("corrections/0011-1.md"), number_of("corrections/0011.md")
    (11, 10011, None)
    """
    named_so = re.fullmatch(r"(issues|corrections)/([0-9]{4})(?:-([0-9]))?\.md", file)
    number = correction_number(int(named_so[2]), int(named_so[3] or 0)) if named_so else 0
    return number if is_number(number) and file_of(number) == file else None


def page_of(number: int) -> str:
    """Return the page on which it is shown, as a path below the base URL: a correction is on its issue's page.

    >>> page_of(10011)
    'issues/11/'
    """
    return f"issues/{corrected(number) or number}/"
