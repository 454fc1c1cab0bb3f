"""What readers see is set as their language sets it: spaces, quotation marks, fonts, lines that break where they may."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from publisher.content.prose import one_line
from publisher.language import CATALOGUES, Language
from publisher.publication import Publication
from publisher.render import render_issue
from publisher.render.columns import fill
from publisher.render.font_stacks import EAST_ASIAN, sans
from tests.press import PUBLICATION, content, issue, templates
from tools.phrases import TO_EDITORS

STYLES = (Path(__file__).parents[2] / "templates/web/style.css").read_text("utf-8")
NARROW, WIDE = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
MARKS = {"fr": "«»", "es": "«»", "de": "„“", "ja": "「」", "ar": "«»"}


def said(tag: str) -> Iterator[str]:
    """Yield every translation into a language."""
    with (CATALOGUES / f"{tag}.po").open("rb") as file:
        for message in read_po(file):
            if message.id:
                yield from [message.string] if isinstance(message.string, str) else message.string


def test_french_has_a_no_break_space_wherever_it_puts_one() -> None:
    for text in said("fr"):
        assert not re.search(f"[^{NARROW}{WIDE}][;!?»]|[^{WIDE}]:(?!//)|«[^{NARROW}{WIDE}]", text), text


@pytest.mark.parametrize("tag", MARKS)
def test_a_translation_has_the_quotation_marks_of_its_language(tag: str) -> None:
    for text in said(tag):
        assert not set('"“”„‚‘«»「」').intersection(text) - set(MARKS[tag]), text
        assert "'" not in text, text
        assert "..." not in text, text


def test_japanese_and_arabic_have_their_own_punctuation() -> None:
    assert not [text for text in said("ja") if re.search(r"[ぁ-んァ-ン一-龥][!?:;,.]", text)]
    assert not [text for text in said("ar") if re.search(r"[ء-ي][?;,]", text)]


def test_no_template_writes_a_mark_behind_a_phrase() -> None:
    """French has a space before it, Japanese a wide one: the mark belongs to the phrase."""
    folder = Path(__file__).parents[2] / "templates"
    files = [path for path in folder.rglob("*.*") if not path.relative_to(folder).as_posix().startswith(TO_EDITORS)]
    assert len(files) > 40
    found = [mark for path in files for mark in re.findall(r"\b_\([^{}]*\}\}[:;,.!?].*", path.read_text("utf-8"))]
    assert found == []


@given(st.text(st.sampled_from(f"a1,:{NARROW}{WIDE} \n\t"), max_size=30))
def test_no_break_spaces_stay_where_the_author_put_them(text: str) -> None:
    kept = one_line(text)
    assert re.findall(f"[{NARROW}{WIDE}]", kept) == re.findall(f"[{NARROW}{WIDE}]", text.strip())


def test_a_french_quotation_keeps_its_spaces_in_mail_and_on_the_page() -> None:
    french = Publication.model_validate(
        PUBLICATION.model_dump(by_alias=True, exclude={"draft", "language"}) | {"language": "fr", "draft": {}}
    )
    words = f"60{NARROW}000 jetons{WIDE}: c’est peu"
    cited = issue(2, concept=f"{words}.\n")
    one = issue(3, archive=f"C’est peu. [@0002-concept-1]\n\n> {words}\n")
    rendered = render_issue(one, content(cited, one, publication=french), templates())
    for written in (rendered.html, rendered.web):
        assert f"«{NARROW}{words}{NARROW}»" in written
    assert re.search(r"N°\s2, 17 septembre 2026\s: Exact search", rendered.text)


@pytest.mark.parametrize("tag", EAST_ASIAN)
def test_mail_and_site_name_the_same_fonts_for_each_language_with_chinese_characters(tag: str) -> None:
    assert EAST_ASIAN[tag] in sans(Language(tag))
    names = [name.strip("'") for name in EAST_ASIAN[tag].split(",")]
    line = next(line for line in STYLES.splitlines() if f'"{names[0]}"' in line or f" {names[0]}," in line)
    assert f":lang({tag.removesuffix('-Hans')})" in line
    assert [name for name in names if name in line] == names


@pytest.mark.parametrize(
    ("tag", "rule"), [("ja", "line-break:strict"), ("zh-TW", "line-break:strict"), ("ko", "word-break:keep-all")]
)
def test_mail_breaks_lines_as_the_language_does_and_sets_headlines_no_tighter(tag: str, rule: str) -> None:
    ours = Publication.model_validate(
        PUBLICATION.model_dump(by_alias=True, exclude={"draft", "language"}) | {"language": tag, "draft": {}}
    )
    one = issue(3, concept="## 見出し\n\n本文\n")
    html = render_issue(one, content(one, publication=ours), templates()).html
    assert f"body{{{rule}}}" in html
    assert not re.search(r"<h[1-6][^>]*letter-spacing", html)


@given(st.text(st.sampled_from(f"本番{WIDE}{NARROW}[1]。 "), max_size=120), st.integers(20, 40))
def test_no_line_of_plain_text_begins_or_ends_at_a_no_break_space_of_the_author(text: str, width: int) -> None:
    joined = re.sub(rf"\s*([{WIDE}{NARROW}])\s*", r"\1", text.strip())
    lines = fill(joined.strip(WIDE + NARROW + " "), width).split("\n")
    assert not any(line[:1] in (WIDE, NARROW) for line in lines[1:] if line)
    assert not any(line[-1:] in (WIDE, NARROW) for line in lines[:-1] if line)


def test_the_first_of_a_month_is_counted_in_french_alone() -> None:
    first, second = dt.date(2026, 12, 1), dt.date(2026, 12, 2)
    assert Language("fr").day(first) == "1er décembre 2026"
    assert Language("fr-CA").day(first) == "1er décembre 2026"
    assert Language("fr").day(second) == "2 décembre 2026"
    assert Language("es").day(first) == "1 de diciembre de 2026"
