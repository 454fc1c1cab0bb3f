"""The whole week on the example publication, with parts that are real but local: a database file, a mail sink, a folder."""

from __future__ import annotations

import shlex
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from publisher import pipeline, timetable
from publisher.adapters.permissions import make_private
from publisher.adapters.smtp_sink import Sink
from publisher.app import App
from publisher.cli import output
from publisher.errors import Severity
from publisher.issue import DeliveryState, IsoWeek
from publisher.local.openable import make_openable
from publisher.ports import Clock
from publisher.resources import shipped
from publisher.scaffold import write_secrets
from subscribers import Wording

READERS = (
    ("ada@example.com", "Ada"), ("grace@example.com", "Grace"), ("linus@example.com", ""), ("barbara@example.com", "Barbara"),
    ("edsger@example.com", "Edsger"), ("katherine@example.com", "Katherine"), ("alan@example.com", "Alan"), ("hedy@example.com", "Hedy"),
    ("kurt@example.com", "Kurt"), ("emmy@example.com", "Emmy"), ("claude@example.com", "Claude"), ("radia@example.com", "Radia"),
    ("tony@example.com", "Tony"), ("frances@example.com", "Frances"), ("donald@example.com", "Donald"), ("sophie@example.com", "Sophie"),
    ("jose@example.com", "José"), ("zoe@example.com", "Zoë"), ("soren@example.com", "Søren"), ("yuki@example.com", "由紀"),
    ("o.brien@example.com", "O'Brien, Pat"), ("first+tag@example.com", "First & Last"), ("info@bücher.test", "Bücher <Laden>"),
    ("mixed.case@example.com", "Mixed"), ("last@example.com", "Last"),
)  # fmt: skip
"""25 readers with what has broken newsletters before: no name, accents, other scripts, commas, brackets, an IDN."""

STAGES = 9


class Steps:
    """Numbered steps on stderr, each with the time it took."""

    def __init__(self) -> None:
        self._number = 0
        self._since = time.monotonic()

    def done(self, what: str) -> None:
        self._number += 1
        now = time.monotonic()
        output.say(f"{self._number}/{STAGES}  {what}  ({now - self._since:.1f} s)")
        self._since = now


def run_demo(folder: Path, clock: Clock) -> dict[str, object]:
    """Run the demo in `folder`, or say that this week's issue has already been sent; return where to look."""
    home = folder / "publication"
    _prepare(home)
    outbox = folder / "outbox"
    places: dict[str, object] = {
        "outbox": outbox, "site": folder / "site" / "index.html", "database": folder / "pressroom.db", "publication": home,
    }  # fmt: skip
    with Sink(outbox) as sink, App(home, clock=clock, variables=variables_of(folder, sink.url)) as app:
        week = timetable.current_week(app.act().publication.schedule, clock.now())
        sent = _sent_already(app, week)
        if sent is None:
            whole_week(app, week, sink, READERS)
        else:
            output.say(
                f"Issue {sent} for {week}, this week's, has already been sent: {output.sums_line(app.ledger.deliveries.sums(sent, app.clock.now()))}."
            )
            output.say("Nothing was sent.")
        number = next(issue.number for issue in app.act().content.issues if issue.week == week)
        places |= {
            "issue": number,
            "week": week,
            "sums": app.ledger.deliveries.sums(number, app.clock.now()),
            "messages": sink.received,
        }
    where_to_look(folder, home, number)
    return places


def _prepare(home: Path) -> None:
    if (home / "content" / "publication.toml").exists():
        return
    make_private(home)
    partial = home / "content.part"
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(shipped("content"), partial)
    partial.rename(home / "content")
    write_secrets(home)


def variables_of(folder: Path, smtp_url: str) -> dict[str, str]:
    """Return the demo's environment, which none of the user's own settings reach."""
    return {
        "PRESSROOM_DATABASE_URL": f"sqlite:///{folder / 'pressroom.db'}",
        "PRESSROOM_SMTP_URL": smtp_url,
        "PRESSROOM_SITE_DIR": str(folder / "site"),
    }


def _sent_already(app: App, week: IsoWeek) -> int | None:
    issue = next((issue for issue in app.act().content.issues if issue.week == week), None)
    mailing = app.ledger.records.entry(issue.number) if issue else None
    return issue.number if issue and mailing and mailing.finished else None


def whole_week(app: App, week: IsoWeek, sink: Sink, readers: Sequence[tuple[str, str]]) -> int:
    """Take a week's issue from its pieces into the sink, for readers by address and name, and return its number."""
    steps = Steps()
    for address, name in readers:
        app.subscribers.editors.add(address, name, source="demo", wording=Wording("a demo reader"), now=app.clock.now())
    steps.done(f"subscribers: {output.count(app.act().audience_size(), 'demo reader')}")
    made = pipeline.assemble(app.act(), week)
    number = made.number
    steps.done(f"assemble: issue {number} for {week}: {made.path} ({made.outcome})")
    if app.ledger.records.entry(number) is None:
        _until_approval(app, number, steps)
    else:
        output.say(f"     issue {number} was being sent when the last run ended; resuming")
    with output.progress("deliver") as bar:
        sums = pipeline.send(
            app.act(), number, late=True, progress=lambda now: bar(now.audience - now.open, now.audience), patience=20
        )
    steps.done(f"deliver: {output.sums_line(sums)}; the sink received {sink.received}")
    files = pipeline.publish(app.act())
    make_openable(app.site_folder)
    steps.done(f"publish: {output.count(files, 'file')} in the site")
    assert not sums.open, sums
    assert sums[DeliveryState.SENT] == sums.audience, sums
    return number


def _until_approval(app: App, number: int, steps: Steps) -> None:
    issue = app.act().content.issue(number)
    assert issue is not None
    if any(not section.body.strip() for section in issue.sections if section.id in issue.drafted):
        drafts = pipeline.draft(app.act(), number, only_empty=True).drafts
        for draft in drafts:
            cited = ", ".join(claim.passage for claim in draft.claims)
            steps.done(
                f"draft: {output.count(len(draft.claims), 'sentence')} by the {draft.note.writer} writer, citing {cited}"
            )
        if not drafts:
            steps.done("draft: left out, there is too little to draft from")
    else:
        steps.done("draft: already drafted" if issue.drafted else "draft: no section is drafted yet")
    preview = app.act().preview(number, app.folder.parent / "preview")
    steps.done(f"render: {', '.join(path.name for path in preview[:4])} in preview/")
    findings = pipeline.preflight(app.act(), number)
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    steps.done(f"pre-flight: {output.count(errors, 'error')}, {output.count(len(findings) - errors, 'warning')}")
    output.problems(findings)
    given = pipeline.approve(app.act(), number, app.act().publication.editors[0].name)
    steps.done(f"approve: by {given.by}, digest {given.digest[:16]}")
    schedule = app.act().publication.schedule
    due = timetable.local(timetable.due(issue.week, schedule), schedule)
    (now,) = pipeline.status(app.act(), number)
    steps.done(f"status: {now.state}; the scheduler would send it on {due}, this sends it now")


def where_to_look(folder: Path, home: Path, number: int) -> None:
    """Say where what the week made is."""
    output.say("\nLook at:")
    for what, place in (
        ("every message as it came over the wire", folder / "outbox" / "*.eml"),
        ("the web pages", folder / "site" / "index.html"),
        ("the issue's mail, to open in a browser", folder / "preview" / "issue.html"),
        ("the issue's Markdown", home / "content" / "issues" / f"{number:04d}.md"),
        ("the database (subscribers, ledger, approvals)", folder / "pressroom.db"),
    ):
        output.line(f"  {_short(place)}  {what}")
    command = shlex.join([*as_typed(), "sink", "--folder", str(_short(folder / "outbox"))])
    output.say(f"\nOr look at the mail in a browser: {command}")


def as_typed() -> list[str]:
    """Return the words that start this program from here: its name where the shell finds it, else as it was started.

    `make demo` starts it by a path into `.venv`, which is on nobody's PATH.
    """
    started = Path(sys.argv[0])
    if started.name == "__main__.py":
        return [sys.executable, "-m", "publisher.cli"]
    found = shutil.which(started.name)
    return [started.name] if found and started.exists() and Path(found).samefile(started) else [sys.argv[0]]


def _short(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
