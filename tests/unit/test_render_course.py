"""Steps of a learning path as mail."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from publisher import merge_fields
from publisher.errors import Problem, Refused, UserError
from publisher.issue import Page, Step
from publisher.ports import Content, RenderedEmail
from publisher.render import course
from publisher.render.course import render_step, steps_of
from publisher.site import site_files
from tests.press import DIAGRAM, Tags, content, issue, png, templates

TEXT = f"""A queue, and [the answer](../issues/0003.md#concept).

## Keep a key[^1]

```python
def once(key: str) -> str:
    return key  # {merge_fields.UNSUBSCRIBE.lower()}
```

| Where | What |
|---|---|
| Rows | Facts |

{DIAGRAM}

![A bar](img/bar.png)

[^1]: The note.
"""
STEPS = (
    Step("Tools", "../pages/tools.md", "What a tool must promise.", "tools"),
    Step("A part of it", "../pages/tools.md#keep-a-key", "Only this part.", "part"),
    Step("Elsewhere", "https://example.com/guide", "Somebody else wrote it.", "elsewhere"),
    Step("An issue", "../issues/0003.md#concept", "Read one section.", "issue"),
)


def picture(_: Path) -> bytes:
    return png(20, 30)


def with_steps(text: str = TEXT) -> Content:
    tools = Page("tools", "Tools & keys", "How.", text, Path("content/pages/tools.md"), 5)
    plain = content(issue(3))
    path = dataclasses.replace(plain.paths[0], title="Backend & AI", steps=STEPS)
    return dataclasses.replace(plain, paths=(path,), pages=(*plain.pages, tools), picture=picture)


def step(number: int = 1, every_days: int = 7, text: str = TEXT) -> RenderedEmail:
    return render_step(with_steps(text), templates(), slug="backend", number=number, every_days=every_days)


def test_a_step_that_is_a_page_comes_whole_in_both_bodies() -> None:
    email = step()
    assert email.subject == "Tools (Backend & AI, 1 of 4)"
    for part in ("step 1 of 4 · Backend &amp; AI", "<h2", "Keep a key", "def", "<th", "The note."):
        assert part in email.html
    for part in ("step 1 of 4 · Backend & AI", "Keep a key (1)\n--------------", "    def once(key", "Where  What",
                 "[Diagram: A question leads to an answer.]", "(1) The note."):  # fmt: skip
        assert part in email.text
    assert all(len(line) <= 78 or line.startswith(("[", "PRESS", "https")) for line in email.text.splitlines())


def test_a_step_has_exactly_its_merge_fields_and_says_when_the_next_one_comes() -> None:
    wanted = {merge_fields.GREETING, merge_fields.ADDRESS, merge_fields.UNSUBSCRIBE, merge_fields.PREFERENCES}
    for number in (1, 3):
        for body in (step(number).html, step(number).text):
            assert {found[0] for found in merge_fields.PATTERN.finditer(body)} == wanted
            assert "The next step comes by itself in about 7 days" in body.replace("\n", " ")
            assert "part of the course “Backend" in body.replace("\n", " ")
            assert re.search("To go faster or slower, or to stop", body)
    assert "in about a day." in step(every_days=1).html
    assert "comes by itself." in step(every_days=0).text.replace("\n", " ")


def test_the_last_step_does_not_promise_another() -> None:
    for body in (step(4).html, step(4).text):
        assert "This was the last step." in body
        assert "next step" not in body


def test_the_pictures_of_a_step_are_those_of_its_web_page() -> None:
    there = {name for name, _ in site_files(with_steps(), [issue(3)], templates()) if name.startswith("tools/")}
    images = Tags(step().html).of("img")
    assert len(images) == 2
    for image in images:
        assert image["src"].removeprefix("https://notes.example.com/") in there
        assert image["alt"]
        assert image["src"] in step().text


@pytest.mark.parametrize(
    ("number", "address"),
    [
        (2, "https://notes.example.com/learn/backend/tools/#keep-a-key"),
        (3, "https://example.com/guide"),
        (4, "https://notes.example.com/issues/3/#concept"),
    ],
)
def test_a_step_on_another_site_comes_as_a_summary_and_a_link(number: int, address: str) -> None:
    email = step(number)
    assert STEPS[number - 1].about in email.html
    assert STEPS[number - 1].about in email.text
    assert address in [link["href"] for link in Tags(email.html).of("a")]
    assert f"\n{address}\n" in email.text
    assert "def" not in email.text


def test_a_step_that_is_too_long_for_mail_programs_comes_as_a_link() -> None:
    long = step(text="A paragraph of `words`.\n\n" * 800)
    assert len(long.html.encode()) < 15_000
    assert "https://notes.example.com/learn/backend/tools/" in long.text
    assert "A paragraph of" not in long.html
    almost = step(text="A paragraph of words.\n\n" * 1_500)
    assert 40_000 < len(almost.html.encode()) <= course.MOST


def test_a_step_or_a_path_that_is_gone_is_refused_and_one_that_cannot_be_read_is_not() -> None:
    with pytest.raises(Refused, match="no longer has a step 5"):
        step(5)
    assert steps_of(with_steps(), "gone") == 0
    broken = Problem(Path("content/paths/frontend.md"), 3, "a typing error", "fix it")
    with pytest.raises(UserError, match="cannot be read now"):
        steps_of(dataclasses.replace(with_steps(), problems=(broken,)), "frontend")


def test_a_step_whose_link_leads_nowhere_says_so_in_words() -> None:
    plain = with_steps()
    lost = dataclasses.replace(plain.paths[0], steps=(Step("Lost", "../pages/lost.md", "Where?"),))
    with pytest.raises(
        UserError, match=r"the step «Lost» of content/paths/backend.md: the link .* does not lead to a file"
    ):
        render_step(dataclasses.replace(plain, paths=(lost,)), templates(), slug="backend", number=1, every_days=7)
