"""Drafted sentences beside the words that they rest on."""

from __future__ import annotations

import dataclasses
import datetime as dt
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.draft.sources import AROUND, COLUMNS, Source, _beginning, _end, sources
from publisher.issue import Section
from publisher.render.columns import columns
from tests.press import content, issue

LONG = " ".join(f"word{number}" for number in range(100))


def test_each_drafted_sentence_has_the_words_of_its_passage_and_a_page() -> None:
    past = dataclasses.replace(
        issue(1, concept=f"Retries cost   money, and\n{LONG}."), published=dt.date(2020, 1, 1), date=dt.date(2020, 1, 1)
    )
    body = "A sum-up. [@0001-concept-1]\n\n> word50 word51\n\nRetries cost money [@0001-concept-1]\n\nNobody said it. [@0001-concept-9]\n"
    now = dataclasses.replace(issue(3), sections=(Section("archive", "Archive", body),), drafted=("archive",))
    summed, quoted, lost = sources(now, content(past, now))
    assert (summed.sentence, summed.number, summed.page) == ("A sum-up.", 1, "issues/1/#concept")
    assert (summed.before.split()[0], summed.quoted, len(summed.after.split())) == ("…", "word50 word51", AROUND + 1)
    assert (quoted.before, quoted.quoted) == ("", "Retries cost money")
    assert lost == Source("Nobody said it.")


def test_an_issue_without_drafts_has_no_sources() -> None:
    assert sources(issue(3), content(issue(3))) == ()


WORDS = {
    "en": "retries cost money ", "de": "Wiederholungsversuche kosten ", "zh": "重试预算限制了一次故障的负载。", "ja": "リトライ予算は障害の負荷を抑える。",
    "ko": "재시도 예산은 부하를 제한한다. ", "th": "งบประมาณการลองใหม่จำกัดภาระ", "ar": "ميزانية إعادة المحاولة تحد من الحمل ", "hi": "पुनःप्रयास बजट भार को सीमित करता है ",
    "none": "a1b2c3", "marks": "e\u0301", "mixed": "每次 retry 都",
}  # fmt: skip


@pytest.mark.parametrize("language", WORDS)
@given(st.integers(0, 120), st.integers(0, 12))
@settings(deadline=None, max_examples=25)
def test_what_stands_around_is_bounded_in_every_language_and_splits_nothing(
    language: str, count: int, off: int
) -> None:
    text = (WORDS[language] * count)[off:].strip()
    said = " ".join(text.split())
    for shown, rest in ((_beginning(text), said), (_end(text)[::-1], said[::-1])):
        part = shown.removesuffix(" …")
        assert rest.startswith(part)
        assert columns(part) <= COLUMNS
        assert len(part.split()) <= AROUND
        assert (part == rest) == (shown == part)
        if part != rest:
            assert columns(part) >= COLUMNS / 3 or len(part.split()) == AROUND
            left_out = rest[len(part) :]
            cluster = left_out if shown == _beginning(text) else part[::-1]
            assert unicodedata.category(cluster[0])[0] != "M"
