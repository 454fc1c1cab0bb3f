"""Drafted sentences beside the words that they rest on."""

from __future__ import annotations

import dataclasses
import datetime as dt

from publisher.draft.sources import AROUND, Source, sources
from publisher.issue import Section
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
