"""What the environment says: one frozen object, built once by a door, never at import.

Variables are read from the environment and from a file `.env` in the publication's folder (the environment wins).
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from publisher.content.validation import nearest
from publisher.errors import ConfigurationError
from publisher.publication import WebAddress

PREFIX = "PRESSROOM_"


class Settings(BaseSettings):
    """The process's settings; publication.toml holds what belongs to the publication."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True, env_ignore_empty=True
    )

    database_url: SecretStr | None = Field(
        None,
        description="sqlite:///FILE or postgresql://user:password@host/name; default: var/pressroom.db in the publication",
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="smtp://user:password@host:port or smtps://…; STARTTLS is required unless the host is loopback or ?starttls=no",
    )
    base_url: WebAddress | None = Field(
        None, description="where readers reach the site; default: base_url of publication.toml"
    )
    secret_key: SecretStr | None = Field(
        None,
        description="signs the links in mail; 32 characters or more; several with commas between: the first signs, all verify",
    )
    model_url: str | None = Field(
        None,
        description="an OpenAI-compatible endpoint such as http://127.0.0.1:11434/v1; default: none, extractive drafting",
    )
    model_key: SecretStr | None = Field(None, description="the endpoint's API key")
    model_name: str | None = Field(None, description="the model to ask for; required with PRESSROOM_MODEL_URL")
    site_dir: Path | None = Field(
        None, description="where the web pages are written; default: var/site in the publication"
    )
    trusted_proxies: str = Field(
        "127.0.0.1", description="addresses whose X-Forwarded-For is believed by `pressroom run`, with commas between"
    )

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and any(len(key.strip()) < 32 for key in value.get_secret_value().split(",")):
            raise ValueError("each key needs 32 characters or more; make one with: openssl rand -hex 32")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings' signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - environment and .env come in through `load`
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def load(publication: Path, environment: Mapping[str, str]) -> Settings:
    """Build the settings for a publication's folder. Raises ConfigurationError, also for an unknown PRESSROOM_ variable."""
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    given: dict[str, str] = {}
    for source, variables in ((".env: ", _dotenv(publication / ".env")), ("", environment)):
        for name, value in variables.items():
            if name.startswith(PREFIX) and name not in known:
                raise ConfigurationError(f"{source}{name}: no such setting; {nearest(name, known)}")
            if name in known and value:
                given[name.removeprefix(PREFIX).lower()] = value
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper()
        message = first["msg"].removeprefix("Value error, ")
        raise ConfigurationError(f"{name}: {message}") from None


def _dotenv(path: Path) -> Mapping[str, str]:
    """Read .env; values are taken as they stand, for a password may hold `${`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror}); mend its permissions") from None
    values = dotenv_values(stream=io.StringIO(text), interpolate=False)
    return {name: value for name, value in values.items() if value is not None}


def describe(settings: Settings) -> list[dict[str, str | None]]:
    """Return name, value (secrets masked) and meaning of every setting."""
    rows: list[dict[str, str | None]] = []
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        shown = None if value is None else str(value)  # a SecretStr shows asterisks
        rows.append({"name": PREFIX + name.upper(), "value": shown, "meaning": field.description})
    return rows
