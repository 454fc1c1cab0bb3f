"""THE TABLE OF CONTENTS: the flow, one function for each stage. Load, decide, save.

    check -> assemble -> draft -> render -> preflight -> approve -> send -> publish

Each works alone and is safe to repeat. What is decided is decided in the stages (pure); what is loaded and saved
goes through the ports.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
import time
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from jinja2 import Environment

from publisher import approve as approval
from publisher import assemble as assembly
from publisher import check as linting
from publisher import timetable
from publisher.content import issue_file
from publisher.deliver.dispatch import dispatch
from publisher.deliver.letterhead import Letterhead
from publisher.deliver.message import Kind, compose
from publisher.draft import citable, draft_section, notes, replaceable, to_markdown, words_of_editors
from publisher.errors import ContentError, MendableError, Problem, Refused, Severity
from publisher.issue import Approved, Draft, IsoWeek, Issue, Passage, Rendered
from publisher.ports import (
    Approvals,
    Claimed,
    Clock,
    Courier,
    Ledger,
    Library,
    Mailing,
    MailingEntry,
    Morning,
    Post,
    Progress,
    Retriever,
    Shelf,
    Site,
    Slots,
    Sums,
    Waiting,
    Writer,
)
from publisher.publication import Publication
from publisher.render import render_issue
from publisher.render.preflight import links_to_check
from publisher.render.preflight import preflight as examine
from publisher.render.site import site_files

if TYPE_CHECKING:  # slow to import, and only named here
    from subscribers import Segment, Trail


class Ports(Protocol):
    """What the flow needs of the world; `app.App` builds each only when it is first used."""

    @property
    def clock(self) -> Clock: ...
    @property
    def library(self) -> Library: ...
    @property
    def files(self) -> Library: ...
    @property
    def templates(self) -> Environment: ...
    @property
    def writers(self) -> Sequence[Writer]: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def approvals(self) -> Approvals: ...
    @property
    def slots(self) -> Slots: ...
    @property
    def courier(self) -> Courier: ...
    @property
    def letterhead(self) -> Letterhead: ...
    @property
    def post(self) -> Post: ...
    @property
    def site(self) -> Site: ...

    def setting_problems(self) -> tuple[Problem, ...]: ...
    def audience_size(self, segment: Segment | None = None) -> int: ...
    def index(self, passages: Sequence[Passage]) -> Retriever: ...
    def fetch_links(self, urls: Iterable[str]) -> Mapping[str, str | None]: ...


# --- check ------------------------------------------------------------------------------------------------------


def check(ports: Ports) -> tuple[Problem, ...]:
    """Return everything that is wrong with settings, content, templates and publication.toml, by file and line."""
    settings = ports.setting_problems()
    try:
        shelf, templates = ports.files.read(), ports.templates
    except ContentError as error:
        return settings + error.problems
    return settings + linting.check(shelf, templates, ports.files.picture)


# --- assemble ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Assembled:
    """What became of the week's file. `outcome`: written, unchanged, kept (an editor's work), replaced, out (sent)."""

    number: int
    week: IsoWeek
    path: Path
    outcome: str
    backup: Path | None = None
    left_out: tuple[Problem, ...] = ()
    """Problems of pieces that could not be read, and so could not be picked."""


def assemble(ports: Ports, week: IsoWeek | None = None, *, force: bool = False) -> Assembled:
    """Write the week's issue from its pieces; an edited file is kept, or with `force` backed up and replaced."""
    shelf = ports.library.read()
    week = week or timetable.current_week(shelf.publication.schedule, ports.clock.now())
    present = next((issue for issue in shelf.issues if issue.week == week), None)
    if present and (present.published or ports.ledger.mailing(present.number)):
        if force:
            raise Refused(
                f"issue {present.number} is out, and its file stays as it was sent; --force cannot replace it"
            )
        return Assembled(present.number, week, present.path, "out")
    # What an unreadable issue used, nobody knows: its pieces would be picked once more, its number too.
    _no_problems([problem for problem in shelf.problems if "issues" in problem.path.parts])
    taken = [mailing.number for mailing in ports.ledger.mailings()]
    outline = assembly.outline(shelf.publication, week, shelf.pieces, shelf.issues, taken=taken)
    left_out = _of_pieces(shelf)
    text = assembly.to_markdown(outline, shelf.publication)
    if present is None:
        path = ports.library.write_issue(outline.number, text, expected=None)
        return Assembled(outline.number, week, path, "written", left_out=left_out)
    if present.source == text.encode():
        return Assembled(outline.number, week, present.path, "unchanged")
    if not force:
        return Assembled(outline.number, week, present.path, "kept")
    backup = ports.library.back_up(outline.number)
    path = ports.library.write_issue(outline.number, text, expected=present.source)
    return Assembled(outline.number, week, path, "replaced", backup, left_out)


def _of_pieces(shelf: Shelf) -> tuple[Problem, ...]:
    folders = {plan.folder for plan in shelf.publication.sections}
    return tuple(problem for problem in shelf.problems if folders.intersection(problem.path.parts))


# --- draft ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Drafted:
    """What drafting wrote, which sections it kept because an editor wrote in them, and the copy of a file it replaced."""

    drafts: tuple[Draft, ...]
    kept: tuple[Problem, ...] = ()
    backup: Path | None = None


def draft(ports: Ports, number: int, *, force: bool = False, only_empty: bool = False) -> Drafted:
    """Write every section of the issue that is to be drafted, from past issues, with citations.

    Words of an editor are kept, or with `force` backed up and replaced. `only_empty` also keeps our own earlier drafts.
    """
    shelf = ports.library.read()
    issue = issue_of(shelf, number)
    if issue.published or ports.ledger.mailing(number):
        raise Refused(f"issue {number} went out already; its text stays as it was sent")
    edited = words_of_editors(issue)
    wanted = [section for section in issue.drafted if force or replaceable(issue, section)]
    if only_empty:
        empty = [section.id for section in issue.sections if not section.body.strip()]
        wanted = [section for section in wanted if section in empty]
    if not wanted:
        return Drafted((), edited)
    retriever = ports.index(tuple(citable(shelf.issues, before=issue.date).values()))
    drafts = tuple(
        draft_section(issue, section, retriever, ports.writers, publication=shelf.publication.name)
        for section in wanted
    )
    bodies = {one.section: to_markdown(one.claims) for one in drafts}
    text = issue_file.with_drafts(issue.path, issue.source, bodies, notes(issue, drafts))
    backup = ports.library.back_up(number) if force and edited else None
    ports.library.write_issue(number, text, expected=issue.source)
    return Drafted(drafts, () if force else edited, backup)


# --- render, preflight ------------------------------------------------------------------------------------------


def render(ports: Ports, number: int) -> Rendered:
    """Return the issue as mail and web page."""
    shelf = ports.library.read()
    return render_issue(issue_of(shelf, number), shelf, ports.templates, ports.library.picture)


def preflight(ports: Ports, number: int, *, online: bool = False) -> tuple[Problem, ...]:
    """Return what is wrong with the issue as it would be sent now; `online` also fetches its links."""
    shelf = ports.library.read()
    issue = issue_of(shelf, number)
    rendered = render_issue(issue, shelf, ports.templates, ports.library.picture)
    checked = ports.fetch_links(links_to_check(rendered, shelf)) if online else None
    return examine(issue, rendered, shelf, checked_links=checked)


@dataclass(frozen=True, slots=True)
class Proofed:
    """An issue rendered and frozen as it would be sent now, with what the pre-flight found."""

    issue: Issue
    rendered: Rendered
    message: bytes = field(repr=False)
    digest: str
    findings: tuple[Problem, ...]


def proof(ports: Ports, number: int) -> Proofed:
    """Freeze the issue as it stands: the bytes that an approval binds itself to."""
    shelf = ports.library.read()
    issue = issue_of(shelf, number)
    rendered = render_issue(issue, shelf, ports.templates, ports.library.picture)
    message = _frozen(rendered, shelf.publication)
    return Proofed(issue, rendered, message, approval.digest_of(issue.source, message), examine(issue, rendered, shelf))


# --- approve ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ApprovalGiven:
    """An approval that was recorded, and how many more people it takes."""

    number: int
    by: str
    digest: str
    missing: int
    warnings: tuple[Problem, ...]


def approve(ports: Ports, number: int, by: str) -> ApprovalGiven:
    """Bind an editor's name to exactly what would be sent now."""
    _not_under_way(ports, number)
    shelf = ports.library.read()
    _not_published(shelf, number)
    publication = shelf.publication
    proofed = proof(ports, number)
    given = approval.approve(publication, by, proofed.digest, proofed.findings, ports.clock.now())
    ports.approvals.add(number, given)
    missing = approval.missing(publication, proofed.digest, ports.approvals.of(number))
    return ApprovalGiven(number, given.by, given.digest, missing, proofed.findings)


def approved(ports: Ports, number: int) -> Approved:
    """Return the issue as something that may be sent. Raises Refused when what is there is not what was approved."""
    publication = ports.library.read().publication
    proofed = proof(ports, number)
    return approval.approved(
        publication, number, proofed.rendered.subject, proofed.digest, proofed.message, ports.approvals.of(number)
    )


# --- send -------------------------------------------------------------------------------------------------------


def send(
    ports: Ports,
    number: int,
    *,
    late: bool = False,
    to: str = "",
    progress: Progress | None = None,
    stop: threading.Event | None = None,
    patience: float = 0.0,
) -> Sums:
    """Deliver an approved issue, or go on with a delivery that was broken off; return the ledger's sums.

    A reader who named a time zone gets it when it is the publication's hour there, which may be later: then their row
    stays open, and `ledger.waiting` counts it. `to` narrows the audience to a segment, by its id or in its language:
    nobody else gets this issue, then or later.

    Raises Refused: not approved, sent already, outside its window (unless `late`), a segment without readers, or one
    for an issue whose audience is frozen; subscribers.InvalidSegment.
    """
    shelf = ports.library.read()
    now = ports.clock.now()
    mailing = ports.ledger.mailing(number)
    if mailing and mailing.finished:
        _stamp(ports, number, mailing)  # a crash may have come between the last answer and this
        raise Refused(
            f"issue {number} is sent already, since {mailing.finished:%Y-%m-%d %H:%M} UTC; see: pressroom status {number}"
        )
    if mailing and not to and (resting := _resting(ports, number, now, patience)):
        return resting
    segment = _narrowed(ports, number, to, frozen=mailing is not None)
    ready = None if mailing else _ready(ports, shelf, number, now, late=late)
    courier, letterhead = ports.courier, ports.letterhead  # what is not configured is said before anything is frozen
    if ready:
        _try_one(letterhead, ready, now)
        mailing = ports.ledger.start(ready, now, _morning(shelf, number, now), segment)
    assert mailing is not None
    try:
        publish(ports)  # the page and the pictures that the mail links to are there before the mail
    except MendableError:
        if ready:
            raise
        # A delivery under way goes on, for its bytes are frozen; the pages are built, or this is said, at its end.
    sums = dispatch(
        mailing, ports.ledger, courier, letterhead.issue(mailing), policy=shelf.publication.delivery,
        clock=ports.clock, progress=progress or (lambda _sums: None), stop=stop, patience=patience,
    )  # fmt: skip
    if ports.ledger.finish(number, ports.clock.now()):
        _stamp(ports, number, mailing)
        publish(ports)
    return sums


def _narrowed(ports: Ports, number: int, to: str, *, frozen: bool) -> Segment | None:
    """Return the segment that `to` means, None for everybody. Raises Refused, InvalidSegment."""
    if not to:
        return None
    if frozen:
        raise Refused(
            f"issue {number} is being sent, and who gets it was settled when that began; go on with: pressroom send {number}"
        )
    segment = ports.library.read().publication.segment(to)
    if not ports.audience_size(segment):
        raise Refused(f"nobody would get it: no active reader is in the segment «{segment}»")
    return segment


def forget(ports: Ports, trail: Trail) -> int:
    """Take a deleted reader's name and addresses out of the ledger; return how many rows a sender still has in hand."""
    for wait in (0.2, 0.5, 1.0, 0.0):
        held = ports.ledger.forget(trail, ports.clock.now())
        if not held:
            break
        time.sleep(wait)  # a message under way is over in a moment
    return held


def _ready(ports: Ports, shelf: Shelf, number: int, now: dt.datetime, *, late: bool) -> Approved:
    """Return what may be sent now for the first time. Raises Refused."""
    _not_published(shelf, number)
    ready = approved(ports, number)
    _within_window(shelf, number, now, late=late)
    return ready


def _resting(ports: Ports, number: int, now: dt.datetime, patience: float) -> Sums | None:
    """Return the sums of a delivery of which nothing is due within `patience`: the scheduler asks every 30 seconds."""
    ports.ledger.recover(now)
    sums = ports.ledger.sums(number)
    rests = sums.next_attempt is None or sums.next_attempt - now > dt.timedelta(seconds=patience)
    return sums if sums.open and rests else None


def _morning(shelf: Shelf, number: int, now: dt.datetime) -> Morning | None:
    """Return what says when the readers of a time zone get the issue; None when it is late for all of them."""
    week, schedule = issue_of(shelf, number).week, shelf.publication.schedule
    if now > timetable.window_ends(timetable.due(week, schedule), schedule):
        return None
    return partial(timetable.due_for, week=week, schedule=schedule)


def _try_one(letterhead: Letterhead, ready: Approved, now: dt.datetime) -> None:
    """Make one envelope, so that what is wrong for everybody is said before anybody's delivery fails by it."""
    from subscribers import new_subject_id

    trial = Mailing(ready.number, ready.digest, ready.subject, ready.message, now, None)
    letterhead.issue(trial)(Claimed(0, new_subject_id(), "reader@example.com", "Reader", 1))


def test(ports: Ports, number: int, address: str) -> None:
    """Send one copy to one address, now and without approval; the ledger knows nothing of it."""
    rendered = proof(ports, number).rendered
    message = _frozen(
        dataclasses.replace(rendered, subject=f"[Test] {rendered.subject}"), ports.library.read().publication
    )
    reply = ports.post.test(message, address, ports.clock.now())
    if not reply.accepted:
        raise Refused(f"the mail server refused {address}: {reply.code} {reply.text}")


@dataclass(frozen=True, slots=True)
class WouldSend:
    """What `send` would do now; `waiting` are those of `readers` whose own morning is still to come."""

    number: int
    subject: str
    digest: str
    approved_by: tuple[str, ...]
    readers: int
    resumes: bool
    waiting: Waiting


def would_send(ports: Ports, number: int, *, late: bool = False, to: str = "") -> WouldSend:
    """Return what `send` would do; raises Refused where it would."""
    mailing = ports.ledger.mailing(number)
    segment = _narrowed(ports, number, to, frozen=mailing is not None)
    if mailing and mailing.finished:
        raise Refused(f"issue {number} is sent already, since {mailing.finished:%Y-%m-%d %H:%M} UTC")
    if mailing:
        names = tuple(sorted({given.by for given in ports.approvals.of(number) if given.digest == mailing.digest}))
        readers, waiting = ports.ledger.sums(number).open, ports.ledger.waiting(number, ports.clock.now())
        return WouldSend(number, mailing.subject, mailing.digest, names, readers, resumes=True, waiting=waiting)
    ready = _ready(ports, ports.library.read(), number, ports.clock.now(), late=late)
    names = tuple(sorted({given.by for given in ready.approvals}))
    return WouldSend(
        number, ready.subject, ready.digest, names, ports.audience_size(segment), resumes=False, waiting=Waiting()
    )


# --- publish ----------------------------------------------------------------------------------------------------


def publish(ports: Ports) -> int:
    """Build the web pages of every issue that went out or is going out; return how many files were written.

    The page of an issue that is being sent stays as approved when its file was edited meanwhile (I9), and the page
    that a mail links to stays when the issue's file is gone.
    """
    shelf = ports.library.read()
    mailings = {mailing.number: mailing for mailing in ports.ledger.mailings()}
    public = [issue for issue in shelf.issues if issue.published or issue.number in mailings]
    there = {issue.number for issue in public}
    keep = [number for number, mailing in mailings.items() if number not in there or _changed(ports, mailing)]
    files = site_files(shelf, public, ports.templates, ports.library.picture)
    return ports.site.write(files, keep=[f"issues/{number}/" for number in keep])


def _changed(ports: Ports, mailing: MailingEntry) -> bool:
    """Whether an issue that is being sent is no longer what was approved."""
    return mailing.finished is None and proof(ports, mailing.number).digest != mailing.digest


# --- shared by several stages -----------------------------------------------------------------------------------


def issue_of(shelf: Shelf, number: int) -> Issue:
    """Return an issue of the shelf. Raises ContentError when its file is broken, or when there is none."""
    name = f"issues/{number:04d}.md"
    _no_problems([problem for problem in shelf.problems if problem.path.as_posix().endswith(name)])
    issue = shelf.issue(number)
    if issue is None:
        raise ContentError(
            [
                Problem(
                    Path("content") / name,
                    None,
                    "there is no such issue",
                    "see: pressroom status, or: pressroom assemble",
                )
            ]
        )
    return issue


def _frozen(rendered: Rendered, publication: Publication) -> bytes:
    return compose(
        publication,
        Kind.ISSUE,
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        number=rendered.number,
    )


def _no_problems(problems: Sequence[Problem]) -> None:
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if errors:
        raise ContentError(errors)


def _not_under_way(ports: Ports, number: int) -> None:
    mailing = ports.ledger.mailing(number)
    if mailing:
        verb = "was sent" if mailing.finished else "is being sent"
        raise Refused(f"issue {number} {verb}, as it was approved; see: pressroom status {number}")


def _not_published(shelf: Shelf, number: int) -> None:
    """Refuse to send an archived issue anew, for instance to a new and empty database."""
    issue = issue_of(shelf, number)
    if issue.published:
        raise Refused(f"issue {number} went out on {issue.published} already, as `published:` in {issue.path} says")


def _within_window(shelf: Shelf, number: int, now: dt.datetime, *, late: bool) -> None:
    issue = issue_of(shelf, number)
    schedule = shelf.publication.schedule
    ends = timetable.window_ends(timetable.due(issue.week, schedule), schedule)
    if now > ends and not late:
        raise Refused(
            f"issue {number} was due in {issue.week}, and its window ended on {ends:%Y-%m-%d %H:%M} UTC; "
            f"if it should still go out: pressroom send {number} --late"
        )


def _stamp(ports: Ports, number: int, mailing: Mailing) -> None:
    """Write into the issue's file that it went out, so that git has the whole record."""
    shelf = ports.library.read()
    issue = shelf.issue(number)
    if issue and not issue.published:
        day = mailing.started.astimezone(zoneinfo.ZoneInfo(shelf.publication.schedule.zone)).date()
        text = issue_file.with_field(issue.path, issue.source, "published", day)
        ports.library.write_issue(number, text, expected=issue.source)
