"""One frozen message serves everyone: only the sections that a reader does not want are left out of their copy."""

from __future__ import annotations

import dataclasses
import email
import email.policy
import re
from html.parser import HTMLParser
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher import merge_fields
from publisher.content.characters import unusable
from publisher.deliver import ISSUE, Template, compose
from publisher.deliver.message import sections_of
from publisher.deliver.message_builder import VARIANTS
from publisher.errors import UserError
from publisher.issue import Rendered
from publisher.ports import Claimed, Mailing
from publisher.render import environment, render_issue
from publisher.render.emails import sample
from publisher.render.preflight import preflight
from subscribers import EmailKind
from tests.mailroom import NOON, SECTIONS, message_builder, publication, sectioned_message
from tests.press import TEMPLATES, content, issue, templates

VALUES = {
    "date": "Thu, 26 Nov 2026 12:00:00 +0000", "message_id": "1@example.com", "to": "ada@example.com", "greeting": "Hello,",
    "address": "ada@example.com", "unsubscribe": "https://u.test/", "preferences": "https://p.test/",
}  # fmt: skip
ALL = ("concept", "architecture", "archive", "question")
SUBSETS = [frozenset(pair) for size in (0, 1, 2) for pair in combinations(ALL, size)]
CLAIMS = "Budgets cap an outage. [@0002-concept-1]\n\n> refills at 1,000 tokens a second\n"


@pytest.fixture(scope="module")
def one():
    return issue(
        3,
        concept="CONCEPT [alone](https://only-concept.test/) and [shared](https://shared.test/).\n\n```python\nx = 1\n```\n",
        architecture="ARCHITECTURE without any link.",
        archive=f"ARCHIVE says:\n\n{CLAIMS}",
        question="QUESTION with [shared](https://shared.test/).",
    )


@pytest.fixture(scope="module")
def rendered(one) -> Rendered:
    return render_issue(one, content(issue(2), one), templates())


@pytest.fixture(scope="module")
def message(rendered) -> bytes:
    return compose(publication(), ISSUE, subject="x", html=rendered.html, text=rendered.text, number=3)


def bodies(message: bytes, without: frozenset[str] = frozenset()) -> tuple[str, str]:
    """Return the text and the HTML of the copy for a reader who does not want these sections."""
    wire = Template.parse(message, without).build(VALUES)
    assert b"\x00" not in wire
    assert b"PRESSROOMFIELD" not in wire
    assert max(map(len, wire.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76
    read = email.message_from_bytes(wire, policy=email.policy.default)
    text, html = (part.get_payload(decode=True).decode().replace("\r\n", "\n") for part in read.iter_parts())  # type: ignore[attr-defined]
    return text, html


class Balance(HTMLParser):
    """Checks that all tags of a document are closed correctly, and that rows are only in tables."""

    VOID = frozenset({"br", "img", "meta", "hr", "input", "link"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            assert self.open[-1] in ("table", "tbody"), self.open
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        assert tag in self.VOID or tag.startswith("o:"), tag  # Office knows tags of its own

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def outlook(html: str) -> str:
    """Return the HTML as Outlook reads it: with the text in its conditional comments, without other comments."""
    shown = re.sub(r"<!--\[if mso[^\]]*\]>(.*?)<!\[endif\]-->", r"\1", html, flags=re.S)
    return re.sub(r"<!--.*?-->", "", shown, flags=re.S)


@pytest.mark.parametrize("without", SUBSETS, ids=lambda subset: "-".join(sorted(subset)) or "whole")
def test_a_copy_has_only_the_chosen_sections_in_both_bodies(message: bytes, without: frozenset[str]) -> None:
    for body in bodies(message, without):
        assert {section for section in ALL if section.upper() in body} == set(ALL) - without
        assert "What this week is about." in body
        assert ("Drafted without a model from" in body) == ("archive" not in without)


@pytest.mark.parametrize("without", SUBSETS, ids=lambda subset: "-".join(sorted(subset)) or "whole")
def test_the_html_is_well_formed_whatever_is_left_out(message: bytes, without: frozenset[str]) -> None:
    _, html = bodies(message, without)
    Balance(html)
    Balance(outlook(html))


def test_a_link_is_listed_only_in_copies_with_a_section_that_contains_it(message: bytes) -> None:
    listed = {
        without: re.findall(r"^\[(\d)\] (\S+)$", bodies(message, frozenset(without))[0], re.M)
        for without in ((), ("concept",), ("question",), ("concept", "question"))
    }
    alone, shared, cited = listed[()]
    assert listed["concept",] == [shared, cited], "the numbers of the others stay"
    assert listed["question",] == [alone, shared, cited]
    assert listed["concept", "question"] == [cited]
    text, _ = bodies(message, frozenset({"concept", "question", "archive"}))
    assert "Links" not in text, "a heading with nothing below it"


def test_the_whole_message_equals_the_bodies_without_marks(message: bytes, rendered: Rendered) -> None:
    for body, source in zip(bodies(message), (rendered.text, rendered.html), strict=True):
        whole = merge_fields.unmarked(source)
        for name in ("greeting", "address", "unsubscribe", "preferences"):
            whole = whole.replace(getattr(merge_fields, name.upper()), VALUES[name])
        assert body == whole
    assert "PRESSROOMFIELD" not in sample(rendered.text)
    assert "PRESSROOMFIELD" not in rendered.web


PIECES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=60)


@given(st.lists(st.tuples(st.sampled_from(SECTIONS), PIECES, PIECES), max_size=6), st.sets(st.sampled_from(SECTIONS)))
def test_any_text_comes_out_unchanged_except_for_the_parts_left_out(
    parts: list[tuple[str, str, str]], without: set[str]
) -> None:
    marked, expected = "x", "x"
    for section, inside, behind in parts:
        marks = merge_fields.around(section)
        marked += f"{marks.begins}{inside}{marks.ends}{behind}"
        expected += ("" if section in without else inside) + behind
    frozen = compose(publication(), ISSUE, subject="x", html="<p>x</p>", text=marked, number=7)
    text, _ = bodies(frozen, frozenset(without))
    assert text == expected
    assert not re.search(rb"^\.", Template.parse(frozen, frozenset(without)).build(VALUES), re.M)


def build(without: tuple[str, ...], attempt: int = 1):  # type: ignore[no-untyped-def]
    reader = Claimed(41, "Zk3_subject-id", "ada@example.com", "Ada", attempt, without)
    return message_builder().issue(Mailing(7, "digest", "Chosen", sectioned_message(), NOON, None))(reader)


def test_a_retry_is_the_same_message_with_the_same_sections() -> None:
    assert build(("project",)) == build(("project",), attempt=4)
    assert build(("project",)).message != build(()).message
    assert b"https://notes.example.com/preferences/Zk3_subject-id" in build(()).message


def test_a_section_that_is_not_in_this_issue_changes_nothing() -> None:
    assert build(("archive", "elsewhere")) == build(())


def test_a_reader_who_wants_none_of_the_sections_gets_no_message() -> None:
    assert build((*SECTIONS, "archive")) is None
    assert sections_of(sectioned_message()) == set(SECTIONS)


def test_more_variants_than_the_cache_holds_are_built_again() -> None:
    names = tuple(f"s{number}" for number in range(8))
    html = "<p>x</p>" + "".join(
        f"{merge_fields.around(n).begins}<p>{n}!</p>{merge_fields.around(n).ends}" for n in names
    )
    frozen = compose(publication(), ISSUE, subject="x", html=html, text="x", number=7)
    filled = message_builder().issue(Mailing(7, "digest", "x", frozen, NOON, None))
    choices = [chosen for size in range(8) for chosen in combinations(names, size)]
    assert len(choices) > 2 * VARIANTS
    for chosen in choices:
        message = filled(Claimed(1, "s", "ada@example.com", "", 1, chosen)).message  # type: ignore[union-attr]
        assert {name for name in names if f"<p>{name}!</p>".encode() in message} == set(names) - set(chosen)


@pytest.mark.parametrize(
    "text",
    [
        merge_fields.around("concept").begins,
        merge_fields.around("concept").ends,
        f"{merge_fields.around('concept').begins}x{merge_fields.around('question').ends}",
        f"{merge_fields.around('a').begins}{merge_fields.around('b').begins}{merge_fields.around('a').ends}{merge_fields.around('b').ends}",
    ],
)
def test_unpaired_marks_are_refused(text: str) -> None:
    with pytest.raises(UserError, match=r"part does not mark both .* put \{\{ part\.begins \}\} and"):
        compose(publication(), ISSUE, subject="x", html="<p>x</p>", text=f"x{text}", number=7)


def test_only_an_issue_has_sections() -> None:
    text = f"{merge_fields.around('concept').begins}x{merge_fields.around('concept').ends}"
    with pytest.raises(UserError, match=r"an unknown merge field 'from\.concept'"):
        compose(publication(), EmailKind.WELCOME, subject="x", html="<p>x</p>", text=text)


def test_an_editor_cannot_write_a_mark() -> None:
    found = unusable(f"Retries {merge_fields.around('concept').begins}")
    assert found is not None
    assert found[1] == "the reserved word 'PRESSROOMFIELDfrom.conceptDLEIF'"


def test_the_preflight_ignores_marks(one, rendered: Rendered) -> None:
    found = preflight(one, rendered, content(issue(2), one))
    assert not [problem for problem in found if problem.rule in ("field", "marks", "size", "template")]
    many = merge_fields.around("concept").begins * 4000
    padded = dataclasses.replace(rendered, html=rendered.html + many)
    assert not [problem for problem in preflight(one, padded, content(issue(2), one)) if problem.rule == "size"]


def test_the_preflight_finds_a_template_that_does_not_mark_sections(one, tmp_path) -> None:
    (tmp_path / "email").mkdir()
    for name in ("issue.mjml", "issue.txt"):
        text = (TEMPLATES / "email" / name).read_text()
        (tmp_path / "email" / name).write_text(
            re.sub(r"(<mj-raw>)?\{\{ part\.(begins|ends) \}\}(</mj-raw>)?", "", text)
        )
    own = render_issue(one, content(issue(2), one), environment(tmp_path, TEMPLATES))
    found = [problem for problem in preflight(one, own, content(issue(2), one)) if problem.rule == "marks"]
    assert sorted(problem.path.name for problem in found) == ["issue.mjml"] * 4 + ["issue.txt"] * 4
    assert "<mj-raw>{{ part.begins }}</mj-raw>" in found[0].fix


def test_the_preflight_finds_a_mail_without_a_link_to_the_readers_page(one, rendered: Rendered) -> None:
    bare = dataclasses.replace(rendered, text=rendered.text.replace(merge_fields.PREFERENCES, ""))
    found = [problem for problem in preflight(one, bare, content(issue(2), one)) if problem.rule == "preferences"]
    assert [problem.path.name for problem in found] == ["issue.txt"]
