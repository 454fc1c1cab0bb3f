"""Pre-flight: each rule finds its problem on the right line, and says how to fix it."""

from __future__ import annotations

import dataclasses

import pytest

from publisher import merge_fields
from publisher.errors import Problem, Severity
from publisher.issue import Issue
from publisher.render import render_issue
from publisher.render.preflight import links_to_check, preflight
from tests.press import WORDS, content, issue, line_of, templates

QUOTED = "A bucket of 60,000 tokens refills at 1,000 tokens a second, so a burst of fifteen requests passes at once."
ARCHIVE = f"{QUOTED} [@0002-concept-1]\n"


def good(**changes: str) -> Issue:
    return issue(3, **({"archive": ARCHIVE, "published": False} | changes))  # type: ignore[arg-type]


def found(one: Issue, *past: Issue, **checked) -> list[Problem]:
    everything = content(*(past or (issue(2),)), one)
    rendered = render_issue(one, everything, templates())
    return list(preflight(one, rendered, everything, **checked))


def test_a_good_issue_has_no_problems() -> None:
    assert found(good()) == []


@pytest.mark.parametrize(
    ("changes", "rule", "severity", "needle"),
    [
        ({"concept": f"{WORDS}\n\nTODO: numbers"}, "leftover", "error", "TODO"),
        ({"concept": f"{WORDS} TK"}, "leftover", "error", "TK"),
        ({"concept": "Lorem ipsum dolor."}, "leftover", "error", "Lorem"),
        ({"question": ""}, "sections", "error", "{#question}"),
        ({"title": ""}, "subject", "error", "title:"),
        ({"title": "x" * 121}, "subject", "error", "title:"),
        ({"title": "A subject that goes on and on until no phone shows its end any more"}, "subject", "warning", "title:"),
        ({"preheader": ""}, "preheader", "error", "preheader:"),
        ({"preheader": "Too short."}, "preheader", "warning", "preheader:"),
        ({"preheader": "far too long " * 12}, "preheader", "warning", "preheader:"),
        ({"title": "READ THIS NOW OR NEVER"}, "spam", "warning", "title:"),
        ({"title": "Read this now!"}, "spam", "warning", "title:"),
        ({"concept": "One! Two!\n\nThree! \n\nFour! Five words here."}, "spam", "warning", "One!"),
        ({"concept": "See [this](https://bit.ly/abc)."}, "spam", "warning", "bit.ly"),
        ({"concept": "See [https://bank.test/login](https://evil.test/login)."}, "spam", "error", "evil.test"),
        ({"concept": "See [this](http://example.com/)."}, "link", "warning", "http://example.com"),
        ({"concept": "See [a](https://a.test/x) and\n\n[b](https://a.test/x)."}, "repeated-link", "warning", "[b]"),
        ({"concept": "![](x.png)"}, "alt", "error", "![]"),
        ({"concept": "See [x](0099.md)."}, "link", "error", "0099.md"),
        ({"concept": f"```text\n{'x' * 80}\n```\n\n{WORDS}"}, "code", "warning", "xxxx"),
        ({"concept": f"{WORDS}\n\nAs we said [@9999-x-1]."}, "citation", "error", "[@9999"),
        ({"concept": f"{WORDS}\n\nAs we know.[^7]"}, "footnote", "error", "[^7]"),
        ({"archive": f"{QUOTED} [@0002-concept-1]\n\n> {QUOTED}[^7]"}, "footnote", "error", "[^7]"),
        ({"archive": "The bucket was never full in nine years. [@0002-concept-1]"}, "citation", "error", "[@0002"),
        ({"archive": f"{QUOTED} [@0002-concept-9]"}, "citation", "error", "[@0002"),
        ({"archive": f"{QUOTED} [@0003-concept-1]"}, "citation", "error", "[@0003"),
        ({"archive": "Budgets cap.  [@0002-concept-1]\n\n> refills at nine tokens a second"}, "citation", "error", "[@0002"),
    ],
)  # fmt: skip
def test_each_rule_finds_its_fault_on_its_line(changes: dict[str, str], rule: str, severity: str, needle: str) -> None:
    one = good(**changes)
    matching = [problem for problem in found(one) if problem.rule == rule]
    assert [(problem.severity.value, problem.line) for problem in matching][:1] == [(severity, line_of(one, needle))]
    assert all(problem.fix and problem.path == one.path for problem in matching)


def test_leftovers_in_code_are_code() -> None:
    assert found(good(concept=f"{WORDS} Use `TODO`.\n\n```python\nx = 1  # TODO\n```\n")) == []


def test_citations_and_footnotes_in_code_or_behind_a_backslash_are_text() -> None:
    code = "Write `[^7]` and `[@0001-concept-1]`, or \\[^7].\n\n```text\n[^7] [@0001-concept-1]\n```\n\n- One:\n\n        [^7]\n"
    assert found(good(concept=f"{WORDS} {code}")) == []


def test_a_footnote_with_its_text_is_no_problem() -> None:
    assert found(good(concept=f"{WORDS}[^7]\n\n[^7]: A note.\n")) == []


def test_a_missing_section_is_an_error() -> None:
    one = good()
    one = dataclasses.replace(one, sections=tuple(s for s in one.sections if s.id != "architecture"))
    assert [(p.rule, p.severity) for p in found(one)] == [("sections", Severity.ERROR)]


def test_a_section_that_was_left_out_is_a_warning_with_the_reason_until_it_is_written() -> None:
    one = dataclasses.replace(good(), left_out={"architecture": "too little"})
    assert [p for p in found(one) if p.rule == "sections"] == []
    one = dataclasses.replace(one, sections=tuple(s for s in one.sections if s.id != "architecture"))
    (said,) = [p for p in found(one) if p.rule == "sections"]
    assert (said.severity, "is left out: too little" in said.what) == (Severity.WARNING, True)


def test_sections_out_of_order_are_a_warning() -> None:
    one = good()
    one = dataclasses.replace(one, sections=(*one.sections[1:], one.sections[0]))
    assert ("sections", Severity.WARNING) in [(p.rule, p.severity) for p in found(one)]


def test_a_link_of_a_past_issue_is_a_warning() -> None:
    past = issue(2, concept=f"{WORDS} See [docs](https://docs.test/a).")
    (problem,) = found(good(concept="See [docs](https://docs.test/a/)."), past)
    assert (problem.rule, problem.severity) == ("repeated-link", Severity.WARNING)
    assert "No. 2" in problem.what


def test_a_link_that_did_not_answer_is_an_error_with_the_reason() -> None:
    one = good(concept="See [docs](https://docs.test/a).")
    (problem,) = found(one, checked_links={"https://docs.test/a": "404 Not Found"})
    assert (problem.rule, problem.line) == ("dead-link", line_of(one, "docs.test"))
    assert "404 Not Found" in problem.what
    assert found(one, checked_links={"https://docs.test/a": None}) == []


def test_links_to_check_are_those_that_lead_elsewhere() -> None:
    one = good(concept="See [docs](https://docs.test/a), [it](https://docs.test/a) and [No. 2](0002.md).")
    everything = content(issue(2), one)
    rendered = render_issue(one, everything, templates())
    assert links_to_check(rendered, everything) == ("https://docs.test/a",)


def test_a_mail_that_gmail_would_clip_is_an_error() -> None:
    one = good(
        concept="\n\n".join(f"{WORDS} {number}" for number in range(500)),
        architecture="\n\n".join(f"{WORDS} {number}" for number in range(500, 1000)),
    )
    assert [(p.rule, p.severity) for p in found(one)] == [("size", Severity.ERROR)]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (merge_fields.UNSUBSCRIBE, "https://notes.example.com/bye", "unsubscribe"),
        ("Notes, 1 Example Street", "", "postal-address"),
        ("</body>", f"{merge_fields.ACTION}</body>", "field"),
        ("</body>", "<script>1</script></body>", "template"),
        ("</body>", '<div style="display:none">x</div></body>', "template"),
    ],
)  # fmt: skip
def test_a_template_that_lost_what_a_mail_needs_is_an_error(old: str, new: str, rule: str) -> None:
    one = good()
    everything = content(issue(2), one)
    rendered = render_issue(one, everything, templates())
    broken = dataclasses.replace(rendered, html=rendered.html.replace(old, new))
    assert {problem.rule for problem in preflight(one, broken, everything)} == {rule}


def test_a_text_part_without_unsubscribe_is_an_error() -> None:
    one = good()
    everything = content(issue(2), one)
    rendered = render_issue(one, everything, templates())
    broken = dataclasses.replace(rendered, text=rendered.text.replace(merge_fields.UNSUBSCRIBE, ""))
    assert [problem.rule for problem in preflight(one, broken, everything)] == ["unsubscribe"]
