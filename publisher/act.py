"""One act: a verb, a tick, a round of mail. It reads content once, and everything it does follows from that reading."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from publisher import pipeline
from publisher.approval_links import ApprovalLinks
from publisher.clockwatch import ClockWatch
from publisher.errors import ConfigurationError, PressroomError, Problem
from publisher.issue import Passage, Piece
from publisher.numbers import file_of
from publisher.ports import (
    AnyCourier,
    Approvals,
    Chat,
    Clock,
    Content,
    ContentStore,
    Holds,
    Ledger,
    Limits,
    LinkAnswer,
    Mailbox,
    MailingEntry,
    ModelCalls,
    Retriever,
    Site,
    ToolCalls,
    Weeks,
    Writer,
)
from publisher.publication import Models, Publication
from publisher.returned.pace import Pace
from publisher.stages.ports import Proof

if TYPE_CHECKING:  # modules that take a fifth of a second to import are imported where they are first used
    from jinja2 import Environment

    from publisher.adapters.vector_index import VectorIndex
    from publisher.app import App
    from publisher.deliver.message_builder import MessageBuilder
    from publisher.deliver.rate import RateLimiter
    from subscribers import BounceReports, Erasures, Outbox, Segment, Subscribers


log = logging.getLogger("pressroom.emails")


class Proofs(MutableMapping[tuple[str, int], Proof]):
    """The proofs made so far from the newest content; those made from any other are dropped."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, int], Proof] = {}

    def __getitem__(self, key: tuple[str, int]) -> Proof:
        return self._made[key]

    def __setitem__(self, key: tuple[str, int], made: Proof) -> None:
        self._made = {other: proof for other, proof in self._made.items() if other[0] == key[0]} | {key: made}

    def __delitem__(self, key: tuple[str, int]) -> None:
        del self._made[key]

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


class Act:
    """What one act works with. Fulfils pipeline.Ports; parts that outlive the act belong to `app`.

    Raises ConfigurationError, or ContentError for publication.toml, at the first use of a part that cannot be built.
    """

    def __init__(self, app: App, store: ContentStore, templates: Path | None = None) -> None:
        """`templates` is a folder that has templates/ of its own, if it is not that of the publication."""
        self.app = app
        self._store = store
        self._templates = templates

    # What the editors wrote

    @cached_property
    def content(self) -> Content:
        return self._store.read()

    @property
    def publication(self) -> Publication:
        return self.content.publication

    def write_issue(self, number: int, text: str, *, expected: bytes | None) -> Path:
        self.content = self._store.write_issue(self.content, number, text, expected=expected)
        return Path("content") / file_of(number)

    def template(self, path: Path) -> bytes | None:
        return self._store.template(path)

    def write_piece(self, path: Path, text: str) -> None:
        self._store.write_piece(path, text)

    def write_draft(self, path: Path, text: str) -> None:
        self.content = self._store.write_draft(self.content, path, text)

    def rewrite_piece(self, path: Path, text: str, *, expected: bytes) -> None:
        self._store.rewrite_piece(path, text, expected=expected)

    def write_id(self, piece: Piece) -> None:
        self.content = self._store.write_id(self.content, piece)

    def back_up(self, number: int) -> Path:
        return self._store.back_up(number)

    def mailings(self) -> Sequence[MailingEntry]:
        return self.app.as_it_is.mailings()

    def last_message(self) -> tuple[int, bytes] | None:
        return self.app.as_it_is.last_message()

    def setting_problems(self) -> tuple[Problem, ...]:
        return self.app.as_it_is.setting_problems()

    def misaligned(self, sender: str) -> tuple[Problem, ...]:
        return self.app.as_it_is.misaligned(sender)

    def exposed(self) -> tuple[Problem, ...]:
        return self.app.as_it_is.exposed()

    def feed_id(self) -> str | None:
        return self.app.as_it_is.feed_id()

    def mail_leaves(self) -> bool:
        return self.app.as_it_is.mail_leaves()

    # Rendering and drafting

    @cached_property
    def templates(self) -> Environment:
        if self._templates is None:
            return self.app.templates
        from publisher.render.templates import environment

        return environment(*self.app.template_folders_of(self._templates))

    @property
    def made_from(self) -> str:
        from publisher.render.templates import digest_of

        return f"{self.content.hash} {digest_of(self.templates)}"

    @property
    def proofs(self) -> Proofs:
        return self.app.proofs

    def preview(self, number: int, out: Path) -> list[Path]:
        """Write issue.html, issue.txt, issue.eml, web.html and what they show into `out`; return the files."""
        from publisher.adapters.preview import write_preview

        made = pipeline.proof(self, number)
        return write_preview(made.rendered, made.message, self.publication, self.templates, out, self.clock.now())

    @property
    def site(self) -> Site:
        return self.app.site

    def index(self, passages: Sequence[Passage]) -> Retriever:
        from publisher.draft.linked_passages import linked_passages

        links = linked_passages(passages, self.content)
        words = self.app.passages.sync(passages, language=self.publication.language, links=links)
        return words if self.vectors is None else self.vectors.sync(passages, words)

    @property
    def vectors(self) -> VectorIndex | None:
        """What compares past issues by vectors, where a model for them is configured."""
        return self.app.models.vectors(self.publication.model)

    @cached_property
    def writers(self) -> tuple[Writer, ...]:
        """The model, where one is configured, then the extractive writer that needs none."""
        from publisher.adapters.extractive_writer import ExtractiveWriter

        gateway = self.app.models.gateway(self.publication.model)
        if gateway is None:
            return (ExtractiveWriter(),)
        from publisher.adapters.model_writer import ModelWriter

        drafting = self.publication.draft
        limits = limits_of(self.publication.model)
        model = ModelWriter(gateway, drafting.deadline_seconds, drafting.max_tokens, limits)
        return (model, ExtractiveWriter())

    @property
    def chat(self) -> Chat:
        """A model to talk to. Raises ConfigurationError without one."""
        gateway = self.app.models.gateway(self.publication.model)
        if gateway is None:
            raise ConfigurationError(
                "PRESSROOM_MODEL_URL is not set, and a suggestion needs a model; set it with PRESSROOM_MODEL_NAME, or see what the "
                "coming weeks lack: pressroom queue"
            )
        from publisher.adapters.model_chat import ModelChat

        return ModelChat(gateway, limits_of(self.publication.model))

    @property
    def model_calls(self) -> ModelCalls:
        return self.app.model_calls

    def model_problems(self, issue: int) -> tuple[Problem, ...]:
        return self.app.models.problems(issue)

    def fetch_links(self, urls: Iterable[str]) -> Mapping[str, str | None]:
        return self.app.fetch_links(urls)

    def follow_links(self, urls: Iterable[str]) -> Mapping[str, LinkAnswer]:
        return self.app.follow_links(urls)

    # The database

    @property
    def clock(self) -> Clock:
        return self.app.clock

    @property
    def clock_watch(self) -> ClockWatch:
        return self.app.clock_watch

    def database_time(self) -> dt.datetime | None:
        return self.app.database_time()

    @property
    def ledger(self) -> Ledger:
        return self.app.ledger

    @property
    def approvals(self) -> Approvals:
        return self.app.approvals

    @property
    def tool_calls(self) -> ToolCalls:
        return self.app.tool_calls

    @cached_property
    def weeks(self) -> Weeks:
        from publisher.adapters.database.weeks import DatabaseWeeks

        return DatabaseWeeks(self.app.engine, self.publication.list_id)

    @property
    def erasures(self) -> Erasures:
        return self.app.subscribers.erasures

    @property
    def bounces(self) -> BounceReports:
        return self.app.subscribers.bounces

    @property
    def holds(self) -> Holds:
        return self.app.holds

    @property
    def subscribers(self) -> Subscribers:
        return self.app.subscribers

    def audience_size(self, segment: Segment | None = None) -> int:
        return self.app.subscribers.queries.count(segment, now=self.clock.now()).reached

    def joined_and_left(self, since: dt.datetime, until: dt.datetime) -> tuple[int, int]:
        return self.app.subscribers.queries.joined_and_left(since, until)

    # Mail

    @cached_property
    def message_builder(self) -> MessageBuilder:
        from publisher.deliver.message_builder import MessageBuilder

        # Message-IDs must stay the same when keys are rotated while an issue is being sent, so the oldest key makes them.
        return MessageBuilder(
            self.publication, self.app.secrets[-1].encode(), self._unsubscribe_url, self._preferences_url,
            signed=self.app.signer(self.publication.sender.address) is not None,
        )  # fmt: skip

    def _unsubscribe_url(self, subject_id: str) -> str:
        return self.publication.service(f"unsubscribe/{self.app.keyring.unsubscribe(subject_id)}")

    def _preferences_url(self, subject_id: str, since: dt.datetime) -> str:
        return self.publication.service(f"preferences/{self.app.keyring.preferences(subject_id, since)}")

    @property
    def approval_links(self) -> ApprovalLinks:
        return self.app.approval_links

    @property
    def courier(self) -> AnyCourier:
        return self.app.courier_of(self.publication.sender.address)

    @property
    def outbox(self) -> Outbox:
        return self.app.subscribers.outbox

    @property
    def mailbox(self) -> Mailbox | None:
        return self.app.mailbox

    @property
    def mailbox_pace(self) -> Pace:
        return self.app.mailbox_pace

    def leave_by_mail(self, message: bytes) -> str | None:
        from subscribers import NoSuchReader

        try:
            left = self.app.subscribers.leaving.by_mail(message, now=self.clock.now())
        except NoSuchReader:
            return "the subject names a reader who is not in this list: nothing comes to them from here"
        return None if left is None else f"the reader is off the list ({left.value})"

    @property
    def limiter(self) -> RateLimiter:
        return self.app.limiter(self.publication.delivery)

    def steps(self, path: str) -> int:
        """Return how many steps a learning path has; 0 when there is none."""
        from publisher.render.course import steps_of

        return steps_of(self.content, path)


def limits_of(models: Models) -> Limits:
    dollars = (models.dollars_per_issue, models.dollars_per_day, models.dollars_per_month)
    micros = (None if each is None else round(each * 1_000_000) for each in dollars)
    return Limits(models.tokens_per_issue, models.tokens_per_day, models.tokens_per_month, *micros)


class Paths:
    """Fulfils subscribers.ports.LearningPaths: each question is an act of its own."""

    def __init__(self, app: App) -> None:
        self._app = app

    def steps(self, path: str) -> int:
        from subscribers import PathUnreadable

        try:
            return self._app.act().steps(path)
        except (PressroomError, OSError) as error:
            log.error("a course waits: %s", error)  # noqa: TRY400 - a sentence for a person
            raise PathUnreadable(str(error)) from error
