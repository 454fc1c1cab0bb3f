"""Check: everything that is wrong with settings, permissions, content, templates and publication.toml."""

from __future__ import annotations

from publisher import check as rules
from publisher.errors import ContentError, Problem
from publisher.examples import still_examples
from publisher.stages.ports import CheckPorts


def check(ports: CheckPorts) -> tuple[Problem, ...]:
    """Return every problem, by file and line."""
    found = ports.setting_problems() + ports.exposed()
    try:
        content, templates = ports.content, ports.templates
    except ContentError as error:
        return found + error.problems
    if ports.mail_leaves():
        found += still_examples(content.publication, content.declared)
    return found + rules.check(content, templates)
