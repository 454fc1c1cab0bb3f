"""Check: everything that is wrong with settings, permissions, content, templates and publication.toml."""

from __future__ import annotations

from pathlib import Path

from publisher import check as rules
from publisher.errors import ContentError, Problem, Severity
from publisher.examples import still_examples
from publisher.ports import Content
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
    return found + _feed_ids(ports, content) + rules.check(content, templates)


def _feed_ids(ports: CheckPorts, content: Content) -> tuple[Problem, ...]:
    """Find a feed whose ids do not follow from publication.toml any more: a new machine would change them."""
    there, publication = ports.feed_id(), content.publication
    if there is None or there == publication.lasting_id():
        return ()
    what = f"the ids of the feed begin with {there}, and feed readers would show every issue again if they changed"
    fix = f"write permanent_url = {there.rstrip('/')!r}, or remove feed.xml from the site if nobody reads it yet"
    key = "permanent_url" if publication.permanent_url else "base_url"
    line = content.declared.get(key)
    return (Problem(Path("content/publication.toml"), line, what, fix, Severity.WARNING, rule="feed"),)
