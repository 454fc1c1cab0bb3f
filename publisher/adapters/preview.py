"""Writes an issue into a folder, as its editors look at it before it goes out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from jinja2 import Environment

from publisher.adapters.files import replace_file
from publisher.adapters.permissions import make_private
from publisher.deliver.message import ISSUE
from publisher.deliver.message_builder import MessageBuilder, greeting
from publisher.issue import Rendered
from publisher.language import language_of
from publisher.merge_fields import filled
from publisher.numbers import page_of
from publisher.publication import Publication
from publisher.render.templates import expand

READER = ("Ada", "ada@example.com")


def write_preview(
    rendered: Rendered, message: bytes, publication: Publication, templates: Environment, out: Path, now: dt.datetime
) -> list[Path]:
    """Write issue.html, issue.txt, issue.eml, web.html, the style sheet and the pictures; return the files.

    The merge fields are filled for one made-up reader whose links lead nowhere. In issue.html the pictures come from the
    folder, since the site that the mail refers to does not have them yet.
    """
    unsubscribe, preferences = publication.service("unsubscribe/preview"), publication.service("preferences/preview")
    links = {"unsubscribe": unsubscribe, "preferences": preferences}
    values = {"greeting": greeting(READER[0], language_of(publication)), "address": READER[1], **links}
    page = publication.url(page_of(rendered.number))
    html = filled(rendered.html, **values)
    for picture in rendered.pictures:
        html = html.replace(page + picture.name, picture.name)
    message_builder = MessageBuilder(
        publication, b"preview", lambda _subject_id: unsubscribe, lambda _subject_id, _since: preferences
    )
    envelope = message_builder.email(
        ISSUE,
        message,
        name=READER[0],
        address=READER[1],
        reference="preview",
        now=now,
        values=links,
    )
    style = expand(templates, "web/style.css", {})
    files = {
        "issue.html": html.encode(),
        "issue.txt": filled(rendered.text, **values).encode(),
        "issue.eml": envelope.message,
        "web.html": rendered.web.replace("../../style.css", "style.css").encode(),
        "style.css": style.encode(),
        **{picture.name: picture.data for picture in rendered.pictures},
    }
    make_private(out)
    for name, data in files.items():
        replace_file(out / name, data, durable=False, private=True)
    return [out / name for name in files]
