"""The lists that other systems export: how to recognise each, what its columns hold, what its statuses mean. Only data.

A status that is not in these tables makes its line invalid: whether someone may be mailed is never guessed.

Source: the systems' own exports and documentation, read 2026-11: docs.buttondown.com/api-subscribers-type, Ghost's
`members-csv`, listmonk's `cmd/subscribers.go`, beehiiv.com/newsletter-glossary/subscriber-status.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from subscribers.subscriber import Reason, State


class Column(StrEnum):
    """The kinds of column that a list can have. The columns of known systems are recognised; `--map` names others."""

    __hash__ = str.__hash__  # Enum's own, in Python, takes a fifth of the time that a list takes to read

    ADDRESS = "address"
    NAME = "name"
    FIRST = "first"
    LAST = "last"
    TAGS = "tags"
    STATUS = "status"
    CREATED = "created"
    """When they joined the list."""
    ASKED = "asked"
    """When they sent the sign-up form."""
    ASKED_FROM = "asked_from"
    """The network address that the form came from."""
    CONFIRMED = "confirmed"
    """When they confirmed, or did what the system counts as confirming."""
    CONFIRMED_FROM = "confirmed_from"
    """The network address that the confirmation came from."""
    LEFT = "left"
    """When they left, or when mail to them bounced for good."""
    SOURCE = "source"
    """Where they came from; the cells of several such columns are joined."""
    ATTRIBUTES = "attributes"
    """A JSON object; names and tags are taken from it if the list has no columns for them."""
    WITHOUT = "without"
    ZONE = "zone"
    PAUSED_UNTIL = "paused_until"
    SUPPRESSED = "suppressed"
    """Why the address must not be mailed; empty if it may be."""
    SUPPRESSED_AT = "suppressed_at"
    """Since when the address must not be mailed."""
    SUBJECT_ID = "subject_id"
    """The id in the links of mail that was sent; the links go on working if it is imported."""
    FORMER_IDS = "former_ids"
    """The ids in the links of older mail to the same address."""


@dataclass(frozen=True, slots=True)
class Never:
    """A status whose line becomes neither a reader nor a suppression; `why` is a sentence for the editor."""

    why: str


Meaning = State | Reason | Never
"""What a status makes of its line: a reader in a state, an address that must not be mailed, or nothing."""

UNCONFIRMED = Never("never confirmed where the list comes from; ask them to sign up here")
_UNKNOWN_TO_US = Never("waits for an editor's decision where the list comes from; decide there, or leave them out")
_ASLEEP = Never("is paused where the list comes from: neither a reader to mail now nor one who left; fix the line")

Words = Mapping[str, Meaning]

_BOOLEAN: Words = {"true": State.ACTIVE, "false": Reason.UNSUBSCRIBED}

ANYWHERE: Words = {
    **dict.fromkeys(("active", "subscribed", "enabled", "confirmed", "opted in", "optin"), State.ACTIVE),
    **dict.fromkeys(
        (
            "unsubscribed",
            "unsub",
            "unsubscribe",
            "un subscribed",
            "inactive",
            "opted out",
            "opt out",
            "optout",
            "cancelled",
            "canceled",
            "left",
            "not subscribed",
            "non subscribed",
            "nonsubscribed",
        ),
        Reason.UNSUBSCRIBED,
    ),
    **dict.fromkeys(
        (
            "removed",
            "deleted",
            "disabled",
            "blocked",
            "blocklist",
            "blocklisted",
            "blacklist",
            "blacklisted",
            "archived",
            "suppressed",
            "spammy",
            "do not mail",
            "do not email",
            "do not contact",
            "dnc",
        ),
        Reason.REMOVED,
    ),
    **dict.fromkeys(
        (
            "cleaned",
            "bounce",
            "bounced",
            "hard bounce",
            "hard bounced",
            "hardbounced",
            "invalid",
            "undeliverable",
            "unreachable",
        ),
        Reason.BOUNCED,
    ),
    **dict.fromkeys(
        ("complained", "complaint", "spam", "junk", "abuse", "marked as spam", "spam complaint", "reported spam"),
        Reason.COMPLAINED,
    ),
    **dict.fromkeys(("pending", "unconfirmed", "unactivated"), UNCONFIRMED),
}
"""The statuses of a list of unknown origin. True, false, yes and no are left out: each could mean either."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """One system's list.

    `signs` are sets of column names (as `plain` writes them); a list that has all names of one set is this system's.
    With `exact` it must have no other columns than `columns`; with `file` the file's name must contain that text.
    `everyone` is what each line means, whatever its cells say. `whole` marks our own export, which restores readers as
    they were, including those who left.
    """

    name: str
    signs: tuple[frozenset[str], ...]
    columns: Mapping[Column, tuple[str, ...]]
    words: Words = field(default_factory=dict)
    everyone: Meaning | None = None
    exact: bool = False
    file: str = ""
    whole: bool = False
    note: str = ""
    harmless: frozenset[str] = frozenset()
    """Columns that are not read and are known not to say who left."""
    told_by_file: str = ""
    """The text that the file's name must contain if its lines are readers, because another list has the same columns."""


def _signs(*sets: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(part.strip() for part in each.split(",")) for each in sets)


def _names(names: str) -> frozenset[str]:
    return frozenset(part.strip() for part in names.split(","))


_ADDRESS = ("email", "email address", "e mail", "e mail address", "address", "mail")
_NAMES: Mapping[Column, tuple[str, ...]] = {
    Column.NAME: ("name", "full name"),
    Column.FIRST: ("first name", "firstname"),
    Column.LAST: ("last name", "lastname"),
}
_CAMPAIGN = ("utm source", "utm medium", "utm campaign")
_MAILCHIMP: Mapping[Column, tuple[str, ...]] = {
    Column.ADDRESS: _ADDRESS,
    **_NAMES,
    Column.TAGS: ("tags",),
    Column.ASKED: ("optin time",),
    Column.ASKED_FROM: ("optin ip",),
    Column.CONFIRMED: ("confirm time",),
    Column.CONFIRMED_FROM: ("confirm ip",),
}

OURS = Vendor(
    "Pressroom",
    _signs("email, status, created, confirmed, left"),
    {
        Column.ADDRESS: ("email",),
        Column.NAME: ("name",),
        Column.STATUS: ("status",),
        Column.TAGS: ("tags",),
        Column.SOURCE: ("source",),
        Column.CREATED: ("created",),
        Column.CONFIRMED: ("confirmed",),
        Column.LEFT: ("left",),
        Column.WITHOUT: ("without",),
        Column.ZONE: ("zone",),
        Column.PAUSED_UNTIL: ("paused until",),
        Column.SUPPRESSED: ("suppressed",),
        Column.SUPPRESSED_AT: ("suppressed at",),
        Column.SUBJECT_ID: ("subject id",),
        Column.FORMER_IDS: ("former ids",),
    },
    {"active": State.ACTIVE, "pending": State.PENDING, "unsubscribed": Reason.UNSUBSCRIBED},
    whole=True,
)
SUPPRESSIONS = Vendor(
    "Pressroom, addresses not to be mailed",
    _signs("email, status, suppressed at"),
    {
        Column.ADDRESS: ("email",),
        Column.STATUS: ("status",),
        Column.SUPPRESSED_AT: ("suppressed at",),
        Column.SUBJECT_ID: ("subject id",),
        Column.FORMER_IDS: ("former ids",),
    },
    {reason.value: reason for reason in Reason},
)
BUTTONDOWN = Vendor(
    "Buttondown",
    _signs("subscriber type", "secondary id, type"),
    {
        Column.ADDRESS: ("email", "email address"),
        Column.STATUS: ("subscriber type", "type"),
        Column.TAGS: ("tags",),
        Column.CREATED: ("creation date",),
        Column.ASKED: ("creation date",),
        Column.ASKED_FROM: ("ip address",),
        Column.CONFIRMED: ("subscription date",),
        Column.LEFT: ("unsubscription date",),
        Column.SOURCE: ("referrer url", *_CAMPAIGN),
        Column.ATTRIBUTES: ("metadata",),
    },
    {
        **dict.fromkeys(
            ("regular", "premium", "gifted", "trialed", "unpaid", "churning", "churned", "past_due", "paused"),
            State.ACTIVE,  # these differ in how they pay; all of them get the mail
        ),
        "unsubscribed": Reason.UNSUBSCRIBED,
        "removed": Reason.REMOVED,
        "blocked": Reason.REMOVED,
        "disabled": Reason.REMOVED,
        "undeliverable": Reason.BOUNCED,
        "malformed": Reason.BOUNCED,
        "spammy": Reason.REMOVED,  # a machine's judgement, not a reader's complaint
        "complained": Reason.COMPLAINED,
        "unactivated": UNCONFIRMED,
    },
    harmless=_names(
        "id, secondary id, notes, avatar url, churn date, creation source, last click date, last open date, referral code, risk score, stripe customer id, undeliverability date, undeliverability reason, unsubscription reason, upgrade date"
    ),
)
SUBSTACK = Vendor(
    "Substack",
    _signs("email, active subscription"),
    {
        Column.ADDRESS: ("email",),
        Column.NAME: ("name",),
        Column.STATUS: ("email disabled",),
        Column.CREATED: ("created at",),
    },
    {"true": Reason.UNSUBSCRIBED, "false": State.ACTIVE},
    note="active_subscription only says who pays there; everyone on the list is a reader here",
    harmless=_names("active subscription, expiry, plan, stripe customer id, first payment at"),
)
MAILCHIMP_LEFT = Vendor(
    "Mailchimp, unsubscribed contacts",
    _signs("unsub time"),
    {**_MAILCHIMP, Column.LEFT: ("unsub time",)},
    everyone=Reason.UNSUBSCRIBED,
)
MAILCHIMP_CLEANED = Vendor(
    "Mailchimp, cleaned contacts",
    _signs("clean time"),
    {**_MAILCHIMP, Column.LEFT: ("clean time",)},
    everyone=Reason.BOUNCED,
)
_MAILCHIMP_HARMLESS = _names(
    "member rating, latitude, longitude, gmtoff, dstoff, timezone, cc, region, last changed, leid, euid, notes"
)
_MAILCHIMP_SIGNS = _signs("leid, euid", "member rating, confirm time")
MAILCHIMP_STRANGERS = Vendor(
    "Mailchimp, contacts who never subscribed",
    _MAILCHIMP_SIGNS,
    _MAILCHIMP,
    everyone=Never("never subscribed where the list comes from"),
    file="nonsubscribed",
)
MAILCHIMP = Vendor("Mailchimp", _MAILCHIMP_SIGNS, _MAILCHIMP, harmless=_MAILCHIMP_HARMLESS, told_by_file="subscribed")
GHOST = Vendor(
    "Ghost",
    _signs("email, subscribed to emails"),
    {
        Column.ADDRESS: ("email",),
        Column.NAME: ("name",),
        Column.STATUS: ("subscribed to emails",),
        Column.TAGS: ("labels",),
        Column.CREATED: ("created at",),
        Column.LEFT: ("deleted at",),
    },
    _BOOLEAN,
    harmless=_names("id, note, stripe customer id, complimentary plan, tiers, updated at"),
)
_LISTMONK: Mapping[Column, tuple[str, ...]] = {
    Column.ADDRESS: ("email",),
    Column.NAME: ("name",),
    Column.STATUS: ("status",),
    Column.CREATED: ("created at",),
    Column.ATTRIBUTES: ("attributes",),
}
LISTMONK = Vendor(
    "listmonk",
    _signs("uuid, email, attributes, status", "email, name, attributes"),
    _LISTMONK,
    {"enabled": State.ACTIVE, "disabled": Reason.REMOVED, "blocklisted": Reason.REMOVED},
    note="listmonk's status does not say who left a list; export each list's unsubscribed readers too, and import them "
    "with --all-left unsubscribed",
    harmless=_names("uuid, updated at"),
)
KEILA = Vendor(
    "Keila",
    _signs("email, external id, status", "email, external id, data"),
    {
        Column.ADDRESS: ("email",),
        Column.FIRST: ("first name",),
        Column.LAST: ("last name",),
        Column.STATUS: ("status",),
        Column.ATTRIBUTES: ("data",),
    },
    {"active": State.ACTIVE, "unsubscribed": Reason.UNSUBSCRIBED, "unreachable": Reason.BOUNCED},
    harmless=_names("external id, inserted at, updated at"),
)
BEEHIIV = Vendor(
    "beehiiv",
    _signs("email, status, unsubscribed at", "email, status, tier"),
    {
        Column.ADDRESS: ("email",),
        **_NAMES,
        Column.STATUS: ("status",),
        Column.TAGS: ("tags",),
        Column.CREATED: ("created at", "subscribed at"),
        Column.LEFT: ("unsubscribed at",),
        Column.SOURCE: ("referring site", *_CAMPAIGN),
    },
    {
        "active": State.ACTIVE,
        "inactive": Reason.UNSUBSCRIBED,
        "unsubscribed": Reason.UNSUBSCRIBED,
        "invalid": Reason.BOUNCED,
        "pending": UNCONFIRMED,
        "validating": UNCONFIRMED,
        "needs approval": _UNKNOWN_TO_US,
        "needs_approval": _UNKNOWN_TO_US,
        "needs_attention": _UNKNOWN_TO_US,
        "paused": _ASLEEP,
    },
    harmless=_names("id, tier, stripe customer id, referral code, referral count, utm term, utm content"),
)
MAILCOACH = Vendor(
    "Mailcoach",
    _signs("email, first name, last name, tags"),
    {
        Column.ADDRESS: ("email",),
        Column.FIRST: ("first name",),
        Column.LAST: ("last name",),
        Column.TAGS: ("tags",),
        Column.CREATED: ("subscribed at",),
        Column.LEFT: ("unsubscribed at",),
    },
    exact=True,
)
ANY = Vendor(
    "a list",
    (frozenset(),),
    {Column.ADDRESS: _ADDRESS, **_NAMES, Column.TAGS: ("tags", "labels"), Column.STATUS: ("status",)},
    ANYWHERE,
)
"""The one for a list that no other recognises."""

VENDORS = (
    OURS, SUPPRESSIONS, BUTTONDOWN, SUBSTACK, MAILCHIMP_LEFT, MAILCHIMP_CLEANED, MAILCHIMP_STRANGERS, MAILCHIMP,
    GHOST, LISTMONK, KEILA, BEEHIIV, MAILCOACH, ANY,
)  # fmt: skip
"""In the order in which they are tried."""
