"""Mail as a screen reader takes it: one main heading, no level left out, layout told apart from data."""

from __future__ import annotations

import itertools
import re

import pytest

from tests.mails import every_mail
from tests.press import Tags

MAILS = pytest.mark.parametrize("name", every_mail())


@MAILS
def test_a_table_is_either_layout_or_data_with_column_headers(name: str) -> None:
    for table in re.split(r"(?=<table\b)", every_mail()[name])[1:]:
        layout = Tags(table).of("table")[0].get("role") == "presentation"
        headers = Tags(table.partition("</table>")[0]).of("th")
        assert layout != bool(headers), table[:200]
        assert all(header["scope"] == "col" for header in headers)


@MAILS
def test_a_mail_has_one_main_heading_and_leaves_no_level_out(name: str) -> None:
    levels = [int(tag[1]) for tag, _ in Tags(every_mail()[name]).all if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later <= before + 1 for before, later in itertools.pairwise(levels))


@MAILS
def test_a_mail_names_its_language_and_its_subject(name: str) -> None:
    html = every_mail()[name]
    assert Tags(html).of("html")[0]["lang"] == "en"
    assert re.search(r"<title>[^<]+</title>", html)
    (article,) = [
        div for div in Tags(html).of("div") if div.get("role") == "article"
    ]  # above it, a proof has its banner
    assert article["lang"] == "en"


@MAILS
def test_every_picture_says_what_it_shows_and_every_link_has_words(name: str) -> None:
    html = every_mail()[name]
    assert all(image["alt"].strip() for image in Tags(html).of("img"))
    for link in re.findall(r"<a\b[^>]*>(.*?)</a>", html, re.S):
        assert re.sub(r"<(?!img)[^>]*>|\s|&#160;", "", link)
