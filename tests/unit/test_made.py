"""What readers are told of how a drafted section was made: in the mail, in its text part, on the page, in six languages."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from pathlib import Path

import pytest

from publisher.content import issue_file
from publisher.draft import notes
from publisher.draft.checks import CHECKS
from publisher.draft.provenance import provenance
from publisher.draft.redraft import replaceable
from publisher.draft.sources import sources
from publisher.issue import Draft, DraftNote, Issue, Section, SectionNote
from publisher.language import Language
from publisher.ports import Content
from publisher.publication import Publication
from publisher.render import made, render_issue
from tests.press import PUBLICATION, WORDS, content, issue, templates

ARCHIVE = f"""Some of this week’s topics have come up here before.

**Limits: No. 1 (September 2026)** [@0001-concept-1]

> {WORDS}

A bucket refills at 1,000 tokens a second. [@0002-concept-1]

> refills at 1,000 tokens a second
"""
PAST = (issue(1), issue(2))


def drafted(body: str = ARCHIVE, **note: object) -> Issue:
    """Return an issue whose section is as drafting left it, unless `body` is not what it wrote."""
    whole = dataclasses.replace(issue(3, archive=ARCHIVE), published=None)
    (known,) = notes(whole, [Draft("archive", (), DraftNote("extractive"))], dt.date(2026, 9, 22))
    hashes = {"archive": _hash_of(ARCHIVE)}
    changed = tuple(dataclasses.replace(one, body=body) if one.id == "archive" else one for one in whole.sections)
    return dataclasses.replace(
        whole,
        sections=changed,
        draft=dataclasses.replace(known, **{"hashes": hashes, "sections": {}, "date": dt.date(2026, 9, 22), **note}),  # type: ignore[arg-type]
    )


def _hash_of(body: str) -> str:
    return hashlib.sha256(body.strip("\n").encode()).hexdigest()[:32]


def line(one: Issue, language: str = "en") -> str:
    return made.line_of(one, "archive", Language(language))


def whole(one: Issue) -> Content:
    return content(*PAST, one)


def test_the_line_says_who_drafted_it_from_how_many_issues_and_whether_somebody_changed_it() -> None:
    assert line(drafted()) == "Drafted without a model from 2 past issues. Not a word has been changed since."
    assert line(drafted(model="small-1")).startswith("Drafted by the model small-1 from 2 past issues. ")
    edited = drafted(ARCHIVE.replace("Some of", "A few of"))
    assert line(edited) == "Drafted without a model from 2 past issues. Edited by an editor."
    assert replaceable(edited, "archive") is False


def test_an_editor_is_named_only_as_the_file_names_them_and_only_where_something_was_changed() -> None:
    changed = ARCHIVE.replace("Some of", "A few of")
    assert line(drafted(changed, edited_by="Ada Lovelace")).endswith("Edited by Ada Lovelace.")
    assert line(drafted(edited_by="Ada Lovelace")).endswith("Not a word has been changed since.")


def test_a_sentence_that_an_editor_took_out_no_longer_counts() -> None:
    shorter = ARCHIVE.partition("A bucket refills")[0]
    assert line(drafted(shorter)) == "Drafted without a model from 1 past issue. Edited by an editor."


def test_what_is_not_known_is_not_said() -> None:
    assert line(drafted(hashes={})) == "Drafted without a model from 2 past issues."
    assert line(drafted(hashes={"question": "00"})) == "", "an editor wrote all of it"
    assert line(drafted("What an editor says, without a citation.\n")) == ""
    assert made.line_of(drafted(), "concept", Language()) == ""
    assert made.details_of(drafted(), "concept", whole(drafted())) is None
    assert line(dataclasses.replace(drafted(), draft=None)) == ""


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "ar", "ja"])
def test_it_is_said_in_every_language_that_we_have(language: str) -> None:
    changed = ARCHIVE.replace("Some of", "A few of")
    said = {
        line(drafted(), language), line(drafted(model="small-1"), language), line(drafted(changed), language),
        line(drafted(changed, edited_by="Ada"), language),
    }  # fmt: skip
    assert len(said) == 4
    assert not any("\u3002 " in one for one in said), "a Japanese full stop has its space in itself"
    assert language == "en" or not any(word in one for one in said for word in ("Drafted", "Edited", "Not a word"))


def test_it_stands_below_the_section_in_both_parts_of_the_mail_and_goes_with_it() -> None:
    found = render_issue(drafted(), whole(drafted()), templates())
    assert found.html.count("Drafted without a model from 2 past issues.") == 1
    text = " ".join(found.text.split())
    after = text.index("Drafted without a model from 2 past issues. Not a word has been changed since.")
    assert text.index("refills at 1,000 tokens a second”") < after < text.index("What would you measure first")
    for body in (found.html, found.text):
        assert body.index("PRESSROOMFIELDfrom.archiveDLEIF") < body.index("Drafted without")
        assert body.index("Drafted without") < body.index("PRESSROOMFIELDupto.archiveDLEIF")
        assert "word for word" not in body, "the details are on the page"


def test_the_page_says_where_each_sentence_is_from_and_what_the_checks_say_of_it() -> None:
    found = render_issue(drafted(), whole(drafted()), templates()).web
    details = found.partition('<details class="made">')[2].partition("</details>")[0]
    assert "Drafted on 22 September 2026." in details
    assert details.count("<li>") == 2
    assert '<a href="../../issues/1/#concept">Exact search</a>' in details
    assert "No. 2 · 17 September 2026" in details
    assert "Stands word for word in its source." in details
    assert "Says it in other words; passes every check." in details
    assert "numbers and dates, names, order of names" in details


def test_a_sentence_that_an_editor_made_wrong_says_so() -> None:
    wrong = ARCHIVE.replace("A bucket refills at 1,000", "A bucket refills at 9,000")
    lost = wrong.replace("[@0001-concept-1]", "[@0007-concept-1]")
    found = made.details_of(drafted(lost), "archive", whole(drafted(lost)))
    assert found is not None
    assert [one.verdict for one in found.cited] == [
        "The passage it cites is in no past issue.", "Fails these checks: numbers and dates, additions and omissions.",
    ]  # fmt: skip


@pytest.mark.parametrize(("language", "comma"), [("ar", "، "), ("ja", "、"), ("fr", ", ")])
def test_checks_are_listed_with_the_commas_of_the_language(language: str, comma: str) -> None:
    ours = Publication.model_validate(
        PUBLICATION.model_dump(by_alias=True, exclude={"language"}) | {"language": language}
    )
    wrong = drafted(ARCHIVE.replace("A bucket refills at 1,000", "A bucket refills at 9,000"))
    found = made.details_of(wrong, "archive", content(*PAST, wrong, publication=ours))
    assert found is not None
    assert found.about[-1].count(comma) == len(CHECKS) - 1
    said = found.cited[-1].verdict
    assert comma in said
    assert comma == ", " or ", " not in said


def test_a_model_what_was_tried_before_it_and_its_date_are_told() -> None:
    one = drafted(model="small-1", fallbacks=("model: busy",))
    found = made.details_of(one, "archive", whole(one))
    assert found is not None
    assert "by a model (small-1)" in found.about[0]
    assert found.about[1:3] == ("Drafted on 22 September 2026.", "Another method was tried as well.")


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "ar", "ja"])
def test_what_operators_are_told_of_writers_and_of_the_search_is_on_no_page(language: str) -> None:
    one = drafted(fallbacks=("model: qxz",), search="vectors: run: pip install wvz")
    ours = Publication.model_validate(
        PUBLICATION.model_dump(by_alias=True, exclude={"language"}) | {"language": language}
    )
    page = render_issue(one, content(*PAST, one, publication=ours), templates()).web
    assert 'class="made"' in page
    assert not [word for word in ("qxz", "vectors", "pip", "wvz") if word in page]


@pytest.mark.parametrize("model", [None, "small-1"])
@pytest.mark.parametrize(
    ("change", "promised"),
    [
        (("", ""), True),
        (("Some of", "A few of"), False),
        (("1,000 tokens a second. ", "9,000 tokens a second. "), False),
        (("> refills at 1,000", "> refills at 7,000"), False),
        (("[@0001-concept-1]", "[@0007-concept-1]"), False),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_the_details_promise_nothing_that_the_sentences_below_them_deny(
    model: str | None, change: tuple[str, str], promised: bool, known: bool
) -> None:
    """Of drafts of release 0.1 nobody knows whether they were edited (`known`): what the checks find decides alone."""
    one = drafted(ARCHIVE.replace(*change), model=model, **({} if known else {"hashes": {}}))
    found = made.details_of(one, "archive", whole(one))
    assert found is not None
    promises = "every sentence cites a passage" if model else "each quotation stands word for word"
    assert (promises in found.about[0]) is (promised or (not known and change[0] == "Some of"))


TWO = (
    "---\nnumber: 3\nweek: 2026-W39\ndate: 2026-09-24\ntitle: A\npreheader: B\ndrafted: [concept, archive]\n---\nC.\n\n"
    "## A {#concept}\n\n## From the archive {#archive}\n"
)


def test_each_drafted_section_says_its_own_model_day_and_editor() -> None:
    path = Path("content/issues/0003.md")
    by_model = Draft("concept", (), DraftNote("model", "gpt-5", 90, ("model: late",), search="vectors: none"))
    by_program = Draft("archive", (), DraftNote("extractive"))
    empty = issue_file.read_issue(path, TWO.encode())
    first = issue_file.with_drafts(
        path, empty.source, {"concept": ARCHIVE}, notes(empty, [by_model], dt.date(2026, 9, 21))
    )
    again = issue_file.read_issue(path, first.encode())
    both = issue_file.with_drafts(
        path, again.source, {"archive": ARCHIVE}, notes(again, [by_program], dt.date(2026, 9, 22))
    ).replace("      date: 2026-09-21\n", "      date: 2026-09-21\n      edited_by: Ada\n")
    read = issue_file.read_issue(path, both.encode())
    assert read.draft is not None
    assert read.draft.of("concept") == SectionNote(
        "gpt-5", ("model: late",), "vectors: none", dt.date(2026, 9, 21), "Ada"
    )
    assert read.draft.of("archive") == SectionNote(date=dt.date(2026, 9, 22))
    assert made.line_of(read, "concept", Language()).startswith(
        "Drafted by the model gpt-5 from 2 past issues. Edited by Ada"
    )
    assert made.line_of(read, "archive", Language()) == (
        "Drafted without a model from 2 past issues. Edited by an editor."
    )


def test_one_record_for_all_sections_as_files_had_it_is_read_and_divided_when_one_is_drafted_again() -> None:
    path = Path("content/issues/0003.md")
    old = "draft:\n  writer: model\n  model: gpt-5\n  date: 2026-09-21\n  edited_by: Ada\n  hashes: {concept: x, archive: y}\n"
    before = issue_file.read_issue(path, TWO.replace("---\nC.", f"{old}---\nC.").encode())
    assert before.draft is not None
    shared = SectionNote("gpt-5", date=dt.date(2026, 9, 21), edited_by="Ada")
    assert before.draft.of("concept") == before.draft.of("archive") == shared
    anew = notes(before, [Draft("archive", (), DraftNote("extractive"))], dt.date(2026, 9, 22))
    after = issue_file.read_issue(
        path, issue_file.with_drafts(path, before.source, {"archive": ARCHIVE}, anew).encode()
    )
    assert after.draft is not None
    assert after.draft.of("concept") == shared
    assert after.draft.of("archive") == SectionNote(date=dt.date(2026, 9, 22))


def test_every_check_has_plain_words() -> None:
    assert made.IN_PLAIN_WORDS.keys() == CHECKS.keys()


def test_the_day_of_drafting_and_the_editors_name_are_kept_in_the_file(tmp_path: Path) -> None:
    path = Path("content/issues/0003.md")
    head = "---\nnumber: 3\nweek: 2026-W39\ndate: 2026-09-24\ntitle: A\npreheader: B\ndrafted: [archive]\n---\nC.\n\n"
    empty = f"{head}## From the archive {{#archive}}\n".encode()
    own = SectionNote(date=dt.date(2026, 9, 22), edited_by="Ada")
    note = DraftNote("extractive", hashes={"archive": "0"}, sections={"archive": own})
    text = issue_file.with_drafts(path, empty, {"archive": ARCHIVE}, [note])
    read = issue_file.read_issue(path, text.encode())
    assert read.draft is not None
    assert read.draft.of("archive") == own


def test_a_page_asks_only_for_the_issues_that_it_cites() -> None:
    asked: list[int] = []

    class Noted(Content):
        def issue(self, number: int) -> Issue | None:
            asked.append(number)
            return super().issue(number)

    known = whole(drafted())
    noted = Noted(**{part.name: getattr(known, part.name) for part in dataclasses.fields(known)})
    bare = dataclasses.replace(noted, issues=known.issues)
    assert [one.number for one in sources(drafted(), bare)] == [1, 2]
    assert asked == [1, 2]
    assert provenance(drafted(), Section("archive", "x", "")) is None
