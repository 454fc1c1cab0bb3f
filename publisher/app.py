"""The composition root: folder, settings and command-line options -> everything that the flow and the doors need.

Each part is built when it is first used, so that `check` needs no database and `assemble` no secret.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from jinja2 import Environment

from publisher import pipeline
from publisher import settings as environment_settings
from publisher.adapters.clock import SystemClock
from publisher.adapters.files import Folder
from publisher.adapters.preview import write_preview
from publisher.adapters.site import SiteFolder
from publisher.deliver.letterhead import Letterhead
from publisher.errors import ConfigurationError, ContentError, Problem
from publisher.inside import is_inside, leads_out
from publisher.issue import Passage
from publisher.ports import Approvals, Clock, Courier, Ledger, Letter, Retriever, Shelf, Slots, Writer
from publisher.publication import Publication
from publisher.render.course import render_step, steps_of
from publisher.render.letters import render_letter, render_welcome
from publisher.render.templates import environment
from publisher.resources import shipped
from publisher.settings import Settings

if TYPE_CHECKING:  # what takes a fifth of a second to import is imported where it is first used
    from sqlalchemy import Engine

    from publisher.adapters.post import Postbox
    from subscribers import Keyring, Outgoing, Segment, Subscribers


SHELF_SECONDS = 5.0
"""How old content may be that readers are shown on a page."""


class App:
    """One publication, ready to work. Fulfils pipeline.Ports.

    Raises ConfigurationError, or ContentError for publication.toml, when a part is first used that cannot be built.
    """

    def __init__(
        self,
        folder: Path,
        *,
        database: str | None = None,
        transport: str | None = None,
        clock: Clock | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self._database = database
        self._transport = transport
        self._variables = dict(os.environ if variables is None else variables)
        self.clock: Clock = clock or SystemClock()
        self._shelf: tuple[float, Shelf] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if "engine" in self.__dict__:
            self.engine.dispose()

    # Settings and files

    @cached_property
    def settings(self) -> Settings:
        return environment_settings.load(self.folder, self._variables)

    def setting_problems(self) -> tuple[Problem, ...]:
        """Return everything that is wrong with the settings, also what would only be found when mail is to leave."""
        examined = environment_settings.examine(self.folder, self._variables)
        problems = list(examined.problems)
        for name, check in (("PRESSROOM_SMTP_URL", _check_smtp), ("PRESSROOM_DATABASE_URL", _check_database)):
            if name in examined.given:
                try:
                    check(examined.given[name].value)
                except ConfigurationError as error:
                    problems.append(examined.given[name].problem(str(error).removeprefix(f"{name}: ")))
        return tuple(problems)

    def describe_settings(self) -> list[dict[str, str | None]]:
        return environment_settings.describe(self.settings)

    @cached_property
    def library(self) -> Folder:
        return Folder(self.folder, base_url=self.settings.base_url)

    @cached_property
    def files(self) -> Folder:
        """The editors' files, read without the settings: `check` looks at them although a setting is wrong."""
        return Folder(self.folder)

    @cached_property
    def publication(self) -> Publication:
        return self.library.publication()

    @cached_property
    def template_folders(self) -> tuple[Path, ...]:
        """The publication's own templates, which win, then the shipped ones. Raises ContentError for a link out."""
        own = self.folder / "templates"
        if own.is_dir() and not is_inside(self.folder, own):
            raise ContentError([leads_out(Path("templates"))])
        return tuple(dict.fromkeys(path.resolve() for path in (own, shipped("templates")) if path.is_dir()))

    @cached_property
    def templates(self) -> Environment:
        return environment(*self.template_folders)

    @property
    def site_folder(self) -> Path:
        return self.settings.site_dir or self.folder / "var" / "site"

    @cached_property
    def site(self) -> SiteFolder:
        return SiteFolder(self.site_folder)

    # Drafting

    def index(self, passages: Sequence[Passage]) -> Retriever:
        from publisher.adapters.fts import FtsRetriever

        return FtsRetriever(passages)

    @cached_property
    def writers(self) -> tuple[Writer, ...]:
        """The model, where one is configured, then the extractive writer that needs none."""
        from publisher.adapters.extractive import ExtractiveWriter

        chosen = self.settings
        if not chosen.model_url:
            return (ExtractiveWriter(),)
        assert chosen.model_name, "settings without it are refused"
        from publisher.adapters.model import ModelWriter

        drafting = self.publication.draft
        key = chosen.model_key.get_secret_value() if chosen.model_key else None
        model = ModelWriter(
            chosen.model_url,
            chosen.model_name,
            key,
            deadline_seconds=drafting.deadline_seconds,
            max_tokens=drafting.max_tokens,
        )
        return (model, ExtractiveWriter())

    def fetch_links(self, urls: Iterable[str]) -> Mapping[str, str | None]:
        from publisher.adapters.links import check_links

        return check_links(urls)

    # The database

    @property
    def database_url(self) -> str:
        if self._database:
            return self._database
        if self.settings.database_url:
            return self.settings.database_url.get_secret_value()
        return f"sqlite:///{self.folder / 'var' / 'pressroom.db'}"

    @cached_property
    def engine(self) -> Engine:
        from publisher.adapters.database.engine import migrate, open_engine

        if not self._database and not self.settings.database_url:
            self.publication  # noqa: B018 - no var/ in a folder that is no publication
            (self.folder / "var").mkdir(exist_ok=True)
        engine = open_engine(self.database_url)
        migrate(engine)
        return engine

    @cached_property
    def ledger(self) -> Ledger:
        from publisher.adapters.database.ledger import DatabaseLedger

        return DatabaseLedger(self.engine)

    @cached_property
    def approvals(self) -> Approvals:
        from publisher.adapters.database.approvals import DatabaseApprovals

        return DatabaseApprovals(self.engine)

    @cached_property
    def slots(self) -> Slots:
        from publisher.adapters.database.slots import DatabaseSlots

        return DatabaseSlots(self.engine, self.publication.list_id)

    @cached_property
    def subscribers(self) -> Subscribers:
        from subscribers import Subscribers

        return Subscribers(self.engine, self.keyring, self.post)

    def audience_size(self, segment: Segment | None = None) -> int:
        return self.subscribers.count(segment, now=self.clock.now()).reached

    # What an editor looks at

    def preview(self, number: int, out: Path) -> list[Path]:
        """Write issue.html, issue.txt, issue.eml, web.html and what they show into `out`; return the files."""
        proofed = pipeline.proof(self, number)
        return write_preview(proofed.rendered, proofed.message, self.publication, self.templates, out, self.clock.now())

    # Secrets and mail

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """The signing keys: the first signs, all verify."""
        if self.settings.secret_key is None:
            raise ConfigurationError(
                "PRESSROOM_SECRET_KEY is not set, and the links in mail are signed with it; set it in the environment or in "
                ".env: PRESSROOM_SECRET_KEY=$(openssl rand -hex 32)"
            )
        return tuple(key.strip() for key in self.settings.secret_key.get_secret_value().split(","))

    @cached_property
    def keyring(self) -> Keyring:
        from subscribers import Keyring

        return Keyring(*self.secrets)

    @cached_property
    def letterhead(self) -> Letterhead:
        # Message-IDs must stay the same over a rotation of keys while an issue is being sent, so the oldest key makes them.
        return Letterhead(self.publication, self.secrets[-1].encode(), self.unsubscribe_url, self.preferences_url)

    def unsubscribe_url(self, subject_id: str) -> str:
        return self.publication.url(f"unsubscribe/{self.keyring.unsubscribe(subject_id)}")

    def preferences_url(self, subject_id: str, since: dt.datetime) -> str:
        return self.publication.url(f"preferences/{self.keyring.preferences(subject_id, since)}")

    def use_transport(self, transport: str) -> None:
        """Use another way out than PRESSROOM_SMTP_URL, such as file:DIR."""
        self._transport = transport
        self.__dict__.pop("courier", None)

    @cached_property
    def courier(self) -> Courier:
        if self._transport:
            scheme, _, folder = self._transport.partition(":")
            if scheme != "file" or not folder:
                raise ConfigurationError(
                    f"--transport {self._transport} is none; write file:DIR, or leave it out for SMTP"
                )
            from publisher.adapters.outbox import OutboxCourier

            return OutboxCourier(Path(folder))
        if self.settings.smtp_url is None:
            raise ConfigurationError(
                "PRESSROOM_SMTP_URL is not set, so no mail can leave; set it (smtp://user:password@host:587), or write "
                "files instead: --transport file:DIR"
            )
        from publisher.adapters.smtp import SmtpCourier, SmtpUrl

        return SmtpCourier(SmtpUrl.parse(self.settings.smtp_url.get_secret_value()))

    @cached_property
    def post(self) -> Postbox:
        from publisher.adapters.post import Postbox

        return Postbox(
            self.publication,
            lambda: self.courier,
            lambda: self.letterhead,
            self._reader_letter,
            self._steps,
            self.clock,
        )

    def recent_shelf(self) -> Shelf:
        """Return the content as it was a few seconds ago at most: for pages, whose readers come by the hundred."""
        now = time.monotonic()
        if self._shelf is None or now - self._shelf[0] > SHELF_SECONDS:
            self._shelf = (now, self.library.read())
        return self._shelf[1]

    def _reader_letter(self, letter: Outgoing) -> Letter:
        from subscribers import Kind

        if letter.kind is Kind.WELCOME:
            return render_welcome(self.library.read(), self.templates, path=letter.path)
        if letter.kind is Kind.STEP:
            return render_step(
                self.library.read(), self.templates, self.library.picture,
                slug=letter.path, number=letter.step, every_days=letter.every_days,
            )  # fmt: skip
        return render_letter(letter.kind.value, self.library.publication(), self.templates)

    def _steps(self, slug: str) -> int:
        return steps_of(self.library.read(), slug)

    def path_titles(self) -> Mapping[str, str]:
        """Return the titles of the learning paths by their slugs."""
        return {path.slug: path.title for path in self.recent_shelf().paths}

    def path_steps(self) -> Mapping[str, int]:
        """Return how many steps each learning path has."""
        return {path.slug: len(path.steps) for path in self.recent_shelf().paths}

    def lately(self) -> Mapping[str, str]:
        """Return the titles of the newest published issue's sections, by their ids."""
        public = [issue for issue in self.recent_shelf().issues if issue.published]
        newest = max(public, key=lambda issue: issue.number, default=None)
        return {section.id: section.title for section in newest.sections} if newest else {}

    @property
    def redis_url(self) -> str | None:
        return self.settings.redis_url.get_secret_value() if self.settings.redis_url else None


def _check_smtp(url: str) -> None:
    from publisher.adapters.smtp import SmtpUrl

    SmtpUrl.parse(url)


def _check_database(url: str) -> None:
    from publisher.adapters.database.engine import find_room, open_engine

    find_room(open_engine(url))
