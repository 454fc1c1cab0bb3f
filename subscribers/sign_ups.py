"""Signing up: the form, the confirmation, and a new confirmation mail for anyone whose link has expired."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from subscribers.address import Address, parse_address
from subscribers.change import change, change_all
from subscribers.consent import AS_ASKED, Wording
from subscribers.errors import NoSuchReader
from subscribers.events import AskAgain, Confirm, SignUp
from subscribers.history import plain
from subscribers.links import slug
from subscribers.ports import ReaderStore
from subscribers.subscriber import SOURCE_LENGTH, State
from subscribers.tokens import Keyring, Purpose, new_subject_id
from subscribers.transitions import after
from subscribers.who import NOWHERE, ByAddress, ByLink, look


class Confirmed(StrEnum):
    """The result of pressing the confirmation button."""

    NOW = "now"
    BEFORE = "before"
    """The reader was active already; pressing twice is fine."""
    NOT = "not"
    """The reader left, was deleted, or must not be mailed; they have to sign up again."""


class AskedAgain(StrEnum):
    """The result of asking for a new confirmation mail."""

    MAILED = "mailed"
    LATER = "later"
    """The mailbox has had enough of them for now."""
    ACTIVE = "active"
    ENDED = "ended"
    """The reader left, was deleted, or must not be mailed."""


@dataclass(frozen=True, slots=True)
class SignUpRequest:
    """A sign-up form that was sent. `path` is a learning path to get by mail, `client` the sender's network address.

    `path_wording` are the words beside the box by which they asked for the path.
    """

    address: Address
    source: str
    wording: Wording
    path: str | None = None
    client: str | None = None
    path_wording: Wording = AS_ASKED


@dataclass(frozen=True, slots=True)
class WouldConfirm:
    """What the button of a confirmation link would do now, and the learning paths that begin with it."""

    result: Confirmed
    courses: tuple[str, ...] = ()


class SignUps:
    """How readers join. Each verb is one transaction, committed on return, and may be repeated."""

    def __init__(self, store: ReaderStore, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring

    def sign_up(
        self,
        address: str,
        *,
        source: str,
        wording: Wording,
        now: dt.datetime,
        path: str | None = None,
        client: str | None = None,
        path_wording: Wording = AS_ASKED,
    ) -> None:
        """Take an address from a form. This returns nothing, so that no one learns who is on the list.

        A confirmation mail becomes due, unless the address is active, its mailbox has had enough of them (asks.py), or it
        must not be mailed. An active reader who asks for a course is mailed the link to their page. Raises
        InvalidAddress.
        """
        self.sign_up_all([SignUpRequest(parse_address(address), source, wording, path, client, path_wording)], now)

    def sign_up_all(self, requests: Sequence[SignUpRequest], now: dt.datetime) -> None:
        """Take many forms in one transaction, because each commit waits for the disk, however small it is."""
        change_all(self._store, [(ByAddress(each.address.canonical), _event(each)) for each in requests], now)

    def ask_again(self, token: str, *, now: dt.datetime) -> AskedAgain:
        """Send a new confirmation mail to the reader whose old link this is. Whoever holds the link may know the result.

        Raises ForgedToken, and NoSuchReader for an unknown id.
        """
        proof = self._keyring.proof(Purpose.CONFIRM, token, now, late=True)
        done = change(self._store, ByLink(proof.subject_id), AskAgain(proof.issued), now)
        if done.nobody:
            raise NoSuchReader(deleted=False)
        if done.happened:
            return AskedAgain.MAILED
        if done.after.active:
            return AskedAgain.ACTIVE
        reader = done.after.subscriber
        waits = reader is not None and reader.state is State.PENDING and not done.after.not_liftable
        return AskedAgain.LATER if waits else AskedAgain.ENDED

    def would_confirm(self, token: str, *, now: dt.datetime) -> WouldConfirm:
        """Return what `confirm` would do. Raises ForgedToken, ExpiredToken, and NoSuchReader for an unknown id."""
        proof = self._keyring.proof(Purpose.CONFIRM, token, now)
        with self._store.reading() as readers:
            state = look(readers, ByLink(proof.subject_id))
        if state is NOWHERE:
            raise NoSuchReader(deleted=False)
        if after(state, Confirm(proof.issued), now) is not state:
            waiting = state.subscriber.courses if state.subscriber else ()
            return WouldConfirm(Confirmed.NOW, tuple(course.path for course in waiting if course.waits))
        return WouldConfirm(Confirmed.BEFORE if state.active else Confirmed.NOT)

    def confirm(
        self, token: str, *, now: dt.datetime, client: str | None = None, shown: Collection[str] | None = None
    ) -> Confirmed:
        """Confirm a sign-up. A welcome mail becomes due the first time.

        Of the learning paths that wait, only those begin that the page named (`shown`); None means all of them.
        Raises ForgedToken, ExpiredToken, and NoSuchReader for an unknown id.
        """
        proof = self._keyring.proof(Purpose.CONFIRM, token, now)
        done = change(self._store, ByLink(proof.subject_id), Confirm(proof.issued, client, shown), now)
        if done.nobody:
            raise NoSuchReader(deleted=False)
        reader = done.after.subscriber
        if reader is None or reader.state is not State.ACTIVE:
            return Confirmed.NOT
        return Confirmed.NOW if done.happened else Confirmed.BEFORE


def _event(request: SignUpRequest) -> SignUp:
    return SignUp(
        request.address,
        plain(request.source, SOURCE_LENGTH),
        new_subject_id(),
        request.wording,
        slug(request.path) if request.path else None,
        request.client,
        request.path_wording,
    )
