"""What the list of readers is to be told of bounces, in memory."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from publisher.adapters.memory.ledger_rows import LedgerRows, MemoryDelivery
from publisher.issue import DeliveryState
from publisher.ports import Bounced
from subscribers import BounceKind


class MemoryBounces:
    """Implements ports.Bounces."""

    def __init__(self, rows: LedgerRows) -> None:
        self._rows = rows

    def untold(self, limit: int, before: dt.datetime) -> Sequence[Bounced]:
        with self._rows.lock:
            said: dict[tuple[int | None, dt.datetime | None], str] = {
                (each.report.delivery, each.at): each.report.words for each in self._rows.returned
            }
            found = [
                Bounced(
                    row.id, row.issue, row.canonical, row.bounce, said.get((row.id, row.bounce_returned), row.reply),
                    row.bounce_returned or row.changed,
                )
                for row in sorted(self._rows.deliveries, key=lambda row: (row.issue, row.id))
                if row.bounce is not None and row.bounce_told is None and row.changed is not None
                and self._settled(row, row.changed, before)
            ]  # fmt: skip
            return found[:limit]

    def _settled(self, row: MemoryDelivery, changed: dt.datetime, before: dt.datetime) -> bool:
        if row.bounce is BounceKind.COMPLAINT:
            return True
        if row.bounce_returned is not None:
            return row.bounce_returned < before
        return self._rows.mailings[row.issue].finished is not None or changed < before

    def counts(self, number: int, kind: BounceKind) -> Mapping[str, int]:
        with self._rows.lock:
            return Counter(row.canonical.rpartition("@")[2] for row in self._rows.of(number) if row.bounce is kind)

    def ended(self, number: int) -> Mapping[str, int]:
        with self._rows.lock:
            ended = [row for row in self._rows.of(number) if row.state in (DeliveryState.SENT, DeliveryState.FAILED)]
            return Counter(row.canonical.rpartition("@")[2] for row in ended)

    def accepted(self, canonicals: Sequence[str], since: dt.datetime) -> Mapping[str, Sequence[dt.datetime]]:
        found: defaultdict[str, list[dt.datetime]] = defaultdict(list)
        with self._rows.lock:
            for row in self._rows.deliveries:
                if (
                    row.canonical in canonicals
                    and row.state is DeliveryState.SENT
                    and row.changed
                    and row.changed >= since
                ):
                    found[row.canonical].append(row.changed)
        return found

    def tell(self, deliveries: Sequence[int], now: dt.datetime) -> None:
        with self._rows.lock:
            for row in self._rows.deliveries:
                if row.id in deliveries:
                    row.bounce_told = now
