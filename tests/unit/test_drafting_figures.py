"""Floors of what is drafted without a model: the example's own issues, and small archives in German and Chinese."""

from __future__ import annotations

import datetime as dt
import functools
from pathlib import Path

import pytest

from publisher.adapters.extractive_writer import ExtractiveWriter
from publisher.adapters.files import Folder
from publisher.draft.ranking import rank
from publisher.evaluation.drafting import figures, redraft
from publisher.issue import Issue
from publisher.ports import Content
from tests.press import PUBLICATION, content
from tests.publication import publication
from tests.unit.drafting_samples import issue

ROOT = Path(__file__).parents[2]


def archive(language: str) -> Content:
    text = (ROOT / "tests/data/drafting" / f"{language}.md").read_text(encoding="utf-8")
    return content(
        *_issues(text),
        publication=publication(
            **PUBLICATION.model_dump(by_alias=True, exclude={"draft", "language", "words"}) | {"language": language}
        ),
    )


def _issues(text: str) -> list[Issue]:
    found = [part.partition("\n") for part in text.split("## ")[1:]]
    return [
        issue(number, dt.date.fromisoformat(head[:10]), concept=body.strip())
        for number, (head, _, body) in enumerate(found, 1)
    ]


@pytest.mark.parametrize("language", ["de", "zh"])
def test_an_archive_in_another_language_gets_its_section(language: str) -> None:
    each = list(redraft(archive(language), 10, functools.partial(rank, language=language), [ExtractiveWriter()]))
    found = figures(each)
    assert (found.issues, found.drafted) == (10, 10)
    cited = {claim.passage for one in each if one.draft for claim in one.draft.claims}
    assert {"0001-concept-1", "0007-concept-1"} <= cited, "retries and idempotency were here before"


def test_the_example_cites_what_its_editors_linked_to() -> None:
    found = figures(list(redraft(Folder(ROOT).read(), 2, rank, [ExtractiveWriter()])))
    assert (found.issues, found.drafted) == (2, 2)
    assert found.cited_as_editors_did >= 0.3 * found.claims
