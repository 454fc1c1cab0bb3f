"""Approved -> every reader's mailbox: the message on the wire, and what becomes of each delivery.

compose         makes frozen wire bytes with slots from an issue or a letter, once
MessageBuilder  fills the slots for one reader and puts the message in its envelope
dispatch        hands the envelopes over, and sends nothing that the ledger does not know of
"""

from __future__ import annotations

from publisher.deliver.dispatch import dispatch
from publisher.deliver.message import ISSUE, Template, compose
from publisher.deliver.message_builder import MessageBuilder, delivery_of

__all__ = ["ISSUE", "MessageBuilder", "Template", "compose", "delivery_of", "dispatch"]
