"""The queue: what the coming weeks have, would get and lack, and what each piece waits for."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from publisher.coming_weeks import WEEKS, Filling, Queue, queue
from publisher.issue import IsoWeek, Issue, Piece, PieceStatus
from tests.press import content
from tests.unit.test_assemble import concept, past, piece, publication

W48, W49, W50 = (IsoWeek(2026, number) for number in (48, 49, 50))


def made(pieces: list[Piece], *issues: Issue, sent: dict[Path, int] | None = None) -> Queue:
    of = content(*issues, publication=publication("evergreen"))
    return queue(dataclasses.replace(of, pieces=tuple(pieces)), W48, sent or {})


def concepts(pieces: list[Piece], *issues: Issue) -> list[tuple[str, str]]:
    places = [coming.places[0] for coming in made(pieces, *issues).weeks]
    return [(place.filling.value, place.piece.stem if place.piece else place.why) for place in places]


def waits(one: Piece, *others: Piece | Issue, sent: dict[Path, int] | None = None) -> str:
    pieces = [one, *(other for other in others if isinstance(other, Piece))]
    found = made(pieces, *(other for other in others if isinstance(other, Issue)), sent=sent)
    return next(waiting.waits_for for waiting in found.waiting if waiting.piece == one.path)


def test_each_week_is_filled_as_assembly_would_do_it_and_no_ready_piece_twice() -> None:
    green = piece("concept", "green", status=PieceStatus.EVERGREEN)
    pieces = [piece("concept", "b", "2026-02-02"), piece("concept", "a"), piece("concept", "pin", week=W49), green]
    assert concepts(pieces) == [
        ("would be picked", "a"),
        ("pinned", "pin"),
        ("would be picked", "b"),
        *[("evergreen", "green")] * (WEEKS - 3),
    ]
    assert concept(pieces, week=W48, of=publication("evergreen")) == "a"


def test_a_week_that_has_its_issue_shows_what_is_in_it() -> None:
    this = dataclasses.replace(past(9, published=False, concept="concepts/a.md"), week=W48)
    found = made([piece("concept", "a"), piece("concept", "b")], this)
    first, second, *_ = found.weeks
    assert (first.issue, first.places[0].filling, first.places[0].piece) == (
        9,
        Filling.IN_ISSUE,
        Path("content/concepts/a.md"),
    )
    assert (second.issue, second.places[0].piece) == (None, Path("content/concepts/b.md"))
    assert [waiting.piece.stem for waiting in found.waiting] == ["b"]


def test_a_section_for_which_nothing_is_ready_is_missing_and_two_pins_are_said() -> None:
    both = [piece("concept", slug, week=W48) for slug in ("a", "b")]
    assert concepts([])[0] == ("missing", "")
    assert concepts(both)[0] == (
        "missing", "content/concepts/a.md and content/concepts/b.md are both pinned to 2026-W48"
    )  # fmt: skip


def test_what_a_piece_waits_for_is_said_in_words() -> None:
    took = past(9, concept="concepts/other.md")
    of_week = dataclasses.replace(took, week=W49)
    assert waits(piece("concept", "a")) == "2026-W48"
    assert waits(piece("concept", "a", week=W50)) == "2026-W50"
    assert waits(piece("concept", "a", week=IsoWeek(2027, 20))) == "2027-W20"
    assert waits(piece("concept", "a", status=PieceStatus.DRAFT)) == "`status: ready`"
    assert waits(piece("concept", "a", week=IsoWeek(2026, 40))) == "another `week:`, because 2026-W40 is over"
    assert waits(piece("concept", "a", week=W49), of_week) == "another `week:`, because issue 9 has another piece"
    many = [piece("concept", f"a{number}") for number in range(WEEKS)]
    assert waits(piece("concept", "z"), *many) == "its turn, in more than 8 weeks"
    green = piece("concept", "z", status=PieceStatus.EVERGREEN)
    assert waits(green, piece("concept", "a")) == "2026-W49", "the first of its weeks"
    assert waits(green, *many) == "a week in which nothing is ready"
    assert waits(piece("architecture", "z", status=PieceStatus.EVERGREEN)) == "a `week:` of its own"
    old = piece("concept", "a")
    assert waits(old, sent={old.path: 4}) == "other words: what it says is already in issue 4"
