"""Mail to readers and editors other than issues."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from publisher import merge_fields
from publisher.errors import Problem, Severity
from publisher.issue import Issue
from publisher.ports import RenderedEmail
from publisher.publication import Welcoming
from publisher.render import render_issue
from publisher.render.emails import render_email, render_welcome
from publisher.render.proof import render_proof
from tests.press import PUBLICATION, Tags, content, fetched, issue, templates


def fields_in(body: str) -> set[str]:
    return {found[0] for found in merge_fields.PATTERN.finditer(body)}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("confirmation", {merge_fields.ACTION, merge_fields.NEVER}),
        ("welcome", {merge_fields.ADDRESS, merge_fields.UNSUBSCRIBE, merge_fields.PREFERENCES}),
        ("link", {merge_fields.ACTION}),
        ("move", {merge_fields.ACTION, merge_fields.NEVER}),
        ("moved", {merge_fields.ADDRESS}),
        (
            "stay",
            {merge_fields.ACTION, merge_fields.ADDRESS, merge_fields.UNSUBSCRIBE, merge_fields.PREFERENCES},
        ),
    ],
)
def test_mails_to_readers_have_exactly_their_merge_fields_in_both_bodies(name, wanted: set[str]) -> None:
    email = render_email(name, PUBLICATION, templates())
    assert fields_in(email.html) == wanted
    assert fields_in(email.text) == wanted
    links = [link["href"] for link in Tags(email.html).of("a")]
    assert (merge_fields.ACTION in links) == (merge_fields.ACTION in wanted)
    assert "Notes & Queries" in email.subject
    assert "Notes, 1 Example Street" in email.text


def test_a_proof_says_what_is_wrong_and_how_to_approve_by_the_editors_own_link() -> None:
    one = issue(3)
    rendered = render_issue(one, content(one), templates())
    problem = Problem(Path("content/issues/0003.md"), 9, "a <b> & c", "fix it", Severity.WARNING)
    email = render_proof(
        PUBLICATION,
        templates(),
        rendered,
        problems=(problem,),
        digest="ab12",
        command="pressroom approve 3",
        due="Thu 2026-09-24 08:00 Europe/Berlin",
    )
    assert email.subject == "[Proof] Vectors in the database you run"
    assert fields_in(email.html) == fields_in(email.text) == {merge_fields.ACTION, *merge_fields.IN_ISSUES.values()}
    for part in ("content/issues/0003.md:9", "pressroom approve 3", "ab12", "A bucket of 60,000 tokens"):
        assert part in email.text.replace("\n  ", " ")
        assert part in email.html
    assert "a &lt;b&gt; &amp; c; fix it" in email.html
    for said in (
        "Pre-flight found 1 problem:",
        "It goes out on Thu 2026-09-24 08:00 Europe/Berlin if it is approved by then.",
    ):
        assert said in email.html
        assert said in email.text.replace("\n", " ")


def test_a_notice_says_what_happened_and_what_to_run() -> None:
    email = render_email(
        "notice", PUBLICATION, templates(), title="Not sent", what=["Nobody approved."], commands=["pressroom send 3"]
    )
    assert email.subject == "Not sent"
    assert "Nobody approved." in email.text
    assert "    pressroom send 3" in email.text
    assert "pressroom send 3" in email.html


@pytest.mark.parametrize("name", ["confirmation", "welcome"])
def test_the_lines_of_mails_are_short(name) -> None:
    email = render_email(name, PUBLICATION, templates(), issues=[issue(3), issue(4)], chosen=True)
    assert all(len(line) <= 78 for line in email.text.splitlines())


def welcome(*issues: Issue, chosen: tuple[int, ...] = (), path: str = "") -> RenderedEmail:
    publication = PUBLICATION.model_copy(update={"welcome": Welcoming(issues=chosen)})
    return render_welcome(content(*issues, publication=publication), templates(), path=path)


def links(email: RenderedEmail) -> list[str]:
    return [link["href"] for link in Tags(email.html).of("a")]


@pytest.mark.parametrize(
    ("issues", "address"),
    [
        ([issue(2), issue(3)], "https://notes.example.com/issues/3/"),
        ([issue(3), issue(4, published=False)], "https://notes.example.com/issues/3/"),
        ([], "https://notes.example.com/issues/"),
    ],
)
def test_the_welcome_leads_to_the_latest_published_issue_or_to_the_archive(issues, address: str) -> None:
    email = welcome(*issues)
    assert address in links(email)
    assert f"\n{address}\n" in email.text
    assert (issue(3).title in email.text) == bool(issues)


def test_the_welcome_shows_the_issues_that_the_editors_chose_in_order() -> None:
    there = [issue(number, title=f"Title {number}", preheader=f"About {number}.") for number in range(1, 6)]
    email = welcome(*there, chosen=(4, 1, 2))
    pages = [f"https://notes.example.com/issues/{number}/" for number in (4, 1, 2)]
    assert [link for link in links(email) if "/issues/" in link] == [*pages, "https://notes.example.com/issues/"]
    shown = re.findall(r"^(?:Title|  About|  https).*$", email.text, re.MULTILINE)
    assert shown == [line for number, page in zip((4, 1, 2), pages, strict=True)
                     for line in (f"Title {number}", f"  About {number}.", f"  {page}")]  # fmt: skip
    assert re.findall(r">(Title \d|About \d\.)<", email.html) == [
        "Title 4", "About 4.", "Title 1", "About 1.", "Title 2", "About 2.",
    ]  # fmt: skip


def test_an_unpublished_choice_is_left_out_and_without_any_choice_the_latest_issue_is_shown() -> None:
    assert "https://notes.example.com/issues/4/" not in links(
        welcome(issue(3), issue(4, published=False), chosen=(4, 3))
    )
    assert "https://notes.example.com/issues/3/" in links(welcome(issue(3), issue(4, published=False), chosen=(4, 9)))


def test_the_welcome_promises_the_first_step_of_a_course_unless_its_path_is_gone() -> None:
    promised = "Your course “Backend to AI” has begun too"
    assert promised in welcome(issue(3), path="backend").text
    assert promised in welcome(issue(3), path="backend").html
    assert "course" not in welcome(issue(3), path="gone").text
    assert "course" not in welcome(issue(3)).html


@pytest.mark.parametrize("name", ["confirmation", "welcome", "notice"])
def test_no_mail_loads_anything(name) -> None:
    words = {"title": "Not sent", "what": ["Nobody approved."], "issues": [issue(3)]}
    assert fetched(render_email(name, PUBLICATION, templates(), **words).html) == set()
