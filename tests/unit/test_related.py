"""What past issues said of a piece: the nearest passages and the links that they had already."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from publisher.draft.related import RepeatedLink, related
from publisher.issue import NO_FACTS, Piece, PieceStatus
from tests.unit.drafting_samples import DAY, index, issue
from tests.unit.test_extractive import GOOD, WEEK


def piece(body: str) -> Piece:
    path = Path("content/concepts/budgets.md")
    return Piece(
        "concept", "budgets", "Budgets", "What they cap.", body, None, PieceStatus.DRAFT, None, DAY, NO_FACTS, path, 9
    )


def test_the_nearest_passage_comes_first_and_repeated_links_name_their_issues() -> None:
    linked = "[A paper](https://www.papers.example.com/budgets/#two) on budgets."
    past = [
        issue(n + 1, DAY - dt.timedelta(days=7 * (9 - n)), concept=f"{text}\n\n{linked}" if n in (0, 2) else text)
        for n, text in enumerate(GOOD)
    ]
    body = f"{WEEK[0]}\n\n[Again](http://papers.example.com/budgets), and [new](https://new.example.com/)."
    found = related(piece(body), past, index(past, DAY), today=DAY)
    assert found.passages[0].text.startswith(GOOD[0])
    assert found.links == (RepeatedLink("http://papers.example.com/budgets", (1, 3)),)


def test_what_is_not_out_yet_is_not_found() -> None:
    later = [issue(9, DAY + dt.timedelta(days=7), concept=f"{GOOD[0]} [A](https://a.example.com/)")]
    found = related(piece(f"{WEEK[0]} [A](https://a.example.com/)"), later, index(later, DAY), today=DAY)
    assert (found.passages, found.links) == ((), ())
