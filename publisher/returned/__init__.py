"""Mail that comes back: what it is, which delivery it is about, and what follows from it. Pure.

A message is taken apart within bounds (message.py), recognised (recognise.py), tied to a delivery by what we signed
(tie.py), and judged by the table of policy.py.
"""

from __future__ import annotations

from publisher.returned.message import READ_AT_MOST, Unreadable, take_apart
from publisher.returned.policy import POLICY, Cause, Decision, Effect, decide
from publisher.returned.recognise import Failure, Finding, Nature, recognise
from publisher.returned.tie import Named, named_in

__all__ = [
    "POLICY",
    "READ_AT_MOST",
    "Cause",
    "Decision",
    "Effect",
    "Failure",
    "Finding",
    "Named",
    "Nature",
    "Unreadable",
    "decide",
    "named_in",
    "recognise",
    "take_apart",
]
