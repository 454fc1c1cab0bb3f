"""Approved -> every reader's mailbox: the message on the wire, and what becomes of each delivery.

compose         turns an issue or another mail into frozen wire bytes with merge fields, once
MessageBuilder  fills the merge fields for one reader, and puts the message in its envelope
dispatch        hands the envelopes over; no issue leaves before the ledger has recorded it
"""

from __future__ import annotations

from publisher.deliver.dispatch import dispatch
from publisher.deliver.message import ISSUE, Template, compose
from publisher.deliver.message_builder import MessageBuilder, delivery_of

__all__ = ["ISSUE", "MessageBuilder", "Template", "compose", "delivery_of", "dispatch"]
