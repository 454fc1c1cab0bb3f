"""Bounces: what the ends of deliveries say about addresses goes to the list of readers, so that no dead one is mailed again.

A delivery's end and its bounce are one commit. Whatever happens after it, the bounce stays untold until the list of
readers has it; told twice, it counts once.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from publisher.deliver.bounces import MANY, Share, worth
from publisher.numbers import named
from publisher.ports import Bounced, Bounces
from publisher.stages.ports import RecordPorts
from subscribers import BounceKind, BounceReport

if TYPE_CHECKING:  # slow to import, and only named here
    from subscribers import Change

log = logging.getLogger("pressroom.bounces")

SETTLES = dt.timedelta(hours=1)
"""How long bounces of an issue that is still being sent wait for the others, with which they are compared."""
AT_ONCE = 200
LOOKS_BACK = dt.timedelta(days=90)
"""How far back it matters what an address has accepted."""


def tell_bounces(ports: RecordPorts) -> int:
    """Tell the list of readers of all bounces that it does not know yet; return how many addresses that changed."""
    now, bounces = ports.clock.now(), ports.ledger.bounces
    doubts, changed = _Doubts(bounces), 0
    while found := bounces.untold(AT_ONCE, now - SETTLES):
        accepted = bounces.accepted([each.canonical for each in found], now - LOOKS_BACK)
        reports = [
            BounceReport(each.canonical, kind, each.reply, each.at, tuple(accepted.get(each.canonical, ())))
            for each in found
            if (kind := worth(each.kind, doubted=doubts.of(each))) is not None
        ]
        changed += sum(each.happened for each in ports.bounces.take(reports, now=now))
        bounces.tell([each.delivery for each in found], now)
    return changed


@dataclass(slots=True)
class _Doubts:
    """Which bounces are too many of a kind, for each issue and domain; "" stands for all domains."""

    bounces: Bounces
    counts: dict[tuple[int, BounceKind], Mapping[str, int]] = field(default_factory=dict)
    ended: dict[int, Mapping[str, int]] = field(default_factory=dict)
    known: dict[tuple[int, BounceKind, str], bool] = field(default_factory=dict)

    def of(self, bounced: Bounced) -> bool:
        domain = bounced.canonical.rpartition("@")[2]
        return self._too_many(bounced.issue, bounced.kind, "") or self._too_many(bounced.issue, bounced.kind, domain)

    def _too_many(self, number: int, kind: BounceKind, domain: str) -> bool:
        key = (number, kind, domain)
        if key not in self.known:
            self.known[key] = self._look(number, kind, domain)
        return self.known[key]

    def _look(self, number: int, kind: BounceKind, domain: str) -> bool:
        if (number, kind) not in self.counts:
            self.counts[number, kind] = self.bounces.counts(number, kind)
        counts = self.counts[number, kind]
        bounced = counts[domain] if domain else sum(counts.values())
        if bounced < MANY:
            return False
        if number not in self.ended:
            self.ended[number] = self.bounces.ended(number)
        ended = self.ended[number]
        share = Share(bounced, ended[domain] if domain else sum(ended.values()))
        if share.too_many:
            log.warning(
                "%s: %d of %d readers%s bounced alike (%s), which says more of the mail server than of them; "
                "they stay on the list unless it happens again",
                named(number), share.bounced, share.ended, f" at {domain}" if domain else "", kind.value,
            )  # fmt: skip
        return share.too_many


def report_bounce(ports: RecordPorts, address: str, kind: BounceKind, words: str) -> Change:
    """Take an editor's word, or a program's, that mail to an address came back or was reported as spam; return the change.

    Raises subscribers.InvalidAddress.
    """
    from subscribers import canonical

    now, key = ports.clock.now(), canonical(address)
    accepted = ports.ledger.bounces.accepted([key], now - LOOKS_BACK).get(key, ())
    return ports.bounces.take([BounceReport(key, kind, words, accepted=tuple(accepted))], now=now)[0]
