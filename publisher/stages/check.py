"""Check: everything that is wrong with settings, permissions, content, templates and publication.toml."""

from __future__ import annotations

from pathlib import Path

from publisher import check as rules
from publisher import timetable
from publisher.errors import ContentError, Problem, Severity
from publisher.examples import still_examples
from publisher.ports import Content
from publisher.stages.lost import another_list, lost, problems_of
from publisher.stages.ports import CheckPorts
from subscribers.database import DatabaseError, DatabaseMisconfigured


def check(ports: CheckPorts) -> tuple[Problem, ...]:
    """Return every problem, by file and line."""
    found = ports.setting_problems()
    try:
        content, templates = ports.content, ports.templates
    except ContentError as error:
        return found + ports.exposed() + error.problems
    found += ports.misaligned(content.publication.sender.address)
    sent = _sent(ports, content)
    found += ports.exposed()  # after the database was asked, which may take the files beside it away
    week = timetable.current_week(content.publication.schedule, ports.clock.now())
    if ports.mail_leaves():
        found += still_examples(content.publication, content.declared)
    return found + _feed_ids(ports, content) + sent + rules.check(content, templates, week)


def _sent(ports: CheckPorts, content: Content) -> tuple[Problem, ...]:
    """Ask the ledger which issues have no file any more, and of which list the last one was, where it can be asked."""
    try:
        return problems_of(lost(content, ports.mailings())) + another_list(content, ports.last_message())
    except DatabaseMisconfigured:
        return ()  # among the problems of settings
    except DatabaseError as error:
        what = f"whether each issue that was sent has its file was not checked: {error}"
        return (
            Problem(Path("content/issues"), None, what, "let the database answer, and check again", Severity.WARNING),
        )


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
