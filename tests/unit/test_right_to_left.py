"""An Arabic publication: what readers see runs from right to left, and what is foreign in it keeps its order."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.content.links import Links
from publisher.content.markdown import parse
from publisher.deliver.message_builder import greeting
from publisher.issue import Rendered
from publisher.language import Language
from publisher.publication import Publication
from publisher.render import render_issue
from publisher.render.columns import columns
from publisher.render.direction import RIGHT_TO_LEFT, mirrored, right_to_left
from publisher.render.emails import render_email
from publisher.render.labels import localise
from publisher.render.site import site_files
from publisher.render.text import Text
from tests.press import PUBLICATION, Tags, content, issue, templates

ARABIC = Language("ar")
WORDS = "الذاكرة"
BODY = f"""API {WORDS} 1.2 GB {WORDS} `x = 1`.

> {WORDS}

- {WORDS}

```python
x = 1
```

| {WORDS} | 2 |
|---|---|
| 38 ms | 3 |

!!! note

    {WORDS}
"""


@pytest.fixture(scope="module")
def ours() -> Publication:
    return Publication.model_validate(
        PUBLICATION.model_dump(by_alias=True, exclude={"draft", "language"}) | {"language": "ar", "draft": {}}
    )


@pytest.fixture(scope="module")
def rendered(ours: Publication) -> Rendered:
    one = issue(3, concept=BODY, title=f"API {WORDS}")
    return render_issue(one, content(one, publication=ours), templates())


def test_mail_page_and_short_mails_say_that_they_run_from_right_to_left(ours: Publication, rendered: Rendered) -> None:
    confirmation = render_email("confirmation", ours, templates())
    for html in (rendered.html, rendered.web, confirmation.html):
        (frame,) = Tags(html).of("html")
        assert (frame["lang"], frame["dir"]) == ("ar", "rtl")


def test_nothing_in_the_mail_is_aligned_to_the_left_but_code(rendered: Rendered) -> None:
    body = rendered.html[rendered.html.index("<body") :]
    left = re.findall(r"<(\w+)[^>]*(?:text-align:left|align=\"left\"|direction:ltr)", body)
    assert set(left) <= {"pre", "div"}
    columns_ = re.findall(r"<div[^>]*mj-outlook-group-fix[^>]*>", body)
    assert [re.findall(r"direction:(\w+)", div) for div in columns_] == [["rtl"]] * len(columns_)
    assert not re.search(r"border-left|padding-left:(?!18px|0!)|letter-spacing:-\.", body)


def test_code_runs_from_left_to_right_in_mail_on_the_page_and_in_the_feed(
    ours: Publication, rendered: Rendered
) -> None:
    one = issue(3, concept=BODY)
    feed = dict(site_files(content(one, publication=ours), [one], templates()))["feed.xml"].decode()
    for html in (rendered.html, rendered.web):
        assert {tag["dir"] for tag in Tags(html).of("pre") + Tags(html).of("code") if tag.get("dir")} == {"ltr"}
    assert '&lt;div dir="rtl"&gt;' in feed
    assert '&lt;pre tabindex="0" dir="ltr"&gt;' in feed


def test_latin_words_with_numbers_stay_in_one_piece(rendered: Rendered) -> None:
    for text in (rendered.html, rendered.web, rendered.text):
        assert "\u20661.2 GB\u2069" in text
        assert "\u206638 ms\u2069" in text
    assert "x = 1" in rendered.text


def test_a_line_that_begins_with_a_latin_word_is_marked(rendered: Rendered) -> None:
    assert f"{RIGHT_TO_LEFT}API {WORDS}" in rendered.text
    lines = [line for line in rendered.text.split("\n") if any(unicodedata.bidirectional(c) == "AL" for c in line)]
    assert all(strong(line) != "L" for line in lines)


def strong(line: str) -> str:
    """Return how a mail program takes a line to run: by its first strong letter outside of what is isolated."""
    depth = 0
    for character in line:
        depth += (character in "\u2066\u2067\u2068") - (character == "\u2069")
        kind = unicodedata.bidirectional(character)
        if depth == 0 and kind in ("L", "R", "AL"):
            return kind
    return ""


@given(st.text(st.sampled_from(f"ab 12.,{WORDS}\u2068\u2069"), max_size=30))
def test_marking_changes_no_word_and_is_done_once(line: str) -> None:
    once = right_to_left(line)
    assert once.lstrip(RIGHT_TO_LEFT) == line.lstrip(RIGHT_TO_LEFT)
    assert right_to_left(once) == once


def test_values_in_sentences_are_isolated_if_they_are_foreign() -> None:
    assert greeting("Ada", ARABIC) == "مرحبًا \u2068Ada\u2069،"
    assert greeting("ليلى", ARABIC) == "مرحبًا ليلى،"
    assert greeting("Ada", Language("de")) == "Hallo Ada,"


def test_a_mirrored_style_mirrors_back() -> None:
    style = "margin:0 0 16px;padding:1px 2px 3px 4px;border-left:3px solid #dfe1e6;text-align:right"
    assert mirrored(mirrored(style)) == style


def test_lines_are_as_wide_as_before_with_marks_that_nobody_sees() -> None:
    prose = parse(BODY, path=Path("x.md"), line=1, links=Links.of(content()))
    localise(prose.root, ARABIC)
    text = Text(str, str, ARABIC).write(prose.root)
    assert all(columns(line) <= 72 for line in text.split("\n"))
    assert columns(f"{RIGHT_TO_LEFT}{WORDS}\u2068x\u2069") == len(WORDS) + 1
