"""The one publication and the one clock of the tests: as a model, as a folder, and ready to work."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from publisher.act import Act
from publisher.adapters.memory import (
    LedgerRows,
    MemoryApprovals,
    MemoryHolds,
    MemoryModelCalls,
    MemoryPassageTerms,
    MemoryToolCalls,
    MemoryWeeks,
    memory_ledger,
)
from publisher.adapters.passage_index import PassageIndex
from publisher.app import App
from publisher.app_examined import AsItIs
from publisher.deliver.rate import OwnRates
from publisher.ports import Ledger, MailingEntry
from publisher.publication import Publication
from publisher.resources import shipped
from subscribers import (
    BounceReports,
    Erasures,
    Keyring,
    MemoryEmails,
    MemoryErasures,
    MemoryReaders,
    Outbox,
    Segment,
    State,
)
from subscribers.leaving import Leaving
from subscribers.sign_ups import SignUps
from tests.segment_oracle import holds

NOON = dt.datetime(2026, 11, 26, 12, 0, tzinfo=dt.UTC)


class FakeClock:
    """A clock that a test sets. Time passes when it is set or advanced, and does not when it jumps."""

    def __init__(self, time: dt.datetime = NOON) -> None:
        self.time = time
        self._jumped = dt.timedelta()

    def now(self) -> dt.datetime:
        return self.time

    def steady(self) -> float:
        return (self.time - self._jumped).timestamp()

    def set(self, moment: str) -> None:
        """Let it be a moment in UTC, such as 2026-11-26T07:01."""
        self.time = dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC)

    def advance(self, seconds: float) -> None:
        self.time += dt.timedelta(seconds=seconds)

    def jump(self, **by: float) -> None:
        """Set the clock wrong, or right again."""
        self.time += dt.timedelta(**by)
        self._jumped += dt.timedelta(**by)


def publication(**changes: Any) -> Publication:
    """Return what a publication.toml says."""
    values: dict[str, Any] = {
        "name": "Example Notes",
        "tagline": "Notes for tests.",
        "base_url": "https://notes.example.com",
        "postal_address": "1 Example Street",
        "list_id": "weekly.notes.example.com",
        "sender": {
            "name": "Example Notes",
            "address": "notes@notes.example.com",
            "reply_to": "editors@notes.example.com",
            "bounces": "bounces@notes.example.com",
        },
        "section": [{"id": "concept", "folder": "concepts", "label": "concept"}],
        "editor": [{"name": "Robin", "address": "robin@notes.example.com"}],
    }
    return Publication.model_validate(values | changes)


def example(folder: Path, content: Path | None = None) -> Path:
    """Copy the example publication into a folder, which this makes, and return the folder."""
    shutil.copytree(content or shipped("content"), folder / "content")
    return folder


def write_starters(folder: Path) -> Path:
    """Make pieces that issues take of the starters of a new publication, and return its folder."""
    for path in folder.glob("content/*/first-*.md"):
        text = path.read_text(encoding="utf-8").replace("status: draft", "status: ready")
        path.write_text(
            "".join(line for line in text.splitlines(keepends=True) if not line.startswith("TODO")), "utf-8"
        )
    return folder


def variables(smtp_url: str) -> dict[str, str]:
    """Return the environment of a process that mails over a server."""
    return {"PRESSROOM_SMTP_URL": smtp_url, "PRESSROOM_SECRET_KEY": "a secret for tests and for nothing else"}


class MemoryAsItIs(AsItIs):
    """What can be told of a publication in memory."""

    def __init__(self, app: MemoryApp) -> None:
        super().__init__(app)
        self._ledger = app.ledger

    def mailings(self) -> Sequence[MailingEntry]:
        return self._ledger.records.entries()

    def last_message(self) -> tuple[int, bytes] | None:
        last = max((entry.number for entry in self.mailings()), default=None)
        mailing = self._ledger.deliveries.mailing(last) if last else None
        return (mailing.number, mailing.message) if mailing else None


class MemoryApp(App):
    """A publication that keeps everything but its files in memory. It has no database."""

    def __init__(self, folder: Path, clock: FakeClock, environment: Mapping[str, str], **options: Any) -> None:
        super().__init__(folder, clock=clock, variables=environment, **options)
        self.readers = MemoryReaders(holds)
        self.memory_weeks = MemoryWeeks()

    def act(self) -> Act:
        return MemoryAct(self, self.content_store)

    @property
    def engine(self) -> Any:
        raise AssertionError("a test without a database asked for one")

    @cached_property
    def ledger(self) -> Ledger:
        return memory_ledger(LedgerRows(self.readers))

    @property
    def as_it_is(self) -> AsItIs:
        return MemoryAsItIs(self)

    @cached_property
    def passages(self) -> PassageIndex:
        return PassageIndex(MemoryPassageTerms())

    @cached_property
    def rates(self) -> OwnRates:
        return OwnRates()

    @cached_property
    def approvals(self) -> MemoryApprovals:
        return MemoryApprovals()

    @cached_property
    def holds(self) -> MemoryHolds:
        return MemoryHolds()

    @cached_property
    def model_calls(self) -> MemoryModelCalls:
        return MemoryModelCalls()

    @cached_property
    def tool_calls(self) -> MemoryToolCalls:
        return MemoryToolCalls()

    @property
    def sign_ups(self) -> SignUps:
        return SignUps(self.readers, self.keyring)

    @property
    def leaving(self) -> Leaving:
        return Leaving(self.readers, self.keyring)


class MemoryAct(Act):
    """One act of a publication in memory."""

    app: MemoryApp

    @property
    def weeks(self) -> MemoryWeeks:  # type: ignore[override]
        return self.app.memory_weeks

    @property
    def erasures(self) -> Erasures:
        return MemoryErasures(self.app.readers)

    @property
    def bounces(self) -> BounceReports:
        return BounceReports(self.app.readers)

    @property
    def outbox(self) -> Outbox:
        return Outbox(MemoryEmails(self.app.readers), self.app.readers, Keyring(*self.app.secrets))

    def joined_and_left(self, since: dt.datetime, until: dt.datetime) -> tuple[int, int]:
        readers = self.app.readers.readers
        joined = [r for r in readers if r.state is not State.PENDING and since <= (r.confirmed or r.created) < until]
        left = [r for r in readers if r.state is State.UNSUBSCRIBED and r.left and since <= r.left < until]
        return len(joined), len(left)

    def audience_size(self, segment: Segment | None = None) -> int:
        return len(self.app.readers.audience(self.clock.now(), segment))
