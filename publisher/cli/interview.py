"""pressroom setup: at most ten questions, then publication.toml, .env, a test mail, and what is left to do."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher import pipeline
from publisher.cli import output
from publisher.cli.root import Json, cli, exit_code
from publisher.errors import ConfigurationError, PressroomError, TransportUnavailable

if TYPE_CHECKING:  # slow to import: only when the verb runs
    from publisher.doctor import Finding
    from publisher.setting_up import SettingUp

_MAIL = {"smtp-url", "sender", "editors"}
"""Answers after which somebody should see whether mail leaves."""


@cli.command(epilog="Example: pressroom setup my-newsletter")
def setup(
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="A publication, or a new folder for one; default: --publication."),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="The publication's name.")] = None,
    base_url: Annotated[
        str | None, typer.Option("--base-url", metavar="URL", help="Where readers reach its web pages.")
    ] = None,
    sender: Annotated[
        str | None, typer.Option("--sender", metavar="PERSON", help="Who its mail is from: `Name <address>`.")
    ] = None,
    postal_address: Annotated[
        str | None, typer.Option("--postal-address", metavar="TEXT", help="The postal address below each mail.")
    ] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="Its time zone, such as Europe/Berlin.")] = None,
    send: Annotated[
        str | None, typer.Option("--send", metavar="WHEN", help="When issues go out, such as 'thu 08:00'.")
    ] = None,
    editors: Annotated[
        str | None,
        typer.Option("--editors", metavar="PEOPLE", help="All editors: `Name <address>`, with commas between."),
    ] = None,
    smtp_url: Annotated[
        str | None,
        typer.Option(
            "--smtp-url",
            metavar="URL",
            help="The mail server; with a password in it, better set PRESSROOM_SMTP_URL: others may see a command's words.",
        ),
    ] = None,
    database_url: Annotated[
        str | None, typer.Option("--database-url", metavar="URL", help="The database; default: SQLite in var/.")
    ] = None,
    language: Annotated[
        str, typer.Option("--language", metavar="TAG", help="Of a new publication: the language of its readers.")
    ] = "en",
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: what is not given stays as it is.")] = False,
    test_mail: Annotated[
        bool | None,
        typer.Option(
            "--test-mail/--no-test-mail",
            help="Mail the first editor; default: when mail server, sender or editors changed.",
        ),
    ] = None,
    dns: Annotated[bool, typer.Option("--dns/--no-dns", help="Look up the records that receivers ask for.")] = True,
    dkim_selector: Annotated[
        str, typer.Option("--dkim-selector", metavar="NAME", help="Look the DKIM key of this selector up as well.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Set a publication up, new or not: ask at most ten questions, mail a test, check DNS, and say what is left to do."""
    from publisher.left_to_do import left_to_do
    from publisher.questions import QUESTIONS
    from publisher.setting_up import SettingUp

    where = (folder or context.find_root().obj[0]).absolute()
    setting_up = SettingUp(where, os.environ, language)
    given = {
        "name": name, "base-url": base_url, "sender": sender, "postal-address": postal_address, "zone": zone, "send": send,
        "editors": editors, "smtp-url": smtp_url, "database-url": database_url,
    }  # fmt: skip
    _take(setting_up, {option: value for option, value in given.items() if value is not None})
    answered = yes or as_json or any(value is not None for value in given.values())
    if not output.at_terminal() and not answered:
        output.say("nothing is asked, because this is no terminal: give answers as options (pressroom setup --help)")
    elif output.at_terminal() and not yes and not as_json:
        try:
            _ask(setting_up, {option for option, value in given.items() if value is not None})
        except (EOFError, KeyboardInterrupt):
            output.say("\nended: nothing was written")
            raise typer.Exit(130) from None
    written = setting_up.save()
    wanted = bool(_MAIL & set(setting_up.changed)) if test_mail is None else test_mail
    again = shlex.join(["pressroom", "setup", *([str(folder)] if folder else []), "--yes", "--test-mail"])
    mailed, failure = _try_mail(setting_up, again, asked=test_mail is True) if wanted else ("", None)
    found = _look_up(setting_up, dkim_selector) if dns else []
    left = list(left_to_do(setting_up.publication, setting_up.mail_server, found))
    set_now = {each.name: each.now(setting_up.publication) for each in QUESTIONS} | setting_up.places()
    if as_json:
        output.data({
            "folder": where, "set": set_now, "changed": setting_up.changed, "files": written, "test_mail": mailed, "dns": found,
            "left": left,
        })  # fmt: skip
    else:
        _tell(folder, set_now, written, mailed, found, left)
    if failure:
        raise typer.Exit(exit_code(failure) or 1)


def _take(setting_up: SettingUp, given: dict[str, str]) -> None:
    """Take the answers that stand in the command."""
    from publisher.questions import QUESTIONS

    questions = {question.name: question for question in QUESTIONS}
    for option, value in given.items():
        try:
            if option == "smtp-url":
                setting_up.answer_smtp(value)
            elif option == "database-url":
                setting_up.answer_database(value)
            else:
                setting_up.answer(questions[option], value)
        except ValueError as error:
            raise ConfigurationError(f"--{option}: {error}") from None


def _ask(setting_up: SettingUp, given: set[str]) -> None:
    """Ask what was not given. Each answer is judged at once, and asked for again until it can be."""
    from publisher.adapters.provider_settings import URL as PROVIDER_URL
    from publisher.questions import QUESTIONS
    from publisher.setting_up import DATABASE_URL, SMTP_URL

    output.say("At most ten questions. Enter keeps what is in brackets; Ctrl-C ends this, and nothing is written.")
    for question in QUESTIONS:
        if question.name not in given:
            _until_right(
                f"{question.asks} [{question.now(setting_up.publication)}]: ",
                partial(setting_up.answer, question),
            )
    by_provider = setting_up.value(PROVIDER_URL)
    if "smtp-url" not in given and not by_provider and not _set_elsewhere(setting_up, SMTP_URL):
        now = setting_up.mail_server or "none yet; such as smtp://USER@HOST:587"
        _until_right(f"Mail server [{now}]: ", partial(_mail_server, setting_up))
    if "database-url" not in given and not _set_elsewhere(setting_up, DATABASE_URL):
        now = setting_up.places()["database"]
        _until_right(f"Database [{now}]: ", setting_up.answer_database)


def _until_right(question: str, take: Callable[[str], None]) -> None:
    """Ask until the answer can be taken, or there is none."""
    while answer := output.ask(question):
        try:
            take(answer)
        except ValueError as error:
            output.say(f"  {error}")
        else:
            return


def _mail_server(setting_up: SettingUp, text: str) -> None:
    from publisher.secret_url import lacks_password

    url = text if "://" in text else f"smtp://{text}"
    password = ""
    if lacks_password(url) and url != setting_up.mail_server:
        password = output.ask("Its password (not shown): ", hidden=True)
    setting_up.answer_smtp(url, password)


def _set_elsewhere(setting_up: SettingUp, name: str) -> bool:
    if where := setting_up.where(name):
        output.say(f"{name} is set by {where}, which wins over .env")
    return bool(where)


def _try_mail(setting_up: SettingUp, again: str, *, asked: bool) -> tuple[str, PressroomError | None]:
    """Mail the first editor; return what became of it, in words, and the failure. `again` is the command that tries again."""
    from publisher.app import App
    from publisher.examples import is_example

    if not setting_up.mail_server and not asked:
        return "", None
    address = setting_up.publication.editors[0].address
    with App(setting_up.folder) as app:
        try:
            if app.as_it_is.mail_leaves() and is_example(address.rpartition("@")[2]):
                return f"not sent: {address} is an example", None
            pipeline.try_mail(app.act(), address)
        except PressroomError as error:
            then = ", with" if isinstance(error, TransportUnavailable) else "; then"
            return f"not sent: {error}{then}: {again}", error
    return f"sent to {address}; look at how it arrived", None


def _look_up(setting_up: SettingUp, selector: str) -> list[Finding]:
    from publisher.adapters.name_server import NameServer
    from publisher.adapters.smtp import SmtpUrl
    from publisher.doctor import look_up
    from publisher.setting_up import SMTP_URL

    url = setting_up.value(SMTP_URL)
    publication, host = setting_up.publication, SmtpUrl.parse(url).host if url else ""
    return list(look_up(publication, host, selector, NameServer(), setting_up.own_keys()))


def _tell(
    folder: Path | None,
    set_now: dict[str, str],
    written: list[Path],
    mailed: str,
    found: list[Finding],
    left: list[str],
) -> None:
    output.facts([*set_now.items(), ("test mail", mailed)])
    for path in written if len(written) < 4 else ():
        output.say(f"wrote {path}")
    if len(written) > 3:
        output.say(f"wrote {len(written)} files below {folder or Path()}")
    if found:
        output.line("")
        output.table(("look-up", "is", "what it says"), [(one.what, one.state, one.says) for one in found])
    output.line("")
    output.line("Left to do before a real list:")
    for number, sentence in enumerate(left, 1):
        output.line(f"{number:>2}. {sentence}")
    begin = f"cd {folder}, " if folder else ""
    output.say(f'next: {begin}pressroom new concept "TITLE", then: pressroom rehearse')
