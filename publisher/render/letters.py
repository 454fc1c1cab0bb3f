"""Letters: the short mails beside the issues. Confirmation and welcome go to readers, proof and notice to editors."""

from __future__ import annotations

from typing import Literal

from jinja2 import Environment

from publisher import slots
from publisher.ports import Letter
from publisher.publication import Publication
from publisher.render import palette
from publisher.render.mail import MONO
from publisher.render.render import SLOTS, to_mail, wrap
from publisher.render.templates import expand

LetterName = Literal["confirmation", "welcome", "proof", "notice"]


def render_letter(name: LetterName, publication: Publication, templates: Environment, **context: object) -> Letter:
    """Render templates/email/<name>.mjml and .txt; the text's first line is the subject.

    confirmation: needs nothing; the slot ACTION is the page with the button.
    welcome: needs nothing; `latest` (an Issue or None) is what the button opens. Slots ADDRESS and UNSUBSCRIBE.
    proof: `rendered` (Rendered), `problems` (of preflight), `digest`, `command` (that approves), `due` (the day and time it goes out).
    notice: `title`, `what` (paragraphs), `commands` (shell lines).
    """
    words: dict[str, object] = {
        "publication": publication, "slots": SLOTS, "light": palette.LIGHT, "dark": palette.DARK, "mono": MONO, "wrap": wrap,
        "weekday": _WEEKDAYS[publication.schedule.send.weekday], "sample": sample, **_DEFAULTS, **context,
    }  # fmt: skip
    text = expand(templates, f"email/{name}.txt", words)
    subject, _, body = text.partition("\n")
    subject = subject.removeprefix("Subject:").strip()
    html = to_mail(templates, f"email/{name}.mjml", words | {"subject": subject})
    return Letter(subject, html, body.strip("\n") + "\n")


def sample(text: str) -> str:
    """Return an issue's text with words in the place of its slots, for a proof: it has no reader yet."""
    for slot, words in _SAMPLES.items():
        text = text.replace(slot, words)
    return text


_SAMPLES = {
    slots.GREETING: "Hello,", slots.ADDRESS: "(the reader's address)", slots.UNSUBSCRIBE: "(the reader's own link)",
}  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DEFAULTS: dict[str, object] = {"latest": None, "due": "", "commands": (), "problems": ()}
