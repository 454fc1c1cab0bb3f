"""What can be told of a publication while a setting is wrong, or before it has a database: for `check` and for editors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from publisher import settings as environment_settings
from publisher.adapters import dkim_settings, permissions, provider_settings
from publisher.adapters.site import SiteFolder
from publisher.errors import ConfigurationError, Problem
from publisher.examples import is_example
from publisher.ports import MailingEntry
from publisher.provider_url import ProviderUrl
from publisher.settings import LOCAL
from publisher.values import is_loopback
from subscribers.database import DatabaseMisconfigured

if TYPE_CHECKING:  # modules that take a fifth of a second to import are imported where they are first used
    from sqlalchemy import Engine

    from publisher.app import App
    from publisher.settings import Examined

Answer = TypeVar("Answer")


class AsItIs:
    """A publication as it is: nothing here is made, migrated or refused."""

    def __init__(self, app: App) -> None:
        self._app = app

    def _settings(self) -> Examined:
        return environment_settings.examine(self._app.folder, self._app.variables)

    def setting_problems(self) -> tuple[Problem, ...]:
        """Return everything that is wrong with the settings, including what else would show only when mail is sent."""
        examined = self._settings()
        problems = list(examined.problems)
        for name, check in (
            ("PRESSROOM_SMTP_URL", _check_smtp),
            ("PRESSROOM_DATABASE_URL", _check_database),
            ("PRESSROOM_EMBEDDING_URL", _check_extra),
            ("PRESSROOM_BOUNCES_URL", _check_mailbox),
        ):
            if name in examined.given:
                try:
                    check(examined.given[name].value)
                except (ConfigurationError, DatabaseMisconfigured) as error:
                    problems.append(examined.given[name].problem(str(error).removeprefix(f"{name}: ")))
        found = (*dkim_settings.problems(examined.given), *provider_settings.problems(examined.given))
        return (*problems, *found, *examined.idle)

    def misaligned(self, sender: str) -> tuple[Problem, ...]:
        """Return what of the settings does not go with the sender's address."""
        return tuple(dkim_settings.misaligned(self._settings().given, sender))

    def idle_settings(self) -> tuple[Problem, ...]:
        """Return warnings of the settings that count for nothing."""
        return self._settings().idle

    def exposed(self) -> tuple[Problem, ...]:
        """Return a warning for everything that others on this machine could read and should not."""
        _, database = self._database_named()
        given = self._settings().given
        keys = [self._app.folder / given[name].path for name in dkim_settings.KEYS.values() if name in given]
        return tuple(permissions.exposed(self._app.folder, database, self._site_to_check(), keys))

    def feed_id(self) -> str | None:
        return SiteFolder(self._site_to_check()).feed_id()

    def _site_to_check(self) -> Path:
        """Return the site's folder even though a setting is wrong."""
        examined = self._settings()
        return examined.settings.site_dir or self._app.folder / "var" / "site"

    def mail_leaves(self) -> bool:
        """Whether mail goes to a server or a provider elsewhere; not where that is wrong, which `setting_problems` says."""
        from publisher.adapters.smtp import SmtpUrl

        examined = self._settings()
        if examined.settings.provider_url is not None:
            return not is_loopback(urlsplit(ProviderUrl.parse(examined.settings.provider_url).api).hostname or "")
        given = examined.given.get("PRESSROOM_SMTP_URL")
        try:
            host = SmtpUrl.parse(given.value).host if given else "localhost"
        except ConfigurationError:
            return False
        return not (is_loopback(host) or is_example(host))

    def _database_named(self) -> tuple[str, Path | None]:
        """Return the database's URL and, of SQLite, its file, also while another setting is wrong."""
        given = self._settings().given.get("PRESSROOM_DATABASE_URL")
        url = self._app.database or (given.value if given else f"sqlite:///{self._app.folder / 'var' / 'pressroom.db'}")
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

    def database_time(self) -> dt.datetime | None:
        """Return the time by the database server's clock, likewise; None without a database, and for SQLite."""
        from subscribers.database import server_time

        return self._asked(server_time)

    def _asked(self, ask: Callable[[Engine], Answer]) -> Answer | None:
        """Ask the database as it is; None while there is none, for which nothing of it is imported."""
        if "engine" in self._app.__dict__:
            return ask(self._app.engine)
        url, file = self._database_named()
        if file is not None and not file.exists():
            return None
        from subscribers.database import open_engine

        engine = open_engine(url)
        try:
            return ask(engine)
        finally:
            engine.dispose()


def _check_smtp(url: str) -> None:
    from publisher.adapters.smtp import SmtpUrl

    SmtpUrl.parse(url)


def _check_mailbox(url: str) -> None:
    from publisher.adapters.mailboxes import mailbox_at

    mailbox_at(url)


def _check_extra(url: str) -> None:
    from publisher.adapters.local_embedding import MISSING, installed

    if url == LOCAL and not installed():
        raise ConfigurationError(MISSING)


def _check_database(url: str) -> None:
    from subscribers.database import find_room, open_engine

    find_room(open_engine(url))
