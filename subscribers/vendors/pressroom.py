"""Our own lists, which an import reads back."""

from __future__ import annotations

from subscribers.subscriber import Reason, State
from subscribers.vendors.vendor import Column, Vendor, signs

NO_READER = "suppressed"
"""The status of a line of our own list that is not a reader, but only an address that must not be mailed."""

OURS = Vendor(
    "Pressroom",
    signs("email, status, created, confirmed, left"),
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
        Column.SHA256: ("sha256",),
        Column.MORE: ("more",),
    },
    {
        "active": State.ACTIVE,
        "pending": State.PENDING,
        "unsubscribed": Reason.UNSUBSCRIBED,
        NO_READER: Reason.REMOVED,
    },
    whole=True,
)
SUPPRESSIONS = Vendor(
    "Pressroom, addresses not to be mailed",
    signs("email, status, suppressed at"),
    {
        Column.ADDRESS: ("email",),
        Column.STATUS: ("status",),
        Column.SUPPRESSED_AT: ("suppressed at",),
        Column.SUBJECT_ID: ("subject id",),
        Column.FORMER_IDS: ("former ids",),
        Column.SHA256: ("sha256",),
        Column.MORE: ("more",),
    },
    {reason.value: reason for reason in Reason},
    whole=True,
    bare=True,
)
