"""Pre-flight: what is wrong with an issue before it is sent. Errors block approval, warnings do not.

content     what parsing and drawing found: links, images, diagrams, raw HTML
sections    missing, empty, unknown, out of order                       words.py
words       subject, preheader, leftovers, spam-prone things            words.py
links       used before, shortened, disguised, dead                     links.py
citations   every drafted sentence rests on a passage                   publisher.draft
mail        the bytes that leave: size, unsubscribe, address, fields    mail.py
support     what a mail program does not show as it is meant            support.py
"""

from __future__ import annotations

from collections.abc import Mapping

from publisher.draft import check_claims, citable
from publisher.errors import Problem
from publisher.issue import Issue, Rendered
from publisher.ports import Content
from publisher.render.preflight import links, mail, support, words


def preflight(
    issue: Issue, rendered: Rendered, content: Content, *, checked_links: Mapping[str, str | None] | None = None
) -> tuple[Problem, ...]:
    """Return everything that was found: errors first, each kind in the order of the file.

    `checked_links` is the result of fetching the issue's links (see `links_to_check`): None for a link that answers,
    else the reason why it does not. Without it, only the form of links is checked.
    """
    found = [
        *rendered.problems,
        *words.check(issue, content.publication),
        *links.check(issue, rendered, content, checked_links or {}),
        *_citations(issue, content),
        *mail.check(issue, rendered, content.publication),
        *support.check(rendered.html, mail.template_of(issue), issue.path),
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda problem: (problem.severity.value, problem.line or 0)))


def links_to_check(rendered: Rendered, content: Content) -> tuple[str, ...]:
    """Return the addresses in an issue that lead elsewhere, each once: what `--online` fetches."""
    return tuple(dict.fromkeys(
        link.url for link in links.links(rendered.html)
        if link.url.startswith(("http://", "https://")) and not link.url.startswith(content.publication.url())
    ))  # fmt: skip


def _citations(issue: Issue, content: Content) -> list[Problem]:
    passages = citable(content.issues, before=issue.date)
    return [
        problem
        for section in issue.sections
        if issue.cites(section.id) and section.body.strip()
        for problem in check_claims(
            section, passages, path=issue.path, before=issue.date, language=content.publication.language
        )
    ]
