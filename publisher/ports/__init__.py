"""What the stages need of the world. The adapters package fulfils these; the contract tests say what each promises.

    content.py     the editors' files             drafting.py    passages and the writer
    ledger.py      who got what                   approvals.py   who approved what
    mail.py        the way to the mail server     schedule.py    the clock and the weeks
    site.py        the folder that is shown       names.py       the domain name system
    assistants.py  a model to talk to, and the log of tools
    model_calls.py what calls to models cost   returned.py    what came back, and what was decided
    mailboxes.py   where it comes back to     holds.py       what holds sending
    rates.py       how fast mail may leave

Every method may raise OutsideError; what else it may raise is said where it is declared.
"""

from __future__ import annotations

from publisher.ports.approvals import ApprovalRecord, Approvals, How, Occasion, ShownIssue, Verdict
from publisher.ports.assistants import Chat, ChatReply, ToolCall, ToolCalls, Turn
from publisher.ports.content import (
    Content,
    ContentStore,
    Convert,
    Converted,
    ConvertedImage,
    ImageFile,
    Text,
    UnusableImage,
)
from publisher.ports.drafting import Brief, Dropped, Hit, Item, PassageTerms, Proposal, Retriever, Writer
from publisher.ports.holds import Hold, Holds
from publisher.ports.ledger import (
    ALL,
    LEASE,
    REPLY_LENGTH,
    Bounced,
    Bounces,
    Cancelled,
    Claimed,
    Decisions,
    Deliveries,
    DeliveryEntry,
    DeliveryRecords,
    DueInZone,
    Halt,
    Ledger,
    Mailing,
    MailingEntry,
    OnItsWay,
    Outcome,
    Pause,
    Progress,
    Received,
    SenderAtWork,
    Senders,
    Sums,
    Waiting,
    Which,
)
from publisher.ports.mail import (
    AnyCourier,
    BlockingConnection,
    BlockingCourier,
    Connection,
    Courier,
    Envelope,
    RenderedEmail,
    Reply,
    Signer,
)
from publisher.ports.mailboxes import Mailbox, OpenMailbox
from publisher.ports.model_calls import NO_LIMITS, CallOutcome, CallRecord, Exceeded, Limits, ModelCalls
from publisher.ports.names import Names
from publisher.ports.rates import Rates
from publisher.ports.returned import Decided, Report, ReturnedMail, Tied
from publisher.ports.schedule import FINISHED, REPORT_AFTER, Clock, Week, Weeks, WeekState
from publisher.ports.site import MAKE_AGAIN, File, LinkAnswer, Question, Site, SitePart
from publisher.ports.vectors import Embedder, Nearest, PassageVectors, VectorKind, VectorRetriever

__all__ = [
    "ALL",
    "FINISHED",
    "LEASE",
    "MAKE_AGAIN",
    "NO_LIMITS",
    "REPLY_LENGTH",
    "REPORT_AFTER",
    "AnyCourier",
    "ApprovalRecord",
    "Approvals",
    "BlockingConnection",
    "BlockingCourier",
    "Bounced",
    "Bounces",
    "Brief",
    "CallOutcome",
    "CallRecord",
    "Cancelled",
    "Chat",
    "ChatReply",
    "Claimed",
    "Clock",
    "Connection",
    "Content",
    "ContentStore",
    "Convert",
    "Converted",
    "ConvertedImage",
    "Courier",
    "Decided",
    "Decisions",
    "Deliveries",
    "DeliveryEntry",
    "DeliveryRecords",
    "Dropped",
    "DueInZone",
    "Embedder",
    "Envelope",
    "Exceeded",
    "File",
    "Halt",
    "Hit",
    "Hold",
    "Holds",
    "How",
    "ImageFile",
    "Item",
    "Ledger",
    "Limits",
    "LinkAnswer",
    "Mailbox",
    "Mailing",
    "MailingEntry",
    "ModelCalls",
    "Names",
    "Nearest",
    "Occasion",
    "OnItsWay",
    "OpenMailbox",
    "Outcome",
    "PassageTerms",
    "PassageVectors",
    "Pause",
    "Progress",
    "Proposal",
    "Question",
    "Rates",
    "Received",
    "RenderedEmail",
    "Reply",
    "Report",
    "Retriever",
    "ReturnedMail",
    "SenderAtWork",
    "Senders",
    "ShownIssue",
    "Signer",
    "Site",
    "SitePart",
    "Sums",
    "Text",
    "Tied",
    "ToolCall",
    "ToolCalls",
    "Turn",
    "UnusableImage",
    "VectorKind",
    "VectorRetriever",
    "Verdict",
    "Waiting",
    "Week",
    "WeekState",
    "Weeks",
    "Which",
    "Writer",
]
