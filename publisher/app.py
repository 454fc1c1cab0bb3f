"""The composition root: folder, settings and command-line options -> everything that lives longer than one act.

Each part is built when it is first used, so that `check` needs no database and `assemble` no secret. Parts that depend
on content belong to one act: `App.act` begins one.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from publisher import settings as environment_settings
from publisher.act import Act, Paths, Proofs, limits_of
from publisher.adapters import permissions
from publisher.adapters.answer_cache import AnswerCache
from publisher.adapters.clock import SystemClock
from publisher.adapters.files import Folder
from publisher.adapters.image_cache import ImageCache
from publisher.adapters.site import SiteFolder
from publisher.approval_links import ApprovalLinks
from publisher.clockwatch import ClockWatch
from publisher.errors import ConfigurationError, ContentError, Problem, Severity
from publisher.examples import is_example
from publisher.inside import is_inside, leads_out
from publisher.isolation import keep_answers, keep_no_more
from publisher.ports import (
    AnyCourier,
    Approvals,
    Clock,
    Embedder,
    Ledger,
    MailingEntry,
    ModelCalls,
    PassageVectors,
    ToolCalls,
)
from publisher.publication import Models
from publisher.resources import shipped
from publisher.settings import EMBEDDING, LOCAL, MODELS, Settings
from publisher.values import is_loopback
from subscribers.database import DatabaseMisconfigured

if TYPE_CHECKING:  # modules that take a fifth of a second to import are imported where they are first used
    from jinja2 import Environment
    from sqlalchemy import Engine

    from publisher.adapters.git.repository import Repository
    from publisher.adapters.model import Endpoint, Gateway
    from publisher.adapters.passage_index import PassageIndex
    from publisher.adapters.vector_index import VectorIndex
    from publisher.deliver.rate import RateLimiter
    from subscribers import Keyring, Subscribers


log = logging.getLogger("pressroom.models")
Answer = TypeVar("Answer")


class App:
    """One publication, ready to work.

    Raises ConfigurationError, or ContentError for publication.toml, at the first use of a part that cannot be built.
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
        self.clock_watch = ClockWatch()
        self.proofs = Proofs()
        self._templates: Environment | None = None
        self._limiter: tuple[int, RateLimiter] | None = None
        self._gateway: tuple[Models, Gateway | None] | None = None
        self._vectors: tuple[Models, VectorIndex] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if "engine" in self.__dict__:
            self.engine.dispose()
        keep_no_more(self._answers)
        self._answers.close()

    # Settings and files

    @cached_property
    def settings(self) -> Settings:
        return environment_settings.load(self.folder, self._variables)

    def setting_problems(self) -> tuple[Problem, ...]:
        """Return everything that is wrong with the settings, including what else would show only when mail is sent."""
        examined = environment_settings.examine(self.folder, self._variables)
        problems = list(examined.problems)
        for name, check in (
            ("PRESSROOM_SMTP_URL", _check_smtp),
            ("PRESSROOM_DATABASE_URL", _check_database),
            ("PRESSROOM_EMBEDDING_URL", _check_extra),
        ):
            if name in examined.given:
                try:
                    check(examined.given[name].value)
                except (ConfigurationError, DatabaseMisconfigured) as error:
                    problems.append(examined.given[name].problem(str(error).removeprefix(f"{name}: ")))
        return (*problems, *examined.idle)

    def idle_settings(self) -> tuple[Problem, ...]:
        """Return warnings of the settings that count for nothing."""
        return environment_settings.examine(self.folder, self._variables).idle

    def describe_settings(self) -> list[dict[str, str | None]]:
        return environment_settings.describe(self.settings)

    @cached_property
    def content_store(self) -> Folder:
        return Folder(self.folder, self.settings.base_url, self._images)

    @cached_property
    def _images(self) -> ImageCache:
        return ImageCache(self.folder / "var" / "images")

    @cached_property
    def _answers(self) -> AnswerCache:
        return AnswerCache(self.folder / "var" / "answers.db")

    def act(self) -> Act:
        """Begin an act: a verb, a tick, a round of mail. It reads content once, when it first needs it."""
        keep_answers(self._answers)
        return Act(self, self.content_store)

    def act_to_check(self) -> Act:
        """Begin an act that reads content even though a setting is wrong."""
        keep_answers(self._answers)
        return Act(self, Folder(self.folder, convert=self._images))

    def act_on(self, folder: Path) -> Act:
        """Begin an act on the content and templates of another folder, with the readers and records of this one."""
        keep_answers(self._answers)
        return Act(self, Folder(folder, self.settings.base_url, self._images), folder)

    @property
    def template_folders(self) -> tuple[Path, ...]:
        """The publication's own templates, which win, then the shipped ones. Raises ContentError for a link out."""
        return self.template_folders_of(self.folder)

    def template_folders_of(self, folder: Path) -> tuple[Path, ...]:
        own = folder / "templates"
        if own.is_dir() and not is_inside(folder, own):
            raise ContentError([leads_out(Path("templates"))])
        return tuple(dict.fromkeys(path.resolve() for path in (own, shipped("templates")) if path.is_dir()))

    @property
    def templates(self) -> Environment:
        """The templates as they are now; they are compiled again only when one of them has changed."""
        from publisher.render.templates import digest_of, environment

        found = environment(*self.template_folders)
        if self._templates is None or digest_of(found) != digest_of(self._templates):
            self._templates = found
        return self._templates

    @property
    def site_folder(self) -> Path:
        return self.settings.site_dir or self.folder / "var" / "site"

    @cached_property
    def site(self) -> SiteFolder:
        if not self.settings.site_dir:
            self._make_var()
        return SiteFolder(self.site_folder)

    def _make_var(self) -> None:
        if not (self.folder / "content" / "publication.toml").is_file():
            self.content_store.read()  # raises when this is not a publication, before var/ is made in it
        permissions.make_private(self.folder / "var")

    def exposed(self) -> tuple[Problem, ...]:
        """Return a warning for everything that others on this machine could read and should not."""
        _, database = self._database_named()
        return tuple(permissions.exposed(self.folder, database, self._site_to_check()))

    def feed_id(self) -> str | None:
        return SiteFolder(self._site_to_check()).feed_id()

    def _site_to_check(self) -> Path:
        """Return the site's folder even though a setting is wrong."""
        examined = environment_settings.examine(self.folder, self._variables)
        return examined.settings.site_dir or self.folder / "var" / "site"

    def mail_leaves(self) -> bool:
        """Whether PRESSROOM_SMTP_URL names a server elsewhere; not where it is wrong, which `setting_problems` says."""
        from publisher.adapters.smtp import SmtpUrl

        given = environment_settings.examine(self.folder, self._variables).given.get("PRESSROOM_SMTP_URL")
        try:
            host = SmtpUrl.parse(given.value).host if given else "localhost"
        except ConfigurationError:
            return False
        return not (is_loopback(host) or is_example(host))

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

    def _database_named(self) -> tuple[str, Path | None]:
        """Return the database's URL and, of SQLite, its file, also while another setting is wrong."""
        given = environment_settings.examine(self.folder, self._variables).given.get("PRESSROOM_DATABASE_URL")
        url = self._database or (given.value if given else f"sqlite:///{self.folder / 'var' / 'pressroom.db'}")
        _, is_file, path = url.partition("sqlite:///")
        return url, Path(path.partition("?")[0]) if is_file else None

    def mailings(self) -> Sequence[MailingEntry]:
        """Return every mailing that ever began. This makes no database and migrates none. Raises DatabaseError."""

        def ask(engine: Engine) -> Sequence[MailingEntry]:
            from publisher.adapters.database.delivery_records import mailings_of_any_release

            return mailings_of_any_release(engine)

        return self._asked(ask) or ()

    def last_message(self) -> tuple[int, bytes] | None:
        """Return the number and the frozen message of the last issue, likewise."""

        def ask(engine: Engine) -> tuple[int, bytes] | None:
            from publisher.adapters.database.delivery_records import last_message_of_any_release

            return last_message_of_any_release(engine)

        return self._asked(ask)

    def _asked(self, ask: Callable[[Engine], Answer]) -> Answer | None:
        """Ask the database as it is; None while there is none, for which nothing of it is imported."""
        if "engine" in self.__dict__:
            return ask(self.engine)
        url, file = self._database_named()
        if file is not None and not file.exists():
            return None
        from subscribers.database import open_engine

        engine = open_engine(url)
        try:
            return ask(engine)
        finally:
            engine.dispose()

    @cached_property
    def engine(self) -> Engine:
        from publisher.adapters.database.migrations import migrate
        from subscribers.database import open_engine

        if not self._database and not self.settings.database_url:
            self._make_var()
        engine = open_engine(self.database_url)
        migrate(engine)
        return engine

    def database_time(self) -> dt.datetime | None:
        """Return the time by the database server's clock; None for SQLite, and beside a clock that was passed in."""
        if not isinstance(self.clock, SystemClock):
            return None
        from subscribers.database import server_time

        return server_time(self.engine)

    @cached_property
    def ledger(self) -> Ledger:
        from publisher.adapters.database.ledger import database_ledger

        return database_ledger(self.engine)

    @cached_property
    def approvals(self) -> Approvals:
        from publisher.adapters.database.approvals import DatabaseApprovals

        return DatabaseApprovals(self.engine)

    @cached_property
    def passages(self) -> PassageIndex:
        """The search over past issues, which every act of this process shares."""
        from publisher.adapters.database.passage_terms import DatabasePassageTerms
        from publisher.adapters.passage_index import PassageIndex

        return PassageIndex(DatabasePassageTerms(self.engine))

    @cached_property
    def tool_calls(self) -> ToolCalls:
        from publisher.adapters.database.tool_calls import DatabaseToolCalls

        return DatabaseToolCalls(self.engine)

    @cached_property
    def subscribers(self) -> Subscribers:
        from subscribers import Subscribers

        return Subscribers(self.engine, self.keyring, Paths(self))

    @cached_property
    def passage_vectors(self) -> PassageVectors:
        from publisher.adapters.database.passage_vectors import DatabasePassageVectors

        return DatabasePassageVectors(self.engine)

    # Models

    @cached_property
    def model_calls(self) -> ModelCalls:
        from publisher.adapters.database.model_calls import DatabaseModelCalls

        return DatabaseModelCalls(self.engine, self.secrets if self.settings.secret_key else ())

    def gateway(self, models: Models) -> Gateway | None:
        """Return the one way to the models of the settings, None without any; changed terms begin a new one."""
        if self._gateway is None or self._gateway[0] != models:
            from publisher.adapters.model import Gateway

            endpoints = [endpoint for which in MODELS if (endpoint := self._endpoint(which, models))]
            self._gateway = (models, Gateway(endpoints, self.model_calls, self.clock) if endpoints else None)
        return self._gateway[1]

    def model_problems(self, issue: int | None = None) -> tuple[Problem, ...]:
        """Return which settings of models an endpoint refused when it was last asked (for this issue), as warnings.

        A draft or a week never waits for this: where it cannot be told, nothing is said, and the log has the reason.
        """
        try:
            return tuple(self._model_problems(issue))
        except Exception:  # a bug here must not cost a draft that is paid for
            log.exception("what endpoints of models refused cannot be told")
            return ()

    def _model_problems(self, issue: int | None) -> Iterator[Problem]:
        from publisher.model_refusals import ConfiguredModel, refusals

        configured = [
            ConfiguredModel(
                environment_settings.PREFIX + which, endpoint.shown, endpoint.name, endpoint.key is not None
            )
            for which in (*MODELS, EMBEDDING)
            if not (which == EMBEDDING and self._embeds_here) and (endpoint := self._endpoint(which, Models()))
        ]
        if not configured:
            return
        given = environment_settings.examine(self.folder, self._variables).given
        for model, part, said in refusals(configured, self.model_calls.latest(200, issue)):
            url = given[f"{model.setting}URL"]
            yield replace(given.get(f"{model.setting}{part}", url).problem(said), severity=Severity.WARNING)

    def vectors(self, models: Models) -> VectorIndex | None:
        """Return what compares past issues by vectors, None without a model for them; changed terms begin a new one."""
        if self.settings.embedding_url is None:
            return None
        if self._vectors is None or self._vectors[0] != models:
            from publisher.adapters.vector_index import VectorIndex

            self._vectors = models, VectorIndex(self.passage_vectors, self.embedder(models))
        return self._vectors[1]

    def embedder(self, models: Models) -> Embedder:
        """Return what makes vectors of texts. Raises ConfigurationError without a model for them."""
        if self._embeds_here:
            from publisher.adapters.local_embedding import LocalEmbedder

            return LocalEmbedder()
        if (endpoint := self._endpoint(EMBEDDING, models)) is None:
            raise ConfigurationError(
                "PRESSROOM_EMBEDDING_URL is not set, and vectors need a model; set it to an endpoint, with "
                "PRESSROOM_EMBEDDING_NAME, or to local"
            )
        from publisher.adapters.embedding import EndpointEmbedder
        from publisher.adapters.model import Gateway

        gateway = Gateway([endpoint], self.model_calls, self.clock)
        return EndpointEmbedder(gateway, endpoint.name, limits_of(models))

    @property
    def _embeds_here(self) -> bool:
        url = self.settings.embedding_url
        return url is not None and url.get_secret_value() == LOCAL

    def _endpoint(self, which: str, models: Models) -> Endpoint | None:
        from publisher.adapters.model import Endpoint

        url, key, name = (getattr(self.settings, f"{which.lower()}{part}") for part in ("url", "key", "name"))
        if not url:
            return None
        terms = next((each for each in models.terms if each.name == name), None)
        return Endpoint(
            url.get_secret_value(),
            name,
            key.get_secret_value() if key else None,
            seconds=terms.seconds if terms else None,
            price=terms.price if terms else None,
            setting=f"PRESSROOM_{which}URL",
        )

    # Secrets and mail

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """The signing keys: the first signs, all verify."""
        if self.settings.secret_key is None:
            raise ConfigurationError(
                "PRESSROOM_SECRET_KEY, which signs the links in mail, is not set; make a key with `openssl rand -hex 32` and "
                "set it in the environment or in .env"
            )
        return tuple(key.strip() for key in self.settings.secret_key.get_secret_value().split(","))

    @cached_property
    def keyring(self) -> Keyring:
        from subscribers import Keyring

        return Keyring(*self.secrets)

    @cached_property
    def approval_links(self) -> ApprovalLinks:
        return ApprovalLinks(*self.secrets)

    def use_transport(self, transport: str) -> None:
        """Use a transport other than PRESSROOM_SMTP_URL, such as file:DIR."""
        self._transport = transport
        self.__dict__.pop("courier", None)

    @cached_property
    def courier(self) -> AnyCourier:
        if self._transport:
            scheme, _, folder = self._transport.partition(":")
            if scheme != "file" or not folder:
                raise ConfigurationError("--transport takes file:DIR; leave it out to use SMTP")
            from publisher.adapters.mail_folder import FolderCourier

            return FolderCourier(Path(folder))
        if self.settings.smtp_url is None:
            raise ConfigurationError(
                "PRESSROOM_SMTP_URL is not set, so no mail can leave; set it (smtp://user:password@host:587), or write "
                "files instead: --transport file:DIR"
            )
        from publisher.adapters.smtp import SmtpCourier, SmtpUrl

        return SmtpCourier(SmtpUrl.parse(self.settings.smtp_url.get_secret_value()))

    def limiter(self, per_minute: int) -> RateLimiter:
        """Return the one limit on how fast this process's mail leaves; a changed limit starts afresh."""
        if self._limiter is None or self._limiter[0] != per_minute:
            from publisher.deliver.rate import RateLimiter

            self._limiter = (per_minute, RateLimiter(per_minute))
        return self._limiter[1]

    @cached_property
    def repository(self) -> Repository:
        """The git repository of the publication's folder. Raises GitFailed without one."""
        from publisher.adapters.git.repository import Repository

        return Repository(self.folder, self._variables)

    @property
    def git_hook_secret(self) -> str | None:
        return self.settings.git_hook_secret.get_secret_value() if self.settings.git_hook_secret else None

    @property
    def mcp_token(self) -> str:
        if self.settings.mcp_token is None:
            raise ConfigurationError(
                "PRESSROOM_MCP_TOKEN, which assistants have to show, is not set; make a token with `openssl rand -hex 32` and "
                "set it in the environment or in .env"
            )
        return self.settings.mcp_token.get_secret_value()

    @property
    def redis_url(self) -> str | None:
        return self.settings.redis_url.get_secret_value() if self.settings.redis_url else None


def _check_smtp(url: str) -> None:
    from publisher.adapters.smtp import SmtpUrl

    SmtpUrl.parse(url)


def _check_extra(url: str) -> None:
    from publisher.adapters.local_embedding import MISSING, installed

    if url == LOCAL and not installed():
        raise ConfigurationError(MISSING)


def _check_database(url: str) -> None:
    from subscribers.database import find_room, open_engine

    find_room(open_engine(url))
