from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.content.prose import one_line
from publisher.draft import check_claims, read_claims, to_markdown
from publisher.errors import Severity
from publisher.issue import Claim, Section
from tests.unit.drafting_samples import passage

WORDS = (
    st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1) | st.text("ab _*`[]<>{}#&;~=.!@0^\\", min_size=1)
).map(one_line).filter(lambda text: any(char.isalnum() for char in text))  # fmt: skip
IDS = st.from_regex(r"[0-9]{4}-[a-z]{1,8}(-[a-z0-9]{1,4})?-[1-9]", fullmatch=True)
LEADS = st.just("") | WORDS.map(lambda words: f"{words}: No. 4 (October 2026)")
CLAIMS = st.builds(Claim, WORDS, IDS, WORDS, LEADS) | st.builds(
    lambda text, at, lead: Claim(text, at, text, lead), WORDS, IDS, LEADS
)
CODED = st.builds(
    lambda claim, place: dataclasses.replace(claim, codes=tuple(claim.text.split()[place : place + 2])),
    CLAIMS,
    st.integers(0, 5),
).filter(lambda claim: not any("`" in code for code in claim.codes))
PATH = Path("issues/0011.md")
BUDGET = passage("At most 10 percent of all requests may be retries, or an outage feeds itself.", 2, "concept", 3)
KNOWN = {BUDGET.id: BUDGET}


def section(body: str) -> Section:
    return Section("archive", "From the archive", body, 20)


@settings(deadline=None, max_examples=30)
@given(st.lists(CLAIMS | CODED, max_size=6), st.just("") | WORDS)
def test_claims_read_back_from_markdown_as_they_were(claims: list[Claim], opening: str) -> None:
    assert read_claims(section(to_markdown(claims, opening))) == tuple(claims)


def test_what_the_source_sets_as_code_is_code_again() -> None:
    claim = Claim(
        "Call torch.nn before *args, not torch.nns.", "0002-concept-3", "torch.nn", codes=("*args", "torch.nn")
    )
    body = to_markdown([claim])
    assert body == "Call `torch.nn` before `*args`, not torch.nns. [@0002-concept-3]\n\n> `torch.nn`\n"
    assert read_claims(section(body)) == (claim,)


def test_a_quotation_follows_the_sentence_unless_it_is_the_sentence() -> None:
    text = to_markdown(
        [Claim("A budget caps retries.", "0002-concept-3", "At most 10 percent"), Claim("So.", "0001-a-1", "So.")]
    )
    assert text == "A budget caps retries. [@0002-concept-3]\n\n> At most 10 percent\n\nSo. [@0001-a-1]\n"


@pytest.mark.parametrize(
    "body",
    [
        "A *budget* caps\nretries. [@0002-concept-3]\n> At most\n> 10 percent",
        "\n\nA budget caps retries [@0002-concept-3].\n\n\n> At most 10 percent\n\n",
    ],
)
def test_an_editors_line_breaks_and_emphasis_change_nothing(body: str) -> None:
    assert read_claims(section(body)) == (Claim("A budget caps retries.", "0002-concept-3", "At most 10 percent"),)


def test_two_citations_in_one_paragraph_are_two_claims() -> None:
    claims = read_claims(section("One thing. [@0001-a-1] Another thing. [@0002-b-2]"))
    assert [(claim.text, claim.passage) for claim in claims] == [
        ("One thing.", "0001-a-1"),
        ("Another thing.", "0002-b-2"),
    ]


def test_a_good_section_has_no_problems() -> None:
    body = (
        "At most 10 percent of all requests may be retries. [@0002-concept-3]\n\n> At most 10 percent of all requests"
    )
    assert check_claims(section(body), KNOWN, path=PATH, before=dt.date(2026, 12, 1)) == ()


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ("Good enough. [@0009-concept-1]", 22, "not a passage of a published"),
        ("Fine.\n[@0002-concept-3]\n\n> At most 20 percent of all requests", 22, "the quotation is not in"),
        ("\n\nA sentence of our own. [@0002-concept-3]", 24, "the sentence is not in"),
        ("Nothing is cited here.", 22, "cites no passage"),
        ("> a quotation alone", 22, "cites no passage"),
        ("[@0002-concept-3]", 22, "no sentence before"),
        ("", 20, "has no claims"),
    ],
)
def test_each_fault_is_named_with_its_line_and_a_fix(body: str, line: int, words: str) -> None:
    (problem,) = check_claims(section(body), KNOWN, path=PATH)
    assert (problem.line, problem.path, problem.rule) == (line, PATH, "citation")
    assert words in problem.what
    assert problem.fix


def test_a_passage_of_the_same_day_or_later_cannot_be_cited() -> None:
    (problem,) = check_claims(section(f"{BUDGET.text} [@{BUDGET.id}]"), KNOWN, path=PATH, before=BUDGET.date)
    assert "not earlier" in problem.what


def test_text_after_the_last_citation_is_reported_and_not_lost() -> None:
    problems = check_claims(section(f"{BUDGET.text} [@{BUDGET.id}] And more of it."), KNOWN, path=PATH)
    assert [problem.what.split(",")[0] for problem in problems] == ["this paragraph cites no passage"]


def test_a_lead_in_stands_before_the_sentence_and_a_year_in_brackets_is_not_quoted() -> None:
    body = (
        "What came up before.\n\n**Retries: No. 2 (January 2026)** [@0002-concept-3]\n\n"
        "> In May \\[2026\\] retries fed an outage.\n\n**Budgets: No. 2 (January 2026)** A cap. [@0002-concept-3]\n"
    )
    assert read_claims(section(body)) == (
        Claim(
            "In May [2026] retries fed an outage.",
            BUDGET.id,
            "In May retries fed an outage.",
            "Retries: No. 2 (January 2026)",
        ),
        Claim("A cap.", BUDGET.id, "A cap.", "Budgets: No. 2 (January 2026)"),
    )


def test_a_sentence_that_fails_a_check_is_a_warning_that_names_the_check() -> None:
    body = (
        f"At most 10 percent of all requests may not be retries. [@{BUDGET.id}]\n\n> At most 10 percent of all requests"
    )
    problems = check_claims(section(body), KNOWN, path=PATH)
    assert {problem.severity for problem in problems} == {Severity.WARNING}
    assert any("'negation'" in problem.what for problem in problems)


def test_a_lead_in_that_names_another_issue_is_reported() -> None:
    body = f"**Retries: No. 3 (May 2026)** [@{BUDGET.id}]\n\n> {BUDGET.text}"
    (problem,) = check_claims(section(body), KNOWN, path=PATH)
    assert "names issue 3" in problem.what
