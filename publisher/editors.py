"""Mail to the editors: each of them is told once, and one who cannot be reached keeps nobody else from hearing."""

from __future__ import annotations

import logging
from typing import Protocol

from jinja2 import Environment

from publisher.errors import TransportUnavailable
from publisher.issue import Kind
from publisher.ports import Clock, Post, Slots
from publisher.publication import Publication
from publisher.render.letters import render_letter

log = logging.getLogger("pressroom.editors")


class Office(Protocol):
    """What telling the editors needs."""

    @property
    def clock(self) -> Clock: ...
    @property
    def publication(self) -> Publication: ...
    @property
    def templates(self) -> Environment: ...
    @property
    def post(self) -> Post: ...
    @property
    def slots(self) -> Slots: ...


def tell(office: Office, kind: Kind, **context: object) -> None:
    """Mail a proof or a notice to every editor; `context` is what its template asks for.

    It is done when one of them was reached. The others are not told again: they are named in the next mail and in
    `status`. Raises TransportUnavailable when nobody was reached.
    """
    unreached = [one.address for one in office.slots.unreached()]
    letter = render_letter(kind.value, office.publication, office.templates, unreached=unreached, **context)
    editors = [editor.address for editor in office.publication.editors]
    answers = dict(zip(editors, office.post.tell(kind, letter, editors), strict=True))
    if all(answers.values()):
        why = "; ".join(f"{address}: {answer}" for address, answer in answers.items())
        raise TransportUnavailable(f"no editor could be told «{letter.subject}» ({why})")
    for address, answer in answers.items():
        office.slots.reached(address, answer, office.clock.now())
        if answer:
            log.warning("the editor %s could not be told «%s»: %s", address, letter.subject, answer)
