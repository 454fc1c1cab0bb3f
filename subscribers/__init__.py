"""Readers: who asked for the mail, who confirmed, who left, and whom never to mail again.

    sign-up -> confirm -> (welcome) -> receive -> unsubscribe, or bounce, or complain -> suppressed

`subscribers.lifecycle` is the table of contents. This package knows nothing of the publisher; what the publisher may
use is named here.
"""

from subscribers.address import Address, canonical, domain_of, parse_address, parse_name
from subscribers.audience import audience
from subscribers.consent import Act, Consent, Wording
from subscribers.errors import (
    BadToken,
    ExpiredToken,
    ForgedToken,
    InvalidAddress,
    InvalidName,
    LetterRefused,
    MailerError,
    MailerUnavailable,
    MendableInput,
    NotAllowed,
    StoreBroken,
    StoreUnavailable,
    SubscribersError,
    UnknownReader,
    UnreadableList,
)
from subscribers.lifecycle import Confirmed, ImportReport, Posted, Subscribers
from subscribers.ports import Mailer, Progress
from subscribers.roster import Invalid
from subscribers.subscriber import Reason, State, Subscriber
from subscribers.suppression import suppressed
from subscribers.tokens import Keyring, new_subject_id

__all__ = [
    "Act",
    "Address",
    "BadToken",
    "Confirmed",
    "Consent",
    "ExpiredToken",
    "ForgedToken",
    "ImportReport",
    "Invalid",
    "InvalidAddress",
    "InvalidName",
    "Keyring",
    "LetterRefused",
    "Mailer",
    "MailerError",
    "MailerUnavailable",
    "MendableInput",
    "NotAllowed",
    "Posted",
    "Progress",
    "Reason",
    "State",
    "StoreBroken",
    "StoreUnavailable",
    "Subscriber",
    "Subscribers",
    "SubscribersError",
    "UnknownReader",
    "UnreadableList",
    "Wording",
    "audience",
    "canonical",
    "domain_of",
    "new_subject_id",
    "parse_address",
    "parse_name",
    "suppressed",
]
