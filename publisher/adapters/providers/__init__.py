"""Mail by a provider's API over HTTP: one file for each provider, all behind the same courier.

wire.py     one request over a socket, within a time, and whether its body left whole
outcome.py  what a status says, as a mail server would say it
parts.py    the very message that SMTP would carry, taken apart for APIs that take no MIME
courier.py  the courier: checks the key once, gathers batches, repeats what may be repeated
batches.py  messages that are ready at the same moment leave in one request
ses.py postmark.py mailgun.py resend.py sendgrid.py   what each provider calls things
"""

from __future__ import annotations

from publisher.adapters.providers.courier import Provider, ProviderCourier
from publisher.adapters.providers.wire import Timeouts
from publisher.provider_url import ProviderUrl


def courier_at(url: ProviderUrl, key: str, timeouts: Timeouts | None = None) -> ProviderCourier:
    """Return the courier of a provider. Raises ConfigurationError if it lacks a key or its extra."""
    return ProviderCourier(provider_at(url, key), url.api, timeouts or Timeouts())


def provider_at(url: ProviderUrl, key: str) -> Provider:
    """Return the provider that a URL names; only its own file is imported."""
    if url.provider == "ses":
        from publisher.adapters.providers.ses import Ses

        return Ses(url, key)
    if url.provider == "postmark":
        from publisher.adapters.providers.postmark import Postmark

        return Postmark(url.host, key)
    if url.provider == "mailgun":
        from publisher.adapters.providers.mailgun import Mailgun

        return Mailgun(url.host, key)
    if url.provider == "resend":
        from publisher.adapters.providers.resend import Resend

        return Resend(key)
    from publisher.adapters.providers.sendgrid import SendGrid

    return SendGrid(key)
