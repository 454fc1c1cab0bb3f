"""What the stages need of the world, for one act: a verb, a tick, a round of mail. Each stage asks for its own part."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from publisher.approval_links import ApprovalLinks
from publisher.clockwatch import ClockWatch
from publisher.errors import Problem
from publisher.issue import Issue, Passage, Piece, Rendered
from publisher.ports import (
    AnyCourier,
    Approvals,
    Clock,
    Content,
    Holds,
    Ledger,
    LinkAnswer,
    MailingEntry,
    Occasion,
    Retriever,
    ShownIssue,
    Site,
    ToolCalls,
    Weeks,
    Writer,
)

if TYPE_CHECKING:  # slow to import, and only named here
    from jinja2 import Environment

    from publisher.deliver.message_builder import MessageBuilder
    from publisher.deliver.rate import RateLimiter
    from subscribers import BounceReports, Erasures, Outbox, Segment


@dataclass(frozen=True, slots=True)
class Proof:
    """An issue rendered and frozen as it would be sent now, with what the pre-flight found."""

    issue: Issue
    rendered: Rendered
    message: bytes = field(repr=False)
    digest: str
    findings: tuple[Problem, ...]

    def shown(self, occasion: Occasion, at: dt.datetime) -> ShownIssue:
        """Return what is kept of it when it is proofed or approved."""
        return ShownIssue(self.issue.number, occasion, self.digest, at, self.issue.source, self.message)


class FilePorts(Protocol):
    """The editors' files. `content` is read once, at its first use. Only the act's own writing changes it."""

    @property
    def content(self) -> Content: ...
    @property
    def clock(self) -> Clock: ...

    def write_issue(self, number: int, text: str, *, expected: bytes | None) -> Path:
        """Write an issue's file as `ContentStore.write_issue` does; from then on it is in `content`."""
        ...

    def template(self, path: Path) -> bytes | None: ...
    def write_piece(self, path: Path, text: str) -> None: ...
    def rewrite_piece(self, path: Path, text: str, *, expected: bytes) -> None: ...
    def write_id(self, piece: Piece) -> None:
        """Write `id:` into a piece's file as `ContentStore.write_id` does; from then on it is in `content`."""
        ...

    def back_up(self, number: int) -> Path: ...


class RecordPorts(Protocol):
    """What is kept of issues and readers."""

    @property
    def clock(self) -> Clock: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def approvals(self) -> Approvals: ...
    @property
    def weeks(self) -> Weeks: ...
    @property
    def erasures(self) -> Erasures: ...
    @property
    def bounces(self) -> BounceReports: ...
    @property
    def holds(self) -> Holds: ...

    def audience_size(self, segment: Segment | None = None) -> int: ...
    def model_problems(self, issue: int) -> tuple[Problem, ...]:
        """Return which settings of models were refused when a section of an issue was last drafted, as warnings."""
        ...


class RenderPorts(FilePorts, Protocol):
    """What pages and mails are made with, and where pages go."""

    @property
    def templates(self) -> Environment: ...
    @property
    def made_from(self) -> str:
        """The digest of everything that this act renders from: content and templates."""
        ...

    @property
    def proofs(self) -> MutableMapping[tuple[str, int], Proof]:
        """The proofs made so far, by what they were made from and the issue's number."""
        ...

    @property
    def site(self) -> Site: ...

    def fetch_links(self, urls: Iterable[str]) -> Mapping[str, str | None]: ...


class CheckPorts(Protocol):
    """What can be wrong before anything is made."""

    @property
    def content(self) -> Content: ...
    @property
    def templates(self) -> Environment: ...
    @property
    def clock(self) -> Clock: ...

    def mailings(self) -> Sequence[MailingEntry]:
        """Return every mailing that ever began, none while there is no database. Raises DatabaseError."""
        ...

    def last_message(self) -> tuple[int, bytes] | None:
        """Return the number and the frozen message of the last issue, None while there is none. Raises DatabaseError."""
        ...

    def setting_problems(self) -> tuple[Problem, ...]: ...
    def misaligned(self, sender: str) -> tuple[Problem, ...]: ...
    def exposed(self) -> tuple[Problem, ...]: ...
    def feed_id(self) -> str | None:
        """Return the id of the feed in the site's folder, wherever that is; None without one."""
        ...

    def mail_leaves(self) -> bool:
        """Whether a mail server is set that is another machine, so that strangers may get mail."""
        ...


class AssemblePorts(FilePorts, RecordPorts, Protocol):
    """What an issue's file is assembled with."""


class DraftPorts(FilePorts, RecordPorts, Protocol):
    """What a section is drafted with."""

    @property
    def writers(self) -> Sequence[Writer]: ...

    def index(self, passages: Sequence[Passage]) -> Retriever: ...


class ToolPorts(FilePorts, Protocol):
    """What a tool of an assistant works with: content, and nothing of readers, approvals or mail."""

    def write_draft(self, path: Path, text: str) -> None:
        """Write a new piece as `ContentStore.write_draft` does; from then on it is in `content`."""
        ...

    def index(self, passages: Sequence[Passage]) -> Retriever: ...
    def fetch_links(self, urls: Iterable[str]) -> Mapping[str, str | None]: ...
    @property
    def tool_calls(self) -> ToolCalls: ...


class PublishPorts(RenderPorts, RecordPorts, Protocol):
    """What an issue is approved and published with."""

    def mailings(self) -> Sequence[MailingEntry]:
        """Return every mailing that ever began, none while there is no database. Raises DatabaseError."""
        ...


class MailPorts(PublishPorts, Protocol):
    """What mail leaves with."""

    @property
    def clock_watch(self) -> ClockWatch: ...
    def database_time(self) -> dt.datetime | None: ...
    @property
    def courier(self) -> AnyCourier: ...
    @property
    def approval_links(self) -> ApprovalLinks: ...
    @property
    def message_builder(self) -> MessageBuilder: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def limiter(self) -> RateLimiter:
        """The rate of all mail, in all processes together."""
        ...


class ReturnPorts(MailPorts, Protocol):
    """What mail that comes back is read with."""

    def leave_by_mail(self, message: bytes) -> str | None:
        """Take off the reader whom a message names by the token in its subject; return that in words, None without one."""
        ...


class Ports(ReturnPorts, DraftPorts, CheckPorts, ToolPorts, Protocol):
    """What one act works with; `act.Act` builds each part when it is first used."""

    def follow_links(self, urls: Iterable[str]) -> Mapping[str, LinkAnswer]: ...
    def joined_and_left(self, since: dt.datetime, until: dt.datetime) -> tuple[int, int]:
        """Return how many readers joined and how many left from one moment up to another."""
        ...
