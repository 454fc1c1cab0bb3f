"""Systems that people run themselves: listmonk, Keila, Mailcoach, phpList, Sendy, Mautic, sendportal.

Source: their code, read 2026-11: listmonk's `cmd/subscribers.go`, phpList's `actions/export.php` and `structure.php`,
Mailcoach's `Subscriber::toExportRow`, Sendy's `export-csv.php`, sendportal's `SubscribersController`, Mautic's
`DncReportService` and `DoNotContact`. Mautic's contacts: github.com/mautic/mautic/issues/11679.
"""

from __future__ import annotations

from collections.abc import Mapping

from subscribers.subscriber import Reason, State
from subscribers.vendors.vendor import (
    NAMES,
    UNCONFIRMED,
    Column,
    Flag,
    Never,
    Silence,
    Vendor,
    happened,
    listed,
    meaning,
    names,
    signs,
    switch,
)

LISTMONK = Vendor(
    "listmonk",
    signs("uuid, email, attributes, status", "email, name, attributes"),
    {
        Column.ADDRESS: ("email",),
        Column.NAME: ("name",),
        Column.STATUS: ("status",),
        Column.CREATED: ("created at",),
        Column.ATTRIBUTES: ("attributes",),
    },
    {"enabled": State.ACTIVE, "disabled": Reason.REMOVED, "blocklisted": Reason.REMOVED},
    silence=Silence(
        "listmonk's status does not say who left a list: export the unsubscribed readers of each list too, and import "
        "them with --all-left unsubscribed"
    ),
    harmless=names("uuid, updated at"),
)
KEILA = Vendor(
    "Keila",
    signs("email, external id, status", "email, external id, data"),
    {
        Column.ADDRESS: ("email",),
        Column.FIRST: ("first name",),
        Column.LAST: ("last name",),
        Column.STATUS: ("status",),
        Column.ATTRIBUTES: ("data",),
    },
    {"active": State.ACTIVE, "unsubscribed": Reason.UNSUBSCRIBED, "unreachable": Reason.BOUNCED},
    silence=Silence("Keila's file does not say who left unless its column Status is in it", (("status",),)),
    harmless=names("external id, inserted at, updated at"),
)
_MAILCOACH: Mapping[Column, tuple[str, ...]] = {
    Column.ADDRESS: ("email",),
    Column.FIRST: ("first name",),
    Column.LAST: ("last name",),
    Column.TAGS: ("tags",),
}
MAILCOACH = Vendor(
    "Mailcoach",
    signs("email, first name, last name, tags, subscribed at", "email, tags, subscribed at, unsubscribed at"),
    {**_MAILCOACH, Column.CREATED: ("subscribed at",), Column.LEFT: ("unsubscribed at",)},
    flags=(happened(("subscribed at",)),),
    silence=Silence(
        "Mailcoach's file does not say who left unless its column unsubscribed_at is in it", (("unsubscribed at",),)
    ),
)
MAILCOACH_OLD = Vendor(
    "Mailcoach",
    signs("email, first name, last name, tags"),
    _MAILCOACH,
    exact=True,
    silence=Silence(
        "older releases of Mailcoach write unconfirmed, subscribed and unsubscribed people into one file that does not "
        "say which is which; show the subscribed ones alone there, and export those"
    ),
)
PHPLIST = Vendor(
    "phpList",
    signs(
        "email, confirmed, blacklisted",
        "email, is this subscriber confirmed",
        "email, is this user confirmed",
        "email, is this subscriber blacklisted",
        "email, is this user blacklisted",
        "id, email, list membership",
    ),
    {
        Column.ADDRESS: ("email",),
        Column.NAME: ("name",),
        Column.CREATED: ("entered",),
        Column.SOURCE: ("foreign key",),
    },
    flags=(
        switch("confirmed, is this subscriber confirmed, is this user confirmed", off=UNCONFIRMED, empty=UNCONFIRMED),
        switch("blacklisted, is this subscriber blacklisted, is this user blacklisted", on=Reason.UNSUBSCRIBED),
        switch("disabled, is this account disabled", on=Reason.REMOVED, empty=State.ACTIVE),
        Flag(
            ("list membership",),
            {"no lists": Never("is on no list where the list comes from; fix the line if they are a reader")},
            State.ACTIVE,
        ),
    ),
    silence=Silence(
        "phpList's file does not say who left or never confirmed unless the columns confirmed, blacklisted and List "
        "Membership are exported with it",
        (
            listed("confirmed, is this subscriber confirmed, is this user confirmed"),
            listed("blacklisted, is this subscriber blacklisted, is this user blacklisted"),
            ("list membership",),
        ),
    ),
    harmless=names(
        "id, optedin, did this subscriber manually confirm, did this user manually confirm, bouncecount, "
        "number of bounces, number of bounces on this subscriber, number of bounces on this user, modified, "
        "last modified, uniqid, uuid, htmlemail, send this subscriber html emails, send this user html emails, "
        "subscribepage, rss frequency, rssfrequency, password, passwordchanged, foreignkey"
    ),
    texts=names("extradata, additional data"),
)
SENDY = Vendor(
    "Sendy's table of subscribers",
    signs("email, unsubscribed, bounced, complaint", "email, unsubscribed, bounce soft"),
    {
        Column.ADDRESS: ("email",),
        Column.NAME: ("name",),
        Column.CREATED: ("join date",),
        Column.ASKED_FROM: ("ip",),
        Column.SOURCE: ("referrer",),
    },
    flags=(
        switch("unsubscribed", on=Reason.UNSUBSCRIBED),
        switch("bounced", on=Reason.BOUNCED),
        switch("complaint", on=Reason.COMPLAINED),
        switch("confirmed", off=UNCONFIRMED, empty=UNCONFIRMED),
    ),
    silence=Silence(
        "Sendy's table says who left and who confirmed in four columns, and not all of them are in the file",
        (("unsubscribed",), ("bounced",), ("complaint",), ("confirmed",)),
    ),
    harmless=names(
        "id, userid, user id, list, bounce soft, last campaign, last ares, timestamp, country, "
        "messageid, method, added via, gdpr"
    ),
    texts=names("custom fields, notes"),
)
SENDY_ALL = Vendor(
    "Sendy, everybody on a list",
    signs("name, email"),
    {Column.ADDRESS: ("email",), Column.NAME: ("name",)},
    exact=True,
    file="-all.",
    silence=Silence(
        "Sendy's file of all has those who left, bounced or never confirmed among the readers; export the active ones, "
        "and each of the others for --all-left"
    ),
)
_DNC = "dnc preferences, dnc list, dnc reason, dnc, do not contact, do not email, donotemail"
MAUTIC = Vendor(
    "Mautic",
    signs(
        *(f"email, {each}" for each in listed("dnc preferences, dnc list, dnc reason")),
        "email, do not email, points",
        "email, do not contact, points",
        "email, date identified",
        "email, points, preferred locale",
        "email, points, last active, date added",
    ),
    {
        Column.ADDRESS: ("email",),
        **NAMES,
        Column.CREATED: listed("date identified, date added"),
        Column.TAGS: ("tags",),
    },
    flags=(
        Flag(
            listed(_DNC),
            {
                **meaning(State.ACTIVE, ", 0, no, false, contactable"),
                **meaning(Reason.UNSUBSCRIBED, "1, yes, true, unsubscribed, dnc unsubscribed: email, 1:email"),
                **meaning(Reason.BOUNCED, "2, bounced, dnc bounced: email, 2:email"),
                **meaning(
                    Reason.REMOVED, "3, manual, manually unsubscribed, dnc manually unsubscribed: email, 3:email"
                ),
            },
        ),
    ),
    silence=Silence(
        "Mautic's contacts do not say who must not be contacted: make a report of contacts there with the column DNC "
        "preferences, and export that",
        (listed(_DNC),),
    ),
    harmless=names(
        "id, contact id, title, company, primary company, position, mobile, phone, points, fax, address1, address2, "
        "address line 1, address line 2, city, state, zipcode, zip code, country, preferred locale, timezone, last active, "
        "attribution, attribution date, website, facebook, foursquare, instagram, linkedin, skype, twitter, owner"
    ),
    texts=names("stage"),
)
MAUTIC_DNC = Vendor(
    "Mautic's table of people not to contact",
    signs("email, reason, channel, date added"),
    {Column.ADDRESS: ("email",), Column.STATUS: ("reason",)},
    {
        "0": Never("may be contacted, but is no reader by that"),
        **meaning(Reason.UNSUBSCRIBED, "1, unsubscribed"),
        **meaning(Reason.BOUNCED, "2, bounced"),
        **meaning(Reason.REMOVED, "3, manual"),
    },
    harmless=names("id, lead id, date added, channel id"),
    texts=names("comments"),
)
SENDPORTAL = Vendor(
    "sendportal",
    signs("id, hash, email, first name, last name, created at"),
    {
        Column.ADDRESS: ("email",),
        **NAMES,
        Column.CREATED: ("created at",),
        Column.LEFT: ("unsubscribed at",),
    },
    flags=(
        Flag(
            ("unsubscribe event id",),
            {
                "": State.ACTIVE,
                "1": Reason.BOUNCED,
                "2": Reason.COMPLAINED,
                "3": Reason.REMOVED,
                "4": Reason.UNSUBSCRIBED,
            },
        ),
    ),
    silence=Silence(
        "sendportal's file has those who left among the readers and does not say who they are; add the column "
        "unsubscribed_at from its database",
        (("unsubscribed at",),),
    ),
    harmless=names("id, workspace id, hash, updated at"),
    texts=names("meta"),
)
SELF_HOSTED = (
    LISTMONK, KEILA, MAILCOACH, MAILCOACH_OLD, PHPLIST, SENDY, SENDY_ALL, MAUTIC_DNC, MAUTIC, SENDPORTAL,
)  # fmt: skip
