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
from publisher.issue import Draft, DraftNote, Issue, Section
from publisher.language import Language
from publisher.ports import Content
from publisher.render import made, render_issue
from tests.press import WORDS, content, issue, templates

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
        draft=dataclasses.replace(known, **{"hashes": hashes, **note}),  # type: ignore[arg-type]
    )


def _hash_of(body: str) -> str:
    return hashlib.sha256(body.strip("\n").encode()).hexdigest()[:32]


def line(one: Issue, language: str = "en") -> str:
    return made.line_of(one, "archive", Language(language))


def whole(one: Issue) -> Content:
    return content(*PAST, one)


def test_the_line_says_who_drafted_it_from_how_many_issues_and_whether_somebody_changed_it() -> None:
    assert line(drafted()) == "Drafted without a model from 2 past issues. Not a word was changed since."
    assert line(drafted(model="small-1")).startswith("Drafted by the model small-1 from 2 past issues. ")
    edited = drafted(ARCHIVE.replace("Some of", "A few of"))
    assert line(edited) == "Drafted without a model from 2 past issues. Edited by an editor."
    assert replaceable(edited, "archive") is False


def test_an_editor_is_named_only_as_the_file_names_them_and_only_where_something_was_changed() -> None:
    changed = ARCHIVE.replace("Some of", "A few of")
    assert line(drafted(changed, edited_by="Ada Lovelace")).endswith("Edited by Ada Lovelace.")
    assert line(drafted(edited_by="Ada Lovelace")).endswith("Not a word was changed since.")


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
    assert language == "en" or not any(word in one for one in said for word in ("Drafted", "Edited", "Not a word"))


def test_it_stands_below_the_section_in_both_parts_of_the_mail_and_goes_with_it() -> None:
    found = render_issue(drafted(), whole(drafted()), templates())
    assert found.html.count("Drafted without a model from 2 past issues.") == 1
    text = " ".join(found.text.split())
    after = text.index("Drafted without a model from 2 past issues. Not a word was changed since.")
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
    assert '<a href="../../issues/1/index.html#concept">Exact search</a>' in details
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
        "No past issue has what it rests on.", "Does not pass the check of: numbers and dates, nothing put in or cut off.",
    ]  # fmt: skip


def test_a_model_what_was_tried_before_it_and_its_date_are_told() -> None:
    one = drafted(model="small-1", fallbacks=("model: busy",))
    found = made.details_of(one, "archive", whole(one))
    assert found is not None
    assert "by a model (small-1)" in found.about[0]
    assert found.about[1:3] == ("Drafted on 22 September 2026.", "Tried before: model: busy.")


def test_every_check_has_plain_words() -> None:
    assert made.IN_PLAIN_WORDS.keys() == CHECKS.keys()


def test_the_day_of_drafting_and_the_editors_name_are_kept_in_the_file(tmp_path: Path) -> None:
    path = Path("content/issues/0003.md")
    head = "---\nnumber: 3\nweek: 2026-W39\ndate: 2026-09-24\ntitle: A\npreheader: B\ndrafted: [archive]\n---\nC.\n\n"
    empty = f"{head}## From the archive {{#archive}}\n".encode()
    note = DraftNote("extractive", hashes={"archive": "0"}, date=dt.date(2026, 9, 22), edited_by="Ada")
    text = issue_file.with_drafts(path, empty, {"archive": ARCHIVE}, [note])
    read = issue_file.read_issue(path, text.encode())
    assert read.draft is not None
    assert (read.draft.date, read.draft.edited_by) == (dt.date(2026, 9, 22), "Ada")


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
