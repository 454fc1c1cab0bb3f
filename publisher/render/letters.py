"""Letters: the short mails beside the issues. Proof and notice go to editors, the others to one reader each."""

from __future__ import annotations

from typing import Literal, cast
from urllib.parse import urlsplit

from jinja2 import Environment

from publisher import slots
from publisher.content.links import BrokenLinkError, Links
from publisher.errors import MendableError
from publisher.ports import Letter, Shelf
from publisher.publication import Publication
from publisher.render import palette
from publisher.render.mail import MONO
from publisher.render.render import SLOTS, to_mail, wrap
from publisher.render.templates import expand

LetterName = Literal["confirmation", "welcome", "link", "move", "moved", "step", "proof", "notice"]


def render_letter(name: LetterName, publication: Publication, templates: Environment, **context: object) -> Letter:
    """Render templates/email/<name>.mjml and .txt; the text's first line is the subject.

    confirmation: needs nothing; the slot ACTION is the page with the button.
    welcome: needs nothing; `latest` (an Issue or None) is what the button opens. Slots ADDRESS and UNSUBSCRIBE.
    link, move: need nothing; ACTION is the reader's page, or the page with the button. moved: needs nothing.
    step: `path` (LearningPath), `step` (Step), `number` of `count`, `url` of the step.
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


def render_reader_letter(name: str, shelf: Shelf, templates: Environment, *, path: str = "", step: int = 0) -> Letter:
    """Render a letter to a reader by its kind. Raises MendableError for a step that is no longer there."""
    if name == "welcome":
        latest = max((one for one in shelf.issues if one.published), key=lambda one: one.number, default=None)
        return render_letter("welcome", shelf.publication, templates, latest=latest)
    if name == "step":
        return render_letter("step", shelf.publication, templates, **_step(shelf, path, step))
    return render_letter(cast("LetterName", name), shelf.publication, templates)


def _step(shelf: Shelf, slug: str, number: int) -> dict[str, object]:
    path = next((each for each in shelf.paths if each.slug == slug), None)
    if path is None or number > len(path.steps):
        raise MendableError(f"the learning path {slug} has no step {number} any more")
    step = path.steps[number - 1]
    try:
        link = step.link if urlsplit(step.link).scheme else Links.of(shelf).resolve(step.link, path.path)
    except BrokenLinkError as error:
        raise MendableError(f"step {number} of the learning path {slug}: {error}") from error
    url = link if urlsplit(link).scheme else shelf.publication.url(link)
    return {"path": path, "step": step, "number": number, "count": len(path.steps), "url": url}


def sample(text: str) -> str:
    """Return an issue's text with words in the place of its slots, and whole, for a proof: it has no reader yet."""
    text = slots.unmarked(text)
    for slot, words in _SAMPLES.items():
        text = text.replace(slot, words)
    return text


_SAMPLES = {
    slots.GREETING: "Hello,", slots.ADDRESS: "(the reader's address)", slots.UNSUBSCRIBE: "(the reader's own link)",
    slots.PREFERENCES: "(the reader's own page)",
}  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DEFAULTS: dict[str, object] = {"latest": None, "due": "", "commands": (), "problems": ()}
