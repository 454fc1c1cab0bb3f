"""Mail to the editors: each of them is told once, and one who cannot be reached keeps nobody else from hearing."""

from __future__ import annotations

import logging

from publisher.errors import TransportUnavailable
from publisher.issue import Kind
from publisher.render.letters import render_letter
from publisher.stages.ports import Ports

log = logging.getLogger("pressroom.editors")


def tell(ports: Ports, kind: Kind, **context: object) -> None:
    """Mail a proof or a notice to every editor; `context` is what its template asks for.

    It is done when one of them was reached. The others are not told again: they are named in the next mail and in
    `status`. Raises TransportUnavailable when nobody was reached.
    """
    unreached = [one.address for one in ports.slots.unreached()]
    letter = render_letter(kind.value, ports.content.publication, ports.templates, unreached=unreached, **context)
    editors = [editor.address for editor in ports.content.publication.editors]
    answers = dict(zip(editors, ports.post.tell(kind, letter, editors), strict=True))
    if all(answers.values()):
        why = "; ".join(f"{address}: {answer}" for address, answer in answers.items())
        raise TransportUnavailable(f"no editor could be told «{letter.subject}» ({why})")
    for address, answer in answers.items():
        ports.slots.reached(address, answer, ports.clock.now())
        if answer:
            log.warning("the editor %s could not be told «%s»: %s", address, letter.subject, answer)
