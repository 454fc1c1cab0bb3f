"""All mail but the issues: from its row to the mail server."""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher import approve
from publisher.deliver.dispatch import Work
from publisher.deliver.email_queue import EmailQueue, UnwritableError
from publisher.deliver.message import compose
from publisher.errors import PressroomError, UserError
from publisher.numbers import named
from publisher.ports import Envelope, Occasion, RenderedEmail
from publisher.render.course import render_step
from publisher.render.emails import render_confirmation, render_email, render_welcome
from publisher.render.proof import render_proof
from publisher.stages.approve_by_link import link_to_approve
from publisher.stages.diff import review
from publisher.stages.ports import MailPorts
from publisher.stages.proof import preflight, proof
from subscribers import EmailKind
from subscribers.database import DatabaseError

if TYPE_CHECKING:  # slow to import, and only named here
    from subscribers import EmailJob

log = logging.getLogger("pressroom.emails")

_PAGES = {
    EmailKind.CONFIRMATION: "confirm",
    EmailKind.LINK: "preferences",
    EmailKind.MOVE: "move",
    EmailKind.STAY: "stay",
}
"""Where a mail's button leads: the page below the base URL; the token follows it."""
_EACH = 10  # due mails for each connection that is opened

_Text = tuple[str, str, int, int, tuple[str, ...], str]
"""What is the same in mails that differ only by recipient: kind, path, step, days between steps, courses that wait, what an
editor is told.
"""


@dataclass(frozen=True, slots=True)
class Posted:
    """How many mails were sent, are still due, and were given up."""

    sent: int = 0
    delayed: int = 0
    dropped: int = 0


def post(ports: MailPorts, stop: threading.Event | None = None, enough: Callable[[], bool] = lambda: False) -> Posted:
    """Hand over all mail that is due, except issues; or a part of it, and more until there is `enough`.

    Safe to run at any time, in any number of processes. Raises TransportUnavailable, ConfigurationError; the rest of the
    mail then stays due.
    """
    now, stop = ports.clock.now(), stop or threading.Event()
    builder = EmailBuilder(ports)
    queue = EmailQueue(ports.outbox, builder.build, _doubtful(ports), enough=enough, handed_over=builder.handed_over)
    if not queue.doubtful(now):  # by a wrong time living senders look dead
        ports.ledger.senders.recover(now)
        queue.recover(ports.ledger.senders.living, now)
    due = ports.outbox.due(now)
    if due and not stop.is_set():
        policy = ports.content.publication.delivery
        # No waiting for a server that is down: the next round comes soon, and a form may be waiting for this one.
        work = Work(ports.ledger.senders, ports.courier, policy, ports.clock, ports.limiter, reconnect=())
        work.through((queue,), min(policy.connections, 1 + due // _EACH), stop)
    return Posted(queue.sent, queue.delayed, queue.dropped)


def urgent(ports: MailPorts) -> EmailQueue:
    """Return the queue of the mail that overtakes an issue under way."""
    builder = EmailBuilder(ports)
    return EmailQueue(ports.outbox, builder.build, _doubtful(ports), urgent=True, handed_over=builder.handed_over)


def _doubtful(ports: MailPorts) -> Callable[[dt.datetime], bool]:
    """Return a function that says whether somebody has just set the clock to a time."""
    return lambda now: ports.clock_watch.look(now, ports.clock.steady()) is not None


class EmailBuilder:
    """Builds mails from one act's content. Text that several recipients share is rendered once."""

    def __init__(self, ports: MailPorts) -> None:
        self._ports = ports
        self._lock = threading.Lock()
        self._written: dict[_Text, bytes] = {}

    def build(self, job: EmailJob, now: dt.datetime) -> Envelope:
        """Return a mail in its envelope. Raises as publisher.deliver.email_queue.Build says."""
        kind, url = job.kind, self._ports.content.publication.service
        message = self._message(job)
        tokens, name = job.tokens, job.name
        if kind in (EmailKind.PROOF, EmailKind.NOTICE):
            names = {editor.address: editor.name for editor in self._ports.content.publication.editors}
            name = names.get(job.address, "")
        links = {
            "action": url(f"{_PAGES[kind]}/{tokens.action}") if kind in _PAGES else "",
            "unsubscribe": url(f"unsubscribe/{tokens.unsubscribe}"),
            "preferences": url(f"preferences/{tokens.preferences}"),
            "never": url(f"never/{tokens.never}"),
        }
        if kind is EmailKind.PROOF:  # each editor approves by a link of their own; a reader's own links lead there, too
            links = dict.fromkeys(links, link_to_approve(self._ports, json.loads(job.detail)["number"], job.address))
        try:
            return self._ports.message_builder.email(
                kind,
                message,
                name=name,
                address=job.address,
                reference=job.reference,
                now=now,
                values=links,
                row=job.id,
            )
        except UserError as error:
            raise UnwritableError(str(error)) from error

    def handed_over(self, job: EmailJob, now: dt.datetime) -> None:
        """Keep what a proof showed to an editor, for the next to be compared with."""
        if job.kind is not EmailKind.PROOF:
            return
        number = json.loads(job.detail)["number"]
        try:
            self._ports.approvals.keep(proof(self._ports, number).shown(Occasion.PROOF, now))
        except (
            PressroomError,
            DatabaseError,
        ) as error:  # the mail is out; the next proof is compared with an earlier one
            log.warning("what the proof of %s showed could not be kept: %s", named(number), error)

    def _message(self, job: EmailJob) -> bytes:
        text = (job.kind, job.path, job.step, job.every_days, job.courses, job.detail)
        with self._lock:
            if text not in self._written:
                email = self._write(job)
                publication = self._ports.content.publication
                self._written[text] = compose(
                    publication,
                    job.kind,
                    subject=email.subject,
                    html=email.html,
                    text=email.text,
                    pictures=email.pictures,
                )
            return self._written[text]

    def _write(self, job: EmailJob) -> RenderedEmail:
        ports = self._ports
        content, templates = ports.content, ports.templates
        match job.kind:
            case EmailKind.CONFIRMATION:
                return render_confirmation(content, templates, paths=job.courses)
            case EmailKind.WELCOME:
                return render_welcome(content, templates, path=job.path)
            case EmailKind.STEP:
                return render_step(content, templates, slug=job.path, number=job.step, every_days=job.every_days)
            case EmailKind.PROOF:
                return self._proof(**json.loads(job.detail))
            case EmailKind.NOTICE:
                told = json.loads(job.detail)
                return render_email("notice", content.publication, templates, unreached=self._unreached(), **told)
        return render_email(job.kind, content.publication, templates)

    def _proof(self, number: int, due: str, early: Sequence[str] = ()) -> RenderedEmail:
        ports, made = self._ports, proof(self._ports, number)
        publication = ports.content.publication
        command = approve.command(publication, number) if publication.approval.shell else ""
        return render_proof(
            publication, ports.templates, made.rendered, problems=preflight(ports, number), digest=made.digest,
            command=command, due=due, early=early, unreached=self._unreached(), review=review(ports, number),
        )  # fmt: skip

    def _unreached(self) -> list[str]:
        return [one.address for one in self._ports.outbox.unreached()]
