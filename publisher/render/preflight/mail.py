"""Pre-flight rules on the mail itself, as it will leave: size, images, what it must contain and what it must not."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

from publisher import merge_fields
from publisher.errors import Problem, Severity
from publisher.issue import Correction, Issue, Rendered
from publisher.publication import Publication
from publisher.render.markup import escape
from publisher.render.source import Source

CLIPPED = 102_000
"""Bytes of HTML that Gmail shows; it hides the rest, the unsubscribe link first. Measured figures say 102 KB."""

FIELDS_SIZE = 1_000
"""Bytes that a reader's own name, address and links may add."""


def check(issue: Issue, rendered: Rendered, publication: Publication) -> Iterator[Problem]:
    source, template = Source(issue), template_of(issue)
    size = len(merge_fields.unmarked(rendered.html).encode()) + FIELDS_SIZE
    if size > CLIPPED:
        fix = "shorten the longest section or its code; the web page may hold the rest"
        yield source.error(
            None, f"the mail's HTML has {size:,} bytes, and Gmail hides everything beyond {CLIPPED:,}", fix, "size"
        )
    elif size > 0.85 * CLIPPED:
        yield source.warning(
            None, f"the mail's HTML has {size:,} bytes of {CLIPPED:,}", "shorten it before it grows", "size"
        )
    yield from _images(rendered, source)
    yield from _must_have(rendered, publication, template)
    yield from _must_mark(issue, rendered, template)
    yield from _must_not_have(rendered, template)
    yield from _must_show(issue, rendered)


def template_of(issue: Issue) -> Path:
    """Return the template of its mail."""
    return Path(f"templates/email/{'correction' if isinstance(issue, Correction) else 'issue'}.mjml")


def _images(rendered: Rendered, source: Source) -> Iterator[Problem]:
    shown = set()
    for tag in re.findall(r"<img\b[^>]*>", rendered.html):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        name = attributes.get("src", "").rpartition("/")[2]
        shown.add(name)
        if not attributes.get("alt", "").strip():
            yield source.error(None, f"the image {name!r} has no alternative text", "say what it shows", "alt")
        if not (attributes.get("width", "").isdigit() and attributes.get("height", "").isdigit()):
            yield source.error(None, f"the image {name!r} has no size", "put the file below content/", "image")
    for picture in rendered.pictures:
        if (
            picture.name in shown
            and picture.width > 760
            and picture.name.endswith(".png")
            and len(picture.data)
            and picture.width == _drawn(picture.data)
        ):
            yield source.warning(None, f"the diagram {picture.name} is {picture.width} px wide; its words are small on a phone",
                                 "use flowchart TD, or shorter labels", "diagram")  # fmt: skip


def _drawn(png: bytes) -> int:
    """Return the width at which a diagram is shown: its pixels halved, as `diagrams.draw` doubles them."""
    return int.from_bytes(png[16:20], "big") // 2


def _must_have(rendered: Rendered, publication: Publication, template: Path) -> Iterator[Problem]:
    if not re.search(rf'<a\b[^>]*href="{merge_fields.UNSUBSCRIBE}"', rendered.html):
        yield _template(
            template, "the mail has no unsubscribe link", "link {{ fields.unsubscribe }} in the footer", "unsubscribe"
        )
    if merge_fields.UNSUBSCRIBE not in rendered.text:
        yield _template(
            template.with_suffix(".txt"),
            "the text part has no unsubscribe link",
            "put {{ fields.unsubscribe }} into it",
            "unsubscribe",
        )
    for body, file in ((rendered.html, template), (rendered.text, template.with_suffix(".txt"))):
        if merge_fields.PREFERENCES not in body:
            fix = "link {{ fields.preferences }} in the footer"
            yield _template(file, "the mail has no link to the reader's own page", fix, "preferences")
    address = publication.postal_address
    if (
        address not in rendered.html
        and escape(address) not in rendered.html
        and html.escape(address) not in rendered.html
    ):
        yield _template(
            template,
            "the mail has no postal address",
            "put {{ publication.postal_address }} into the footer",
            "postal-address",
        )
    if address not in rendered.text:
        fix = "put {{ publication.postal_address }} into the footer"
        yield _template(template.with_suffix(".txt"), "the text part has no postal address", fix, "postal-address")
    for body, file in ((rendered.html, template), (rendered.text, template.with_suffix(".txt"))):
        known = merge_fields.IN_ISSUES.values()
        found = (match[0] for match in merge_fields.PATTERN.finditer(merge_fields.unmarked(body)))
        for name in dict.fromkeys(name for name in found if name not in known):
            yield _template(
                file,
                f"the merge field {name} cannot be filled in an issue",
                "use greeting, address, unsubscribe or preferences; if it is in the content, remove it there",
                "field",
            )


def _must_mark(issue: Issue, rendered: Rendered, template: Path) -> Iterator[Problem]:
    """Report sections without marks, which would go to readers who do not want them."""
    html = "put <mj-raw>{{ part.begins }}</mj-raw> before each part and the same with part.ends after it"
    text = "put {{ part.begins }} before each part and {{ part.ends }} after it"
    for body, file, fix in ((rendered.html, template, html), (rendered.text, template.with_suffix(".txt"), text)):
        for section in issue.sections:
            marks = merge_fields.around(section.id)
            if marks.begins not in body or marks.ends not in body:
                what = f"the mail does not mark the section {section.id!r}, so it would go to those who do not want it"
                yield _template(file, what, fix, "marks")


def _must_not_have(rendered: Rendered, template: Path) -> Iterator[Problem]:
    body = re.sub(r"<!--.*?-->", "", rendered.html, flags=re.S)
    for pattern, what in (
        (r"<script\b", "a script"),
        (r"\bhref=\"\s*(?:javascript|data|vbscript):", "a link that runs code"),
        (r"style=\"[^\"]*(?:display:\s*none|visibility:\s*hidden|max-height:\s*0|opacity:\s*0[;\"])", "hidden text"),
        (r"<(?:form|iframe|object|embed|video)\b", "an element that mail programs remove"),
    ):
        if re.search(pattern, body, re.I):
            yield _template(template, f"the mail contains {what}", "remove it: filters count it against us", "template")


def _must_show(issue: Issue, rendered: Rendered) -> Iterator[Problem]:
    """Report a template of the publication's own that leaves corrections out of the page."""
    if isinstance(issue, Correction) and f'id="correction-{issue.which}"' not in rendered.web:
        fix = "show `corrections` as the shipped template does, each in an element whose id is correction-1, correction-2 …"
        yield _template(Path("templates/web/issue.html"), "the page does not show the correction", fix, "correction")


def _template(path: Path, what: str, fix: str, rule: str) -> Problem:
    return Problem(path, None, what, fix, Severity.ERROR, rule)
