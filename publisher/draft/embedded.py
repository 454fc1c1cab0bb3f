"""What of a passage a vector is made of, and what of a query (pure)."""

from __future__ import annotations

import hashlib
from typing import Final

from publisher.draft.chunks import CHUNKER, parts
from publisher.issue import Passage

CUTTER: Final = f"{CHUNKER}.1"
"""Changes whenever the same passage would be cut or written otherwise: its vectors are then made anew."""


def texts_of(passage: Passage) -> tuple[str, ...]:
    """Return the texts of a passage that get a vector each: its parts, every one below its heading.

    A model reads some 256 tokens of a text, and a vector of many things is near to none of them.
    """
    return tuple(f"{passage.heading}\n{part}".strip() for part in parts(passage.text) if part.strip())


def query_of(text: str) -> str:
    """Return what of a query gets a vector: its first part, since an item says first what it is about.

    >>> len(query_of("One two three. " * 100).split())
    189
    """
    return next(parts(text), "").strip()


def text_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
