"""pressroom init, demo, run, archive import."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from publisher.cli import output
from publisher.cli.root import DryRun, Json, Transport, cli, pressroom

archive = typer.Typer(
    name="archive", help="Import past issues from elsewhere.", no_args_is_help=True, pretty_exceptions_enable=False
)
cli.add_typer(archive)


@cli.command(epilog="Example: pressroom init my-newsletter --language de")
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    language: Annotated[
        str, typer.Option("--language", metavar="TAG", help="The language of its readers, such as de or pt-BR.")
    ] = "en",
    as_json: Json = False,
) -> None:
    """Create a new publication, ready to build and send."""
    from publisher.scaffold import scaffold, spoken

    written = scaffold(folder, language)
    if as_json:
        output.data({"files": written})
        return
    for path in written:
        output.line(str(path))
    if spoken(language) != language.partition("-")[0]:
        output.say(f"there is no starter in {language}; its pieces and labels are in English")
    output.say(
        f"next: cd {folder}, write the pieces below content/ (`status: ready`), then: pressroom check && pressroom assemble"
    )


@cli.command(epilog="Example: pressroom demo --dir var/demo")
def demo(
    context: typer.Context,
    folder: Annotated[
        Path,
        typer.Option("--dir", metavar="DIR", help="The demo's folder; run it again to see that nothing is sent twice."),
    ] = Path("var/demo"),
    as_json: Json = False,
) -> None:
    """Run the whole week on the example publication; it needs no key, no server and no network."""
    from publisher.cli.demo import run_demo

    output_of = run_demo(folder.absolute(), pressroom(context).clock)
    if as_json:
        output.data(output_of)


@cli.command(epilog="Example: pressroom run --port 8025")
def run(
    context: typer.Context,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on.")] = 8025,
    transport: Transport = None,
) -> None:
    """Run the scheduler and the web server in one process, as a small publication does. Ctrl-C stops both."""
    from publisher.serve import serve

    app = pressroom(context)
    if transport:
        app.use_transport(transport)
    serve(app, host, port)


@archive.command("import", epilog="Example: pressroom archive import ../old-newsletter/_posts --dry-run")
def import_(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A folder of Markdown issues, or one file.")],
    first_date: Annotated[
        dt.datetime | None,
        typer.Option("--first-date", formats=["%Y-%m-%d"], help="Date of the first file, if the files have no dates."),
    ] = None,
    every_days: Annotated[int, typer.Option("--every-days", min=1, help="Days between two such files.")] = 7,
    origin: Annotated[
        str | None, typer.Option("--origin", metavar="URL", help="The old site's address, to complete relative links.")
    ] = None,
    definitions: Annotated[
        list[Path] | None,
        typer.Option(
            "--definitions", metavar="FILE", help="A file of link definitions that the issues include; may be repeated."
        ),
    ] = None,
    cut_at: Annotated[
        int | None,
        typer.Option(
            "--cut-at", metavar="LEVEL", min=1, max=6, help="A file has many issues: cut it at such headings."
        ),
    ] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Import Markdown issues into content/issues/, with their old numbers or numbered by date. Bad files are skipped."""
    from publisher.archive_import import Reading, import_archive

    how = Reading(first_date.date() if first_date else None, every_days, origin, tuple(definitions or ()), cut_at)
    report = import_archive(pressroom(context).content_store, path, how, dry_run=dry_run)
    if as_json:
        output.data(report)
    else:
        output.problems((*report.skipped, *report.problems))
        for foreign, issue in report.written:
            output.line(f"{issue}  from {foreign}")
        verb = "would be imported" if dry_run else "imported"
        left = len({problem.path for problem in report.skipped})
        output.say(
            f"{output.count(len(report.written), 'issue')} {verb}, {report.known} already known"
            + (f", {output.count(left, 'file')} skipped" if left else "")
        )
    if not report.complete:
        raise typer.Exit(1)
