"""The verbs up to the approval: check, assemble, draft, render, preflight, approve, and the record of approvals."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from publisher import pipeline
from publisher.cli import output
from publisher.cli.root import IssueNumber, Json, OneIssueOrAll, cli, iso_week, pressroom
from publisher.errors import Problem, Severity
from publisher.issue import IsoWeek
from publisher.numbers import named, typed


@cli.command(epilog="Example: pressroom check content/concepts")
def check(
    context: typer.Context,
    path: Annotated[Path | None, typer.Argument(help="List only problems in this file or folder.")] = None,
    settings: Annotated[
        bool, typer.Option("--settings", help="List every setting with its meaning; secrets are masked.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check content, templates and configuration, and list every problem as file:line."""
    app = pressroom(context)
    if settings:
        rows = app.describe_settings()
        if as_json:
            output.data(rows)
        else:
            output.table(
                ("setting", "value", "meaning"),
                [(r["name"] or "", r["value"] or "–", r["meaning"] or "") for r in rows],
            )
            output.problems(app.as_it_is.idle_settings())
        return
    found = pipeline.check(app.act_to_check())
    if path is not None:
        found = _below(found, path, app.folder)
    if as_json:
        output.data({"problems": found})
    else:
        output.problems(found)
        output.say(_verdict(found))
    if any(problem.severity is Severity.ERROR for problem in found):
        raise typer.Exit(1)


def _below(found: tuple[Problem, ...], path: Path, folder: Path) -> tuple[Problem, ...]:
    wanted = path if path.is_absolute() else (folder / path if (folder / path).exists() else path.absolute())
    if not wanted.exists():
        raise typer.BadParameter(f"{path} does not exist")
    wanted = wanted.resolve()
    # While publication.toml is broken, nothing else can be read, so no file is known to be without problems.
    return tuple(
        problem
        for problem in found
        if (folder / problem.path).resolve().is_relative_to(wanted) or problem.path.name == "publication.toml"
    )


def _verdict(found: tuple[Problem, ...]) -> str:
    errors = sum(problem.severity is Severity.ERROR for problem in found)
    if not found:
        return "no problems found"
    return f"{output.count(errors, 'error')}, {output.count(len(found) - errors, 'warning')}"


@cli.command(epilog="Example: pressroom assemble --week 2026-W48")
def assemble(
    context: typer.Context,
    week: Annotated[
        IsoWeek | None,
        typer.Option("--week", parser=iso_week, metavar="WEEK", help="ISO week; default: the next one to go out."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an edited file, keeping a backup beside it.")] = False,
    as_json: Json = False,
) -> None:
    """Write content/issues/NNNN.md from the week's pieces; an edited file is left alone."""
    made = pipeline.assemble(pressroom(context).act(), week, force=force)
    if as_json:
        output.data(made)
        return
    for problem in made.left_out:
        output.say(f"left out: {problem}")
    for problem in made.unmarked:
        output.say(str(problem))
    match made.outcome:
        case pipeline.Outcome.WRITTEN:
            output.say(f"wrote issue {made.number} for {made.week}")
        case pipeline.Outcome.UNCHANGED:
            output.say(f"issue {made.number} for {made.week} is up to date")
        case pipeline.Outcome.KEPT:
            output.say(
                f"issue {made.number} for {made.week} no longer matches its pieces, so it was left alone; "
                "--force replaces it and keeps a backup"
            )
        case pipeline.Outcome.OUT:
            output.say(f"issue {made.number} is out; its file stays as it was sent")
        case pipeline.Outcome.REPLACED:
            output.say(f"replaced issue {made.number} for {made.week}; the previous file is in {made.backup}")
    output.line(str(made.path))


@cli.command(epilog="Example: pressroom draft 11")
def draft(
    context: typer.Context,
    issue: IssueNumber,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what an editor wrote or changed, keeping a backup of the file.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Draft a section of an issue from past issues, with citations; an editor's words are left alone."""
    app = pressroom(context)
    made = pipeline.draft(app.act(), issue, force=force)
    made = dataclasses.replace(made, models=(*app.as_it_is.idle_settings(), *made.models))
    if as_json:
        output.data(made)
        return
    for section, why in made.left_out.items():
        output.say(f"{section}: left out, and the issue goes on without it: {why}")
    for section, path in made.stood_in.items():
        output.say(f"{section}: {path} stands in, as past issues have too little on this week's topics")
    if not (made.drafts or made.kept or made.left_out or made.stood_in):
        output.say(f"{named(issue)} has no section to draft")
    for problem in made.kept:
        output.say(str(problem))
    if made.backup:
        output.say(f"the previous file is in {made.backup}")
    output.problems(made.models)
    for one in made.drafts:
        note = one.note
        by = f"{note.writer}{f', {note.model}' if note.model else ''}{f', {note.tokens:,} tokens' if note.tokens else ''}"
        output.say(f"{one.section}: {output.count(len(one.claims), 'sentence')} by {by}")
        if note.search:
            output.say(f"  {note.search}")
        for fallback in note.fallbacks:
            output.say(f"  fell back: {fallback}")
        for claim in one.claims:
            output.line(f"[{claim.passage}] {claim.text}")


@cli.command(epilog="Example: pressroom render 11 --out var/preview")
def render(
    context: typer.Context,
    issue: IssueNumber,
    out: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", help="Folder for issue.html, issue.txt, issue.eml, web.html, pictures."),
    ],
    as_json: Json = False,
) -> None:
    """Write an issue as mail (HTML, text, .eml) and as a web page, to look at."""
    written = pressroom(context).act().preview(issue, out)
    if as_json:
        output.data({"files": written})
        return
    for path in written:
        output.line(str(path))


@cli.command(epilog="Example: pressroom preflight 11 --online")
def preflight(
    context: typer.Context,
    issue: IssueNumber,
    online: Annotated[bool, typer.Option("--online", help="Also fetch every link.")] = False,
    as_json: Json = False,
) -> None:
    """Say what is wrong with an issue as it would be sent, and how to fix it."""
    found = pipeline.preflight(pressroom(context).act(), issue, online=online)
    if as_json:
        output.data({"findings": found})
    else:
        output.problems(found)
        output.say(_verdict(found))
    if any(problem.severity is Severity.ERROR for problem in found):
        raise typer.Exit(1)


@cli.command(epilog="Example: pressroom approve 11 --by Robin")
def approve(
    context: typer.Context,
    issue: IssueNumber,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Your name, as in publication.toml.")],
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Take your approval back; nothing is sent then.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Approve, in your name, exactly what will be sent; any later edit voids the approval. Needs approval.shell = true."""
    if withdraw:
        taken = pipeline.withdraw(pressroom(context).act(), issue, by)
        output.data(taken) if as_json else output.say(f"{named(issue)} is no longer approved by {taken.by}")
        return
    given = pipeline.approve(pressroom(context).act(), issue, by)
    if as_json:
        output.data(given)
        return
    output.problems(given.warnings)
    output.say(f"{named(issue)} is approved by {given.by}; digest {given.digest[:16]}")
    if given.missing:
        output.say(f"it needs {output.count(given.missing, 'more approval')}, from someone else")


@cli.command(epilog="Example: pressroom proof 11")
def proof(context: typer.Context, issue: IssueNumber, as_json: Json = False) -> None:
    """Mail the editors a proof of an issue as it is now; each gets a link of their own that approves exactly that."""
    from publisher import editors

    app = pressroom(context)
    editors.prove(app.act(), issue, f"{app.clock.now():%Y-%m-%d %H:%M}")
    to = [editor.address for editor in app.act().publication.editors]
    output.data({"issue": issue, "to": to}) if as_json else output.say(
        f"the proof of {named(issue)} as it is now went to {', '.join(to)}"
    )


@cli.command(epilog="Example: pressroom audit 11 --json")
def audit(
    context: typer.Context,
    issue: OneIssueOrAll = None,
    as_json: Json = False,
) -> None:
    """List who approved an issue or took that back, when, by link or by command, and the digest of what."""
    app = pressroom(context)
    found = app.approvals.record(issue)
    if issue is not None and not found:
        pipeline.known(app.act(), issue)
    if as_json:
        output.data({"record": found})
        return
    rows = [
        (f"{one.at:%Y-%m-%d %H:%M:%S}", typed(one.number), one.person, one.what, one.how, one.digest[:16])
        for one in found
    ]
    output.table(("at (UTC)", "no", "person", "what", "how", "digest"), rows, right=("no",))
    if not rows:
        output.say("nobody has approved anything yet" if issue is None else f"nobody has approved {named(issue)} yet")
