"""Bounce reports: what mail servers, providers and editors say of addresses that were mailed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from subscribers.address import canonical
from subscribers.change import Change, change_all
from subscribers.events import Bounce, UndoBounce
from subscribers.history import DETAIL_LENGTH, SUPPRESSED, plain
from subscribers.ports import ReaderStore
from subscribers.subscriber import BounceKind, Reason
from subscribers.who import ByAddress


@dataclass(frozen=True, slots=True)
class BounceReport:
    """One bounce or complaint of an address; see events.Bounce for what the fields mean."""

    address: str
    kind: BounceKind
    words: str = ""
    at: dt.datetime | None = None
    accepted: tuple[dt.datetime, ...] = ()


class BounceReports:
    """Takes reports, each of which may come twice: the second changes nothing."""

    def __init__(self, store: ReaderStore) -> None:
        self._store = store

    def take(self, reports: Sequence[BounceReport], *, now: dt.datetime) -> Sequence[Change]:
        """Let these reports count, in one transaction that is committed on return. Raises InvalidAddress."""
        return change_all(self._store, [(ByAddress(canonical(each.address)), _event(each)) for each in reports], now)

    def undo(self, address: str, at: dt.datetime, why: str, *, now: dt.datetime) -> Change:
        """Take back what the report of a moment did: put the reader back whom it took off, or let it count no longer.

        What anything else did stays. Raises InvalidAddress.
        """
        key = canonical(address)
        with self._store.reading() as readers:
            reasons = (Reason.BOUNCED, Reason.COMPLAINED)
            taken = [each.at for each in readers.happened(key) if each.what == SUPPRESSED and each.detail in reasons]
        event = UndoBounce(at, plain(why, DETAIL_LENGTH), taken[-1] if taken else None)
        return change_all(self._store, [(ByAddress(key), event)], now)[0]


def _event(report: BounceReport) -> Bounce:
    return Bounce(report.kind, plain(report.words, DETAIL_LENGTH), report.at, report.accepted)
