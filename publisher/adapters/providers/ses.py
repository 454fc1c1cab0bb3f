"""Amazon SES, by SendEmail of its API v2: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html

What it takes: our MIME message as it is, one in a request. SES writes Message-ID and Date itself, whatever the message has
(https://docs.aws.amazon.com/ses/latest/dg/header-fields.html), and signs it. There is no idempotency key.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from publisher.adapters.providers.outcome import (
    accepted,
    judged,
    later,
    of_message,
    of_recipient,
    of_us,
    slower,
    unknown,
)
from publisher.adapters.providers.parts import kind_of
from publisher.adapters.providers.wire import Answer, Request
from publisher.errors import ConfigurationError
from publisher.ports import Envelope, Reply
from publisher.provider_url import ProviderUrl

if TYPE_CHECKING:
    from botocore.credentials import Credentials

PATH: Final = "/v2/email/outbound-emails"
DELIVERY: Final = "delivery"
"""The tag that events bring back: letters, digits, hyphens and underscores, 256 at most (MessageTag of the API)."""
KIND: Final = "kind"

_OURS: Final = frozenset(
    {"AccountSuspendedException", "SendingPausedException", "MailFromDomainNotVerifiedException", "NotFoundException", "LimitExceededException"}
)  # fmt: skip
"""The errors of SendEmail that are about the account and its settings, not about the message."""
_KEY_REFUSED: Final = frozenset(
    {
        "UnrecognizedClientException", "InvalidSignatureException", "SignatureDoesNotMatch", "InvalidClientTokenId", "ExpiredTokenException",
        "MissingAuthenticationTokenException", "IncompleteSignatureException",
    }
)  # fmt: skip
"""https://docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html"""
_OF_ADDRESS: Final = (
    "missing final '@domain'", "domain contains", "local address contains", "illegal address", "missing '@'", "domain starts with dot",
    "domain ends with dot", "missing local", "user name is missing",
)  # fmt: skip
"""What a BadRequestException says of an address that cannot be one."""


class Ses:
    """Fulfils courier.Provider; `key` is ACCESS_KEY_ID:SECRET_ACCESS_KEY, or empty: botocore then looks where AWS's tools do."""

    name = "Amazon SES"
    at_once = 1
    repeats = False
    most_bytes = 28_000_000
    """SES takes 40 MB after base64: https://docs.aws.amazon.com/ses/latest/dg/quotas.html."""

    def __init__(self, url: ProviderUrl, key: str) -> None:
        if find_spec("botocore") is None:
            raise ConfigurationError("Amazon SES needs the extra ses; install it: pip install 'pressroom[ses]'")
        self._url = url
        self._credentials = _credentials(key)

    def request(self, envelopes: Sequence[Envelope]) -> Request:
        (envelope,) = envelopes
        body: dict[str, Any] = {
            "Destination": {"ToAddresses": [envelope.rcpt_to]},
            "Content": {"Raw": {"Data": base64.b64encode(envelope.message).decode("ascii")}},
            "EmailTags": [{"Name": DELIVERY, "Value": envelope.tag}, {"Name": KIND, "Value": kind_of(envelope)}],
        }
        if self._url.configuration_set:
            body["ConfigurationSetName"] = self._url.configuration_set
        return self._signed("POST", PATH, json.dumps(body).encode("ascii"))

    def replies(self, answer: Answer, envelopes: Sequence[Envelope]) -> Sequence[Reply]:
        return [self._reply(answer)] * len(envelopes)

    def check(self) -> Request:
        """Ask about the account: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html."""
        return self._signed("GET", "/v2/email/account", b"")

    def wrong(self, answer: Answer) -> str | None:
        error, said = _error(answer), answer.says()
        if error in _KEY_REFUSED:
            return f"it refuses the key ({error}); set PRESSROOM_PROVIDER_KEY to ACCESS_KEY_ID:SECRET_ACCESS_KEY"
        if answer.status == 200 and said.get("SendingEnabled") is False:
            return f"sending is switched off in {self._url.region}; see the account dashboard of SES in that region"
        return None  # also of a key that may send and nothing else

    def _reply(self, answer: Answer) -> Reply:
        error, said = _error(answer), answer.word("message") or answer.word("Message")
        words = f"{error}: {said}" if error else said
        if 200 <= answer.status < 300:
            identifier = answer.word("MessageId")
            return accepted(identifier) if identifier else unknown(f"HTTP {answer.status}, without a MessageId")
        if error == "TooManyRequestsException" or answer.status == 429:
            # The day's quota does not come back within seconds: https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
            return later(answer, words) if "daily" in said.lower() else slower(answer, words)
        if answer.status >= 500:
            return judged(answer, words)
        if (
            error in _OURS or error in _KEY_REFUSED or "not verified" in said
        ):  # in the sandbox: an address is not verified
            return of_us(answer, words)
        if error == "MessageRejected":
            return of_message(answer, words)
        if error == "BadRequestException" and any(each in said.lower() for each in _OF_ADDRESS):
            return of_recipient(answer, words)
        return judged(answer, words)

    def _signed(self, method: str, path: str, body: bytes) -> Request:
        """Return a request with its signature, which is good for five minutes (Signature Version 4)."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        headers = {"Content-Type": "application/json"} if body else {}
        request = AWSRequest(method=method, url=self._url.api + path, data=body, headers=headers)
        SigV4Auth(self._credentials.get_frozen_credentials(), "ses", self._url.region).add_auth(request)
        return Request(method, path, dict(request.headers.items()), body)


def _credentials(key: str) -> Credentials:
    """Return the given key, or what the environment, ~/.aws or the machine's role has."""
    from botocore.credentials import Credentials
    from botocore.session import Session

    if key:
        identifier, _, secret = key.partition(":")
        if not identifier or not secret:
            raise ConfigurationError("PRESSROOM_PROVIDER_KEY: of SES it has two parts; write ACCESS_KEY_ID:SECRET_ACCESS_KEY")  # fmt: skip
        return Credentials(identifier, secret)
    found: Credentials | None = Session().get_credentials()
    if found is None:
        raise ConfigurationError(
            "PRESSROOM_PROVIDER_KEY is not set, and neither AWS's variables nor ~/.aws nor this machine has a key; set it to "
            "ACCESS_KEY_ID:SECRET_ACCESS_KEY"
        )
    return found


def _error(answer: Answer) -> str:
    """Return the error's name: `X-Amzn-ErrorType: MessageRejected:http://…`, or `__type` in the body."""
    said = answer.headers.get("x-amzn-errortype") or answer.word("__type")
    return said.partition(":")[0].rpartition("#")[2]
