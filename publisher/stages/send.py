"""Send: an approved issue or correction -> every reader's mailbox, and the page that the mail links to."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher import timetable
from publisher.content import issue_file
from publisher.deliver.dispatch import dispatch, greet, hand_over
from publisher.deliver.message import ISSUE, compose
from publisher.deliver.message_builder import MessageBuilder
from publisher.errors import Refused, UserError
from publisher.issue import Approved
from publisher.numbers import is_correction, named, typed
from publisher.ports import Claimed, Mailing, MailingEntry, Progress, Sums, Waiting
from publisher.render.proof import render_test_copy
from publisher.stages import hours
from publisher.stages.approve import approved
from publisher.stages.approve_by_link import link_to_preview
from publisher.stages.bounces import tell_bounces
from publisher.stages.correct import may_be_corrected, somebody_has_it
from publisher.stages.deliveries import paused
from publisher.stages.emails import urgent
from publisher.stages.forget import erase
from publisher.stages.lookup import known, no_errors, not_published
from publisher.stages.plan_week import may_go
from publisher.stages.ports import MailPorts
from publisher.stages.proof import proof, unfit
from publisher.stages.publish import publish
from publisher.stages.waves import not_held

if TYPE_CHECKING:  # slow to import, and only named here
    from subscribers import Segment


def send(
    ports: MailPorts,
    number: int,
    *,
    late: bool = False,
    to: str = "",
    early: bool = False,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
    patience: float = 0.0,
) -> Sums:
    """Deliver an approved issue or correction, or resume an interrupted delivery; return the ledger's sums.

    A reader with a time zone of their own gets it at the publication's hour there, which may be later; until then their
    row stays open, and `Sums.waiting` counts it. `to` narrows the audience to a segment, given by its id or in the
    segment language: nobody else gets this issue, now or later. With `early`, only those get it whose own morning has
    come before the publication's hour; a later send without it is for all others. A correction has no hour: it goes to those
    who have its issue, and as long as that is being sent, to those who get it meanwhile.

    Raises Refused: not approved, already sent, outside its window (unless `late`), an audience without readers, `early`
    where it does not apply, a week that is held or was skipped, an issue that is paused, sending that is held (waves.py), or a segment for an issue whose audience is frozen; subscribers.InvalidSegment.
    """
    content, now, deliveries = ports.content, ports.clock.now(), ports.ledger.deliveries
    mailing = deliveries.mailing(number)
    if mailing and mailing.finished:
        _close(ports, mailing)  # a crash may have come between the last answer and this
        raise Refused(_sent_already(ports, mailing))
    _not_stopped(ports, number, mailing)
    segment = None
    if is_correction(number):
        early = may_be_corrected(ports, number, late=late, to=to, early=early)
        if mailing and mailing.early_until:
            deliveries.take_in(number, now, None, early=early)
    else:
        may_go(ports, number, late=late)
        segment = _narrowed(ports, number, to, early=early, frozen=mailing is not None)
        if early:
            hours.before_its_hour(content, number, mailing, now)
        if mailing and mailing.early_until:
            hours.take_in(ports, mailing, now, late=late, early=early)
    if mailing and (resting := _resting(ports, number, now, patience, early=early)):
        return resting
    ready = None if mailing else _ready(ports, number, now, segment, late=late, early=early)
    # Raises for missing configuration, before anything is frozen.
    courier, message_builder = ports.courier, ports.message_builder
    if ready:
        _try_one(message_builder, ready, now)
        greet(courier)  # a frozen issue can be edited no more: not for a server that is away, or refuses the login
        morning = None if is_correction(number) else hours.morning(content, number, now)
        mailing = deliveries.start(ready, now, morning, segment, early=early)
    assert mailing is not None
    try:
        publish(ports)  # before the mail, which links to the page and its pictures
    except UserError:
        if ready:
            raise
        # A delivery under way goes on, since its bytes are frozen; its end builds the pages or raises this again.
    _tell_workers(ports, mailing)  # from here on they help, so the pages are there
    policy = content.publication.delivery
    sums = dispatch(
        mailing, ports.ledger, courier, message_builder.issue(mailing), policy=policy,
        clock=ports.clock, progress=progress or (lambda _sums: None),
        stop=stop, patience=max(patience, policy.turn_seconds), limiter=ports.limiter, first=(urgent(ports),),
        held=lambda: bool(ports.holds.open()),
    )  # fmt: skip
    erase(ports)  # readers who were deleted while a connection had their row in hand
    tell_bounces(ports)
    if deliveries.finish(number, ports.clock.now()):
        _close(ports, mailing)
    elif sums.open:
        not_held(ports)
    return sums


def _tell_workers(ports: MailPorts, mailing: Mailing) -> None:
    """Write down how copies are made here: a worker helps only if its own are the same (work.py)."""
    sample_digest = ports.message_builder.sample_digest(mailing)
    if mailing.sample_digest != sample_digest:
        ports.ledger.senders.keep_sample_digest(mailing.number, sample_digest)


def close(ports: MailPorts, number: int) -> None:
    """Record in its file and on the web that an issue went out, unless that is done.

    Raises Refused when the issue is not out, or when an editor changes the file at this moment.
    """
    mailing = ports.ledger.records.entry(number)
    if mailing is None or not mailing.finished:
        raise Refused(f"{named(number)} is not sent yet; see: pressroom status {typed(number)}")
    _close(ports, mailing)


@dataclass(frozen=True, slots=True)
class WouldSend:
    """What `send` would do now; `waiting` counts those of `readers` whose own hour is still to come."""

    number: int
    subject: str
    digest: str
    approved_by: tuple[str, ...]
    readers: int
    resumes: bool
    waiting: Waiting


def would_send(ports: MailPorts, number: int, *, late: bool = False, to: str = "", early: bool = False) -> WouldSend:
    """Return what `send` would do; raises Refused where it would."""
    entry, now = ports.ledger.records.entry(number), ports.clock.now()
    if entry and entry.finished:
        raise Refused(_sent_already(ports, entry))
    _not_stopped(ports, number, entry)
    segment = None
    if is_correction(number):
        may_be_corrected(ports, number, late=late, to=to, early=early)
    else:
        may_go(ports, number, late=late)
        segment = _narrowed(ports, number, to, early=early, frozen=entry is not None)
        if early:
            hours.before_its_hour(ports.content, number, entry, now)
    if entry:
        if entry.early_until and not (early or is_correction(number)):
            hours.within_window(ports.content, number, now, late=late)
        names = tuple(sorted({given.by for given in ports.approvals.of(number) if given.digest == entry.digest}))
        sums = ports.ledger.deliveries.sums(number, now)
        others = 0 if early or not entry.early_until else ports.ledger.records.left_out(number, now)
        return WouldSend(
            number, entry.subject, entry.digest, names, sums.open + others, resumes=True, waiting=sums.waiting
        )
    ready = _ready(ports, number, now, segment, late=late, early=early)
    if is_correction(number):
        readers = ports.ledger.records.left_out(number, now)
    else:
        readers = hours.early_readers(ports, number, now) if early else ports.audience_size(segment)
    names = tuple(sorted({given.by for given in ready.approvals}))
    return WouldSend(number, ready.subject, ready.digest, names, readers, resumes=False, waiting=Waiting())


def test(ports: MailPorts, number: int, address: str) -> None:
    """Send one copy to one address, now and without approval; the ledger does not record it.

    It is the mail as readers get it, under a banner. Before the issue is out, its pictures come with it, and its links to the
    issue's page lead to a preview.
    """
    from subscribers import NOBODY

    publication, made = ports.content.publication, proof(ports, number)
    preview = link_to_preview(ports, number)
    begun = ports.ledger.deliveries.mailing(number)
    out = bool(made.issue.published or begun)  # so its page and pictures are on the web
    changed = bool(begun and begun.message != made.message)
    shown = render_test_copy(publication, ports.templates, made.rendered, preview, out=out, changed=changed)
    message = compose(
        publication,
        ISSUE,
        subject=shown.subject,
        html=shown.html,
        text=shown.text,
        number=number,
        pictures=shown.pictures,
    )
    now, message_builder = ports.clock.now(), ports.message_builder
    links = {"unsubscribe": message_builder.unsubscribe_url(NOBODY), "preferences": preview}
    reference = f"test {now.isoformat()} {address}"
    envelope = message_builder.email(
        ISSUE, message, name="", address=address, reference=reference, now=now, values=links
    )
    reply = hand_over(ports.courier, envelope)
    if not reply.accepted:
        raise Refused(f"the mail server refused {address}: {reply.code} {reply.text}")


def _sent_already(ports: MailPorts, mailing: Mailing | MailingEntry) -> str:
    number, sums = mailing.number, ports.ledger.deliveries.sums(mailing.number, ports.clock.now())
    finished = mailing.finished and timetable.local(mailing.finished, ports.content.publication.schedule)
    if not sums.reached:
        nobody = (
            f"and none of its {sums.audience:,} deliveries arrived"
            if sums.audience
            else "without a reader to send it to"
        )
        return (
            f"{named(number)} was closed on {finished} {nobody}; "
            f"to send it to today's readers: pressroom reopen {typed(number)}"
        )
    return f"{named(number)} was already sent, on {finished}; see: pressroom status {typed(number)}"


def reopen(ports: MailPorts, number: int) -> None:
    """Reopen an issue that was closed and reached no reader, so that it can be approved and sent.

    Raises Refused for any other issue: what went out cannot be taken back.
    """
    known(ports, number)
    tell_bounces(ports)  # the deliveries that say who bounced are about to go
    if ports.ledger.records.entry(number) is None:
        raise Refused(
            f"{named(number)} was never sent, so there is nothing to reopen; see: pressroom status {typed(number)}"
        )
    if not ports.ledger.records.discard_unreached(number):
        raise Refused(
            f"{named(number)} went to readers, and that cannot be taken back; see: pressroom status {typed(number)}"
        )
    issue = ports.content.issue(number)
    if issue and issue.published:
        text = issue_file.with_field(issue.path, issue.source, "published", None)
        ports.write_issue(number, text, expected=issue.source)


def _not_stopped(ports: MailPorts, number: int, begun: Mailing | MailingEntry | None) -> None:
    """Raise Refused for an issue that a person paused, and while all sending is held."""
    if begun and begun.pause and ports.ledger.deliveries.sums(number, ports.clock.now()).open:
        raise Refused(f"{named(number)} is {paused(number, begun.pause)}")
    not_held(ports)


def _narrowed(ports: MailPorts, number: int, to: str, *, early: bool, frozen: bool) -> Segment | None:
    """Return the segment that `to` means, None for everybody. Raises Refused, InvalidSegment."""
    if not to:
        return None
    if early:
        raise Refused(f"{named(number)} goes to a segment at one time for all of it; leave out --early or --to")
    if frozen:
        raise Refused(
            f"{named(number)} is being sent, and its audience was fixed when that began; to continue: pressroom send {typed(number)}"
        )
    return ports.content.publication.segment(to)


def _ready(
    ports: MailPorts, number: int, now: dt.datetime, segment: Segment | None, *, late: bool, early: bool
) -> Approved:
    """Return what may be sent now for the first time. Raises Refused."""
    not_published(ports.content, number)
    if is_correction(number):
        somebody_has_it(ports, number)
        ready = approved(ports, number)
        no_errors(unfit(ports))
        return ready
    if early and not hours.early_readers(ports, number, now):  # the scheduler asks at each tick: nothing is rendered
        raise Refused(f"nobody would get {named(number)} yet: no reader's own morning has come")
    ready = approved(ports, number)
    no_errors(unfit(ports))  # a reader may have joined since the approval
    hours.within_window(ports.content, number, now, late=late)
    if not early:
        _not_to_nobody(ports, number, segment)
    return ready


def _not_to_nobody(ports: MailPorts, number: int, segment: Segment | None) -> None:
    """Refuse an audience without readers: the issue would be closed, and nobody would get it."""
    if ports.audience_size(segment):
        return
    if segment is not None:
        raise Refused(f"nobody would get {named(number)}: the segment «{segment}» has no active reader")
    raise Refused(
        f"nobody would get {named(number)}: the list has no active reader; add some (pressroom subscribers import), "
        f"or let them sign up, then: pressroom send {typed(number)}"
    )


def _resting(ports: MailPorts, number: int, now: dt.datetime, patience: float, *, early: bool) -> Sums | None:
    """Return the sums of a delivery with nothing due within `patience` seconds: the scheduler asks every 30 seconds.

    If nothing at all is open, it is for the end of the send to close the issue, but not while it is early.
    """
    ports.ledger.senders.recover(now)
    sums = ports.ledger.deliveries.sums(number, now)
    rests = sums.next_attempt is None or sums.next_attempt - now > dt.timedelta(seconds=patience)
    return sums if (sums.open or early) and rests else None


def _try_one(message_builder: MessageBuilder, ready: Approved, now: dt.datetime) -> None:
    """Build one envelope, so that a fault in every message is found before any delivery fails because of it."""
    from subscribers import new_subject_id

    trial = Mailing(ready.number, ready.digest, ready.subject, ready.message, now, None)
    message_builder.issue(trial)(Claimed(0, new_subject_id(), "reader@example.com", "Reader", 1))


def _close(ports: MailPorts, mailing: Mailing | MailingEntry) -> None:
    """Record in the issue's file that it went out, so that git has the whole history, and build its page.

    An issue that reached nobody did not go out: it can be reopened.
    """
    number = mailing.number
    issue = ports.content.issue(number)
    changed = None
    if issue and not issue.published and ports.ledger.deliveries.sums(number, ports.clock.now()).reached:
        schedule = ports.content.publication.schedule
        if is_correction(number):
            day = mailing.started.astimezone(timetable.clock(schedule.zone)).date()
        else:
            day = timetable.day_of(mailing.started, issue.week, schedule)
        text = issue_file.with_field(issue.path, issue.source, "published", day)
        try:
            ports.write_issue(number, text, expected=issue.source)
        except Refused as error:
            changed = error
    publish(ports)
    if changed and issue:
        raise Refused(
            f"{named(number)} was sent, but {issue.path} was edited meanwhile and does not say so yet; "
            f"run: pressroom send {typed(number)}"
        ) from changed
