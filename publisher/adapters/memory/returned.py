"""What came back, in memory."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.adapters.memory.ledger_rows import LedgerRows, MemoryDelivery
from publisher.issue import DeliveryState
from publisher.ports import Decided, Report, Tied
from subscribers import BounceKind

if TYPE_CHECKING:  # only named here
    from subscribers import AddressHistory

BEFORE = " before "
"""As in the database."""
_GRAVITY = (None, BounceKind.SOFT, BounceKind.HARD, BounceKind.COMPLAINT)


class MemoryReturnedMail:
    """Implements ports.ReturnedMail."""

    def __init__(self, rows: LedgerRows) -> None:
        self._rows = rows

    def delivery(self, number: int, delivery: int) -> Tied | None:
        return next((_tied(row) for row in self._rows.of(number) if row.id == delivery), None)

    def addressed(self, number: int, canonical: str) -> Tied | None:
        return next((_tied(row) for row in self._rows.of(number) if row.canonical == canonical), None)

    def record(self, report: Report, now: dt.datetime) -> Decided | None:
        with self._rows.lock:
            if any(each.report.digest == report.digest for each in self._rows.returned):
                return None
            decided = Decided(len(self._rows.returned) + 1, now, report)
            self._rows.returned.append(decided)
            for row in self._rows.deliveries:
                if row.id != report.delivery:
                    continue
                if row.state is DeliveryState.IN_DOUBT:
                    row.state, row.changed = DeliveryState.SENT, now
                if _GRAVITY.index(report.bounce) > _GRAVITY.index(row.bounce):
                    row.bounce, row.bounce_told, row.bounce_returned = report.bounce, None, now
            return decided

    def entries(self, limit: int, issue: int | None = None, effect: str | None = None) -> Sequence[Decided]:
        with self._rows.lock:
            found = [
                each
                for each in reversed(self._rows.returned)
                if issue in (None, each.report.issue) and effect in (None, each.report.effect)
            ]
            return found[:limit]

    def entry(self, decided: int) -> Decided | None:
        return next((each for each in self._rows.returned if each.id == decided), None)

    def known(self, digest: str) -> Decided | None:
        return next((each for each in self._rows.returned if each.report.digest == digest), None)

    def undo(self, decided: int, why: str, now: dt.datetime) -> None:
        with self._rows.lock:
            for index, each in enumerate(self._rows.returned):
                if each.id == decided:
                    if each.undone is None:
                        self._rows.returned[index] = replace(each, undone=now, why=why)
                    for row in self._rows.deliveries:
                        if row.id == each.report.delivery and row.bounce_returned == each.at:
                            self._left(row)

    def _left(self, row: MemoryDelivery) -> None:
        row.bounce = row.bounce_told = None
        others = [each for each in self._rows.returned if each.report.delivery == row.id and each.undone is None]
        gravest = max(others, key=lambda each: _GRAVITY.index(each.report.bounce), default=None)
        if gravest is not None and gravest.report.bounce is not None:
            row.bounce, row.bounce_returned = gravest.report.bounce, gravest.at

    def by_domain(self, number: int, causes: Sequence[str]) -> Mapping[str, int]:
        with self._rows.lock:
            found = {
                (each.report.delivery, each.report.canonical)
                for each in self._rows.returned
                if each.report.issue == number and each.report.cause in causes and each.undone is None
            }
            return Counter(canonical.rpartition("@")[2] for _, canonical in found)

    def forget(self, history: AddressHistory, before: dt.datetime | None = None) -> None:
        with self._rows.lock:
            for index, each in enumerate(self._rows.returned):
                if each.report.canonical in history.canonicals and (before is None or each.at < before):
                    self._rows.returned[index] = replace(each, report=replace(each.report, canonical="", words=""))


def _tied(row: MemoryDelivery) -> Tied:
    return Tied(row.issue, row.id, row.canonical, row.subject_id, row.state)


def new_story(rows: LedgerRows, deliveries: Collection[int]) -> None:
    """Let what comes back of deliveries that are handed over once more count anew, though it says the same as before."""
    for index, each in enumerate(rows.returned):
        if each.report.delivery in deliveries and BEFORE not in each.report.digest:
            digest = f"{each.report.digest}{BEFORE}{each.id}"
            rows.returned[index] = replace(each, report=replace(each.report, digest=digest))
