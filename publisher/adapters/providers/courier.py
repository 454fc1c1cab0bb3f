"""The courier of all providers: it checks the key once, gathers batches, and repeats what has an idempotency key."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from publisher.adapters.providers.batches import Batches
from publisher.adapters.providers.outcome import unknown
from publisher.adapters.providers.wire import Answer, NoAnswer, NotSent, Request, Timeouts, Wire
from publisher.errors import ConfigurationError, TransportUnavailable
from publisher.ports import BlockingConnection, Envelope, Reply

log = logging.getLogger("pressroom.providers")

REPEATS: Final = (1.0, 3.0)
"""Seconds to wait before a request with an idempotency key is repeated, of which nobody knows what became."""


class Provider(Protocol):
    """What differs from provider to provider. It keeps nothing, and knows no socket."""

    name: str
    """As people write it."""
    at_once: int
    """How many messages one request may carry."""
    repeats: bool
    """Whether the same request, repeated, is carried out once: there is an idempotency key."""
    most_bytes: int
    """Bytes of one message, as SMTP would carry it, that are never refused for their size; bigger ones are not sent."""

    def request(self, envelopes: Sequence[Envelope]) -> Request:
        """Return the request that sends these messages, one or at most `at_once`."""
        ...

    def replies(self, answer: Answer, envelopes: Sequence[Envelope]) -> Sequence[Reply]:
        """Return what an answer says of each message."""
        ...

    def check(self) -> Request:
        """Return a request that changes nothing, to see whether the key and the settings are right."""
        ...

    def wrong(self, answer: Answer) -> str | None:
        """Return what its answer says is wrong, and how to fix it, as «what; how»; None if nothing is."""
        ...


class ProviderCourier:
    """Fulfils ports.BlockingCourier with a provider."""

    def __init__(self, provider: Provider, api: str, timeouts: Timeouts, repeats: Sequence[float] = REPEATS) -> None:
        self.provider = provider
        self._api = api
        self._timeouts = timeouts
        self._repeats = tuple(repeats) if provider.repeats else ()
        self.batches = Batches(provider.at_once)
        self._checking = threading.Lock()
        self._checked = False

    def __repr__(self) -> str:
        return f"ProviderCourier({self.provider.name}, {self._api})"

    def connect(self) -> BlockingConnection:
        """Return a connection, once the key was checked. Raises TransportUnavailable, ConfigurationError."""
        wire = Wire(self._api, self._timeouts)
        try:
            with self._checking:
                if not self._checked:
                    self._check(wire)
                    self._checked = True
        except BaseException:
            wire.close()
            raise
        return ProviderConnection(self, wire)

    def _check(self, wire: Wire) -> None:
        name = self.provider.name
        try:
            answer = wire.ask(self.provider.check())
        except NotSent as error:
            if error.mistrusted:
                raise ConfigurationError(
                    f"the certificate of {name} at {self._api} is not trusted; fix ?api= in PRESSROOM_PROVIDER_URL, or this "
                    "machine's authorities"
                ) from None
            raise self._unavailable(error) from None
        except NoAnswer as error:
            raise self._unavailable(error) from None
        if 300 <= answer.status < 400:
            raise ConfigurationError(
                f"{name} at {self._api} redirects, which is not followed; name the right ?api= in PRESSROOM_PROVIDER_URL"
            )
        if answer.status == 429 or answer.status >= 500:
            raise self._unavailable(f"HTTP {answer.status}")
        if wrong := self.provider.wrong(answer):
            raise ConfigurationError(f"{name}: {wrong}")

    def send(self, wire: Wire, envelopes: Sequence[Envelope]) -> Sequence[Reply]:
        """Send messages in one request, and return what became of each. Raises TransportUnavailable: nothing was accepted."""
        try:
            request = self.provider.request(envelopes)
        except Exception as error:
            log.exception("no request to %s can be made", self.provider.name)
            raise TransportUnavailable(
                f"no request to {self.provider.name} can be made ({error}); see the log"
            ) from error
        waits, replies = iter(self._repeats), self._tried(wire, request, envelopes)
        if replies is None:
            raise TransportUnavailable(f"{self.provider.name} could not be reached; send again later")
        # A request that may have been carried out is repeated with its idempotency key, until an answer says what became of it.
        while not all(reply.code for reply in replies) and (wait := next(waits, None)) is not None:
            time.sleep(wait)
            again = self._tried(wire, request, envelopes) or replies
            # Only an acceptance says something of the first request: a refusal may be of the repetition alone.
            replies = [
                new if not old.code and new.code // 100 == 2 else old for old, new in zip(replies, again, strict=True)
            ]
        return replies

    def _tried(self, wire: Wire, request: Request, envelopes: Sequence[Envelope]) -> Sequence[Reply] | None:
        """Return what became of each message; None if the request did not leave whole."""
        try:
            answer = wire.ask(request)
        except NotSent:
            return None
        except NoAnswer as error:
            return [unknown(str(error))] * len(envelopes)
        try:
            return self.provider.replies(answer, envelopes)
        except Exception:
            log.exception("the answer of %s cannot be read", self.provider.name)
            return [unknown(f"HTTP {answer.status}, and an answer that cannot be read")] * len(envelopes)

    def _unavailable(self, why: object) -> TransportUnavailable:
        return TransportUnavailable(f"{self.provider.name} could not be reached ({why}); send again later")


@dataclass(eq=False, slots=True)
class ProviderConnection:
    """Fulfils ports.BlockingConnection: a message is sent by the request that `finish` makes, and not a byte before."""

    courier: ProviderCourier
    wire: Wire
    _envelope: Envelope | None = field(default=None, repr=False)

    def hand_over(self, envelope: Envelope) -> Reply:
        name, most = self.courier.provider.name, self.courier.provider.most_bytes
        if not envelope.rcpt_to.isascii():  # the domain is ASCII by now, so it is the part before the @
            return Reply(553, f"5.6.7 not sent: {name} takes only ASCII before the @ of an address", "rcpt")
        if len(envelope.message) > most:
            return Reply(
                552, f"5.3.4 not sent: {name} takes {most:,} bytes, and this has {len(envelope.message):,}", "data"
            )
        self.abandon()
        self._envelope = envelope
        self.courier.batches.begin()
        return Reply(354, "ready", "data")

    def finish(self) -> Reply:
        envelope, self._envelope = self._envelope, None
        assert envelope is not None, "hand_over comes first"
        return self.courier.batches.hand_in(envelope, lambda envelopes: self.courier.send(self.wire, envelopes))

    def alive(self) -> bool:
        """Return True: a connection that the other side may have closed is made anew for the next request."""
        return True

    def abandon(self) -> None:
        if self._envelope is not None:
            self._envelope = None
            self.courier.batches.drop()

    def close(self) -> None:
        self.abandon()
        self.wire.close()
