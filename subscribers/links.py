"""The links in readers' mail and pages: makes them, and checks them without using them or asking the database."""

from __future__ import annotations

import datetime as dt

from subscribers.errors import ForgedToken
from subscribers.history import plain
from subscribers.tokens import NOBODY, Keyring, Proof, Purpose

SLUG_LENGTH = 64


class Links:
    """Makes and checks the tokens in links and forms."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def unsubscribe_token(self, subject_id: str) -> str:
        """Return the token that follows /unsubscribe/ in this reader's mail."""
        return self._keyring.unsubscribe(subject_id)

    def preferences_token(self, subject_id: str, now: dt.datetime) -> str:
        """Return the token that follows /preferences/ in mail to this reader, valid from `now` on."""
        return self._keyring.preferences(subject_id, now)

    def form_token(self, now: dt.datetime, subject_id: str = NOBODY) -> str:
        """Return the token that a form has to send back; `subject_id` binds it to one reader's page."""
        return self._keyring.form(now, subject_id)

    def form_age(self, token: str, now: dt.datetime, subject_id: str = NOBODY) -> dt.timedelta:
        """Return how long ago a form was fetched. Raises ForgedToken, ExpiredToken."""
        return self._keyring.form_age(token, now, subject_id)

    def check_confirmation(self, token: str, *, now: dt.datetime) -> str:
        """Return the subject id of a confirmation link. Raises ForgedToken, ExpiredToken."""
        return self._keyring.proof(Purpose.CONFIRM, token, now).subject_id

    def check_page(self, token: str, *, now: dt.datetime, late: bool = False) -> str:
        """Return the subject id of a link to a reader's page; with `late`, even of an expired one.

        Raises ForgedToken, and ExpiredToken unless `late`.
        """
        return visitor(self._keyring, token, now, late=late)[0].subject_id

    def check_move(self, token: str, *, now: dt.datetime) -> str:
        """Return the subject id of the link in a mail to a new address. Raises ForgedToken, ExpiredToken."""
        return self._keyring.proof(Purpose.MOVE, token, now).subject_id

    def check_unsubscription(self, token: str) -> str:
        """Return the subject id of an unsubscribe link. Raises ForgedToken."""
        return self._keyring.subject_to_unsubscribe(token)

    def check_refusal(self, token: str, *, now: dt.datetime) -> str:
        """Return the subject id of a link by which a mailbox refuses all mail. Raises ForgedToken."""
        return self._keyring.refusal(token, now).subject_id


def visitor(keyring: Keyring, token: str, now: dt.datetime, *, late: bool = False) -> tuple[Proof, bool]:
    """Return what a link to a page proves, and whether the reader asked for it (else it is the one in every issue).

    Raises ForgedToken, and ExpiredToken unless `late`.
    """
    try:
        return keyring.proof(Purpose.PREFERENCES, token, now, late=late), False
    except ForgedToken:
        return trusted(keyring, token, now, late=late), True


def trusted(keyring: Keyring, token: str, now: dt.datetime, *, late: bool = False) -> Proof:
    """Return what a link that the reader asked for proves. Raises ForgedToken, and ExpiredToken unless `late`."""
    return keyring.proof(Purpose.ACCOUNT, token, now, late=late)


def slug(text: str) -> str:
    """Return the name of a section, path or zone in a form that can be stored; the caller checks that it exists."""
    return plain(text, SLUG_LENGTH)
