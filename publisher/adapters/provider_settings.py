"""The settings of a provider of mail: all that may be wrong with them, together and beside others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from publisher.adapters.dkim_settings import KEYS as DKIM_KEYS
from publisher.errors import ConfigurationError, Problem, SettingsError, Severity
from publisher.provider_url import ProviderUrl
from publisher.settings import PREFIX, Found

URL: Final = f"{PREFIX}PROVIDER_URL"
KEY: Final = f"{PREFIX}PROVIDER_KEY"
HOOK: Final = f"{PREFIX}PROVIDER_HOOK"
SMTP: Final = f"{PREFIX}SMTP_URL"


def problems(given: Mapping[str, Found]) -> Iterator[Problem]:
    """Yield what is wrong with the provider's settings; a warning of what counts for nothing."""
    url, key = given.get(URL), given.get(KEY)
    if url is None:
        for name, found in ((KEY, "nothing is sent with it"), (HOOK, "no report is verified with it")):
            if name in given:
                problem = given[name].problem(f"{found}, because {URL} is not set; set that, or remove this")
                yield replace(problem, severity=Severity.WARNING)
        return
    if SMTP in given:
        yield url.problem(f"{SMTP} is also set, and mail can take only one way; remove one of the two")
    for name in DKIM_KEYS.values():
        if name in given:
            yield given[name].problem(
                f"mail by a provider cannot be signed here, because {URL} changes headers that are signed; remove it: the "
                "provider signs, with the keys that its records name"
            )
    try:
        parsed = ProviderUrl.parse(url.value)
    except ValueError:  # said where the setting is read
        return
    yield from _of_hook(parsed, given)
    if key is None and parsed.provider != "ses":
        yield url.problem(f"it needs {KEY}, which is not set; set it to the key for sending")
        return
    try:
        _make(parsed, key.value if key else "")
    except ConfigurationError as error:
        named = key if key is not None and str(error).startswith(KEY) else url
        yield named.problem(str(error).removeprefix(f"{KEY}: "))


def refuse(given: Mapping[str, Found]) -> None:
    """Raise SettingsError if mail cannot be sent as the settings say."""
    if wrong := [one for one in problems(given) if one.severity is Severity.ERROR]:
        raise SettingsError(wrong)


def _of_hook(url: ProviderUrl, given: Mapping[str, Found]) -> Iterator[Problem]:
    from publisher.adapters.provider_hooks import hook_of

    if HOOK in given:
        try:
            hook_of(url, given[HOOK].value)
        except ConfigurationError as error:
            yield given[HOOK].problem(str(error))


def _make(url: ProviderUrl, key: str) -> None:
    """Raise ConfigurationError for what only the provider's own file knows: the form of its key, its extra."""
    from publisher.adapters.providers import provider_at

    provider_at(url, key)
