from __future__ import annotations

import datetime as dt

from publisher.draft import citable, cut
from publisher.draft.passages import always_code
from tests.unit.drafting_samples import DAY, issue

LONG = "A retry budget of ten percent caps the load that an outage can add."


def test_each_paragraph_is_a_passage_numbered_from_one_in_its_section() -> None:
    found = cut(issue(7, concept=f"{LONG}\n\n{LONG}", project=LONG))
    assert [passage.id for passage in found] == ["0007-concept-1", "0007-concept-2", "0007-project-1"]
    assert {passage.text for passage in found} == {LONG}
    assert (found[0].issue, found[0].date, found[0].section, found[0].heading) == (7, DAY, "concept", "About concept")


def test_the_drafted_sections_and_the_lead_are_never_cut() -> None:
    found = cut(issue(drafted=("concept",), lead=LONG, archive=LONG, concept=LONG, project=LONG))
    assert [passage.section for passage in found] == ["project"]


def test_a_short_paragraph_is_joined_to_the_next_and_a_last_one_to_the_one_before() -> None:
    found = cut(issue(concept=f"Use two keys.\n\n{LONG}\n\nThat is all."))
    assert [passage.text for passage in found] == [f"Use two keys. {LONG} That is all."]
    found = cut(issue(concept=f"{LONG}\n\nUse two keys.\n\n{LONG}"))
    assert [passage.text for passage in found] == [LONG, f"Use two keys. {LONG}"]


def test_a_short_list_is_one_passage_and_a_long_one_a_passage_for_each_item() -> None:
    short = "\n".join(f"- item {n} says something small" for n in range(5))
    long = "\n".join(f"- {LONG} It is item {n}." for n in range(6))
    assert len(cut(issue(concept=short))) == 1
    assert len(cut(issue(concept=long))) == 6


def test_a_sub_heading_stands_beside_the_sections_title() -> None:
    found = cut(issue(question=f"{LONG}\n\n### Last week's answer\n\n{LONG}"))
    assert [passage.heading for passage in found] == ["About question", "About question / Last week's answer"]


def test_short_text_is_not_joined_across_a_heading() -> None:
    found = cut(issue(question=f"Tiny.\n\n### Answer\n\n{LONG}"))
    assert [(passage.heading, passage.text) for passage in found] == [
        ("About question", "Tiny."),
        ("About question / Answer", LONG),
    ]


def test_only_published_issues_of_an_earlier_day_may_be_cited() -> None:
    import dataclasses

    past = issue(1, DAY - dt.timedelta(days=7), concept=LONG)
    unpublished = dataclasses.replace(issue(2, DAY - dt.timedelta(days=3), concept=LONG), published=None)
    same_day = issue(3, DAY, concept=LONG)
    assert list(citable([past, unpublished, same_day], before=DAY)) == ["0001-concept-1"]


def test_passages_of_an_unchanged_issue_keep_their_ids() -> None:
    one = issue(concept=f"{LONG}\n\n- a\n- b\n\n{LONG}", project=f"```\ncode\n```\n\n{LONG}")
    assert cut(one) == cut(one)


def test_a_passage_knows_what_is_code_in_it_and_where_it_links_to() -> None:
    body = f"- Call `torch.nn` with [No. 2](0002.md#concept).\n- {LONG} See <https://a.example.com/> and `app.py`."
    (found,) = cut(issue(concept=body))
    assert found.codes == ("torch.nn", "app.py")
    assert found.links == ("0002.md#concept", "https://a.example.com/")


def test_what_a_passage_sets_as_code_only_sometimes_is_not_always_code() -> None:
    (found,) = cut(issue(concept=f"Call `torch.nn` if you have to, or `if` and `a.b` without a.b in it. {LONG}"))
    assert always_code(found) == ("torch.nn",)
