"""Draft: past issues -> the sections that are written from them, every claim with its citation."""

from __future__ import annotations

from publisher.content import issue_file
from publisher.draft import citable, draft_section, to_markdown
from publisher.errors import Refused
from publisher.issue import Draft
from publisher.stages.lookup import issue_of
from publisher.stages.ports import Ports


def draft(ports: Ports, number: int) -> tuple[Draft, ...]:
    """Write every section of the issue that is to be drafted, from past issues, with citations."""
    content = ports.content
    issue = issue_of(content, number)
    if issue.published or ports.ledger.mailing(number):
        raise Refused(f"issue {number} went out already; its text stays as it was sent")
    retriever = ports.index(tuple(citable(content.issues, before=issue.date).values()))
    drafts = tuple(
        draft_section(issue, section, retriever, ports.writers, publication=content.publication.name)
        for section in issue.drafted
    )
    if drafts:
        bodies = {one.section: to_markdown(one.claims) for one in drafts}
        text = issue_file.with_drafts(issue.path, issue.source, bodies, [one.note for one in drafts])
        ports.write_issue(number, text, expected=issue.source)
    return drafts
