"""What readers do themselves: sign up, confirm, choose, move, look at what is known about them, leave, be forgotten."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Connection

from subscribers.adapters.store import Store
from subscribers.address import Address, canonical, parse_address
from subscribers.consent import Act, Consent, Wording
from subscribers.errors import ExpiredToken, ForgedToken, StoreCollided
from subscribers.history import AddressHistory, Change, plain
from subscribers.moves import ConfirmMove, moved, moved_before
from subscribers.subscriber import Letter, Reason, State, Subscriber
from subscribers.tokens import NOBODY, Keyring, Proof, Purpose, new_subject_id
from subscribers.transitions import (
    AddressState,
    AskAgain,
    AskedByMove,
    AskLink,
    AskMove,
    Confirm,
    Event,
    Forget,
    Leave,
    NextStep,
    Prefer,
    SignUp,
    after,
    may_be_moved_to,
    second,
)

SOURCE_LENGTH = 200
WHY_LENGTH = 300
SLUG_LENGTH = 64
COLLISIONS = 5
"""How often a verb is begun anew when somebody else wrote the same reader at the same moment."""

P = ParamSpec("P")
T = TypeVar("T")


def _again(verb: Callable[P, T]) -> Callable[P, T]:
    """Let a verb begin anew when it collided with another process; nothing of it was written."""

    @functools.wraps(verb)
    def persistent(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(COLLISIONS):
            with contextlib.suppress(StoreCollided):
                return verb(*args, **kwargs)
        return verb(*args, **kwargs)

    return persistent


class Confirmed(StrEnum):
    """What pressing the confirmation button came to."""

    NOW = "now"
    BEFORE = "before"
    """The reader is active already; pressing twice is fine."""
    NOT = "not"
    """They left, were deleted, or may not be mailed; a new sign-up is needed."""


@dataclass(frozen=True, slots=True)
class SignUpRequest:
    """One sign-up form, read. `path` is a learning path that shall come by mail, `client` the network address."""

    address: Address
    source: str
    wording: Wording
    path: str | None = None
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Portal:
    """A reader's own page. `trusted`: they came by a link that was mailed to them alone, a short while ago."""

    reader: Subscriber
    trusted: bool


class SelfService:
    """What readers do. Every verb is one transaction, committed on return, and may be repeated."""

    _store: Store
    _keyring: Keyring

    def sign_up(
        self,
        address: str,
        *,
        source: str,
        wording: Wording,
        now: dt.datetime,
        path: str | None = None,
        client: str | None = None,
    ) -> None:
        """Take an address from a form. Whoever asks learns nothing about who is on the list: there is no answer.

        A confirmation mail becomes due, unless the address is active, had one within a day, had five in all, or must
        not be mailed. An active reader who wants a course is mailed the link to their page. Raises InvalidAddress.
        """
        self.sign_up_all([SignUpRequest(parse_address(address), source, wording, path, client)], now)

    @_again
    def sign_up_all(self, wishes: Sequence[SignUpRequest], now: dt.datetime) -> None:
        """Take many forms in one transaction: a commit waits for the disk, however much is in it."""
        wishes = [
            replace(each, source=plain(each.source, SOURCE_LENGTH), path=_slug(each.path) if each.path else None)
            for each in wishes
        ]
        with self._store.writing() as connection:
            before = self._store.load_all(connection, [wish.address.canonical for wish in wishes])
            standings = dict(before)
            letters: dict[str, tuple[Letter, ...]] = {}
            consents = []
            for wish in wishes:
                key = wish.address.canonical
                was = standings[key]
                now_is = after(was, SignUp(wish.address, wish.source, new_subject_id(), wish.path), now)
                if now_is is was:
                    continue
                letters[key] = (*letters.get(key, ()), *now_is.letters)
                standings[key] = replace(now_is, letters=())
                if now_is.subscriber is not None and now_is.subscriber.state is State.PENDING:
                    whose = now_is.subscriber.subject_id
                    consents.append(Consent(whose, Act.ASKED, now, wish.source, wish.wording, wish.client))
            # In the order of an import's rows: two who each wait for a row of the other would be one too many.
            changed = [(before[key], replace(standings[key], letters=due)) for key, due in sorted(letters.items())]
            self._store.save_all(connection, changed, now)
            self._store.record(connection, *consents)

    @_again
    def ask_again(self, token: str, *, now: dt.datetime) -> None:
        """Send a new confirmation mail to whoever holds an old link. There is no answer, as for `sign_up`.

        Raises ForgedToken.
        """
        proof = self._keyring.proof(Purpose.CONFIRM, token, now, late=True)
        with self._store.writing() as connection:
            self._act_on(connection, proof.subject_id, AskAgain(proof.issued), now)

    @_again
    def confirm(self, token: str, *, now: dt.datetime, client: str | None = None) -> Confirmed:
        """Take the press of the confirmation button. A welcome mail becomes due the first time.

        Raises ForgedToken, ExpiredToken.
        """
        proof = self._keyring.proof(Purpose.CONFIRM, token, now)
        with self._store.writing() as connection:
            before, standing = self._act_on(connection, proof.subject_id, Confirm(proof.issued), now)
            reader = standing.subscriber
            if reader is None or reader.state is not State.ACTIVE:
                return Confirmed.NOT
            if standing is before:
                return Confirmed.BEFORE
            words = self._store.last_wording(connection, reader.subject_id) or Wording("")
            consent = Consent(reader.subject_id, Act.CONFIRMED, now, reader.source, words, client)
            self._store.record(connection, consent)
            return Confirmed.NOW

    @_again
    def unsubscribe(self, token: str, *, now: dt.datetime, why: str = "") -> bool:
        """Take a reader off the list, whatever their state; return whether that changed anything.

        Effective on return, may be repeated, and is no error for a reader who was deleted. `why` is kept in their
        history, once each time that they leave. Raises ForgedToken.
        """
        subject_id = self._keyring.subject_to_unsubscribe(token)
        with self._store.writing() as connection:
            key, before = self._store.load_subject(connection, subject_id)
            if key is None:
                return False
            standing = after(before, Leave(key, Reason.UNSUBSCRIBED), now)
            self._store.save(connection, before, standing, now)
            words = plain(why, WHY_LENGTH)
            if words and standing.subscriber is not None and not self._told_why(connection, standing.subscriber):
                self._store.tell(connection, key, Change("why", words), now)
            return standing is not before

    # A reader's own page

    def portal(self, token: str, *, now: dt.datetime) -> Portal:
        """Return what a reader's page shows. Raises ForgedToken, also when there is no such reader; ExpiredToken."""
        proof, trusted = self._visitor(token, now)
        with self._store.reading() as connection:
            reader = self._standing(connection, proof).subscriber
        if reader is None:
            raise ForgedToken  # deleted: the link leads to nobody
        return Portal(reader, trusted)

    def prefer(self, token: str, choice: Prefer, *, now: dt.datetime) -> bool:
        """Keep what a reader chose; return whether that changed anything. Raises ForgedToken, ExpiredToken."""
        chosen = Prefer(
            tuple(_slug(each) for each in choice.without),
            _slug(choice.zone) if choice.zone else None,
            choice.paused_until,
            {_slug(path): days for path, days in choice.paths.items()} if choice.paths is not None else None,
        )
        return self._act(self._visitor(token, now)[0], chosen, now)

    def next_step(self, token: str, path: str, *, now: dt.datetime) -> bool:
        """Let the next step of a course come now. Returns and raises as `prefer` does."""
        return self._act(self._visitor(token, now)[0], NextStep(path), now)

    @_again
    def ask_link(self, address: str, *, now: dt.datetime) -> None:
        """Mail the link to their page to a reader; whoever asks learns nothing. Raises InvalidAddress."""
        key = canonical(address)
        with self._store.writing() as connection:
            before = self._store.load(connection, key)
            self._store.save(connection, before, after(before, AskLink(), now), now)

    @_again
    def ask_link_by(self, token: str, *, now: dt.datetime) -> None:
        """Mail the link to their page to the reader whose old link this is. Raises ForgedToken."""
        proof, _ = self._visitor(token, now, late=True)
        with self._store.writing() as connection:
            self._act_on(connection, proof.subject_id, AskLink(), now)

    @_again
    def ask_move(self, token: str, address: str, *, now: dt.datetime) -> None:
        """Ask at a new address whether the subscription shall come there. There is no answer, as for `sign_up`.

        Raises InvalidAddress; ForgedToken, also for a link that was not mailed alone; ExpiredToken.
        """
        wanted = parse_address(address)
        proof = self._trusted(token, now)
        with self._store.writing() as connection:
            key, _ = self._store.peek_subject(connection, proof.subject_id)
            if key is None:
                return
            both = self._store.load_all(connection, [key, wanted.canonical])  # at once: two may move to each other's
            before, there = self._current(both[key], proof), both[wanted.canonical]
            standing = after(before, AskMove(wanted, free=may_be_moved_to(there, now)), now)
            if standing is before:
                return
            self._store.save(connection, before, standing, now)
            self._store.save(connection, there, after(there, AskedByMove(wanted, new_subject_id()), now), now)

    @_again
    def confirm_move(self, token: str, *, now: dt.datetime) -> Subscriber | None:
        """Take the press of the button at the new address; return the reader as they are now, None if nothing moved.

        Pressing twice is fine. The address that was left is suppressed. Raises ForgedToken, ExpiredToken.
        """
        proof = self._keyring.proof(Purpose.MOVE, token, now)
        event = ConfirmMove(proof.issued)
        with self._store.writing() as connection:
            reader = self._store.peek_subject(connection, proof.subject_id)[1].subscriber
            if reader is None or reader.subject_id != proof.subject_id:
                return None
            if moved_before(reader, event) or reader.moving_to is None:
                return reader if moved_before(reader, event) else None
            wanted = canonical(reader.moving_to)
            both = self._store.load_all(connection, [reader.canonical, wanted])
            old, new = both[reader.canonical], both[wanted]
            if old.subscriber is None or old.subscriber.subject_id != proof.subject_id:
                raise StoreCollided("the reader moved at the same time")
            left, arrived = moved(old, new, event, now)
            if arrived is new:
                return None
            self._store.move(connection, (old, left), (new, arrived), now)
            return arrived.subscriber

    def my_data(self, token: str, *, now: dt.datetime) -> Mapping[str, Any]:
        """Return everything that this package knows about a reader, in its own nouns.

        Raises ForgedToken, also for a link that was not mailed alone; ExpiredToken.
        """
        proof = self._trusted(token, now)
        with self._store.reading() as connection:
            standing = self._standing(connection, proof)
            reader = standing.subscriber
            if reader is None:
                raise ForgedToken
            consents = self._store.consents(connection, reader.subject_id)
            happened = self._store.history(connection, reader.canonical)
        everything = {
            "reader": asdict(reader),
            "suppression": asdict(standing.suppression) if standing.suppression else None,
            "consents": [{**asdict(each), "wording": each.wording.text} for each in consents],
            "history": [asdict(each) for each in happened],
        }
        return {name: _as_json(value) for name, value in everything.items()}

    @_again
    def delete_me(self, token: str, *, now: dt.datetime) -> AddressHistory | None:
        """Delete a reader for good; bare addresses stay, so that nobody mails them again.

        Returns where mail to them went, for whoever else keeps that; None if they were deleted before. Raises as
        `my_data`.
        """
        proof = self._trusted(token, now)
        with self._store.writing() as connection:
            before = self._standing(connection, proof)
            reader = before.subscriber
            if reader is None:
                return None
            trail = self._store.trail(connection, reader.canonical, before)
            self._store.save(connection, before, after(before, Forget(reader.canonical), now), now)
            self._store.forget_history(connection, trail)
            return trail

    # Links

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
        """Look at a confirmation link without using it, or the database; return whose it is.

        Raises ForgedToken, ExpiredToken.
        """
        return self._keyring.proof(Purpose.CONFIRM, token, now).subject_id

    def check_page(self, token: str, *, now: dt.datetime, late: bool = False) -> str:
        """Look at a link to a reader's page without the database; return whose it is. With `late` also an old one's.

        Raises ForgedToken, ExpiredToken.
        """
        return self._visitor(token, now, late=late)[0].subject_id

    def check_move(self, token: str, *, now: dt.datetime) -> str:
        """Look at the link in a mail to a new address; return whose it is. Raises ForgedToken, ExpiredToken."""
        return self._keyring.proof(Purpose.MOVE, token, now).subject_id

    def check_unsubscription(self, token: str) -> None:
        """Look at an unsubscribe link without using it, or the database. Raises ForgedToken."""
        self._keyring.subject_to_unsubscribe(token)

    def _visitor(self, token: str, now: dt.datetime, *, late: bool = False) -> tuple[Proof, bool]:
        """Return whose page a link leads to, and whether it was mailed alone."""
        try:
            return self._keyring.proof(Purpose.PREFERENCES, token, now, late=late), False
        except ForgedToken:
            return self._keyring.proof(Purpose.ACCOUNT, token, now, late=late), True

    def _trusted(self, token: str, now: dt.datetime) -> Proof:
        return self._keyring.proof(Purpose.ACCOUNT, token, now)

    def _standing(self, connection: Connection, proof: Proof) -> AddressState:
        """Return the standing of a page's reader, locked. Raises ExpiredToken."""
        return self._current(self._store.load_subject(connection, proof.subject_id)[1], proof)

    def _reader(self, connection: Connection, proof: Proof) -> Subscriber:
        """Return a page's reader. Raises ExpiredToken, and ForgedToken for one who was deleted."""
        reader = self._current(self._store.peek_subject(connection, proof.subject_id)[1], proof).subscriber
        if reader is None:
            raise ForgedToken
        return reader

    def _current(self, standing: AddressState, proof: Proof) -> AddressState:
        """Return what a page's link leads to. Raises ExpiredToken for a link that went to an address they left."""
        reader = standing.subscriber
        if reader is not None and reader.moved is not None and proof.issued < second(reader.moved):
            raise ExpiredToken
        return standing

    def _told_why(self, connection: Connection, reader: Subscriber) -> bool:
        """Whether a reader said already why they left this time."""
        happened = self._store.history(connection, reader.canonical)
        return any(each.what == "why" and reader.left is not None and each.at >= reader.left for each in happened)

    @_again
    def _act(self, proof: Proof, event: Event, now: dt.datetime) -> bool:
        with self._store.writing() as connection:
            before = self._standing(connection, proof)
            standing = after(before, event, now)
            self._store.save(connection, before, standing, now)
            return standing is not before

    def _act_on(
        self, connection: Connection, subject_id: str, event: Event, now: dt.datetime
    ) -> tuple[AddressState, AddressState]:
        _, before = self._store.load_subject(connection, subject_id)
        standing = after(before, event, now)
        self._store.save(connection, before, standing, now)
        return before, standing


def _slug(text: str) -> str:
    """Return the name of a section, a path or a zone as it can be kept; whether there is one, the door knows."""
    return plain(text, SLUG_LENGTH)


def _as_json(value: Any) -> Any:
    """Return a value as JSON can hold it, moments in the notation of RFC 3339."""
    match value:
        case dt.datetime():
            return value.isoformat(timespec="seconds")
        case Mapping():
            return {key: _as_json(each) for key, each in value.items()}
        case list() | tuple():
            return [_as_json(each) for each in value]
    return value
