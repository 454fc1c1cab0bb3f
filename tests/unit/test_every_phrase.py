"""Every word that readers see is in the catalogues: a publication that says all of them in its own way says nothing else."""

from __future__ import annotations

import dataclasses

import pytest

from publisher import privacy
from publisher.deliver.message_builder import greeting
from publisher.issue import Correction, DraftNote, Page, Step
from publisher.language import language_of
from publisher.numbers import correction_number
from publisher.ports import Content
from publisher.publication import Publication
from publisher.render import render_correction, render_issue
from publisher.render.course import render_step
from publisher.render.emails import render_email, render_welcome
from publisher.site import site_files
from publisher.web import pages
from publisher.web.pages import Pages, Words
from tests import signs
from tests.press import DIAGRAM, PUBLICATION, content, issue, png, templates

OWN = (
    "Notes, 1 Example Street", "Notes & Queries", "One mail a week for people who test", "Exact search", "A service", "Which index?",
    "When exact search beats an index, and what an index costs in memory.", "Vectors in the database you run",
    "What this week is about.", "A question leads to an answer.", "interview question", "architecture", "concept", "a model", "Interview question", "Architecture", "Concept",
    "Backend engineer", "AI engineer", "Backend to AI", "Job queues", "Agents", "About us", "About", "Who we are.", "learn · backend", "backend",
    "about",
)  # fmt: skip
"""What the publication says itself."""
TEXT = f"""{DIAGRAM}
![8](img/9.png) 7 ^^[^1]

!!! note

    6

| 1 | 2 |
|---|---|
| 3 | {"4 " * 40} |

[^1]: 5.
"""
ARCHIVE = "3. [@0002-concept-1]\n\n> 60,000\n"


@pytest.fixture(scope="module")
def ours() -> Publication:
    # Japanese dates have no Latin letters.
    return Publication.model_validate(
        PUBLICATION.model_dump(by_alias=True, exclude={"draft", "language", "words"})
        | {"language": "ja", "words": signs.words(), "draft": {"before": "question"}}
    )


@pytest.fixture(scope="module")
def whole(ours: Publication) -> Content:
    first = issue(2, concept="60,000", architecture="1", question="2")
    second = issue(3, concept=TEXT, architecture="1", question="2", archive=ARCHIVE)
    model = DraftNote("model", model="a model", fallbacks=("7",))
    third = dataclasses.replace(issue(4, concept="5", architecture="1", question="2", archive=ARCHIVE), draft=model)
    tools = Page("tools", "1", "2", TEXT, first.path, 1)
    found = content(first, second, third, publication=ours)
    steps = (Step("3", "../pages/tools.md", "4", "tools"), Step("5", "https://example.com/", "6", "elsewhere"))
    path = dataclasses.replace(found.paths[0], steps=(*found.paths[0].steps, *steps))
    return dataclasses.replace(found, pages=(*found.pages, tools), paths=(path,), picture=lambda _: png(20, 30))


def assert_ours(text: str, *own: str) -> None:
    assert signs.letters(" ".join(text.split()), (*OWN, *own)) == []


@pytest.mark.parametrize("name", ["confirmation", "link", "move", "moved", "stay"])
def test_in_short_mails(name: str, ours: Publication) -> None:
    email = render_email(name, ours, templates())
    assert signs.SIGN in email.subject
    for text in (email.subject, email.text, signs.read(email.html)):
        assert_ours(text)


@pytest.mark.parametrize("path", ["", "backend"])
@pytest.mark.parametrize("chosen", [(), (2, 3)])
@pytest.mark.parametrize("some", [True, False])
def test_in_the_welcome(path: str, chosen: tuple[int, ...], some: bool, whole: Content) -> None:
    publication = whole.publication
    welcome = publication.welcome.model_copy(update={"issues": chosen})
    found = dataclasses.replace(
        whole,
        publication=publication.model_copy(update={"welcome": welcome}),
        issues=whole.issues if some else (),
    )
    email = render_welcome(found, templates(), path=path)
    for text in (email.subject, email.text, signs.read(email.html)):
        assert_ours(text)


@pytest.mark.parametrize("every_days", [0, 1, 7])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_in_a_course(number: int, every_days: int, whole: Content) -> None:
    email = render_step(whole, templates(), slug="backend", number=number, every_days=every_days)
    for text in (email.subject, email.text, signs.read(email.html)):
        assert_ours(text, "A guide", "Read it first.", "Read it.")


@pytest.mark.parametrize("number", [2, 3, 4])
def test_in_an_issue(number: int, whole: Content) -> None:
    found = whole.issue(number)
    assert found is not None
    rendered = render_issue(found, whole, templates())
    for text in (rendered.text, signs.read(rendered.html), signs.read(rendered.web)):
        assert_ours(text, "From the archive")  # its heading is part of the issue


def test_in_a_correction(whole: Content) -> None:
    wrong = whole.issue(3)
    assert wrong is not None
    fields = {each.name: getattr(wrong, each.name) for each in dataclasses.fields(wrong)}
    correction = Correction(**fields | {"number": correction_number(3, 1), "title": "8", "lead": "9", "sections": ()})
    rendered = render_correction(correction, dataclasses.replace(whole, corrections=(correction,)), templates())
    for text in (rendered.text, signs.read(rendered.html), signs.read(rendered.web)):
        assert_ours(text, "From the archive")


def test_on_the_site(whole: Content) -> None:
    own = ("A guide", "Read it first.", "Read it.", "We write. See", "the path", "From the archive", "Guide", "Keep the craft.",
           "A short case.", "How to.", "guide", "tools")  # fmt: skip
    for name, data in site_files(whole, whole.issues, templates()):
        if name.endswith(".html"):
            assert_ours(signs.read(data.decode()), *own)


def test_on_the_page_about_privacy_and_in_the_data_that_readers_download(ours: Publication) -> None:
    said = privacy.page(ours).replace("title:", "").replace("summary:", "")
    assert_ours(said, *(basis.value for basis in privacy.Basis))
    known = privacy.processing(ours)
    words = [each[key] for each in known["data"] for key in ("what", "why", "until")]
    for text in (*words, known["source"], *known["recipients"], *known["rights"]):
        assert_ours(text)


def test_in_the_greeting(ours: Publication) -> None:
    assert_ours(greeting("", language_of(ours)))
    assert_ours(greeting("12", language_of(ours)))


def test_on_the_pages_that_say_one_thing(ours: Publication) -> None:
    made = Pages(ours, templates(), {})
    every = [words for words in vars(pages).values() if isinstance(words, Words)]
    assert len(every) > 20
    for words in every:
        assert_ours(signs.read(bytes(made.say(words).body).decode()))
