"""Bounce reports: what mail servers, providers and editors say of addresses that were mailed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from subscribers.address import canonical
from subscribers.change import Change, change_all
from subscribers.events import Bounce
from subscribers.history import DETAIL_LENGTH, plain
from subscribers.ports import ReaderStore
from subscribers.subscriber import BounceKind
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


def _event(report: BounceReport) -> Bounce:
    return Bounce(report.kind, plain(report.words, DETAIL_LENGTH), report.at, report.accepted)
