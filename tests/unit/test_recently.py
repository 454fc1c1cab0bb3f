"""A reader does not get a past sentence again for some issues, whatever writes the section."""

from __future__ import annotations

import dataclasses
import datetime as dt

from publisher.adapters.extractive_writer import ExtractiveWriter
from publisher.draft import to_markdown
from publisher.draft.brief import brief_of
from publisher.draft.ranking import rank
from publisher.draft.recently import ISSUES, cited_recently
from publisher.evaluation.drafting import redraft
from publisher.issue import Claim, Issue
from tests.press import content
from tests.unit.drafting_samples import DAY, index, issue
from tests.unit.test_extractive import GOOD, WEEK


def citing(number: int, weeks_ago: int) -> Issue:
    body = to_markdown([Claim(GOOD[0], "0001-concept-1", GOOD[0])])
    return issue(number, DAY - dt.timedelta(days=7 * weeks_ago), archive=body, drafted=("archive",))


def test_a_passage_comes_again_only_after_some_issues() -> None:
    first = issue(1, DAY - dt.timedelta(days=400), concept=GOOD[0])
    now = issue(99, DAY, concept=WEEK[0])
    for since in range(ISSUES + 2):
        after = [issue(20 + n, DAY - dt.timedelta(days=7 * (n + 1)), concept=GOOD[6]) for n in range(since)]
        issues = [first, citing(2, since + 1), *after]
        assert cited_recently(now, content(*issues)) == ({"0001-concept-1"} if since < ISSUES else frozenset())
        wanted = brief_of(now, "archive", index(issues, DAY), content(*issues))
        seen = {hit.passage.id for hit in wanted.hits}
        proposed = {passage for _, passage, _ in ExtractiveWriter().write(wanted).sentences}
        assert ("0001-concept-1" in seen, "0001-concept-1" in proposed) == (since >= ISSUES, since >= ISSUES)


def test_sections_that_are_drafted_again_one_after_the_other_do_not_repeat_each_other() -> None:
    past = [issue(n + 1, DAY - dt.timedelta(days=7 * (20 - n)), concept=text) for n, text in enumerate(GOOD)]
    weeks = [issue(10 + n, DAY + dt.timedelta(days=7 * n), concept=f"{WEEK[n % 3]} Once more.") for n in range(6)]
    each = redraft(content(*past, *(dataclasses.replace(one) for one in weeks)), 6, rank, [ExtractiveWriter()])
    cited = [claim.passage for one in each if one.draft for claim in one.draft.claims]
    assert cited
    assert len(cited) == len(set(cited))
