"""What readers' lives need of the world outside this package; whoever uses the package supplies it."""

from __future__ import annotations

from typing import Protocol


class Mailer(Protocol):
    """Hands letters over to the mail system. None of them may hold text that came from a form, the address aside.

    Every method may raise MailerUnavailable (the letter stays due and is tried again) or LetterRefused (it never will
    be taken).
    """

    def send_confirmation(self, address: str, subject_id: str, token: str) -> None:
        """Send the mail whose one button leads to the confirmation page of `token`."""
        ...

    def send_welcome(self, address: str, subject_id: str, token: str) -> None:
        """Send the mail that follows a confirmation; `token` is the reader's unsubscribe token."""
        ...


class Progress(Protocol):
    """Told now and then how far a long piece of work is."""

    def __call__(self, done: int, total: int, /) -> None: ...
