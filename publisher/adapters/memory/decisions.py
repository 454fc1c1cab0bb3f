"""What a person decides of an issue's deliveries, in memory."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from publisher.adapters.memory.ledger_rows import HELD, WAITING, LedgerRows
from publisher.adapters.memory.returned import new_story
from publisher.issue import DeliveryState
from publisher.ports import Cancelled, Pause, Which


class MemoryDecisions:
    """Implements ports.Decisions."""

    def __init__(self, rows: LedgerRows) -> None:
        self._rows = rows

    def retry(self, number: int, which: Which, now: dt.datetime) -> int:
        with self._rows.lock:
            failed = self._rows.which(number, replace(which, state=DeliveryState.FAILED))
            new_story(self._rows, {row.id for row in failed})
            for row in failed:
                row.end(DeliveryState.QUEUED, row.reply, now, now)
                row.attempt, row.bounce, row.bounce_told, row.bounce_returned = 0, None, None, None
            if failed:
                self._rows.change(number, finished=None)
            return len(failed)

    def pause(self, number: int, why: str, now: dt.datetime) -> bool:
        with self._rows.lock:
            mailing = self._rows.mailings.get(number)
            if mailing is None or mailing.finished:
                return False
            self._rows.change(number, pause=Pause(mailing.pause.since if mailing.pause else now, why))
            return True

    def resume(self, number: int) -> bool:
        with self._rows.lock:
            mailing = self._rows.mailings.get(number)
            if mailing is None or mailing.pause is None:
                return False
            self._rows.change(number, pause=None)
            return True

    def cancel(self, number: int, why: str, now: dt.datetime) -> Cancelled | None:
        with self._rows.lock:
            if not self.pause(number, why, now):
                return None
            rows = self._rows.of(number)
            waiting = [row for row in rows if row.state in WAITING]
            for row in waiting:
                row.end(DeliveryState.SUPPRESSED, f"cancelled: {why}", None, now)
            self._rows.change(number, early_until=None)
            return Cancelled(len(waiting), sum(row.state in HELD for row in rows))

    def paused(self, number: int) -> bool:
        return self._rows.paused(number)
