"""What `check` and the pre-flight say of pieces that are lost, old, taken twice, or pinned to a week that never takes them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from publisher.check_pieces import check_pieces
from publisher.content.links import Links
from publisher.content.used import Uses
from publisher.issue import IsoWeek, Issue, Piece, PieceStatus
from publisher.old_news import repeats_in, shingles
from publisher.ports import Content
from tests.press import content, issue, line_of
from tests.unit.test_assemble import concept, held, outline, past, piece, publication

NEXT = IsoWeek(2026, 48)
LAST = IsoWeek(2026, 47)
LONG = " ".join(f"word{number}" for number in range(40)) + ".\n"
OTHER = " ".join(f"other{number}" for number in range(40)) + ".\n"


def found(pieces: list[Piece], *issues: Issue) -> list[str]:
    return [str(one) for one in check_pieces(_content(pieces, *issues), NEXT)]


def again(this: Issue, *others: Issue, pieces: list[Piece] | None = None) -> list[str]:
    return [str(one) for one in repeats_in(this, _content(pieces or [], this, *others))]


def _content(pieces: list[Piece], *issues: Issue) -> Content:
    of = publication()
    return dataclasses.replace(content(*issues, publication=of), pieces=tuple(pieces))


def pinned(week: IsoWeek, status: PieceStatus = PieceStatus.READY) -> Piece:
    return dataclasses.replace(piece("concept", "a", week=week, status=status), lines={"week": 5})


def test_a_piece_pinned_to_a_week_that_is_over_is_named_with_its_line() -> None:
    assert found([pinned(LAST)]) == [
        "content/concepts/a.md:5: pinned to 2026-W47, which is over, so no issue takes it; "
        "name a coming week, or remove `week:`"
    ]
    assert found([pinned(LAST, PieceStatus.DRAFT)]) == []
    assert found([pinned(NEXT)]) == []


def test_a_pin_that_was_kept_is_no_problem() -> None:
    took = past(9, concept="concepts/a.md")
    assert found([pinned(took.week)], took) == []
    assert found([pinned(LAST)], took) == [], "in another week, before its own"


def test_an_evergreen_piece_with_a_past_pin_is_not_taken_again() -> None:
    took = past(9, concept="concepts/a.md")
    (said,) = found([pinned(took.week, PieceStatus.EVERGREEN)], took)
    assert "so no issue takes it again; name a coming week, or remove `week:`" in said


def test_a_piece_pinned_to_a_week_whose_issue_has_another_is_named() -> None:
    for published, expected in (
        (True, "is out without it"),
        (False, "was assembled without it; run pressroom assemble"),
    ):
        of_week = dataclasses.replace(past(9, published=published), week=NEXT)
        (said,) = found([pinned(NEXT)], of_week)
        assert said.startswith("content/concepts/a.md:5: pinned to 2026-W48, but issue 9 of that week")
        assert expected in said


def test_a_pin_on_a_piece_that_went_out_is_named_and_holds_its_week() -> None:
    took = past(9, concept="concepts/a.md")
    (said,) = found([pinned(NEXT)], took)
    assert said.startswith(
        "content/concepts/a.md:5: pinned to 2026-W48, but it is already in issue 9; remove `week:`, or"
    )
    assert held([pinned(NEXT), piece("concept", "b")], took)[0] == (
        "content/concepts/a.md:5: pinned to 2026-W48, but it was already in issue 9; "
        "set `status: evergreen` to let it repeat, or `status: draft`"
    )
    assert concept([pinned(NEXT, PieceStatus.EVERGREEN)], took) == "a"


def test_two_files_with_one_id_are_named_and_so_are_two_that_say_the_same() -> None:
    one = dataclasses.replace(piece("concept", "a"), id="p1")
    two = dataclasses.replace(piece("concept", "b", "2026-02-02"), id="p1", lines={"id": 4})
    assert found([two, one]) == [
        "content/concepts/b.md:4: the id 'p1' is also that of content/concepts/a.md, so the two count as one piece; "
        "remove `id:` from the newer one"
    ]
    same = dataclasses.replace(piece("concept", "a"), path=Path("content/concepts/c.md"))
    (said,) = found([piece("concept", "a"), same])
    assert said.startswith("content/concepts/c.md:7: says the same as content/concepts/a.md")
    assert found([piece("concept", "a"), dataclasses.replace(same, status=PieceStatus.DRAFT)]) == []


def test_an_issue_finds_a_renamed_piece_by_its_id_and_then_by_its_words() -> None:
    for id_ in ("p1", None):
        renamed = dataclasses.replace(piece("concept", "new"), id=id_)
        waiting = dataclasses.replace(
            past(9, published=False, concept="concepts/old.md"), ids={"concepts/old.md": renamed.identity}
        )
        assert found([renamed], waiting) == []
        assert [use.section for use in Uses([waiting]).of(renamed)] == ["concept"]
        links = Links.of(_content([renamed], waiting))
        for name in ("old", "new"):
            assert links.resolve(f"../concepts/{name}.md", Path("content/pages/about.md")) == "issues/9/#concept"


def test_a_new_piece_under_an_old_name_is_new_where_the_issue_has_ids_and_named_where_it_has_none() -> None:
    took = past(9, concept="concepts/a.md")
    new = piece("concept", "a", (took.date + dt.timedelta(days=1)).isoformat())
    (said,) = found([new], took)
    assert (
        "was added after issue 9, in which a piece of this name was used, so no issue takes it; rename the file" in said
    )
    known = dataclasses.replace(took, ids={"concepts/a.md": "p1"})
    assert found([new], known) == []
    assert concept([new], known) == "a"


def test_the_answer_of_a_renamed_question_still_comes() -> None:
    asked = dataclasses.replace(piece("question", "new-name", answer="Because.\n"), id="p1")
    before = dataclasses.replace(past(6, question="questions/old.md"), ids={"questions/old.md": "p1"})
    pieces = [piece("concept", "a"), piece("architecture", "arch"), piece("question", "quest"), asked]
    assert outline(publication(), NEXT, pieces, [before]).last_answer == "Because.\n"


def test_a_ready_piece_of_which_half_went_out_is_named_and_not_taken() -> None:
    half = dataclasses.replace(piece("concept", "half"), body=LONG.replace("word3 ", "changed "))
    sent = issue(5, concept=LONG)
    (said,) = found([half], sent)
    assert said.startswith("content/concepts/half.md:7: half of what it says, or more, is already in issue 5")
    less = dataclasses.replace(piece("concept", "less"), body=" ".join(LONG.split()[:15]) + " " + OTHER)
    assert found([less], sent) == []


def test_what_may_repeat_is_not_old_news() -> None:
    quoted = issue(5, archive=LONG)
    assert found([dataclasses.replace(piece("concept", "a"), body=LONG)], quoted) == []
    sent = issue(5, concept=LONG)
    assert found([dataclasses.replace(piece("concept", "a", status=PieceStatus.EVERGREEN), body=LONG)], sent) == []
    assert found([dataclasses.replace(piece("question", "a", answer="So.\n"), body=LONG)], sent) == []


def test_preflight_names_what_an_issue_says_again() -> None:
    this = issue(6, concept=LONG, architecture=OTHER, published=False)
    line = line_of(this, "{#concept}")
    assert again(this, issue(5, concept=LONG)) == [
        f"content/issues/0006.md:{line}: half of what the section 'concept' says, or more, was already in issue 5; "
        "write it anew, or take another piece; to repeat a piece, set `status: evergreen` in it"
    ]
    assert again(this, issue(7, concept=LONG, published=False)) == [], "the later one is at fault"
    assert again(issue(6, concept=LONG), issue(5, concept=LONG)) == [], "it is out"
    green = [dataclasses.replace(piece("concept", "a", status=PieceStatus.EVERGREEN), body=LONG)]
    assert (
        again(dataclasses.replace(this, pieces={"concept": "concepts/a.md"}), issue(5, concept=LONG), pieces=green)
        == []
    )


def test_preflight_names_a_piece_that_another_issue_took_also_a_question() -> None:
    for section, folder in (("concept", "concepts"), ("question", "questions")):
        name = f"{folder}/a.md"
        this = dataclasses.replace(issue(6, concept=LONG, published=False), pieces={section: name})
        before = dataclasses.replace(issue(5, concept=OTHER, architecture=OTHER), pieces={section: name})
        (said,) = again(this, before, pieces=[piece(section, "a")])
        assert f"content/{name} is here again: it was already in issue 5" in said


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("See [the path](../paths/a.md) first.", "See [the path](../../elsewhere/b.md) first."),
        ("Zwei WORTE", "zwei *worte*"),
    ],
)
def test_shingles_are_about_words_and_not_about_marks_and_links(one: str, other: str) -> None:
    assert shingles(one) == shingles(other)


def test_languages_without_spaces_have_shingles_too() -> None:
    text = "再試行の予算は障害の費用を抑えます。"
    assert len(shingles(text)) > 5
