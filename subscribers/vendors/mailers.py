"""Services that mail lists for others: Mailchimp, MailerLite, Brevo, EmailOctopus, Campaign Monitor.

Source: read 2026-11. Mailchimp: the files that public importers read, and kb.mailchimp.com. MailerLite:
mailerlite.com/help/subscriber-statuses-explained. Brevo: developers.brevo.com/reference/request-contact-export. EmailOctopus:
the states of its API. Campaign Monitor: campaignmonitor.com/forums (the states). docs/importing.md says which files were seen.
"""

from __future__ import annotations

from collections.abc import Mapping

from subscribers.subscriber import Reason, State
from subscribers.vendors.vendor import (
    ADDRESS,
    NAMES,
    UNCONFIRMED,
    Column,
    Never,
    Silence,
    Vendor,
    dated,
    listed,
    meaning,
    names,
    signs,
)

_MAILCHIMP: Mapping[Column, tuple[str, ...]] = {
    Column.ADDRESS: ADDRESS,
    **NAMES,
    Column.TAGS: ("tags",),
    Column.ASKED: ("optin time",),
    Column.ASKED_FROM: ("optin ip",),
    Column.CONFIRMED: ("confirm time",),
    Column.CONFIRMED_FROM: ("confirm ip",),
}
_MAILCHIMP_SIGNS = signs("leid, euid", "member rating, confirm time")
MAILCHIMP_LEFT = Vendor(
    "Mailchimp, unsubscribed contacts",
    signs("unsub time"),
    {**_MAILCHIMP, Column.LEFT: ("unsub time",)},
    everyone=Reason.UNSUBSCRIBED,
)
MAILCHIMP_CLEANED = Vendor(
    "Mailchimp, cleaned contacts",
    signs("clean time"),
    {**_MAILCHIMP, Column.LEFT: ("clean time",)},
    everyone=Reason.BOUNCED,
)
MAILCHIMP_STRANGERS = Vendor(
    "Mailchimp, contacts who never subscribed",
    _MAILCHIMP_SIGNS,
    _MAILCHIMP,
    everyone=Never("never subscribed where the list comes from"),
    file="nonsubscribed",
)
MAILCHIMP = Vendor(
    "Mailchimp",
    _MAILCHIMP_SIGNS,
    _MAILCHIMP,
    told_by_file="subscribed",
    harmless=names(
        "member rating, latitude, longitude, gmtoff, dstoff, timezone, cc, region, last changed, leid, euid"
    ),
    texts=names("notes"),
)
MAILERLITE = Vendor(
    "MailerLite",
    signs("subscriber, sent, opens, clicks", "subscriber, subscribed, location"),
    {
        Column.ADDRESS: listed("subscriber, email"),
        **NAMES,
        Column.STATUS: listed("status, type"),
        Column.CREATED: ("subscribed",),
        Column.CONFIRMED: listed("confirmed, opted in"),
        Column.LEFT: ("unsubscribed",),
    },
    {
        **meaning(State.ACTIVE, "active"),
        **meaning(Reason.UNSUBSCRIBED, "unsubscribed"),
        **meaning(Reason.BOUNCED, "bounced"),
        **meaning(Reason.COMPLAINED, "junk, spam, complained"),
        **meaning(UNCONFIRMED, "unconfirmed"),
    },
    silence=Silence(
        "MailerLite writes active, bounced, junk and unconfirmed subscribers into files with the same columns, and this "
        "one does not say which these are",
        (listed("status, type"),),
    ),
    harmless=names("sent, opens, clicks, location, country, city, ip"),
    texts=names("groups, source"),
)
BREVO = Vendor(
    "Brevo",
    signs("email, email marketing", "contact id, email, added time", "email, added time, modified time"),
    {
        Column.ADDRESS: ("email",),
        Column.FIRST: listed("firstname, first name, prenom, vorname, nombre"),
        Column.LAST: listed("lastname, last name, nom, nachname, apellidos"),
        Column.STATUS: ("email marketing",),
        Column.CREATED: ("added time",),
    },
    {
        **meaning(State.ACTIVE, "subscribed"),
        **meaning(Reason.UNSUBSCRIBED, "unsubscribed"),
        **meaning(Reason.REMOVED, "blocklisted, blacklisted, blocked"),
    },
    silence=Silence(
        "Brevo's file does not say who left unless the subscription status of email campaigns is exported with it",
        (("email marketing",),),
    ),
    harmless=names(
        "contact id, sms, sms marketing, whatsapp, whatsapp marketing, landline number, ext id, modified time, listids, "
        "list ids, job title, linkedin"
    ),
)
EMAILOCTOPUS = Vendor(
    "EmailOctopus",
    signs("email address, status, created at, last updated at"),
    {
        Column.ADDRESS: ("email address",),
        **NAMES,
        Column.STATUS: ("status",),
        Column.TAGS: ("tags",),
        Column.CREATED: ("created at",),
    },
    {
        **meaning(State.ACTIVE, "subscribed"),
        **meaning(Reason.UNSUBSCRIBED, "unsubscribed"),
        **meaning(Reason.BOUNCED, "bounced"),
        **meaning(Reason.COMPLAINED, "complained"),
        **meaning(UNCONFIRMED, "pending"),
    },
    harmless=names("last updated at"),
)
_CAMPAIGN_MONITOR: Mapping[Column, tuple[str, ...]] = {
    Column.ADDRESS: listed("email address, emailaddress, email"),
    **NAMES,
    Column.CREATED: listed("list joined date, date subscribed"),
}
CAMPAIGN_MONITOR = Vendor(
    "Campaign Monitor",
    signs(
        "email address, state, date, name", "email address, date, list joined date", "email address, reads email with"
    ),
    {**_CAMPAIGN_MONITOR, Column.STATUS: listed("state, status")},
    {
        **meaning(State.ACTIVE, "active"),
        **meaning(Reason.UNSUBSCRIBED, "unsubscribed"),
        **meaning(Reason.REMOVED, "deleted, suppressed"),
        **meaning(Reason.BOUNCED, "bounced"),
        **meaning(Reason.COMPLAINED, "spam"),
        **meaning(UNCONFIRMED, "unconfirmed"),
    },
    silence=Silence(
        "Campaign Monitor's file does not say who left unless its column State is in it", (listed("state, status"),)
    ),
    harmless=names("date, reads email with"),  # the date changes with the state
)
CAMPAIGN_MONITOR_STATE = Vendor(
    "Campaign Monitor, the subscribers of one state",
    signs(
        "name, email address, date subscribed",
        "name, email address, date unsubscribed",
        "name, email address, date bounced",
        "name, email address, date deleted",
    ),
    {**_CAMPAIGN_MONITOR, Column.LEFT: ("date unsubscribed",)},
    flags=(dated("date bounced", Reason.BOUNCED), dated("date deleted", Reason.REMOVED)),
    silence=Silence(
        "Campaign Monitor writes active and unconfirmed subscribers into files with the same columns, and this one does "
        "not say which these are",
    ),
)
MAILERS = (
    MAILCHIMP_LEFT, MAILCHIMP_CLEANED, MAILCHIMP_STRANGERS, MAILCHIMP, MAILERLITE, BREVO, EMAILOCTOPUS, CAMPAIGN_MONITOR,
    CAMPAIGN_MONITOR_STATE,
)  # fmt: skip
