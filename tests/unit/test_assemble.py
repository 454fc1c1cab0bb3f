"""How pieces are picked: a pinned one, else the oldest ready one that no issue used, else the section's fallback."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from pathlib import Path
from typing import Literal

import pytest

from publisher.assemble import outline, to_markdown
from publisher.content.issue_file import read_issue
from publisher.errors import ContentError
from publisher.issue import NO_FACTS, IsoWeek, Issue, Outline, Piece, PieceStatus
from publisher.publication import Publication
from tests.press import PUBLICATION
from tests.press import issue as an_issue

WEEK = IsoWeek(2026, 48)
FOLDERS = {"concept": "concepts", "architecture": "architectures", "question": "questions"}


def piece(
    section: str,
    slug: str,
    added: str = "2026-01-01",
    *,
    status: PieceStatus = PieceStatus.READY,
    week: IsoWeek | None = None,
    answer: str | None = None,
) -> Piece:
    return Piece(
        section, slug, f"Title of {slug}", f"Summary of {slug}.", f"Body of {slug}.\n", answer, status, week,
        dt.date.fromisoformat(added), NO_FACTS, Path(f"content/{FOLDERS[section]}/{slug}.md"), 7,
    )  # fmt: skip


OTHERS = (piece("architecture", "arch"), piece("question", "quest"))


def past(number: int, *, published: bool = True, **pieces: str) -> Issue:
    return dataclasses.replace(an_issue(number, published=published), pieces=pieces)


def publication(fallback: Literal["hold", "evergreen", "drafted"] = "hold", *, draft: bool = True) -> Publication:
    first, *rest = PUBLICATION.sections
    question = rest[-1].model_copy(update={"answers_next_week": True})
    sections = (first.model_copy(update={"when_empty": fallback}), rest[0], question)
    return PUBLICATION.model_copy(
        update={"sections": sections, "draft": PUBLICATION.draft.model_copy(update={"enabled": draft})}
    )


def concept(pieces: list[Piece], *issues: Issue, week: IsoWeek = WEEK, of: Publication | None = None) -> str | None:
    picked = outline(of or publication(), week, [*pieces, *OTHERS], issues).pieces.get("concept")
    return picked.slug if picked else None


def held(pieces: list[Piece], *issues: Issue) -> list[str]:
    with pytest.raises(ContentError) as raised:
        outline(publication(), WEEK, pieces, issues)
    return [str(problem) for problem in raised.value.problems]


def test_a_pinned_piece_goes_before_an_older_ready_one() -> None:
    assert concept([piece("concept", "old"), piece("concept", "pin", "2026-09-01", week=WEEK)]) == "pin"


def test_a_piece_pinned_to_another_week_waits_for_it() -> None:
    pieces = [piece("concept", "pin", week=WEEK.next()), piece("concept", "free", "2026-09-01")]
    assert concept(pieces) == "free"
    assert concept(pieces, week=WEEK.next()) == "pin"


def test_a_pinned_draft_does_not_count_as_pinned() -> None:
    assert concept([piece("concept", "pin", status=PieceStatus.DRAFT, week=WEEK), piece("concept", "free")]) == "free"


def test_without_a_pin_the_oldest_ready_piece_is_taken_and_then_the_first_by_name() -> None:
    same_day = [piece("concept", "b"), piece("concept", "a"), piece("concept", "c", "2025-12-31")]
    assert concept(same_day) == "c"
    assert concept(same_day[:2]) == "a"


def test_a_piece_that_an_issue_used_is_not_used_again() -> None:
    pieces = [piece("concept", "old"), piece("concept", "new", "2026-09-01")]
    assert concept(pieces, past(1, concept="concepts/old.md")) == "new"
    assert concept(pieces, past(1, published=False, concept="concepts/old.md")) == "new"


def test_the_issue_of_the_week_itself_does_not_use_its_pieces_up() -> None:
    this = dataclasses.replace(past(7, published=False, concept="concepts/old.md"), week=WEEK)
    decided = outline(publication(), WEEK, [piece("concept", "old"), *OTHERS], [this, past(9)])
    assert (decided.pieces["concept"].slug, decided.number) == ("old", 7)


def test_hold_names_every_empty_section_and_says_how_to_fill_it() -> None:
    found = held([piece("concept", "a", status=PieceStatus.DRAFT)])
    assert len(found) == 3
    assert found[0] == (
        "content/concepts: no piece is ready for the section 'concept'; set `status: ready` in one that no issue has used"
    )


def test_two_pieces_pinned_to_one_week_hold_the_issue() -> None:
    found = held([piece("concept", "a", week=WEEK), piece("concept", "b", week=WEEK), *OTHERS])
    assert len(found) == 1
    assert "content/concepts/a.md and content/concepts/b.md are both pinned to 2026-W48" in found[0]


def test_evergreen_takes_the_piece_that_was_used_longest_ago() -> None:
    green = [piece("concept", slug, status=PieceStatus.EVERGREEN) for slug in ("a", "b", "c")]
    used = [past(1, concept="concepts/b.md"), past(2, concept="concepts/a.md"), past(3, concept="concepts/c.md")]
    assert concept(green, *used[:2], of=publication("evergreen")) == "c"
    assert concept(green, *used, of=publication("evergreen")) == "b"
    again = [*used, past(4, concept="concepts/b.md")]
    for _ in range(5):
        random.shuffle(again)
        assert concept(green, *again, of=publication("evergreen")) == "a"


def test_a_ready_piece_goes_before_an_evergreen_one() -> None:
    green = piece("concept", "green", "2020-01-01", status=PieceStatus.EVERGREEN)
    assert concept([green, piece("concept", "ready")], of=publication("evergreen")) == "ready"


def test_an_empty_evergreen_section_holds_the_issue_too() -> None:
    with pytest.raises(ContentError, match="its fallback is 'evergreen'"):
        concept([], of=publication("evergreen"))


def test_drafted_leaves_the_section_to_the_drafting_stage_and_holds_where_drafting_is_off() -> None:
    decided = outline(publication("drafted"), WEEK, OTHERS, [past(1), past(2)])
    assert set(decided.drafted) == {"archive", "concept"}
    with pytest.raises(ContentError, match="its fallback is 'drafted'"):
        outline(publication("drafted", draft=False), WEEK, OTHERS, [])


@pytest.mark.parametrize(("before", "drafted"), [(0, ()), (1, ()), (2, ("archive",)), (5, ("archive",))])
def test_with_fewer_than_two_past_issues_there_is_nothing_to_draft_from(before: int, drafted: tuple[str, ...]) -> None:
    issues = [past(number + 1) for number in range(before)]
    assert outline(publication(), WEEK, [piece("concept", "a"), *OTHERS], issues).drafted == drafted
    assert outline(publication(draft=False), WEEK, [piece("concept", "a"), *OTHERS], issues).drafted == ()


def whole() -> Outline:
    before = past(6, question="questions/before.md")
    pieces = [piece("concept", "a"), *OTHERS, piece("question", "before", answer="Because.\n")]
    return outline(publication(), WEEK, pieces, [past(5), before])


def test_last_weeks_answer_follows_this_weeks_question() -> None:
    decided = whole()
    assert decided.last_answer == "Because.\n"
    text = to_markdown(decided, publication())
    assert text.rstrip().endswith("Body of quest.\n\n### Last week's answer\n\nBecause.")


def test_the_answer_belongs_to_the_issue_before_and_not_to_an_older_one() -> None:
    pieces = [piece("concept", "a"), *OTHERS, piece("question", "before", answer="Because.\n")]
    issues = [past(5, question="questions/before.md"), past(6, question="questions/gone.md")]
    assert outline(publication(), WEEK, pieces, issues).last_answer is None


def test_the_same_files_in_any_order_make_the_same_issue() -> None:
    pieces = [piece("concept", slug) for slug in "abcdef"] + [*OTHERS, piece("question", "before", answer="Why.\n")]
    issues = [past(n, question="questions/before.md") for n in (1, 2, 3, 4)]
    texts = set()
    for seed in range(20):
        shuffle = random.Random(seed).shuffle
        shuffle(pieces)
        shuffle(issues)
        texts.add(to_markdown(outline(publication(), WEEK, pieces, issues), publication()))
    assert len(texts) == 1


def test_the_assembled_issue_has_its_sections_in_order() -> None:
    text = to_markdown(whole(), publication())
    issue = read_issue(Path("content/issues/0007.md"), text.encode())
    assert (issue.number, issue.week, issue.date) == (7, WEEK, dt.date(2026, 11, 26))
    assert [section.id for section in issue.sections] == ["concept", "architecture", "archive", "question"]
    assert issue.pieces == {
        "concept": "concepts/a.md",
        "architecture": "architectures/arch.md",
        "question": "questions/quest.md",
    }
    assert (issue.title, issue.preheader) == ("Title of a · Title of arch", "Summary of a.")
    assert issue.lead == "Summary of arch. Summary of quest."


@pytest.mark.parametrize("summary", ["Who runs it?", "Stop!", "And then…", "She said “stop.”", "谁来运行？", "Done."])
def test_a_summary_that_ends_its_sentence_gets_no_second_mark_in_the_lead(summary: str) -> None:
    decided = whole()
    pieces = {section: dataclasses.replace(one, summary=summary) for section, one in decided.pieces.items()}
    text = to_markdown(dataclasses.replace(decided, pieces=pieces), publication())
    assert f"\n{summary} {summary}\n" in text


def test_a_section_that_loses_its_answers_holds_the_issue_instead_of_dropping_the_one_that_is_owed() -> None:
    asked = dataclasses.replace(piece("question", "old"), body="Why?\n\n### Model answer\n\nBecause.\n")
    fresh = (piece("concept", "next"), *OTHERS, asked)
    with pytest.raises(ContentError) as raised:
        outline(PUBLICATION, WEEK, fresh, [past(1, question="questions/old.md")])
    (problem,) = raised.value.problems
    assert (problem.path, problem.line) == (asked.path, 9)
    assert "answers_next_week = true" in problem.fix
    assert outline(publication(), WEEK, fresh, [past(1, question="questions/old.md")])
