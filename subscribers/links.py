"""The links of readers' mail and pages: made, and looked at without using them or asking the database."""

from __future__ import annotations

import datetime as dt

from subscribers.errors import ForgedToken
from subscribers.history import plain
from subscribers.tokens import NOBODY, Keyring, Proof, Purpose

SLUG_LENGTH = 64


class Links:
    """What stands behind links and in forms."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def unsubscribe_token(self, subject_id: str) -> str:
        """Return what stands behind /unsubscribe/ in this reader's mail."""
        return self._keyring.unsubscribe(subject_id)

    def preferences_token(self, subject_id: str, now: dt.datetime) -> str:
        """Return what stands behind /preferences/ in a mail that was begun at `now`."""
        return self._keyring.preferences(subject_id, now)

    def form_token(self, now: dt.datetime, subject_id: str = NOBODY) -> str:
        """Return what a form has to send back; `subject_id` binds it to one reader's page."""
        return self._keyring.form(now, subject_id)

    def form_age(self, token: str, now: dt.datetime, subject_id: str = NOBODY) -> dt.timedelta:
        """Return how long ago a form was fetched. Raises ForgedToken, ExpiredToken."""
        return self._keyring.form_age(token, now, subject_id)

    def check_confirmation(self, token: str, *, now: dt.datetime) -> str:
        """Return whose confirmation link this is. Raises ForgedToken, ExpiredToken."""
        return self._keyring.proof(Purpose.CONFIRM, token, now).subject_id

    def check_page(self, token: str, *, now: dt.datetime, late: bool = False) -> str:
        """Return whose page a link leads to; with `late` also an old one's. Raises ForgedToken, ExpiredToken."""
        return visitor(self._keyring, token, now, late=late)[0].subject_id

    def check_move(self, token: str, *, now: dt.datetime) -> str:
        """Return whose link in a mail to a new address this is. Raises ForgedToken, ExpiredToken."""
        return self._keyring.proof(Purpose.MOVE, token, now).subject_id

    def check_unsubscription(self, token: str) -> None:
        """Look at an unsubscribe link. Raises ForgedToken."""
        self._keyring.subject_to_unsubscribe(token)


def visitor(keyring: Keyring, token: str, now: dt.datetime, *, late: bool = False) -> tuple[Proof, bool]:
    """Return whose page a link leads to, and whether it was mailed alone. Raises ForgedToken, ExpiredToken."""
    try:
        return keyring.proof(Purpose.PREFERENCES, token, now, late=late), False
    except ForgedToken:
        return trusted(keyring, token, now, late=late), True


def trusted(keyring: Keyring, token: str, now: dt.datetime, *, late: bool = False) -> Proof:
    """Return what a link proves that was mailed alone, on request. Raises ForgedToken, ExpiredToken."""
    return keyring.proof(Purpose.ACCOUNT, token, now, late=late)


def slug(text: str) -> str:
    """Return the name of a section, a path or a zone as it can be kept; whether there is one, the door knows."""
    return plain(text, SLUG_LENGTH)
