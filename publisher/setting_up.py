"""Setting a publication up: answers, checked one by one, then publication.toml and .env, written at the end."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from publisher.adapters import dkim_settings, provider_settings
from publisher.adapters.environment_file import with_variable
from publisher.adapters.files import replace_file
from publisher.adapters.publication_edit import with_values
from publisher.adapters.publication_file import parse_publication, read_text
from publisher.adapters.smtp import SmtpUrl
from publisher.doctor import OwnKey
from publisher.errors import ConfigurationError, ContentError, Refused, SettingsError
from publisher.privacy import PAGE, page
from publisher.questions import Question, without_examples
from publisher.scaffold import ENVIRONMENT, scaffold, starter_text
from publisher.secret_url import password_of, with_password, without_password
from publisher.settings import ENVIRONMENT as IN_ENVIRONMENT
from publisher.settings import examine
from subscribers.database import DatabaseMisconfigured, find_room, open_engine

SECRET_KEY, SMTP_URL, DATABASE_URL = "PRESSROOM_SECRET_KEY", "PRESSROOM_SMTP_URL", "PRESSROOM_DATABASE_URL"
_TOML = Path("content/publication.toml")


class SettingUp:
    """A publication that is there or is to be made in `folder`, with the answers given so far. Nothing is written before `save`.

    Raises ContentError or SettingsError for what is wrong already, Refused for a new one in a folder that is not empty.
    """

    def __init__(self, folder: Path, variables: Mapping[str, str], language: str = "en") -> None:
        self.folder = folder
        self._language = language
        self.is_new = not os.path.lexists(folder / _TOML)
        if self.is_new and folder.is_dir() and any(entry.name != ".git" for entry in folder.iterdir()):
            raise Refused(f"{folder} is not empty and has no content/publication.toml; name a new folder")
        self._read = starter_text(language) if self.is_new else read_text(folder / _TOML, _TOML)
        self._text = self._read
        self._had = self.publication = parse_publication(self._read, _TOML)
        examined = examine(folder, variables)
        if examined.problems:
            raise SettingsError(examined.problems)
        dkim_settings.refuse(examined.given)
        provider_settings.refuse(examined.given)
        self._given = examined.given
        self._set: dict[str, str] = {}
        self.changed: list[str] = []
        """The names of what the answers changed."""

    def answer(self, question: Question, text: str) -> None:
        """Take an answer about publication.toml. Raises ValueError, whose words are a sentence, for one that cannot be."""
        try:
            written = with_values(self._text, question.values(self.publication, text), _TOML)
            publication = parse_publication(written, _TOML)
        except ContentError as error:
            raise ValueError("; ".join(f"{one.what}; {one.fix}" for one in error.problems)) from None
        if publication != self.publication:
            self._text, self.publication = written, publication
            self.changed.append(question.name)

    def where(self, name: str) -> str:
        """Say where a variable is set if that is not a line of .env, which this could change."""
        found = self._given.get(name)
        if found is None or found.path == Path(".env"):
            return ""
        return "the environment" if found.path == IN_ENVIRONMENT else str(found.path)

    def value(self, name: str) -> str:
        """Return what a variable is set to, by an answer or before; empty without one."""
        return self._set.get(name) or (self._given[name].value if name in self._given else "")

    @property
    def mail_server(self) -> str:
        """The mail server without its password, or the provider; empty without one."""
        return without_password(self.value(SMTP_URL)) or self.value(provider_settings.URL)

    def places(self) -> dict[str, str]:
        """Return mail server and database as they may be shown."""
        database = without_password(self.value(DATABASE_URL)) or "SQLite in var/pressroom.db"
        return {"mail server": self.mail_server or "none yet", "database": database}

    def own_keys(self) -> list[OwnKey]:
        """Return the keys that mail is signed with; none where the mail server or the provider signs. Raises SettingsError."""
        return dkim_settings.own_keys(dkim_settings.signer_of(self._given, self.publication.sender.address))

    def answer_smtp(self, url: str, password: str = "") -> None:
        """Take the mail server, with the password in the URL or apart from it. Raises ValueError."""
        known = self.value(SMTP_URL)
        url = with_password(url, password or (password_of(known) if without_password(known) == url else ""))
        try:
            SmtpUrl.parse(url)
        except ConfigurationError as error:
            raise ValueError(str(error).removeprefix(f"{SMTP_URL}: ")) from None
        self._put(SMTP_URL, url, "smtp-url")

    def answer_database(self, url: str) -> None:
        """Take the database's URL. Raises ValueError."""
        try:
            find_room(engine := open_engine(url))
            engine.dispose()
        except DatabaseMisconfigured as error:
            raise ValueError(str(error).removeprefix(f"{DATABASE_URL}: ")) from None
        self._put(DATABASE_URL, url, "database-url")

    def _put(self, name: str, value: str, called: str) -> None:
        if where := self.where(name):
            raise ValueError(f"{name} is set by {where}, which wins over .env; change it there")
        if value != self.value(name):
            self._set[name] = value
            self.changed.append(called)

    def save(self) -> list[Path]:
        """Write what was answered; return the files. A key that is there is never replaced."""
        written: list[Path] = []
        if examples := without_examples(self.publication):
            self._text = with_values(self._text, examples, _TOML)
            self.publication = parse_publication(self._text, _TOML)
        if self.is_new:
            written += scaffold(self.folder, self._language, self._text)
        elif self._text != self._read:
            if read_text(self.folder / _TOML, _TOML) != self._read:
                raise Refused(f"{_TOML} was changed by someone else just now; run the command again")
            replace_file(self.folder / _TOML, self._text.encode())
            written += [self.folder / _TOML, *self._privacy_page()]
        return [*written, *(path for path in self._environment() if path not in written)]

    def _privacy_page(self) -> list[Path]:
        """Write the page that `init` made anew, unless somebody has written into it."""
        path = self.folder / "content" / "pages" / f"{PAGE}.md"
        if not path.is_file() or path.read_bytes() != page(self._had).encode():
            return []
        replace_file(path, page(self.publication).encode())
        return [path]

    def _environment(self) -> list[Path]:
        path = self.folder / ".env"
        before = path.read_text(encoding="utf-8-sig") if path.is_file() else ""
        text = before
        if not text and SECRET_KEY not in self._given:
            text = ENVIRONMENT.format(key=secrets.token_hex(32))
        elif SECRET_KEY not in self._given and not self.is_new:
            text = with_variable(text, SECRET_KEY, secrets.token_hex(32))
        for name, value in self._set.items():
            text = with_variable(text, name, value)
        if text == before:
            return []
        replace_file(path, text.encode(), private=True)
        return [path]
