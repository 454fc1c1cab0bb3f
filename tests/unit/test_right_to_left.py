"""An Arabic publication: what readers see runs from right to left, and what is foreign in it keeps its order."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.content.links import Links
from publisher.content.markdown import parse, plain
from publisher.content.prose import escape
from publisher.deliver.message_builder import greeting
from publisher.issue import Rendered
from publisher.language import Language, Phrase, directions
from publisher.publication import Publication
from publisher.render import render_issue
from publisher.render.columns import columns
from publisher.render.direction import MARKS, directed, in_order, keep_order, mirrored
from publisher.render.emails import render_email
from publisher.render.labels import localise
from publisher.render.text import Text
from publisher.site import site_files
from tests.press import PUBLICATION, Tags, content, issue, templates

ARABIC = Language("ar")
WORDS = "الذاكرة"
SEEN = re.compile("[\u200e\u200f\u2066-\u2069]")
"""What nobody sees: marks and isolates."""
OPENS = "\u2066\u2067\u2068"
OTHER = {"ltr": "rtl", "rtl": "ltr"}
LETTERS = st.text(st.sampled_from(f"ab C+1.2,?! \n\u2066\u2067\u2068\u2069{WORDS}"), max_size=60)
NAMES = st.text(st.sampled_from(f"ab C+1.,?!() {WORDS}"), min_size=1, max_size=12)
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
    assert f"{MARKS['rtl']}API {WORDS}" in rendered.text
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
    once = directed(line, "rtl")
    assert SEEN.sub("", once) == SEEN.sub("", line)
    assert directed(once, "rtl") == once


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
    assert columns(f"{MARKS['rtl']}{WORDS}\u2068x\u2069") == len(WORDS) + 1


@given(LETTERS, st.sampled_from(["ltr", "rtl"]), st.booleans())
def test_each_line_of_text_closes_what_it_isolates_and_runs_as_it_should(text: str, way: str, mark_all: bool) -> None:
    written = directed(text, way, mark_all=mark_all)
    assert SEEN.sub("", written) == SEEN.sub("", text)
    for line in written.split("\n"):
        assert depth_after(line) == 0
        seen = directions(SEEN.sub("", line))
        runs = {"L": "ltr", "R": "rtl", "AL": "rtl", "": way}[strong(line)]
        assert runs == way or (seen == {OTHER[way]} and not mark_all)


def depth_after(line: str) -> int:
    depth = 0
    for character in line:
        depth += (character in OPENS) - (character == "\u2069")
        assert depth >= 0
    return depth


@given(NAMES, st.sampled_from(["ar", "de"]))
def test_a_value_with_letters_of_the_other_direction_is_isolated_in_every_sentence(name: str, tag: str) -> None:
    language = Language(tag)
    said = language.say(Phrase("Your page at %(name)s"), name=name)
    foreign = OTHER[language.direction] in directions(name)
    assert (f"\u2068{name}\u2069" in said) == foreign
    assert name in said
    assert foreign or not SEEN.search(said)


@given(NAMES, st.sampled_from(["ltr", "rtl"]))
def test_a_title_keeps_its_words_and_one_of_foreign_words_alone_is_isolated_as_a_whole(title: str, way: str) -> None:
    ordered = in_order(title, way)
    assert SEEN.sub("", ordered) == title
    assert depth_after(ordered) == 0
    if directions(title) == {OTHER[way]}:
        assert ordered[0] in OPENS
        assert ordered[-1] == "\u2069"
    if way == "ltr" and directions(title) <= {"ltr"}:
        assert ordered == title


@given(st.lists(NAMES, min_size=1, max_size=4), st.sampled_from(["ltr", "rtl"]))
def test_a_tree_keeps_its_words_and_closes_in_each_block_what_it_isolates(texts: list[str], way: str) -> None:
    prose = parse(
        "\n\n".join(f"- {escape(text)} **{escape(text)}** `x`" for text in texts),
        path=Path("x.md"),
        line=1,
        links=Links.of(content()),
    )
    before = [plain(item) for item in prose.root.iter("li")]
    keep_order(prose.root, way)
    items = [plain(item) for item in prose.root.iter("li")]
    assert [SEEN.sub("", item) for item in items] == before
    assert [depth_after(item) for item in items] == [0] * len(items)


def test_an_english_title_in_an_arabic_issue_and_an_arabic_one_in_an_english_issue_keep_their_full_stop(
    ours: Publication,
) -> None:
    one = issue(3, concept="All of it is English.", title="What is C++?")
    arabic = render_issue(one, content(one, publication=ours), templates())
    one = issue(3, concept=f"{WORDS} {WORDS}.", title=f"{WORDS}؟")
    english = render_issue(one, content(one), templates())
    for html in (arabic.html, arabic.web):
        assert "\u2066What is C++?\u2069</h1>" in html
        assert "\u2066All of it is English.\u2069</p>" in html
    for html in (english.html, english.web):
        assert f"\u2067{WORDS}؟\u2069</h1>" in html
        assert f"\u2067{WORDS} {WORDS}.\u2069</p>" in html
    for text, line in ((arabic.text, "All of it is English."), (english.text, f"{WORDS} {WORDS}.")):
        assert line in text.split("\n"), "a line of one direction alone needs no mark"


def test_the_lines_of_a_table_run_as_its_head_does() -> None:
    prose = parse(
        f"| {WORDS} | {WORDS} |\n|---|---|\n| SQLite | 38 ms |\n| 1 | 2 |\n",
        path=Path("x.md"),
        line=1,
        links=Links.of(content()),
    )
    localise(prose.root, ARABIC)
    lines = Text(str, str, ARABIC).write(prose.root).split("\n")
    assert {strong(line) for line in lines} <= {"R", "AL"}
