"""What readers' lives need of the world outside this package; whoever uses the package supplies it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from subscribers.errors import MailerError
from subscribers.subscriber import Kind


@dataclass(frozen=True, slots=True)
class Tokens:
    """What stands behind the links of one letter: to press its button, to leave, to choose."""

    action: str
    unsubscribe: str
    preferences: str


class Mailer(Protocol):
    """Hands letters over to the mail system. None of them may hold text that came from a form, the address aside."""

    def send(self, letters: Sequence[Outgoing]) -> Sequence[MailerError | None]:
        """Hand letters over, over one connection; return for each None, or why it was not taken.

        MailerUnavailable: the letter stays due and is tried again. LetterRefused: it never will be taken.
        """
        ...

    def steps(self, path: str) -> int:
        """Return how many steps a learning path has now; 0 when there is no such path.

        Raises MailerUnavailable when that cannot be told just now: its file is there, and cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One letter, ready to be written: to whom, and what its links carry.

    `path` and `step` (counted from 1) say which step of a learning path a STEP is, `every_days` how many days later the
    next one comes; the `path` of a WELCOME begins with it. `name` is given where the reader is known to have confirmed.
    `reference` is the same whenever the same letter is tried again, and differs from every other letter's.
    """

    kind: Kind
    address: str
    subject_id: str
    tokens: Tokens
    reference: str
    path: str = ""
    step: int = 0
    every_days: int = 0
    name: str = ""


class Progress(Protocol):
    """Told now and then how far a long piece of work is."""

    def __call__(self, done: int, total: int, /) -> None: ...
