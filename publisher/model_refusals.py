"""What a person has to put right so that a model answers again, by what its endpoint said last (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from publisher.ports import CallOutcome, CallRecord

_NOT_ASKED = frozenset({CallOutcome.CACHED, CallOutcome.OVER_BUDGET, CallOutcome.UNDER_WAY})


@dataclass(frozen=True, slots=True)
class ConfiguredModel:
    """A model of the settings: `setting` is how their names begin, `endpoint` its URL without what may be secret."""

    setting: str
    endpoint: str
    name: str
    has_key: bool


def refusals(
    models: Sequence[ConfiguredModel], calls: Sequence[CallRecord]
) -> Iterator[tuple[ConfiguredModel, str, str]]:
    """Yield each model that was refused, which of its settings is wrong, and a message «what is wrong; how to fix it».

    The setting is URL, KEY or NAME; KEY only where there is one: the URL may have a password, or a proxy the key.

    `calls` are the latest, the newest first: only the last answer of an endpoint counts.
    """
    for model in models:
        own = (call for call in calls if (call.endpoint, call.model) == (model.endpoint, model.name))
        last = next((call for call in own if call.outcome not in _NOT_ASKED), None)
        if last is not None and last.outcome is CallOutcome.REFUSED:
            found = _refusal(model, last.status)
            if found is not None:
                part, what, fix = found
                again = f"pressroom draft {last.issue}" if last.issue and last.purpose in ("draft", "repair") else ""
                yield model, part, f"{what}; {fix}, then {f'run: {again}' if again else 'try again'}"


def _refusal(model: ConfiguredModel, status: int | None) -> tuple[str, str, str] | None:
    """Return the setting, what is wrong with it, and what to do; None if nobody can tell."""
    there, so = f"{model.endpoint} (HTTP {status})", f"so {model.name!r} wrote nothing"
    match status:
        case 401 | 403 if model.has_key:
            return "KEY", f"{there} refused it, {so}", "write a key that is valid there"
        case 401 | 403:
            return "URL", f"{there} wants a key, {so}", f"set {model.setting}KEY"
        case 402 | 429:
            part, fix = ("KEY", "pay in, or write another key") if model.has_key else ("URL", "pay in")
            return part, f"{there} says that its account has no money left, {so}", fix
        case 404:
            return "NAME", f"{there} has no such model, {so}", f"fix the name, or {model.setting}URL"
    return None
