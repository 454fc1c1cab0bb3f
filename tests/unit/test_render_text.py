"""The plain text of an issue's mail, which should read as if written by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from publisher.content.links import Links
from publisher.content.markdown import parse
from publisher.render import render_issue
from publisher.render.pictures import Images
from publisher.render.text import Text
from tests.press import DIAGRAM, content, issue, templates


def written(markdown: str) -> str:
    one = issue(3)
    prose = parse(markdown, path=one.path, line=1, links=Links.of(content(issue(2), one)))
    Images(content().picture).illustrate(prose, one.path)
    text = Text(lambda path: f"https://n.test/{path}", lambda name: f"https://n.test/{name}")
    body = text.write(prose.root)
    return f"{body}\n--\n{text.links()}".rstrip("\n") if text.links() else body


def test_lines_are_wrapped_at_72_and_words_are_never_cut() -> None:
    text = written("word " * 60 + "https://example.com/" + "x" * 90)
    assert all(len(line) <= 72 for line in text.splitlines() if "https" not in line)
    assert "https://example.com/" + "x" * 90 in text


def test_links_are_numbered_once_each_and_listed() -> None:
    text = written("See [a](https://a.test/), [No. 2](0002.md#concept) and [again](https://a.test/).")
    assert text == (
        "See a [1], No. 2 [2] and again [1].\n--\n[1] https://a.test/\n[2] https://n.test/issues/2/#concept"
    )


def test_a_space_inside_of_marks_stays_between_the_words() -> None:
    assert written("`pip `install, [a ](https://a.test/)b, <b>c </b>d and `` ` `` e") == (
        "`pip` install, a [1] b, *c* d and ``` e\n--\n[1] https://a.test/"
    )


def test_code_is_indented_and_otherwise_untouched() -> None:
    assert written("Try:\n\n```python\nif a < b:\n\n    print('*x*')\n```") == (
        "Try:\n\n    if a < b:\n\n        print('*x*')"
    )


def test_a_narrow_table_is_aligned() -> None:
    assert written("| Stage | ms |\n|---|--:|\n| Embed | 80 |\n| Search | 9 |") == (
        "Stage   ms\n------  --\nEmbed   80\nSearch   9"
    )


def test_a_wide_table_becomes_records() -> None:
    long = "a cell that says " * 6
    assert written(f"| Key | Why |\n|---|---|\n| one | {long} |").startswith("Key: one\n  Why: a cell that says")


def test_a_table_whose_cells_have_breaks_keeps_its_columns() -> None:
    assert written("| a | b |\n|---|---|\n| one<br>two | x |\n| three | y |") == (
        "a      b\n-----  -\none    x\ntwo\nthree  y"
    )


def test_lists_quotes_footnotes_and_notes_have_their_marks() -> None:
    text = written('- a\n- b *c*\n\n1. x\n2. y\n\n> said\n\n!!! note "Mind"\n    This.\n\nEnd[^1].\n\n[^1]: Note.')
    assert text == ("- a\n- b _c_\n\n1. x\n2. y\n\n> said\n\n| Mind\n|\n| This.\n\nEnd (1).\n\n(1) Note.")


def test_a_diagram_is_its_description() -> None:
    assert written(DIAGRAM).startswith("[Diagram: A question leads to an answer.] [1]")


def test_the_whole_text_has_numbers_labels_and_the_links_at_the_end() -> None:
    one = issue(3, concept="See [No. 2](0002.md#concept).")
    text = render_issue(one, content(issue(2), one), templates()).text
    assert "01 // concept\n\nExact search\n------------\n\nSee No. 2 [1]." in text
    assert "[1] https://notes.example.com/issues/2/#concept" in text
    assert "Notes & Queries" in text
    assert text.index("[1] https") < text.index("Unsubscribe with one click")


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=400))
def test_any_text_can_be_written(markdown: str) -> None:
    written(markdown)
