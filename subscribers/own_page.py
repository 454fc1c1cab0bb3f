"""A reader's own page: what it shows, what they choose on it, the link to it, and moving to another address."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from subscribers.address import canonical, parse_address
from subscribers.change import change
from subscribers.errors import NoSuchReader
from subscribers.events import AskLink, NextStep, Prefer
from subscribers.links import slug, trusted, visitor
from subscribers.moves import ConfirmMove, WishMove, moved_before, of_this_wish
from subscribers.ports import ReaderStore
from subscribers.subscriber import Subscriber
from subscribers.tokens import Keyring, Purpose, new_subject_id
from subscribers.who import ByAddress, ByLink, ByPage, look, reader_of


@dataclass(frozen=True, slots=True)
class Portal:
    """A reader's own page. `trusted` means that they came by the link that they asked for a short while ago."""

    reader: Subscriber
    trusted: bool


class OwnPage:
    """What readers choose. Each verb is one transaction, committed on return, and may be repeated."""

    def __init__(self, store: ReaderStore, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring

    def portal(self, token: str, *, now: dt.datetime) -> Portal:
        """Return what a reader's page shows. Raises ForgedToken, ExpiredToken, NoSuchReader."""
        proof, mailed_alone = visitor(self._keyring, token, now)
        with self._store.reading() as readers:
            return Portal(reader_of(look(readers, ByPage(proof))), mailed_alone)

    def prefer(self, token: str, choice: Prefer, *, now: dt.datetime) -> bool:
        """Save a reader's choices; return whether that changed anything. Raises ForgedToken, ExpiredToken."""
        chosen = Prefer(
            tuple(slug(each) for each in choice.without),
            slug(choice.zone) if choice.zone else None,
            choice.paused_until,
            {slug(path): days for path, days in choice.paths.items()} if choice.paths is not None else None,
            choice.wordings,
            choice.client,
            choice.shown,
        )
        return change(self._store, ByPage(visitor(self._keyring, token, now)[0]), chosen, now).happened

    def next_step(self, token: str, path: str, *, now: dt.datetime) -> bool:
        """Make the next step of a course due now. Returns and raises the same as `prefer`."""
        return change(self._store, ByPage(visitor(self._keyring, token, now)[0]), NextStep(path), now).happened

    def ask_link(self, address: str, *, now: dt.datetime) -> None:
        """Mail a reader the link to their page. This returns nothing, so that no one learns who is on the list.

        Raises InvalidAddress.
        """
        change(self._store, ByAddress(canonical(address)), AskLink(), now)

    def ask_link_by(self, token: str, *, now: dt.datetime) -> bool:
        """Mail a new link to the reader whose old link to their page this is; return False if they are not on the list.

        Raises ForgedToken, and NoSuchReader for the link of nobody.
        """
        proof, _ = visitor(self._keyring, token, now, late=True)
        there = change(self._store, ByLink(proof.subject_id), AskLink(), now).after
        reader_of(there)
        return there.active

    def ask_move(self, token: str, address: str, *, now: dt.datetime) -> bool:
        """Mail a new address to ask whether the reader may move to it.

        Return False if it is theirs already, or they asked less than BETWEEN_MOVES ago. Nothing else is said, as with a
        sign-up. Raises InvalidAddress, ForgedToken (also for the link in every issue), ExpiredToken, NoSuchReader.
        """
        event = WishMove(parse_address(address), new_subject_id())
        done = change(self._store, ByPage(trusted(self._keyring, token, now)), event, now)
        if done.nobody:
            raise NoSuchReader(deleted=False)
        return done.happened

    def moved(self, token: str, *, now: dt.datetime) -> bool | None:
        """Return whether a link has moved its reader already; None if the button can still be pressed.

        Raises ForgedToken, ExpiredToken, and NoSuchReader for the link of nobody.
        """
        proof = self._keyring.proof(Purpose.MOVE, token, now)
        with self._store.reading() as readers:
            reader = reader_of(look(readers, ByLink(proof.subject_id)))
        event = ConfirmMove(proof.issued)
        if moved_before(reader, event):
            return True
        return None if reader.moving_to is not None and of_this_wish(reader, event.issued) else False

    def confirm_move(self, token: str, *, now: dt.datetime) -> Subscriber | None:
        """Confirm a move from the new address; return the reader as they are now, or None if they did not move.

        Pressing twice is fine. The old address is suppressed. Raises ForgedToken, ExpiredToken.
        """
        proof = self._keyring.proof(Purpose.MOVE, token, now)
        event = ConfirmMove(proof.issued)
        done = change(self._store, ByLink(proof.subject_id), event, now)
        reader = done.after.subscriber
        if reader is None or reader.subject_id != proof.subject_id:
            return None
        return reader if done.happened or moved_before(reader, event) else None
