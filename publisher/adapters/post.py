"""Letters outside the ledger: proofs and notices to the editors, confirmations and welcomes to readers, test sends."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import time
from collections.abc import Callable, Sequence

from publisher.deliver.answers import Fault, Verdict, judge
from publisher.deliver.letterhead import Letterhead
from publisher.deliver.message import compose
from publisher.deliver.transitions import words
from publisher.errors import MendableError, PressroomError, Refused, TransportUnavailable
from publisher.issue import Kind
from publisher.ports import Clock, Connection, Courier, Envelope, Letter, Reply
from publisher.publication import Publication
from subscribers import Kind as ReaderKind
from subscribers import LetterRefused, MailerError, MailerUnavailable, Outgoing, new_subject_id

log = logging.getLogger("pressroom.post")

BREAKS = 3
"""How many connections one batch of letters may wear out."""
HURRY_SECONDS = 120.0
"""After so long no further letter of a batch is begun: letters are lent out for a few minutes only."""

_Text = tuple[ReaderKind, str, int, int]
"""What tells two letters apart but for their readers: kind, path, step, days until the next."""

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

    def tell(self, kind: Kind, letter: Letter, to: Sequence[str]) -> Sequence[str]:
        """Send a letter to some editors; return for each why it was not taken, empty if it was."""
        message = self._compose(kind, letter)
        now = self._clock.now()
        reference = f"{hashlib.sha256(message).hexdigest()} {now:%Y-%m-%dT%H:%M:%S}"
        names = {editor.address: editor.name for editor in self._publication.editors}
        head = self._letterhead()
        envelopes: list[Envelope | MailerError] = []
        for address in to:
            name, own = names.get(address, ""), f"{reference} {address}"
            try:
                envelopes.append(head.letter(kind, message, name=name, address=address, reference=own, now=now))
            except MendableError as error:  # nobody but this editor has this name and this address
                envelopes.append(LetterRefused(str(error)))
        return [str(error) if error else "" for error in self._answers(envelopes)]

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
        """Hand letters to readers over, over one connection; return for each None, or why it was not taken.

        What is the same for several readers is written once. One letter that cannot be written, or is refused, or
        under which the connection breaks, holds up no other.
        """
        try:
            head = self._letterhead()
        except PressroomError as error:
            log.error("no letters to readers can leave: %s", error)  # noqa: TRY400 - a sentence for a person
            return [MailerUnavailable(str(error))] * len(letters)
        written: dict[_Text, bytes | MailerError] = {}
        envelopes: list[Envelope | MailerError] = []
        for letter in letters:
            text = (letter.kind, letter.path, letter.step, letter.every_days)
            if text not in written:
                written[text] = self._written(letter)
            envelopes.append(self._envelope(head, letter, written[text]))
        return self._answers(envelopes)

    def steps(self, path: str) -> int:
        """Return how many steps a learning path has now; 0 when there is no such path. Raises MailerUnavailable."""
        try:
            return self._steps(path)
        except (PressroomError, OSError) as error:
            log.error("a course waits: %s", error)  # noqa: TRY400 - a sentence for a person
            raise MailerUnavailable(str(error)) from error

    def _written(self, letter: Outgoing) -> bytes | MailerError:
        """Return a letter with its slots still open. What an editor can mend leaves it due: no reader is to blame."""
        try:
            return self._compose(Kind(letter.kind.value), self._write(letter))
        except Refused as error:
            return LetterRefused(str(error))
        except (PressroomError, OSError) as error:
            log.error("the letter «%s» cannot be written: %s", letter.kind, error)  # noqa: TRY400 - see above
            return MailerUnavailable(str(error))
        except Exception:
            log.exception("the letter «%s» cannot be written", letter.kind)
            return MailerUnavailable("our bug; see the log")

    def _envelope(self, head: Letterhead, letter: Outgoing, message: bytes | MailerError) -> Envelope | MailerError:
        if isinstance(message, MailerError):
            return message
        url = self._publication.url
        tokens = letter.tokens
        links = {
            "action": url(f"{_PAGES[letter.kind]}/{tokens.action}") if letter.kind in _PAGES else "",
            "unsubscribe": url(f"unsubscribe/{tokens.unsubscribe}"),
            "preferences": url(f"preferences/{tokens.preferences}"),
        }
        try:
            return head.letter(
                Kind(letter.kind.value), message, name=letter.name, address=letter.address,
                reference=letter.reference, now=self._clock.now(), values=links,
            )  # fmt: skip
        except MendableError as error:  # nobody but this reader has this name and this address
            return LetterRefused(str(error))

    def _answers(self, envelopes: Sequence[Envelope | MailerError]) -> list[MailerError | None]:
        replies = iter(self._taken([each for each in envelopes if isinstance(each, Envelope)]))
        return [next(replies) if isinstance(each, Envelope) else each for each in envelopes]

    def _taken(self, envelopes: Sequence[Envelope]) -> list[MailerError | None]:
        """Hand over what can be. A connection that breaks under one letter is made anew for the others, a few times."""
        outcomes: list[MailerError | None] = []
        began, why = time.monotonic(), "the mail server is too slow"
        for _ in range(BREAKS):
            if len(outcomes) == len(envelopes):
                break
            try:
                connection = self._courier().connect()
            except (PressroomError, OSError) as error:
                why = str(error)
                break
            try:
                while len(outcomes) < len(envelopes) and time.monotonic() - began < HURRY_SECONDS:
                    outcomes.append(_outcome(_handed_over(connection, envelopes[len(outcomes)])))
            except (PressroomError, OSError) as error:
                why = str(error)
                outcomes.append(MailerUnavailable(why))
            finally:
                connection.close()
        return outcomes + [MailerUnavailable(why)] * (len(envelopes) - len(outcomes))

    def _compose(self, kind: Kind, letter: Letter) -> bytes:
        return compose(self._publication, kind, subject=letter.subject, html=letter.html, text=letter.text)

    def _hand_over(self, envelopes: Sequence[Envelope]) -> list[Reply]:
        """Return the server's answer to each message, all over one connection."""
        connection = self._courier().connect()
        try:
            return [_handed_over(connection, envelope) for envelope in envelopes]
        finally:
            connection.close()


def _handed_over(connection: Connection, envelope: Envelope) -> Reply:
    """Return the server's answer. Raises TransportUnavailable when there is none."""
    reply = connection.hand_over(envelope)
    if reply.accepted:
        reply = connection.finish()
        if reply.code == 0:
            raise TransportUnavailable(f"the connection broke before the mail server answered: {reply.text}")
    return reply


def _outcome(reply: Reply) -> MailerError | None:
    """Give a letter up when its reader is refused for good; what concerns the message or us may pass."""
    judged = judge(reply)
    if judged.verdict is Verdict.ACCEPTED:
        return None
    given_up = judged.verdict is Verdict.REFUSED and judged.fault is Fault.RECIPIENT
    return (LetterRefused if given_up else MailerUnavailable)(words(reply))
