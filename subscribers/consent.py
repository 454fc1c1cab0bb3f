"""Proof of consent: what a reader agreed to, when, in which words, and through which door."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from enum import StrEnum


class Act(StrEnum):
    """What the reader did, or what an editor vouches that they did."""

    ASKED = "asked"
    """Sent the sign-up form. Proves nothing yet: anyone can type an address."""
    CONFIRMED = "confirmed"
    """Pressed the button behind the confirmation mail."""
    ENTERED = "entered"
    """An editor added or imported the reader and answers for their consent."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words that a reader agreed to. The version is made from the words, so it cannot go out of step with them.

    >>> Wording("One mail a week.").version
    '37bb28cdf07c'
    """

    text: str

    @property
    def version(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]


AS_ASKED = Wording("")
"""In the place of words: those that the reader was asked with last; where nobody knows them, it stays like this."""


@dataclass(frozen=True, slots=True)
class Consent:
    """One act of consent of one subscriber.

    `source` names the form, page, command or file that it came through, `client` the network address where it is known.
    """

    subject_id: str
    act: Act
    at: dt.datetime
    source: str
    wording: Wording
    client: str | None = None
