"""A publication's own templates that nothing uses: their names are not those of shipped ones, and none that is used names them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from jinja2 import Environment

from plaintext import nearest
from publisher.errors import ContentError, Problem, Severity
from publisher.render.templates import names_in, source_of

_NAMED: Final = re.compile(
    r"""\{%[-+]?\s*(?:extends|include|import|from)\s+(?:["']([^"']+)["'](?!\s*[~%|+]\s*[^}]))?"""
)
"""A tag that uses another template, and its name if that is written out."""


def unused_templates(templates: Environment) -> tuple[Problem, ...]:
    """Return a warning for each, with the shipped name that was most likely meant.

    None is returned while a template cannot be read, or one chooses what it includes as it runs: then nobody knows.
    """
    own, shipped = names_in(templates)
    try:
        used = _used(templates, shipped)
    except ContentError:  # reported by check_templates
        return ()
    if used is None:
        return ()
    return tuple(_unused(name, shipped) for name in sorted(own - used) if not _aside(name))


def _used(templates: Environment, shipped: frozenset[str]) -> set[str] | None:
    """Return the shipped names, and those that these templates lead to; None if one cannot be foreseen."""
    used, waiting = set(shipped), sorted(shipped)
    while waiting:
        for name in _named(source_of(templates, waiting.pop())):
            if name is None:
                return None
            if name not in used:
                used.add(name)
                waiting.append(name)
    return used


def _named(source: str) -> Iterator[str | None]:
    return (found[1] for found in _NAMED.finditer(source))


def _aside(name: str) -> bool:
    """Whether a file is not meant as a template: a note, a backup, a hidden file."""
    file = Path(name)
    return any(part.startswith(".") for part in file.parts) or name.endswith(("~", ".md", ".bak", ".orig"))


def _unused(name: str, shipped: frozenset[str]) -> Problem:
    same = [one for one in sorted(shipped) if Path(one).stem == Path(name).stem]
    near = nearest(name, same) or nearest(name, shipped)
    fix = f"rename it to {near} if it is meant to replace that, or remove it" if near else "remove it"
    what = "no mail and no page uses this template"
    return Problem(Path("templates") / name, None, what, fix, Severity.WARNING, rule="template")
