"""Systems that newsletters are written in: Buttondown, Substack, Ghost, beehiiv, Kit, Curated, Patreon, WordPress.com.

Source: read 2026-11. Buttondown: docs.buttondown.com/api-subscribers-type. Ghost: its `members-csv` and exporter. beehiiv:
beehiiv.com/newsletter-glossary/subscriber-status. Kit: its API's states and help.convertkit.com (subscriber states).
Curated: curated.groovehq.com/help/filtering-email-subscribers and the files that Ghost's migration tools read. Patreon: the
header that public importers read. docs/importing.md says which files were seen.
"""

from __future__ import annotations

from subscribers.subscriber import Reason, State
from subscribers.vendors.vendor import (
    CAMPAIGN,
    NAMES,
    UNCONFIRMED,
    Column,
    Flag,
    Never,
    Silence,
    Vendor,
    dated,
    listed,
    meaning,
    names,
    signs,
)

_UNKNOWN_TO_US = Never("waits for an editor's decision where the list comes from; decide there, or leave them out")
_ASLEEP = Never("is paused where the list comes from: neither a reader to mail now nor one who left; fix the line")

BUTTONDOWN = Vendor(
    "Buttondown",
    signs("subscriber type", "secondary id, type"),
    {
        Column.ADDRESS: listed("email, email address"),
        Column.STATUS: listed("subscriber type, type"),
        Column.TAGS: ("tags",),
        Column.CREATED: ("creation date",),
        Column.ASKED: ("creation date",),
        Column.ASKED_FROM: ("ip address",),
        Column.CONFIRMED: ("subscription date",),
        Column.LEFT: ("unsubscription date",),
        Column.SOURCE: ("referrer url", *CAMPAIGN),
        Column.ATTRIBUTES: ("metadata",),
    },
    {
        # These differ in how they pay; all of them get the mail.
        **meaning(State.ACTIVE, "regular, premium, gifted, trialed, unpaid, churning, churned, paused"),
        **meaning(Reason.UNSUBSCRIBED, "unsubscribed"),
        **meaning(Reason.REMOVED, "removed, blocked, disabled, spammy"),  # spammy is a machine's judgement
        **meaning(Reason.BOUNCED, "undeliverable, malformed"),
        **meaning(Reason.COMPLAINED, "complained"),
        **meaning(UNCONFIRMED, "unactivated"),
    },
    harmless=names(
        "id, secondary id, avatar url, churn date, creation source, last click date, last open date, "
        "referral code, risk score, stripe customer id, upgrade date"
    ),
    texts=names("notes, unsubscription reason"),
    flags=(dated("undeliverability date, undeliverability reason", Reason.BOUNCED),),
)
SUBSTACK = Vendor(
    "Substack",
    signs("email, active subscription"),
    {
        Column.ADDRESS: ("email",),
        Column.NAME: ("name",),
        Column.STATUS: ("email disabled",),
        Column.CREATED: ("created at",),
    },
    {"true": Reason.UNSUBSCRIBED, "false": State.ACTIVE},
    silence=Silence(
        "Substack's file does not say who left unless its column email_disabled is in it", (("email disabled",),)
    ),
    note="active_subscription only says who pays there; everyone on the list is a reader here",
    harmless=names("active subscription, expiry, plan, stripe customer id, first payment at"),
)
SUBSTACK_DASHBOARD = Vendor(
    "Substack's dashboard",
    signs("email, subscription type, receiving emails for", "email, subscription type, emails opened last 6 months"),
    {
        Column.ADDRESS: ("email",),
        Column.NAME: ("name",),
        Column.CREATED: ("subscription date",),
        Column.SOURCE: ("subscription source free",),
    },
    flags=(Flag(("receiving emails for",), {"": Reason.UNSUBSCRIBED, "all": State.ACTIVE}),),
    silence=Silence(
        "Substack's dashboard does not say who gets its mail unless its column Receiving emails for is in the file",
        (("receiving emails for",),),
    ),
    note="the type only says who pays there; a reader who receives no emails has left",
    harmless=names(
        "subscription type, activity, revenue, comments all time, comments last 7 days, comments last 30 days, "
        "shares all time, shares last 7 days, shares last 30 days, subscriber country, email receives last 6 months, "
        "email drops last 6 months, emails opened last 6 months, email opens last 6 months, email opens last 7 days, "
        "email opens last 30 days, email last opened at, link clicks, last clicked at, unique emails seen last 6 months, "
        "unique emails seen last 7 days, unique emails seen last 30 days, post views last 6 months, "
        "post views last 7 days, post views last 30 days, unique posts seen all time, unique posts seen last 7 days, "
        "unique posts seen last 30 days, subscriptions gifted, expires at, subscription source paid, "
        "days active last 30 days, first payment at, paid upgrade date, is bestseller"
    ),
)
GHOST = Vendor(
    "Ghost",
    signs("email, subscribed to emails"),
    {
        Column.ADDRESS: ("email",),
        Column.NAME: ("name",),
        Column.STATUS: ("subscribed to emails",),
        Column.TAGS: ("labels",),
        Column.CREATED: ("created at",),
        Column.LEFT: ("deleted at",),
    },
    {"true": State.ACTIVE, "false": Reason.UNSUBSCRIBED},
    harmless=names("id, stripe customer id, complimentary plan, tiers, updated at"),
    texts=names("note"),
)
BEEHIIV = Vendor(
    "beehiiv",
    signs("email, status, unsubscribed at, tier", "email, status, tier"),
    {
        Column.ADDRESS: ("email",),
        **NAMES,
        Column.STATUS: ("status",),
        Column.TAGS: ("tags",),
        Column.CREATED: listed("created at, subscribed at"),
        Column.LEFT: ("unsubscribed at",),
        Column.SOURCE: ("referring site", *CAMPAIGN),
    },
    {
        **meaning(State.ACTIVE, "active"),
        **meaning(Reason.UNSUBSCRIBED, "inactive, unsubscribed"),
        **meaning(Reason.BOUNCED, "invalid"),
        **meaning(UNCONFIRMED, "pending, validating"),
        **meaning(_UNKNOWN_TO_US, "needs approval, needs attention"),
        **meaning(_ASLEEP, "paused"),
    },
    silence=Silence(
        "beehiiv's status may say active of people who left, and the column unsubscribed_at, which tells, is not in the file",
        (("unsubscribed at",),),
    ),
    harmless=names(
        "id, tier, free tier, premium tier, stripe customer id, referral code, referral count, utm term, utm content, "
        "subscription date substack"
    ),
)
KIT = Vendor(
    "Kit",
    signs("email, first name, status, created at, referrer", "email address, first name, state, created at"),
    {
        Column.ADDRESS: listed("email, email address"),
        **NAMES,
        Column.STATUS: listed("status, state"),
        Column.TAGS: ("tags",),
        Column.CREATED: ("created at",),
        Column.ASKED_FROM: ("ip address",),
        Column.LEFT: listed("canceled at, cancelled at, unsubscribed at"),
        Column.SOURCE: ("referrer", *CAMPAIGN),
    },
    {
        **meaning(State.ACTIVE, "active, confirmed, cold"),
        **meaning(Reason.UNSUBSCRIBED, "cancelled, canceled, unsubscribed"),
        **meaning(Reason.BOUNCED, "bounced"),
        **meaning(Reason.COMPLAINED, "complained"),
        **meaning(UNCONFIRMED, "inactive, unconfirmed"),  # inactive is a reader who has not pressed the confirmation
    },
    harmless=names("id, utm term, utm content, city, region, country, latitude, longitude, timezone"),
)
CURATED = Vendor(
    "Curated",
    signs("email address, subscribed at, utm last path"),
    {
        Column.ADDRESS: ("email address",),
        Column.CREATED: ("subscribed at",),
        Column.LEFT: ("unsubscribed at",),
        Column.STATUS: ("status",),
        Column.SOURCE: ("utm referrer", *CAMPAIGN),
    },
    {
        **meaning(State.ACTIVE, "active"),
        **meaning(Reason.UNSUBSCRIBED, "unsubscribed"),
        **meaning(Reason.BOUNCED, "bounced"),
        **meaning(Reason.COMPLAINED, "spam"),
        **meaning(UNCONFIRMED, "pending confirmation"),
    },
    silence=Silence(
        "Curated's file does not say who bounced, complained or never confirmed unless its column Status is in it",
        (("status",),),
    ),
    harmless=names("utm term, utm content, utm last path"),
)
PATREON = Vendor(
    "Patreon",
    signs("email, patron status, follows you", "email, patron status, lifetime amount"),
    {
        Column.ADDRESS: ("email",),
        Column.NAME: ("name",),
        Column.STATUS: ("patron status",),
        Column.TAGS: ("tier",),
        Column.CREATED: ("patronage since date",),
    },
    {"active patron": State.ACTIVE, "former patron": Reason.UNSUBSCRIBED},
    note="Patreon's list says who pays, not who asked for mail",
    harmless=names(
        "twitter, discord, follows you, free member, free trial, lifetime amount, pledge amount, charge frequency, "
        "addressee, street, city, state, zip, country, phone, last charge date, last charge status, "
        "user id, last updated, currency, max posts, access expiration, next charge date, full country name, "
        "subscription source"
    ),
    texts=names("additional details"),
)
JETPACK = Vendor(
    "WordPress.com or Jetpack",
    signs("email address, subscription status"),
    {
        Column.ADDRESS: ("email address",),
        **NAMES,
        Column.STATUS: ("subscription status",),
        Column.CREATED: ("subscription date",),
    },
    {
        **meaning(State.ACTIVE, "subscribed"),
        **meaning(Reason.UNSUBSCRIBED, "not subscribed, unsubscribed"),
        **meaning(Reason.REMOVED, "not sending"),
        **meaning(UNCONFIRMED, "not confirmed, unconfirmed, pending"),
    },
)
NEWSLETTERS = (
    BUTTONDOWN, SUBSTACK, SUBSTACK_DASHBOARD, GHOST, BEEHIIV, KIT, CURATED, PATREON, JETPACK,
)  # fmt: skip
