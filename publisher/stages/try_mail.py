"""Try mail: one notice to one editor, so that somebody sees whether mail leaves and arrives."""

from __future__ import annotations

from publisher.deliver.dispatch import hand_over
from publisher.deliver.message import compose
from publisher.errors import Refused
from publisher.render.emails import render_email
from publisher.stages.ports import MailPorts
from subscribers import EmailKind

_WHAT = (
    "This mail is here, so the mail server takes what Pressroom hands over, and passes it on.",
    "Look at how it arrived: not among junk, and with dkim=pass, spf=pass and dmarc=pass in the line Authentication-Results of "
    "its source.",
)


def try_mail(ports: MailPorts, address: str) -> None:
    """Mail a notice to an address, now and without a row. Raises Refused when the server refuses it, and TransportUnavailable."""
    publication, now = ports.content.publication, ports.clock.now()
    mail = render_email(
        "notice",
        publication,
        ports.templates,
        unreached=[],
        title=f"{publication.name} can mail",
        what=_WHAT,
        commands=[],
    )
    message = compose(publication, EmailKind.NOTICE, subject=mail.subject, html=mail.html, text=mail.text)
    envelope = ports.message_builder.email(
        EmailKind.NOTICE, message, name="", address=address, reference=f"try {now.isoformat()} {address}", now=now
    )
    reply = hand_over(ports.courier, envelope)
    if not reply.accepted:
        raise Refused(f"the mail server refused the test mail to {address}: {reply.code} {reply.text}")
