"""Stand in: for a rehearsal on a copy, drafts of sections for which no piece is ready, and one approval by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from publisher.coming_weeks import Filling
from publisher.errors import ContentError
from publisher.issue import STARTER, IsoWeek, Piece, PieceStatus
from publisher.stages.ports import AssemblePorts
from publisher.stages.queue import queue
from publisher.stages.ready import ready


def stand_in(ports: AssemblePorts, week: IsoWeek) -> Iterator[Path]:
    """Let the newest draft be ready in each section that a week lacks, starters last, and yield the files."""
    content = ports.content
    coming = next((each for each in queue(ports).weeks if each.week == week), None)
    for place in coming.places if coming else ():
        if place.filling is not Filling.MISSING:
            continue
        for piece in sorted(content.pieces, key=_newest_own_last, reverse=True):
            if piece.section == place.section and piece.status is PieceStatus.DRAFT and piece.week in (None, week):
                try:
                    ready(ports, piece.path, as_it_is=True)
                except ContentError:
                    continue  # too little is written yet
                yield piece.path
                break


def _newest_own_last(piece: Piece) -> tuple[bool, object, str]:
    return STARTER not in piece.facts.tags, piece.added, piece.path.name
