"""Letters outside the ledger: proofs and notices to the editors, confirmations and welcomes to readers, test sends."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Sequence

from publisher.deliver.letterhead import Letterhead
from publisher.deliver.message import Kind, compose
from publisher.errors import MendableError, PressroomError, TransportUnavailable
from publisher.ports import Clock, Courier, Envelope, Letter, Reply
from publisher.publication import Publication
from subscribers import Kind as ReaderKind
from subscribers import LetterRefused, MailerError, MailerUnavailable, Outgoing, new_subject_id

_PAGES = {ReaderKind.CONFIRMATION: "confirm", ReaderKind.LINK: "preferences", ReaderKind.MOVE: "move"}
"""Where the button of a letter leads: the page, below the base URL, that its token stands behind."""


class Postbox:
    """Hands letters to the courier, one connection for each batch.

    Fulfils publisher.ports.Post, and subscribers.ports.Mailer. `write` renders a reader's letter, `steps` says how
    many steps a learning path has.
    """

    def __init__(
        self,
        publication: Publication,
        courier: Callable[[], Courier],
        letterhead: Callable[[], Letterhead],
        write: Callable[[Outgoing], Letter],
        steps: Callable[[str], int],
        clock: Clock,
    ) -> None:
        self._publication = publication
        self._courier = courier
        self._letterhead = letterhead
        self._write = write
        self._steps = steps
        self._clock = clock

    # For the editors

    def tell(self, letter: Letter, to: Sequence[str]) -> None:
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
            values={
                "unsubscribe": self._letterhead().unsubscribe_url(subject_id),
                "preferences": self._letterhead().preferences_url(subject_id, now),
            },
        )  # fmt: skip
        return self._hand_over([envelope])[0]

    # For readers (subscribers.ports.Mailer)

    def send(self, letters: Sequence[Outgoing]) -> Sequence[MailerError | None]:
        """Hand letters to readers over, over one connection; return for each None, or why it was not taken."""
        envelopes: list[Envelope | MailerError] = []
        for letter in letters:
            try:
                envelopes.append(self._envelope(letter))
            except MendableError as error:
                envelopes.append(LetterRefused(str(error)))
            except PressroomError as error:
                envelopes.append(MailerUnavailable(str(error)))
        ready = [each for each in envelopes if isinstance(each, Envelope)]
        replies = iter(self._taken(ready))
        return [next(replies) if isinstance(each, Envelope) else each for each in envelopes]

    def steps(self, path: str) -> int:
        """Return how many steps a learning path has now; 0 when there is no such path."""
        return self._steps(path)

    def _envelope(self, letter: Outgoing) -> Envelope:
        kind = Kind(letter.kind.value)
        url = self._publication.url
        tokens = letter.tokens
        links = {
            "action": url(f"{_PAGES[letter.kind]}/{tokens.action}") if letter.kind in _PAGES else "",
            "unsubscribe": url(f"unsubscribe/{tokens.unsubscribe}"),
            "preferences": url(f"preferences/{tokens.preferences}"),
        }
        return self._letterhead().letter(
            kind, self._compose(kind, self._write(letter)), name="", address=letter.address,
            reference=letter.reference, now=self._clock.now(), values=links,
        )  # fmt: skip

    def _taken(self, envelopes: Sequence[Envelope]) -> list[MailerError | None]:
        """Hand over what can be; a connection that breaks leaves the rest due."""
        outcomes: list[MailerError | None] = []
        try:
            for reply in self._replies(envelopes) if envelopes else ():
                if reply.accepted:
                    outcomes.append(None)
                elif reply.code >= 500:
                    outcomes.append(LetterRefused(f"{reply.code} {reply.text}"))
                else:
                    outcomes.append(MailerUnavailable(f"{reply.code} {reply.text}"))
        except PressroomError as error:
            outcomes += [MailerUnavailable(str(error))] * (len(envelopes) - len(outcomes))
        return outcomes

    def _compose(self, kind: Kind, letter: Letter) -> bytes:
        return compose(self._publication, kind, subject=letter.subject, html=letter.html, text=letter.text)

    def _hand_over(self, envelopes: Sequence[Envelope]) -> list[Reply]:
        return list(self._replies(envelopes))

    def _replies(self, envelopes: Sequence[Envelope]) -> Iterator[Reply]:
        """Yield the server's answer to each message, all over one connection."""
        connection = self._courier().connect()
        try:
            for envelope in envelopes:
                reply = connection.hand_over(envelope)
                if reply.accepted:
                    reply = connection.finish()
                    if reply.code == 0:
                        raise TransportUnavailable(
                            f"the connection broke before the mail server answered: {reply.text}"
                        )
                yield reply
        finally:
            connection.close()
