"""Readers: who signed up, who confirmed, who left, and which addresses must never be mailed again.

    sign-up -> confirm -> (welcome) -> receive -> unsubscribe, or bounce, or complain -> suppressed

`subscribers.lifecycle` is the table of contents. This package knows nothing of the publisher; the publisher may use the
names in this file and in `subscribers.database`.
"""

from typing import TYPE_CHECKING

from subscribers.lazy_exports import exports

if TYPE_CHECKING:
    from subscribers.adapters.email_rows import unanswering_addresses, unreached_editors, waiting_emails
    from subscribers.adapters.memory import MemoryErasures, MemoryReaders
    from subscribers.adapters.memory_emails import MemoryEmails
    from subscribers.adapters.segment_sql import matching
    from subscribers.adapters.suppression import suppressed
    from subscribers.adapters.tables import every_table
    from subscribers.adapters.uncertain import doubt_emails, doubt_steps
    from subscribers.address import Address, canonical, parse_address, parse_name
    from subscribers.asks import Asks
    from subscribers.bounce_reports import BounceReport, BounceReports
    from subscribers.change import Change
    from subscribers.consent import AS_ASKED, Act, Consent, Wording
    from subscribers.dates import DateOrder
    from subscribers.editors import SubscriberRecord
    from subscribers.emails import RULES, EmailEnd, EmailEntry, EmailRules, EmailState
    from subscribers.errors import (
        BadToken,
        ExpiredToken,
        FileInTheWay,
        ForgedToken,
        ImportOvertaken,
        InputError,
        InvalidAddress,
        InvalidName,
        InvalidSegment,
        InvalidTag,
        MovedAway,
        NoSuchReader,
        NotAllowed,
        PathUnreadable,
        SubscribersError,
        UndecidedList,
        UnknownReader,
        UnreadableList,
    )
    from subscribers.events import Prefer
    from subscribers.history import AddressHistory, Happened
    from subscribers.import_list import Invalid
    from subscribers.import_report import ImportReport, Recognised
    from subscribers.leave_by_mail import LEAVE_SUBJECT
    from subscribers.leaving import Left, Undone, Whereabouts
    from subscribers.lifecycle import Subscribers
    from subscribers.lists import Import
    from subscribers.mailbox import mailbox_of
    from subscribers.outbox import EmailClaim, Outbox
    from subscribers.own_page import Portal
    from subscribers.ports import EmailJob, Erasure, Erasures, LearningPaths, Progress, Tokens
    from subscribers.recipients import Reach, audience
    from subscribers.segment_text import nearest_of, parse_segment
    from subscribers.segments import Segment
    from subscribers.sign_up_breaker import Breaker
    from subscribers.sign_ups import AskedAgain, Confirmed, SignUpRequest
    from subscribers.statistics import Statistics
    from subscribers.subscriber import BounceKind, Course, EmailKind, Reason, State, Subscriber, Suppression
    from subscribers.tokens import NOBODY, Keyring, new_subject_id
    from subscribers.vendors import SEVERAL, UNCONFIRMED, Column, Meaning

__all__ = [
    "AS_ASKED",
    "LEAVE_SUBJECT",
    "NOBODY",
    "RULES",
    "SEVERAL",
    "UNCONFIRMED",
    "Act",
    "Address",
    "AddressHistory",
    "AskedAgain",
    "Asks",
    "BadToken",
    "BounceKind",
    "BounceReport",
    "BounceReports",
    "Breaker",
    "Change",
    "Column",
    "Confirmed",
    "Consent",
    "Course",
    "DateOrder",
    "EmailClaim",
    "EmailEnd",
    "EmailEntry",
    "EmailJob",
    "EmailKind",
    "EmailRules",
    "EmailState",
    "Erasure",
    "Erasures",
    "ExpiredToken",
    "FileInTheWay",
    "ForgedToken",
    "Happened",
    "Import",
    "ImportOvertaken",
    "ImportReport",
    "InputError",
    "Invalid",
    "InvalidAddress",
    "InvalidName",
    "InvalidSegment",
    "InvalidTag",
    "Keyring",
    "LearningPaths",
    "Left",
    "Meaning",
    "MemoryEmails",
    "MemoryErasures",
    "MemoryReaders",
    "MovedAway",
    "NoSuchReader",
    "NotAllowed",
    "Outbox",
    "PathUnreadable",
    "Portal",
    "Prefer",
    "Progress",
    "Reach",
    "Reason",
    "Recognised",
    "Segment",
    "SignUpRequest",
    "State",
    "Statistics",
    "Subscriber",
    "SubscriberRecord",
    "Subscribers",
    "SubscribersError",
    "Suppression",
    "Tokens",
    "UndecidedList",
    "Undone",
    "UnknownReader",
    "UnreadableList",
    "Whereabouts",
    "Wording",
    "audience",
    "canonical",
    "doubt_emails",
    "doubt_steps",
    "every_table",
    "mailbox_of",
    "matching",
    "nearest_of",
    "new_subject_id",
    "parse_address",
    "parse_name",
    "parse_segment",
    "suppressed",
    "unanswering_addresses",
    "unreached_editors",
    "waiting_emails",
]

_HOMES = {
    "subscribers.adapters.segment_sql": ("matching",),
    "subscribers.adapters.memory": ("MemoryErasures", "MemoryReaders"),
    "subscribers.adapters.memory_emails": ("MemoryEmails",),
    "subscribers.address": ("Address", "canonical", "parse_address", "parse_name"),
    "subscribers.recipients": ("Reach", "audience"),
    "subscribers.sign_up_breaker": ("Breaker",),
    "subscribers.bounce_reports": ("BounceReport", "BounceReports"),
    "subscribers.change": ("Change",),
    "subscribers.asks": ("Asks",),
    "subscribers.consent": ("AS_ASKED", "Act", "Consent", "Wording"),
    "subscribers.editors": ("SubscriberRecord",),
    "subscribers.emails": ("RULES", "EmailEnd", "EmailEntry", "EmailRules", "EmailState"),
    "subscribers.errors": (
        "BadToken",
        "ExpiredToken",
        "FileInTheWay",
        "ForgedToken",
        "ImportOvertaken",
        "InvalidAddress",
        "InvalidName",
        "InvalidSegment",
        "InvalidTag",
        "InputError",
        "MovedAway",
        "NoSuchReader",
        "NotAllowed",
        "PathUnreadable",
        "SubscribersError",
        "UndecidedList",
        "UnknownReader",
        "UnreadableList",
    ),
    "subscribers.history": ("Happened", "AddressHistory"),
    "subscribers.lifecycle": ("Subscribers",),
    "subscribers.import_report": ("ImportReport", "Recognised"),
    "subscribers.lists": ("Import",),
    "subscribers.mailbox": ("mailbox_of",),
    "subscribers.outbox": ("EmailClaim", "Outbox"),
    "subscribers.ports": ("EmailJob", "Erasure", "Erasures", "LearningPaths", "Progress", "Tokens"),
    "subscribers.import_list": ("Invalid",),
    "subscribers.segment_text": ("nearest_of", "parse_segment"),
    "subscribers.segments": ("Segment",),
    "subscribers.leave_by_mail": ("LEAVE_SUBJECT",),
    "subscribers.sign_ups": ("AskedAgain", "Confirmed", "SignUpRequest"),
    "subscribers.leaving": ("Left", "Undone", "Whereabouts"),
    "subscribers.own_page": ("Portal",),
    "subscribers.statistics": ("Statistics",),
    "subscribers.subscriber": ("BounceKind", "Course", "EmailKind", "Reason", "State", "Subscriber", "Suppression"),
    "subscribers.adapters.email_rows": ("unanswering_addresses", "unreached_editors", "waiting_emails"),
    "subscribers.adapters.suppression": ("suppressed",),
    "subscribers.adapters.tables": ("every_table",),
    "subscribers.adapters.uncertain": ("doubt_emails", "doubt_steps"),
    "subscribers.tokens": ("NOBODY", "Keyring", "new_subject_id"),
    "subscribers.events": ("Prefer",),
    "subscribers.vendors": ("SEVERAL", "UNCONFIRMED", "Column", "Meaning"),
    "subscribers.dates": ("DateOrder",),
}

__getattr__ = exports(__name__, _HOMES)
