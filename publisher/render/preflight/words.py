"""Pre-flight rules on words: sections, subject and preheader, leftovers, spam-prone things."""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.content.leftovers import FIX, leftover
from publisher.errors import Problem
from publisher.issue import ARCHIVE, Correction, Issue
from publisher.publication import Publication
from publisher.render.source import Source

SUBJECT_LONG, SUBJECT_LIMIT = 60, 120
PREHEADER_SHORT, PREHEADER_LONG = 40, 140
CODE_COLUMNS = 72


def check(issue: Issue, publication: Publication) -> Iterator[Problem]:
    source = Source(issue)
    yield from _subject(issue, source)
    if isinstance(issue, Correction):
        yield from _correction(issue, source)
    else:
        yield from _sections(issue, publication, source)
        yield from _preheader(issue, source)
    yield from _leftovers(issue, source)
    yield from _loud(issue, source)
    yield from _wide_code(source)


def _sections(issue: Issue, publication: Publication, source: Source) -> Iterator[Problem]:
    wanted, there = publication.order(), [section.id for section in issue.sections]
    # A young publication has too few past issues to draft from; then assembly leaves the drafted section out.
    due = [one for one in wanted if one != ARCHIVE or ARCHIVE in issue.drafted]
    for id_, why in issue.left_out.items():
        if id_ not in there and not issue.published:
            fix = f"write it below a line «## Title {{#{id_}}}», or go on without it"
            yield source.warning(source.key("left_out"), f"the section {id_!r} is left out: {why}", fix, "sections")
    for missing in (one for one in due if one not in (*there, *issue.left_out) and not issue.published):
        fix = f"add a line «## Title {{#{missing}}}» and its text, or assemble the issue again"
        yield source.error(None, f"the section {missing!r} is missing", fix, "sections")
    for section in issue.sections:
        if not re.search(r"\w", section.body):
            fix = (
                f"write it, or run `pressroom draft {issue.number}`"
                if section.id in (*issue.drafted, "archive")
                else "write it"
            )
            yield source.error(section.line or None, f"the section {section.id!r} is empty", fix, "sections")
        if section.id not in wanted:
            fix = f"use one of {', '.join(wanted)}, or add a [[section]] to publication.toml"
            yield source.warning(
                section.line or None, f"the section {section.id!r} is unknown to the publication", fix, "sections"
            )
    known = [one for one in there if one in wanted]
    if known != [one for one in wanted if one in known]:
        fix = f"readers expect the order {', '.join(wanted)}"
        yield source.warning(None, "the sections are out of order", fix, "sections")


def _correction(correction: Correction, source: Source) -> Iterator[Problem]:
    if not re.search(r"\w", correction.lead):
        yield source.error(
            None, "it has no text", "write below the front matter what was wrong, and what is right", "sections"
        )


def _subject(issue: Issue, source: Source) -> Iterator[Problem]:
    line, title = source.key("title"), issue.title.strip()
    if not title:
        yield source.error(line, "the subject (title) is empty", "write one of 20 to 60 characters", "subject")
    elif len(title) > SUBJECT_LIMIT:
        yield source.error(
            line, f"the subject has {len(title)} characters, more than {SUBJECT_LIMIT}", "shorten it", "subject"
        )
    elif len(title) > SUBJECT_LONG:
        what = f"the subject has {len(title)} characters; phones cut it after about {SUBJECT_LONG}"
        yield source.warning(line, what, "put the point first, or shorten it", "subject")


def _preheader(issue: Issue, source: Source) -> Iterator[Problem]:
    line, text = source.key("preheader"), issue.preheader.strip()
    if not text:
        yield source.error(
            line, "the preheader is empty", "write a sentence that inboxes show after the subject", "preheader"
        )
    elif len(text) < PREHEADER_SHORT:
        what = f"the preheader has {len(text)} characters; inboxes fill the rest with the mail's first words"
        yield source.warning(line, what, f"write {PREHEADER_SHORT} to 110", "preheader")
    elif len(text) > PREHEADER_LONG:
        what = f"the preheader has {len(text)} characters; inboxes cut it after about 110"
        yield source.warning(line, what, "shorten it", "preheader")
    elif text.rstrip(".").casefold() == issue.title.strip().rstrip(".").casefold():
        yield source.warning(line, "the preheader repeats the subject", "say what the subject does not", "preheader")


def _leftovers(issue: Issue, source: Source) -> Iterator[Problem]:
    heads = [(source.key("title"), issue.title), (source.key("preheader"), issue.preheader)]
    for line, text in [*heads, *source.prose()]:
        if found := leftover(text):
            yield source.error(line, f"«{found}» was left in the text", FIX, "leftover")


def _loud(issue: Issue, source: Source) -> Iterator[Problem]:
    letters = [letter for letter in issue.title if letter.isalpha()]
    if len(letters) >= 8 and sum(letter.isupper() for letter in letters) > 0.6 * len(letters):
        yield source.warning(
            source.key("title"), "the subject is in capitals", "write it as a sentence: filters count capitals", "spam"
        )
    for key, text in (("title", issue.title), ("preheader", issue.preheader)):
        if "!" in text:
            yield source.warning(
                source.key(key),
                f"an exclamation mark in the {key}",
                "remove it: filters and readers count them",
                "spam",
            )
    shouted = [line for line, text in source.prose() if re.search(r"\w!(?=[\s!\"'”)]|$)", text)]
    if len(shouted) > 2 or any("!!" in text for _, text in source.prose() if not text.startswith("!!! ")):
        yield source.warning(
            shouted[0] if shouted else None, "many exclamation marks", "two in an issue are plenty", "spam"
        )


def _wide_code(source: Source) -> Iterator[Problem]:
    fence = ""
    for number, line in enumerate(source.lines(), 1):
        mark = re.match(r"\s*(`{3,}|~{3,})\s*(\w*)", line)
        if mark and not fence:
            fence, mermaid = mark[1], mark[2] == "mermaid"
        elif mark and mark[1].startswith(fence):
            fence = ""
        elif fence and not mermaid and len(line.rstrip()) > CODE_COLUMNS:
            what = f"a line of code has {len(line.rstrip())} columns; Outlook widens the mail above {CODE_COLUMNS}"
            yield source.warning(number, what, "break it", "code")
