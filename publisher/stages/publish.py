"""Publish: the web pages of every issue that went out or is going out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from publisher import timetable
from publisher.issue import Correction
from publisher.numbers import page_of
from publisher.ports import Content, MailingEntry
from publisher.site import site_parts
from publisher.stages.ports import PublishPorts


def publish(ports: PublishPorts) -> int:
    """Build the pages that would differ from those that are there; return how many files the site has.

    The page of an issue that is being sent, or corrected, stays as approved, even if a file was edited meanwhile (I9). The
    page that a mail links to stays, even if the file of the issue or the correction is gone.
    """
    content = _with_lasting_ids(ports)
    mailings = {mailing.number: mailing for mailing in ports.mailings()}
    public = [issue for issue in content.issues if issue.published or issue.number in mailings]
    content = dataclasses.replace(content, corrections=_out(content, mailings))
    there = {issue.number for issue in (*public, *content.corrections)}
    keep = [number for number, mailing in mailings.items() if number not in there or _changed(ports, mailing)]
    parts = site_parts(content, public, ports.templates)
    return ports.site.write(parts, keep=[page_of(number) for number in keep])


def _out(content: Content, mailings: Mapping[int, MailingEntry]) -> tuple[Correction, ...]:
    """Return the corrections that went out or are going out, each with the day on which that began."""
    zone, found = timetable.clock(content.publication.schedule.zone), list[Correction]()
    for one in content.corrections:
        if one.published:
            found.append(one)
        elif mailing := mailings.get(one.number):
            found.append(dataclasses.replace(one, published=mailing.started.astimezone(zone).date()))
    return tuple(found)


def _with_lasting_ids(ports: PublishPorts) -> Content:
    """Return content whose feed keeps the ids of the one that is there, unless publication.toml says which it has."""
    content, there = ports.content, ports.site.feed_id()
    if there in (None, content.publication.lasting_id()) or content.publication.permanent_url:
        return content
    return dataclasses.replace(content, publication=content.publication.model_copy(update={"permanent_url": there}))


def _changed(ports: PublishPorts, mailing: MailingEntry) -> bool:
    """Whether an issue that is being sent is no longer what was approved."""
    if mailing.finished is not None:
        return False
    from publisher.stages.proof import proof  # the pre-flight and all of drafting, which a site does without

    return proof(ports, mailing.number).digest != mailing.digest
