"""Letters outside the ledger: proofs and notices to the editors, confirmations and welcomes to readers, test sends."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from typing import Literal

from publisher.deliver.letterhead import Letterhead
from publisher.deliver.message import Kind, compose
from publisher.errors import MendableError, PressroomError, TransportUnavailable
from publisher.ports import Clock, Courier, Envelope, Letter, Reply
from publisher.publication import Publication
from subscribers import LetterRefused, MailerUnavailable, new_subject_id

ReaderLetter = Literal["confirmation", "welcome"]


class Postbox:
    """Hands letters to the courier, one connection for each batch.

    Fulfils publisher.ports.Post, and subscribers.ports.Mailer. `write` renders a reader's letter by its name;
    `confirm_url` makes the address of a confirmation page of its token.
    """

    def __init__(
        self,
        publication: Publication,
        courier: Callable[[], Courier],
        letterhead: Callable[[], Letterhead],
        write: Callable[[ReaderLetter], Letter],
        clock: Clock,
    ) -> None:
        self._publication = publication
        self._courier = courier
        self._letterhead = letterhead
        self._write = write
        self._clock = clock

    # For the editors

    def send(self, letter: Letter, to: Sequence[str]) -> None:
        """Send a letter to some editors. Raises TransportUnavailable, also for a refused address: nobody may miss it."""
        kind = Kind.PROOF if letter.subject.startswith("[Proof]") else Kind.NOTICE
        message = self._compose(kind, letter)
        now = self._clock.now()
        reference = f"{hashlib.sha256(message).hexdigest()} {now:%Y-%m-%dT%H:%M:%S}"
        names = {editor.address: editor.name for editor in self._publication.editors}
        envelopes = [
            self._letterhead().letter(kind, message, name=names.get(address, ""), address=address, reference=f"{reference} {address}", now=now)
            for address in to
        ]  # fmt: skip
        for address, reply in zip(to, self._hand_over(envelopes), strict=True):
            if not reply.accepted:
                raise TransportUnavailable(
                    f"the letter «{letter.subject}» was not taken for {address}: {reply.code} {reply.text}"
                )

    def test(self, message: bytes, address: str, now: dt.datetime) -> Reply:
        """Hand one filled copy of a frozen message to one address; the ledger knows nothing of it (I12)."""
        subject_id = new_subject_id()  # its unsubscribe link works, and unsubscribes nobody
        envelope = self._letterhead().letter(
            Kind.ISSUE, message, name="", address=address, reference=f"test {now.isoformat()} {address}", now=now,
            values={"unsubscribe": self._letterhead().unsubscribe_url(subject_id)},
        )  # fmt: skip
        return self._hand_over([envelope])[0]

    # For readers (subscribers.ports.Mailer)

    def send_confirmation(self, address: str, subject_id: str, token: str) -> None:  # noqa: ARG002 - the port's signature
        """Send the mail whose one button leads to the confirmation page."""
        self._to_reader("confirmation", address, token, {"action": self._publication.url(f"confirm/{token}")})

    def send_welcome(self, address: str, subject_id: str, token: str) -> None:
        """Send the mail that follows a confirmation."""
        links = {"unsubscribe": self._publication.url(f"unsubscribe/{token}")}
        self._to_reader("welcome", address, f"{subject_id} {self._clock.now():%Y-%m-%d}", links)

    def _to_reader(self, name: ReaderLetter, address: str, reference: str, links: dict[str, str]) -> None:
        try:
            kind = Kind(name)
            message = self._compose(kind, self._write(name))
            envelope = self._letterhead().letter(
                kind, message, name="", address=address, reference=reference, now=self._clock.now(), values=links
            )
            reply = self._hand_over([envelope])[0]
        except MendableError as error:
            raise LetterRefused(str(error)) from error
        except PressroomError as error:
            raise MailerUnavailable(str(error)) from error
        if reply.code >= 500:
            raise LetterRefused(f"{reply.code} {reply.text}")
        if not reply.accepted:
            raise MailerUnavailable(f"{reply.code} {reply.text}")

    def _compose(self, kind: Kind, letter: Letter) -> bytes:
        return compose(self._publication, kind, subject=letter.subject, html=letter.html, text=letter.text)

    def _hand_over(self, envelopes: Sequence[Envelope]) -> list[Reply]:
        connection = self._courier().connect()
        replies = []
        try:
            for envelope in envelopes:
                reply = connection.hand_over(envelope)
                if reply.accepted:
                    reply = connection.finish()
                    if reply.code == 0:
                        raise TransportUnavailable(
                            f"the connection broke before the mail server answered: {reply.text}"
                        )
                replies.append(reply)
        finally:
            connection.close()
        return replies
