"""Mail to the editors: each is told once, and one who cannot be reached does not keep the others from being told."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence

from publisher import pipeline, timetable
from publisher.errors import TransportUnavailable
from publisher.issue import IsoWeek
from publisher.numbers import is_correction, typed
from subscribers import EmailKind, EmailState

log = logging.getLogger("pressroom.editors")


def prove(ports: pipeline.Ports, number: int, occasion: str) -> None:
    """Mail every editor a proof of an issue as it is now, with their own link; for the same occasion once.

    Raises AlreadyOut, ContentError for an issue that cannot be rendered, and as `tell`.
    """
    week, schedule = pipeline.still_open(ports, number).issue.week, ports.content.publication.schedule
    if is_correction(number):
        tell(ports, EmailKind.PROOF, f"{typed(number)} proof {occasion}", number=number, due="")
        return
    due, now = timetable.due(week, schedule), ports.clock.now()
    over = now > timetable.window_ends(due, schedule)
    tell(
        ports, EmailKind.PROOF, f"{week} proof {occasion}", number=number, due="" if over else due_in_words(ports, week),
        early=[] if over else pipeline.early_deadlines(ports, week, now),
    )  # fmt: skip


def due_in_words(ports: pipeline.Ports, iso: IsoWeek) -> str:
    """Return when a week's issue goes out, on the publication's clock; of a held week also that, and why."""
    schedule, week = ports.content.publication.schedule, ports.weeks.find(iso)
    due = timetable.local(week.due if week else timetable.due(iso, schedule), schedule)
    return f"{due}, but not while {iso} is held («{week.why}»)," if week and week.held else due


def tell(ports: pipeline.Ports, kind: EmailKind, reference: str, to: Sequence[str] = (), /, **facts: object) -> None:
    """Mail a proof or a notice to every editor, or to those in `to`; `facts` are what it is made from, in JSON's types.

    `reference` names the occasion: they are told of each once. It is done when one of them was reached. The mail to the
    others is tried again for days; meanwhile they are named in the next mail and in `status`. Raises
    TransportUnavailable while nobody has been reached.
    """
    editors = to or [editor.address for editor in ports.content.publication.editors]
    detail = json.dumps(facts, ensure_ascii=False)
    ports.outbox.put(kind, editors, detail, reference, ports.clock.now())
    failure = None
    try:
        pipeline.post(ports)
    except TransportUnavailable as error:
        failure = error
    told = ports.outbox.told(reference)
    if not any(each.state is EmailState.SENT for each in told):
        why = "; ".join(f"{each.address}: {each.reply}" for each in told if each.reply) or str(failure)
        raise TransportUnavailable(f"no editor could be reached ({why})")
    for each in told:
        if each.reply and each.state is not EmailState.SENT:
            log.warning("editor %s could not be reached: %s", each.address, each.reply)
