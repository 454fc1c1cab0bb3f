"""The root of the command line: options before the verb, and how errors become sentences and exit codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from plaintext import printable
from publisher import __version__
from publisher.cli import output
from publisher.errors import (
    ContentError,
    OutsideError,
    PressroomError,
    Refused,
    SettingsError,
    Severity,
    UserError,
)
from publisher.issue import DeliveryState, IsoWeek
from publisher.numbers import MOST_CORRECTIONS, correction_number

if TYPE_CHECKING:  # slow to import: only when a verb runs
    from publisher.app import App
    from publisher.ports import Which


@contextmanager
def _said_plainly() -> Iterator[None]:
    try:
        yield
    except typer.TyperException as error:
        if isinstance(said := getattr(error, "message", None), str):
            error.message = printable(said, keep="\n")
        raise


class Verbs(TyperGroup):
    """The verbs. Usage errors repeat a wrong word without its control characters: `check *` may name others' files."""

    def make_context(self, *args: Any, **more: Any) -> Any:
        with _said_plainly():
            return super().make_context(*args, **more)

    def invoke(self, ctx: Any) -> Any:
        with _said_plainly():
            return super().invoke(ctx)


cli = typer.Typer(
    name="pressroom",
    cls=Verbs,
    help="A weekly technical newsletter, from Markdown in git to the subscriber's mailbox.\n\n"
    "The week: assemble, draft, render, preflight, approve, send. Each verb works alone and is safe to repeat.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 content or configuration needs fixing, 2 wrong usage, 3 something outside failed, 4 refused, "
    "130 interrupted.",
)

Json = Annotated[bool, typer.Option("--json", help="Write the result to stdout as JSON.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done; send and write nothing.")]


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback
    if wanted:
        output.line(f"pressroom {__version__}")
        raise typer.Exit


@cli.callback()
def root(
    context: typer.Context,
    publication: Annotated[
        Path, typer.Option("--publication", metavar="DIR", help="The publication's folder, which holds content/.")
    ] = Path(),
    database: Annotated[
        str | None,
        typer.Option(
            "--database", metavar="URL", help="sqlite:///FILE or postgresql://…; default: PRESSROOM_DATABASE_URL."
        ),
    ] = None,
    version: Annotated[  # noqa: ARG001 - typer's callback acts on it
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Publish a weekly technical newsletter from Markdown."""
    context.obj = (publication.absolute(), database)


def pressroom(context: typer.Context) -> App:
    """Return this run's application, built when it is first asked for: --help needs none."""
    from publisher.app import App

    root = context.find_root()
    if not isinstance(root.obj, App):
        folder, database = root.obj
        root.obj = root.with_resource(App(folder, database=database))
    return root.obj


def issue_number(text: str) -> int:
    """Read an issue's number from 11, 0011 or content/issues/0011.md, a correction's from 11.1 or its file (0011-1.md)."""
    match = re.fullmatch(rf"(?:.*/)?0*([1-9]\d{{0,3}})(?:[.-]([1-{MOST_CORRECTIONS}]))?(?:\.md)?", text.strip())
    if not match:
        raise typer.BadParameter(
            f"{text!r} is not an issue; write its number, such as 11, or its file; its first correction is 11.1"
        )
    return correction_number(int(match[1]), int(match[2] or 0))


def iso_week(text: str) -> IsoWeek:
    """Read a week from 2026-W48."""
    try:
        return IsoWeek.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def way_out(text: str) -> str:
    """Read a transport from file:DIR."""
    scheme, _, folder = text.partition(":")
    if scheme != "file" or not folder:
        raise typer.BadParameter(
            f"{printable(text)!r} is not a transport; write file:DIR, or leave --transport out to use PRESSROOM_SMTP_URL"
        )
    return text


Transport = Annotated[
    str | None,
    typer.Option(
        "--transport",
        parser=way_out,
        metavar="file:DIR",
        help="Write .eml files into DIR instead of using PRESSROOM_SMTP_URL.",
    ),
]
IssueNumber = Annotated[
    int,
    typer.Argument(
        metavar="ISSUE", parser=issue_number, help="An issue: 11, 0011 or its file; 11.1 is its first correction."
    ),
]
OneIssueOrAll = Annotated[
    int | None,
    typer.Argument(metavar="[ISSUE]", parser=issue_number, help="One issue, or one correction (11.1); default: all."),
]


@contextmanager
def interruptible(what: str) -> Iterator[None]:
    """Let Ctrl-C end the block with one sentence; `what` says what was done, and what to do next."""
    try:
        yield
    except KeyboardInterrupt:
        output.say(f"interrupted: {what}")
        raise typer.Exit(130) from None


def report(error: Exception, *, as_json: bool) -> int | None:
    """Report an expected error in one sentence and return its exit code; None for a bug of ours."""
    code = exit_code(error)
    if code is None:
        return None
    found = error.problems if isinstance(error, ContentError | SettingsError) else ()
    if as_json and not (isinstance(error, OSError) and error.filename == "standard output"):
        output.data({"error": _sentence(error), "exit_code": code, "problems": found})
    elif found:
        output.problems(found)
        wrong = sum(problem.severity is Severity.ERROR for problem in found)
        output.say(f"{output.count(wrong, 'problem')} to fix")
    else:
        output.say(f"pressroom: {_sentence(error)}")
    return code


def exit_code(error: Exception) -> int | None:
    """Return the documented exit code of an expected error, None for any other."""
    from subscribers import InputError, NotAllowed, PathUnreadable
    from subscribers.database import DatabaseMisconfigured, DatabaseUnavailable

    match error:
        case Refused() | NotAllowed():
            return 4
        case UserError() | InputError() | DatabaseMisconfigured():
            return 1
        case OutsideError() | DatabaseUnavailable() | PathUnreadable() | OSError():
            return 3
        case PressroomError():
            return 1
    return None


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def which(
    *,
    state: DeliveryState | None = None,
    reply: str | None = None,
    domain: str | None = None,
    address: str | None = None,
) -> Which:
    """Return the deliveries that options name; one that is given and empty, as by an unset variable, is refused."""
    from publisher.ports import Which  # slow to import

    for name, value in (("reply", reply), ("domain", domain), ("address", address)):
        if value is not None and not value.strip():
            raise typer.BadParameter(f"--{name} is empty, so it would mean every delivery; leave it out, or fill it in")
    return Which(state, reply or "", (domain or "").removeprefix("@"), address)
