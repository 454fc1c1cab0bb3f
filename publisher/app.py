"""The composition root: folder, settings and command-line options -> everything that lives longer than one act.

Each part is built when it is first used, so that `check` needs no database and `assemble` no secret. Parts that depend
on content belong to one act: `App.act` begins one.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from publisher import settings as environment_settings
from publisher.act import Act, Paths, Proofs
from publisher.adapters import dkim_settings, permissions, provider_settings
from publisher.adapters.answer_cache import AnswerCache
from publisher.adapters.clock import SystemClock
from publisher.adapters.files import Folder, SettingsOnly
from publisher.adapters.image_cache import ImageCache
from publisher.adapters.site import SiteFolder
from publisher.app_examined import AsItIs
from publisher.app_models import ConfiguredModels
from publisher.approval_links import ApprovalLinks
from publisher.clockwatch import ClockWatch
from publisher.errors import ConfigurationError, ContentError
from publisher.inside import is_inside, leads_out
from publisher.isolation import keep_answers, keep_no_more
from publisher.ports import (
    AnyCourier,
    Approvals,
    Clock,
    Holds,
    Ledger,
    LinkAnswer,
    Mailbox,
    ModelCalls,
    PassageVectors,
    Rates,
    ToolCalls,
)
from publisher.publication import Delivering
from publisher.resources import shipped
from publisher.returned.pace import Pace
from publisher.settings import Examined, Settings

if TYPE_CHECKING:  # modules that take a fifth of a second to import are imported where they are first used
    from concurrent.futures import ThreadPoolExecutor

    from jinja2 import Environment
    from sqlalchemy import Engine

    from publisher.adapters.dkim import DkimSigner
    from publisher.adapters.git.repository import Repository
    from publisher.adapters.passage_index import PassageIndex
    from publisher.adapters.provider_hooks import Hook
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
        self.database = database
        self._transport = transport
        self.variables = dict(os.environ if variables is None else variables)
        self.clock: Clock = clock or SystemClock()
        self.clock_watch = ClockWatch()
        self.proofs = Proofs()
        self.mailbox_pace = Pace()
        self._templates: Environment | None = None
        self._limiter: tuple[Delivering, RateLimiter] | None = None

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
        return self._examined.checked()

    @cached_property
    def _examined(self) -> Examined:
        """What the environment said when it was first asked, which counts as long as this lives."""
        return environment_settings.examine(self.folder, self.variables)

    def describe_settings(self) -> list[dict[str, str | None]]:
        return environment_settings.describe(self.settings)

    @property
    def as_it_is(self) -> AsItIs:
        """What can be told while a setting is wrong."""
        return AsItIs(self)

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

    def act_to_work(self) -> Act:
        """Begin an act of a worker, which hands over what is frozen: of the folder it reads publication.toml alone."""
        return Act(self, SettingsOnly(self.folder, self.settings.base_url))

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

    def fetch_links(self, urls: Iterable[str]) -> Mapping[str, str | None]:
        from publisher.adapters.links import check_links

        return check_links(urls)

    def follow_links(self, urls: Iterable[str]) -> Mapping[str, LinkAnswer]:
        from publisher.adapters.links import follow_links

        return follow_links(urls, deadline=10.0)  # of hundreds, while a tick holds its lease

    # The database

    @property
    def database_url(self) -> str:
        if self.database:
            return self.database
        if self.settings.database_url:
            return self.settings.database_url.get_secret_value()
        return f"sqlite:///{self.folder / 'var' / 'pressroom.db'}"

    @cached_property
    def engine(self) -> Engine:
        from publisher.adapters.database.migrations import migrate
        from subscribers.database import open_engine

        if not self.database and not self.settings.database_url:
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
    def rates(self) -> Rates:
        from publisher.adapters.database.rates import DatabaseRates

        return DatabaseRates(self.engine)

    @cached_property
    def holds(self) -> Holds:
        from publisher.adapters.database.holds import DatabaseHolds

        return DatabaseHolds(self.engine)

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

    @cached_property
    def models(self) -> ConfiguredModels:
        return ConfiguredModels(self)

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
        if self.settings.provider_url is not None:
            return self._provider(self.settings.provider_url)
        if self.settings.smtp_url is None:
            raise ConfigurationError(
                "PRESSROOM_SMTP_URL is not set, so no mail can leave; set it (smtp://user:password@host:587), or "
                "PRESSROOM_PROVIDER_URL, or write files instead: --transport file:DIR"
            )
        from publisher.adapters.smtp import SmtpCourier, SmtpUrl

        return SmtpCourier(SmtpUrl.parse(self.settings.smtp_url.get_secret_value()))

    def _provider(self, text: str) -> AnyCourier:
        from publisher.adapters.providers import courier_at
        from publisher.provider_url import ProviderUrl

        provider_settings.refuse(self._examined.given)
        key = self.settings.provider_key
        return courier_at(ProviderUrl.parse(text), key.get_secret_value() if key else "")

    @cached_property
    def provider_hook(self) -> Hook | None:
        """What verifies the provider's reports; None where there is no secret for that. Raises ConfigurationError."""
        url, secret = self.settings.provider_url, self.settings.provider_hook
        if url is None or secret is None:
            return None
        from publisher.adapters.provider_hooks import hook_of
        from publisher.provider_url import ProviderUrl

        return hook_of(ProviderUrl.parse(url), secret.get_secret_value())

    def courier_of(self, sender: str) -> AnyCourier:
        """Return the courier, which signs the mail of a sender's address where there is a key. Raises SettingsError."""
        signer = self.signer(sender)
        if signer is None:
            return self.courier
        from publisher.adapters.signed_mail import SigningCourier

        return SigningCourier(self.courier, signer, self.clock, self._signing_threads)

    @cached_property
    def _signing_threads(self) -> ThreadPoolExecutor:
        from publisher.adapters.signed_mail import threads

        return threads()

    def signer(self, sender: str) -> DkimSigner | None:
        """Return what signs the mail of a sender's address; None where Pressroom does not sign. Raises SettingsError."""
        if self.settings.dkim_key is None and self.settings.dkim_ed25519_key is None:
            return None
        return dkim_settings.signer_of(self._examined.given, sender)

    def check_mail(self) -> None:
        """Raise whatever keeps mail from leaving, as far as the settings say."""
        self.courier  # noqa: B018 - it is made
        dkim_settings.refuse(self._examined.given)

    @cached_property
    def mailbox(self) -> Mailbox | None:
        """The mailbox that mail comes back to, None where none is read."""
        if self.settings.bounces_url is None:
            return None
        from publisher.adapters.mailboxes import mailbox_at

        return mailbox_at(self.settings.bounces_url.get_secret_value())

    def limiter(self, policy: Delivering) -> RateLimiter:
        """Return the one limit on how fast mail leaves, which this process shares with all others."""
        if self._limiter is None or self._limiter[0] != policy:
            from publisher.deliver.rate import RateLimiter

            self._limiter = (policy, RateLimiter(policy.rate_per_minute, self.rates, domains=policy.domain_rates))
        return self._limiter[1]

    @cached_property
    def repository(self) -> Repository:
        """The git repository of the publication's folder. Raises GitFailed without one."""
        from publisher.adapters.git.repository import Repository

        return Repository(self.folder, self.variables)

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
