"""A title -> the name of a file (pure)."""

from __future__ import annotations

import re
import unicodedata


def slug_of(title: str) -> str:
    """Return a title as the name of a file, empty if none of its letters has a form in ASCII.

    >>> slug_of("Größe & Naïveté: 3 lessons"), slug_of("再試行")
    ('grosse-naivete-3-lessons', '')
    """
    letters = unicodedata.normalize("NFKD", title.casefold().replace("ß", "ss"))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "-", plain)[:80].strip("-")
