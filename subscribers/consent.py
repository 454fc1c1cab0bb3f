"""Proof of consent: what a reader agreed to, when, in which words, and by which form or command."""

from __future__ import annotations

import datetime as dt
import hashlib
from enum import StrEnum

from subscribers.immutable import dataclass


class Act(StrEnum):
    """An act of the reader, or one that an editor vouches for."""

    ASKED = "asked"
    """The sign-up form was sent. This proves nothing yet: anyone can type an address."""
    CONFIRMED = "confirmed"
    """The reader confirmed by the link in the confirmation mail."""
    ENTERED = "entered"
    """An editor added or imported the reader, and vouches for their consent."""
    CHOSEN = "chosen"
    """The reader chose it on their own page."""
    RETURNED = "returned"
    """The reader had left by mistake, and undid it at once."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words that a reader agreed to. The version is computed from the words, so the two always agree.

    >>> Wording("One mail a week.").version
    '37bb28cdf07c'
    """

    text: str

    @property
    def version(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]


AS_ASKED = Wording("")
"""Stands for the words of the reader's last act of consent to the same thing, and is replaced by them when it is stored; if
there are none, it stays empty."""


@dataclass(frozen=True, slots=True)
class Consent:
    """One act of consent of one subscriber.

    `source` names the form, page, command or file that it came through; `client` is the network address, if it is
    known. `course` is the learning path that they want by mail; it is empty for the newsletter.
    """

    subject_id: str
    act: Act
    at: dt.datetime
    source: str
    wording: Wording
    client: str | None = None
    course: str = ""
