"""What the environment says: one frozen object, built once by an entry point, never at import.

Variables are read from the environment and from a file `.env` in the publication's folder (the environment wins).
"""

from __future__ import annotations

import io
import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from pathlib import Path
from typing import Literal, get_args, get_type_hints
from urllib.parse import parse_qsl

from dotenv.parser import parse_stream
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from publisher.content.characters import not_utf8
from publisher.content.validation import instead
from publisher.errors import Problem, SettingsError, Severity
from publisher.provider_url import ProviderUrl
from publisher.secret_url import split_url
from publisher.values import Line, WebAddress

PREFIX = "PRESSROOM_"
LOCAL = "local"
"""PRESSROOM_EMBEDDING_URL for the model of the extra local-embeddings."""
EMBEDDING = "EMBEDDING_"
"""How the names of the variables begin that are about the model for vectors."""
_REDIS = frozenset((
    "client_name", "db", "health_check_interval", "password", "protocol", "retry_on_timeout", "socket_keepalive", "username",
))  # fmt: skip
_REDIS_TLS = frozenset(("ssl_ca_certs", "ssl_cert_reqs", "ssl_certfile", "ssl_check_hostname", "ssl_keyfile"))
"""What the URL of a Redis may say besides; redis-py takes any name, and fails at the first form."""
_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_SUCH_AS = "s202612 or news.example.com"
IN_LINES = frozenset(("PRESSROOM_DKIM_KEY", "PRESSROOM_DKIM_ED25519_KEY"))
"""The secrets that have several lines, as a file of their own or in quotation marks."""


def dns_name(value: str) -> str:
    """Return a selector or a domain in small letters. Raises ValueError, whose words are a sentence."""
    if not re.fullmatch(rf"(?=.{{1,200}}\Z){_LABEL}(\.{_LABEL})*", value):
        raise ValueError(
            f"{value!r} is no name as DNS has it; write letters, digits and hyphens, with dots between, such as {_SUCH_AS}"
        )
    return value.lower()


class Settings(BaseModel):
    """The process's settings; publication.toml holds what belongs to the publication."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    database_url: SecretStr | None = Field(
        None,
        description="sqlite:///FILE or postgresql://user:password@host/name; default: var/pressroom.db in the publication",
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="smtp://user:password@host:port or smtps://…; STARTTLS is required unless the host is loopback or ?starttls=no",
    )
    provider_url: str | None = Field(
        None,
        description="a provider's API instead of SMTP: ses://REGION, postmark://STREAM, mailgun://DOMAIN, resend:// or sendgrid://; "
        "see docs/providers.md",
    )
    provider_key: SecretStr | None = Field(
        None,
        description="the provider's key for sending; of SES ACCESS_KEY_ID:SECRET_ACCESS_KEY, or none for the machine's role",
    )
    provider_hook: SecretStr | None = Field(
        None,
        description="what the provider's reports of bounces are verified with; see docs/providers.md; default: none is answered",
    )
    dkim_key: SecretStr | None = Field(
        None,
        description="an RSA key that all mail is signed with (DKIM), as PEM; default: the mail server or provider signs",
    )
    dkim_selector: str | None = Field(None, description="that key's selector; required with PRESSROOM_DKIM_KEY")
    dkim_ed25519_key: SecretStr | None = Field(
        None, description="an Ed25519 key that all mail is signed with as well, beside the RSA key"
    )
    dkim_ed25519_selector: str | None = Field(
        None, description="that key's selector; required with PRESSROOM_DKIM_ED25519_KEY"
    )
    dkim_domain: str | None = Field(
        None, description="the domain that signatures are for; default: that of sender.address in publication.toml"
    )
    bounces_url: SecretStr | None = Field(
        None,
        description="where mail comes back to: imaps://user:password@host/FOLDER, imap://…, or maildir:DIR; "
        "default: nothing is read, see docs/delivery.md",
    )
    base_url: WebAddress | None = Field(
        None, description="where readers reach the site; default: base_url of publication.toml"
    )
    secret_key: SecretStr | None = Field(
        None,
        description="signs the links in mail; 32 characters or more; of several, with commas between, the first signs and all verify",
    )
    model_url: SecretStr | None = Field(
        None,
        description="an OpenAI-compatible endpoint such as http://127.0.0.1:11434/v1; default: none, extractive drafting",
    )
    model_key: SecretStr | None = Field(None, description="the endpoint's API key")
    model_name: Line | None = Field(None, description="the model to ask for; required with PRESSROOM_MODEL_URL")
    second_model_url: SecretStr | None = Field(
        None, description="the endpoint that is asked when the first gives no answer"
    )
    second_model_key: SecretStr | None = Field(None, description="the second endpoint's API key")
    second_model_name: Line | None = Field(None, description="the second endpoint's model")
    third_model_url: SecretStr | None = Field(
        None, description="the endpoint that is asked when the second gives no answer"
    )
    third_model_key: SecretStr | None = Field(None, description="the third endpoint's API key")
    third_model_name: Line | None = Field(None, description="the third endpoint's model")
    embedding_url: SecretStr | None = Field(
        None,
        description="an OpenAI-compatible endpoint for vectors of past issues, or local: a model on this machine; default: words alone",
    )
    embedding_key: SecretStr | None = Field(None, description="that endpoint's API key")
    embedding_name: Line | None = Field(
        None, description="the model to ask for vectors; required with an endpoint in PRESSROOM_EMBEDDING_URL"
    )
    site_dir: Path | None = Field(
        None, description="where the web pages are written; default: var/site in the publication"
    )
    git_hook_secret: SecretStr | None = Field(
        None,
        description="the secret that the forge's webhook signs with, 16 characters or more; default: no webhook is answered",
    )
    mcp_token: SecretStr | None = Field(
        None,
        description="the token that assistants show to `pressroom mcp --http`, 32 characters or more; default: none, stdio only",
    )
    metrics_token: SecretStr | None = Field(
        None,
        description="the token that Prometheus shows for /metrics, 32 characters or more; default: there is no /metrics",
    )
    redis_url: SecretStr | None = Field(
        None,
        description="redis://host:port/0, where several processes share the sign-up budgets; default: each counts for itself",
    )
    log: Literal["plain", "json"] = Field(
        "plain", description="how `pressroom run` writes its log: plain, or json, one object a line"
    )
    trusted_proxies: str = Field(
        "127.0.0.1",
        description="addresses or networks whose X-Forwarded-For is believed by `pressroom run`, with commas between",
    )

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and any(len(key.strip()) < 32 for key in value.get_secret_value().split(",")):
            raise ValueError("each key needs 32 characters or more; make one with: openssl rand -hex 32")
        return value

    @field_validator("mcp_token", "metrics_token")
    @classmethod
    def _a_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[A-Za-z0-9._~+/-]{32,}=*", value.get_secret_value()):
            raise ValueError(
                "it needs 32 characters or more, of letters, digits and ._~+/-; make one with: openssl rand -hex 32"
            )
        return value

    @field_validator("git_hook_secret")
    @classmethod
    def _not_to_guess(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 16:
            raise ValueError("it needs 16 characters or more; make one with: openssl rand -hex 32")
        return value

    @field_validator("model_url", "second_model_url", "third_model_url")
    @classmethod
    def _endpoint(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            split_url(value.get_secret_value(), ("http", "https"), "http://127.0.0.1:11434/v1")
        return value

    @field_validator("embedding_url")
    @classmethod
    def _endpoint_or_local(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and value.get_secret_value() != LOCAL:
            split_url(value.get_secret_value(), ("http", "https"), "http://127.0.0.1:11434/v1")
        return value

    @field_validator("provider_url")
    @classmethod
    def _provider(cls, value: str | None) -> str | None:
        if value is not None:
            ProviderUrl.parse(value)
        return value

    @field_validator("provider_key", "model_key", "second_model_key", "third_model_key", "embedding_key")
    @classmethod
    def _fits_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[!-~]+", value.get_secret_value()):
            raise ValueError("it has a space, or a character that is not ASCII; copy the key once more, alone")
        return value

    @field_validator("dkim_selector", "dkim_ed25519_selector", "dkim_domain")
    @classmethod
    def _a_name(cls, value: str | None) -> str | None:
        return None if value is None else dns_name(value)

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            url = split_url(value.get_secret_value(), ("redis", "rediss"), "redis://127.0.0.1:6379/0")
            known = _REDIS | _REDIS_TLS if url.scheme == "rediss" else _REDIS
            if not {name for name, _ in parse_qsl(url.query, keep_blank_values=True)} <= known:
                raise ValueError(f"it has a parameter that is not known; these are: {', '.join(sorted(known))}")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, value: str) -> str:
        for part in map(str.strip, value.split(",")):
            try:
                everybody = part == "*" or ipaddress.ip_network(part).prefixlen == 0
            except ValueError:
                raise ValueError(
                    f"{part!r} is not an address or network; write one such as 127.0.0.1 or 10.0.0.0/8"
                ) from None
            if everybody:
                raise ValueError(
                    f"{part} would trust whatever a client writes into X-Forwarded-For; name the addresses or networks "
                    "of your own proxies"
                )
        return value.strip()


SECRETS = tuple(PREFIX + name.upper() for name, kind in get_type_hints(Settings).items() if SecretStr in get_args(kind))
"""The variables that hold secrets. Each may be given as NAME_FILE instead: a file that holds the value."""


MODELS = ("MODEL_", "SECOND_MODEL_", "THIRD_MODEL_")
"""How the names of the variables begin that are about a model, in the order in which the models are asked."""


@dataclass(frozen=True, slots=True)
class Found:
    """One PRESSROOM_ variable: `path` and `line` say where it is set."""

    name: str
    value: str = dataclass_field(repr=False)
    path: Path
    line: int | None

    def problem(self, message: str) -> Problem:
        """Return a message of the form «what is wrong; how to fix it» as a problem where the variable is set."""
        what, _, fix = message.partition("; ")
        return Problem(self.path, self.line, f"{self.name}: {what}", fix or "fix the value", rule="settings")


@dataclass(frozen=True, slots=True)
class Examined:
    """The settings that are right, everything that is wrong with the others, and where each is set.

    `idle` warns of those that count for nothing, which stop no command.
    """

    settings: Settings
    problems: tuple[Problem, ...]
    given: Mapping[str, Found]
    idle: tuple[Problem, ...] = ()

    def checked(self) -> Settings:
        """Return the settings if nothing is wrong. Raises SettingsError."""
        if self.problems:
            raise SettingsError(self.problems)
        return self.settings


_NAME = re.compile(rf"{PREFIX}\w*", re.ASCII)
"""Any other name may be a line without its `=`, with a password in it."""

ENVIRONMENT = Path("environment")
"""Shown as the path of a variable that is not in a file."""


def examine(publication: Path, environment: Mapping[str, str]) -> Examined:
    """Read everything for a publication's folder, right or wrong; an unknown PRESSROOM_ variable is wrong.

    The environment wins over .env; an empty value counts as not set.
    """
    known = [PREFIX + name.upper() for name in Settings.model_fields] + [f"{name}_FILE" for name in SECRETS]
    found, problems = _dotenv(publication / ".env")
    found += [Found(name, value, ENVIRONMENT, None) for name, value in environment.items() if name.startswith(PREFIX)]
    problems += [one.problem(f"no such setting; {instead(one.name, known)}") for one in found if one.name not in known]
    given = {one.name: one for one in found if one.value and one.name in known}
    for name in SECRETS:
        if file := given.pop(f"{name}_FILE", None):
            read = _from_file(publication, name, file, given.get(name))
            if isinstance(read, Problem):
                problems.append(read)
            else:
                given[name] = read
    values = {name.removeprefix(PREFIX).lower(): one.value for name, one in given.items()}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        for detail in error.errors():
            field = str(detail["loc"][0])
            problems.append(given[PREFIX + field.upper()].problem(detail["msg"].removeprefix("Value error, ")))
            values.pop(field)
        settings = Settings.model_validate(values)
    problems += _nameless_models(given)
    return Examined(settings, tuple(problems), given, tuple(_idle(given)))


def _nameless_models(given: Mapping[str, Found]) -> Iterator[Problem]:
    for which in (*MODELS, EMBEDDING):
        url, name = given.get(f"{PREFIX}{which}URL"), f"{PREFIX}{which}NAME"
        if url and name not in given and not _is_local(which, url):
            yield url.problem(f"it needs {name}, which is not set; name the model to ask for")


def _idle(given: Mapping[str, Found]) -> Iterator[Problem]:
    """Yield a warning of each model's name or key that is not used: without an endpoint, or beside the local model."""
    for which in (*MODELS, EMBEDDING):
        url = f"{PREFIX}{which}URL"
        others = [given[one] for part in ("NAME", "KEY") if (one := f"{PREFIX}{which}{part}") in given]
        if url not in given:
            said = [
                one.problem(
                    f"no model is asked, because {url} is not set; set it to the endpoint, or remove {one.name}"
                )
                for one in others[:1]
            ]
        else:
            unused = others if _is_local(which, given[url]) else []
            said = [one.problem(f"{url} is local, which needs none; remove it") for one in unused]
        yield from (replace(one, severity=Severity.WARNING) for one in said)


def _is_local(which: str, url: Found) -> bool:
    return which == EMBEDDING and url.value == LOCAL


def _from_file(publication: Path, name: str, file: Found, given: Found | None) -> Found | Problem:
    """Return the secret that a file holds. Problems do not repeat the file's name: that may be the secret itself."""
    if given is not None:
        return file.problem(f"{name} is also set, and only one of them can count; remove one of the two")
    try:
        value = (publication / file.value).read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except OSError as error:
        return file.problem(f"the file cannot be read ({error.strerror}); fix the path or its permissions")
    except ValueError:  # not UTF-8, or an impossible path
        return file.problem("the file is not text in UTF-8; write only the value into it")
    if not value or (len(value.splitlines()) != 1 and name not in IN_LINES):
        return file.problem("the file does not have exactly one line; write only the value into it")
    return Found(name, value, Path(file.value), None)


def _dotenv(path: Path) -> tuple[list[Found], list[Problem]]:
    """Read .env; values are taken literally, since a password may contain `${`."""
    shown = Path(".env")
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except (FileNotFoundError, NotADirectoryError):
        return [], []
    except UnicodeDecodeError as error:
        return [], [replace(not_utf8(shown, data, error), rule="settings")]
    except OSError as error:
        return [], [Problem(shown, None, f"cannot be read ({error.strerror})", "fix its permissions", rule="settings")]
    found: list[Found] = []
    problems: list[Problem] = []
    for one in parse_stream(io.StringIO(text)):
        source = one.original.string
        line = one.original.line + source[: len(source) - len(source.lstrip())].count("\n")
        if one.key and _NAME.fullmatch(one.key):
            found.append(Found(one.key, one.value or "", shown, line))
        elif PREFIX in source and (one.error or (one.key or "").startswith(PREFIX)):
            problems.append(Problem(shown, line, "not a line «NAME=value»", "fix or remove it", rule="settings"))
    return found, problems


def describe(settings: Settings) -> list[dict[str, str | None]]:
    """Return name, value (secrets masked) and meaning of every setting."""
    rows: list[dict[str, str | None]] = []
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        shown = None if value is None else str(value)  # a SecretStr shows asterisks
        rows.append({"name": PREFIX + name.upper(), "value": shown, "meaning": field.description})
    return rows
