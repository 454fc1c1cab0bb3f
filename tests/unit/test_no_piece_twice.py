"""Weeks of editors who rename, edit, pin, delete and lose things: no ready piece goes out twice."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.assemble import outline, to_markdown
from publisher.content.issue_file import read_issue
from publisher.errors import ContentError
from publisher.issue import IsoWeek, Issue, Piece, PieceStatus
from publisher.old_news import Sent, sent_before, shingles
from tests.long import some
from tests.press import PUBLICATION
from tests.unit.test_assemble import piece

OF_ONE_SECTION = PUBLICATION.model_copy(
    update={
        "sections": (PUBLICATION.sections[0].model_copy(update={"when_empty": "evergreen"}),),
        "draft": PUBLICATION.draft.model_copy(update={"enabled": False}),
    }
)
EVENTS = st.sampled_from(
    ["add", "add", "rename", "edit", "title", "pin", "unpin", "lose the id", "lose the issue", "delete", "copy"]
)


@pytest.mark.parametrize("unit", ["](", "[a](b", "](https://a", "a](b]"])
def test_words_are_found_in_any_text_in_time(unit: str) -> None:
    begun = time.process_time()
    shingles(unit * (60_000 // len(unit)))
    assert time.process_time() - begun < 1, "it took 5 seconds, the square of the length"


class Newsroom:
    """The files of a publication of one section, as they are read, and what the ledger has of issues without a file."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.week = IsoWeek(2026, 10)
        self.pieces = [piece("concept", "green", status=PieceStatus.EVERGREEN)]
        self.issues: list[Issue] = []
        self.lost: list[Sent] = []
        self.names = 0

    def send(self) -> str | None:
        """Return what the week's issue says, None when it is held."""
        sent = sent_before(self.pieces, self.issues, OF_ONE_SECTION, self.lost)
        taken = [lost.number for lost in self.lost]
        try:
            decided = outline(OF_ONE_SECTION, self.week, self.pieces, self.issues, taken=taken, sent=sent)
        except ContentError:
            return None
        text = to_markdown(decided, OF_ONE_SECTION)
        issue = read_issue(Path(f"content/issues/{decided.number:04d}.md"), text.encode())
        self.issues.append(dataclasses.replace(issue, published=issue.date))
        picked = decided.pieces["concept"]
        self._put(picked, id=picked.identity)
        return text

    def happen(self, event: str) -> None:
        if event == "lose the issue" and self.issues:
            gone = self.issues.pop(self.chance.randrange(len(self.issues)))
            self.lost.append(Sent(gone.number, "\n".join(section.body for section in gone.sections)))
        elif event == "add":
            name = self._name()
            new = piece("concept", name, self.week.monday().isoformat())
            self.pieces.append(dataclasses.replace(new, body=" ".join(f"{name}word{n}" for n in range(60)) + ".\n"))
        elif ready := [one for one in self.pieces if one.status is PieceStatus.READY]:
            self._change(event, self.chance.choice(ready))

    def _change(self, event: str, one: Piece) -> None:
        match event:
            case "rename":
                self._put(one, path=Path(f"content/concepts/{self._name()}.md"))
            case "edit" if one.body.count("later") < 6:  # fewer shingles than half of the first 53
                self._put(one, body=f"{one.body.strip()} A thought that came later.\n")
            case "title":
                self._put(one, title=f"Again: {one.title}")
            case "pin":
                ahead = dt.timedelta(weeks=self.chance.randrange(4))
                self._put(one, week=IsoWeek.of(self.week.monday() + ahead))
            case "unpin":
                self._put(one, week=None)
            case "lose the id":
                self._put(one, id=None)
            case "copy":
                self.pieces.append(dataclasses.replace(one, path=Path(f"content/concepts/{self._name()}.md")))
            case "delete":
                self.pieces.remove(one)

    def _name(self) -> str:
        self.names += 1
        return f"piece{self.names}"

    def _put(self, one: Piece, **changes: object) -> None:
        self.pieces[self.pieces.index(one)] = dataclasses.replace(one, **changes)  # type: ignore[arg-type]


@settings(max_examples=some(90), deadline=None)
@given(st.lists(st.lists(EVENTS, max_size=5), min_size=4, max_size=10), st.randoms(use_true_random=False))
def test_whatever_editors_do_no_ready_piece_goes_out_twice(weeks: list[list[str]], chance: random.Random) -> None:
    newsroom, sent = Newsroom(chance), Counter[str]()
    for events in weeks:
        for event in events:
            newsroom.happen(event)
        text = newsroom.send() or ""
        sent.update(name for name in (f"piece{n}" for n in range(1, newsroom.names + 1)) if f"{name}word30 " in text)
        newsroom.week = newsroom.week.next()
    assert [name for name, times in sent.items() if times > 1] == []
