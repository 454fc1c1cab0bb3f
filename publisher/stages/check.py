"""Check: everything that is wrong with settings, content, templates and publication.toml."""

from __future__ import annotations

from publisher import check as rules
from publisher.errors import ContentError, Problem
from publisher.stages.ports import Ports


def check(ports: Ports) -> tuple[Problem, ...]:
    """Return every problem, by file and line."""
    settings = ports.setting_problems()
    try:
        content, templates = ports.content, ports.templates
    except ContentError as error:
        return settings + error.problems
    return settings + rules.check(content, templates)
