"""Render, pre-flight, proof: an issue as it would be sent now, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping

from publisher import approve as approval
from publisher.check_pieces import named_by_issues
from publisher.deliver.message import ISSUE, compose
from publisher.draft import replaceable
from publisher.errors import Problem
from publisher.examples import REAL_READERS, still_examples
from publisher.issue import Correction, Issue, Rendered
from publisher.old_news import repeats_in
from publisher.ports import Content
from publisher.publication import Publication
from publisher.render import render_correction, render_issue
from publisher.render.preflight import links_to_check
from publisher.render.preflight import preflight as examine
from publisher.stages.lookup import issue_of
from publisher.stages.lost import another_list, lost, problems_of
from publisher.stages.ports import Proof, PublishPorts, RenderPorts


def proof(ports: RenderPorts, number: int) -> Proof:
    """Freeze the issue as it stands: the bytes that an approval is bound to.

    The same content and templates are rendered once, however often this is called.
    """
    content = ports.content
    key = (ports.made_from, number)
    known = ports.proofs.get(key)
    if known is not None:
        return known
    issue = issue_of(content, number)
    rendered = rendered_as_now(issue, ports)
    message = frozen(rendered, content.publication)
    digest = approval.digest_of(issue.source, message)
    made = Proof(issue, rendered, message, digest, _examined(issue, rendered, content))
    ports.proofs[key] = made
    return made


def rendered_as_now(issue: Issue, ports: RenderPorts) -> Rendered:
    """Return an issue's mail and page, or a correction's mail, with everything beside its file as it is now."""
    if isinstance(issue, Correction):
        return render_correction(issue, ports.content, ports.templates)
    return render_issue(issue, ports.content, ports.templates)


def render(ports: RenderPorts, number: int) -> Rendered:
    """Return the issue as mail and web page."""
    return proof(ports, number).rendered


def preflight(ports: PublishPorts, number: int, *, online: bool = False) -> tuple[Problem, ...]:
    """Return what is wrong with the issue as it would be sent now; `online` also fetches its links."""
    made = proof(ports, number)
    beside = (
        problems_of(lost(ports.content, ports.ledger.records.entries())) + unfit(ports) + _models(ports, made.issue)
    )
    if not online:
        return beside + made.findings
    checked = ports.fetch_links(links_to_check(made.rendered, ports.content))
    return beside + _examined(made.issue, made.rendered, ports.content, checked)


def _examined(
    issue: Issue, rendered: Rendered, content: Content, checked: Mapping[str, str | None] | None = None
) -> tuple[Problem, ...]:
    pieces = (*named_by_issues((issue,), content), *repeats_in(issue, content))
    return pieces + examine(issue, rendered, content, checked_links=checked)


def _models(ports: PublishPorts, issue: Issue) -> tuple[Problem, ...]:
    """Return why no model drafted what drafting may still write anew."""
    anew = not issue.published and any(replaceable(issue, section) for section in issue.drafted)
    return ports.model_problems(issue.number) if anew else ()


def unfit(ports: PublishPorts) -> tuple[Problem, ...]:
    """Return what in publication.toml no issue may be sent with."""
    return (*_another_list(ports), *_examples(ports))


def _another_list(ports: PublishPorts) -> tuple[Problem, ...]:
    last = max(ports.ledger.records.entries(), key=lambda entry: entry.started, default=None)
    mailing = ports.ledger.deliveries.mailing(last.number) if last else None
    return another_list(ports.content, (mailing.number, mailing.message) if mailing else None)


def _examples(ports: PublishPorts) -> tuple[Problem, ...]:
    """Return what publication.toml still has of an example, unless all readers have addresses that are examples, too.

    That is how the demo and a first try are known, whatever carries their mail: a server of this machine may be the one
    through which a real list goes out.
    """
    publication = ports.content.publication
    found = still_examples(publication, ports.content.declared)
    return found if found and ports.audience_size(publication.segment(REAL_READERS)) else ()


def frozen(rendered: Rendered, publication: Publication) -> bytes:
    """Return the bytes that go over the wire, with merge fields for everything that differs between readers."""
    return compose(
        publication,
        ISSUE,
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        number=rendered.number,
    )
