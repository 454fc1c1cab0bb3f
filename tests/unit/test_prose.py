from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.content.dialect import convert
from publisher.content.prose import Block, blocks, escape, one_line, plain, sentences
from publisher.content.tree import clean, tree_of
from tests.long import some
from tests.pace import within

LINES = st.text(st.characters(exclude_categories=("Cc", "Cs"))).map(one_line)
MARKED = st.text("ab _*`[]()<>{}#+-.!\\&;~^=:|'\"0123456789@/x").map(one_line)


@settings(deadline=None, max_examples=some(60))
@given(LINES | MARKED)
def test_escaped_text_reads_back_as_it_was(text: str) -> None:
    assert plain(escape(text)) == text


@settings(deadline=None, max_examples=some(60))
@given(st.text(max_size=400))
def test_blocks_take_any_text_and_yield_single_lines(text: str) -> None:
    for block in blocks(text):
        assert block.text
        assert "\n" not in block.text


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("a [link](http://x.test/a_(b) 'title') and [ref][1] and [bare]", "a link and ref and [bare]"),
        ("![alt text](pic.png)See it", "See it"),
        ("`WHERE a *= b*` and **bold _both_** and ***all***", "WHERE a *= b* and bold both and all"),
        ("snake_case_name and __init__ stay, 2 * 3 * 4 too", "snake_case_name and init stay, 2 * 3 * 4 too"),
        ("5 &lt; 6 &amp; 7, R&D, <b>bold</b>, <https://x.test/>", "5 < 6 & 7, R&D, bold, https://x.test/"),
        ("note[^1] here[^long-name]", "note here"),
        (r"a \* b \[c\]", "a * b [c]"),
        ("``a ` b``", "a ` b"),
        ("~~gone~~ kept", "gone kept"),
    ],
)
def test_inline_markdown_becomes_what_a_reader_sees(markdown: str, words: str) -> None:
    assert plain(markdown) == words


@pytest.mark.parametrize(
    "text", ["1. not a list", "# no heading", "- no item", "> no quote", "!!! note", "[^1] [@0001-a-1] [x](y)"]
)
def test_escaped_text_is_an_ordinary_paragraph_for_a_renderer(text: str) -> None:
    (paragraph,) = tree_of(clean(convert(escape(text)).html)).root
    assert (paragraph.tag, paragraph.text, len(paragraph)) == ("p", text, 0)


def test_code_tables_html_definitions_and_diagrams_are_not_prose() -> None:
    text = """
First paragraph
on two lines.

```python
code = 1

more_code = 2
```

| a | b |
|---|---|
| 1 | 2 |

<div>
raw
</div>

<!-- a comment

over lines -->

[ref]: https://x.test/
[^1]: A footnote
    that goes on.

    indented code

~~~
fence
```
still fence
~~~

Last paragraph.
"""
    assert list(blocks(text)) == [
        Block("paragraph", "First paragraph on two lines."),
        Block("paragraph", "Last paragraph."),
    ]


def test_quotations_and_admonitions_are_prose() -> None:
    text = 'Before.\n\n!!! note "Title"\n    Inside it.\n\n    ```sql\n    SELECT 1\n    ```\n\n    Still inside.\n\n> Quoted\n> words.\nAfter.'
    assert [block.text for block in blocks(text)] == [
        "Before.",
        "Inside it.",
        "Still inside.",
        "Quoted words.",
        "After.",
    ]


def test_list_items_keep_their_continuations_and_lists_are_told_apart() -> None:
    text = "- one\n  goes on\n\n    and on\n- two\n\nBetween.\n\n1. three\n"
    assert list(blocks(text)) == [
        Block("item", "one goes on\nand on", 1),
        Block("item", "two", 1),
        Block("paragraph", "Between."),
        Block("item", "three", 2),
    ]


def test_headings_of_both_kinds_are_seen() -> None:
    kinds = [(block.kind, block.text) for block in blocks("### Sub *title* {#x}\n\nText.\n\nUnder\n-----\n\nMore.")]
    assert kinds == [("heading", "Sub title"), ("paragraph", "Text."), ("heading", "Under"), ("paragraph", "More.")]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One ends. Two ends! Three?", 3),
        ("See No. 3 of it, e.g. The first, or i.e. Nothing vs. Something.", 1),
        ("It cost 1.20 dollars at v1.2.3 with json.loads.", 1),
        ('He said "stop." Then he went on.', 2),
        ("", 0),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, parts: int) -> None:
    assert len(sentences(text)) == parts


@pytest.mark.parametrize(
    "piece", ["[", "](", "`", "``", "**a ", "_a ", "<a ", "![", "&#", "> ", "- a\n", "~~a ", "((", "\\", "!!! x\n    "]
)
def test_hostile_markdown_costs_time_in_proportion_to_its_size(piece: str) -> None:
    started = time.process_time()
    list(blocks(piece * (20_000 // len(piece))))
    spent = time.process_time() - started
    assert spent < within(2)


def test_an_empty_comment_hides_nothing_after_it() -> None:
    assert plain("foo <!--> foo <!---> bar <!-- gone --> b") == "foo foo bar b"
