"""pressroom privacy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli import output
from publisher.cli.root import Json, cli, pressroom
from publisher.secret_url import split_url

if TYPE_CHECKING:  # slow to import: only when it is used
    from publisher.app import App
    from publisher.privacy import Facts
    from publisher.settings import Settings


@cli.command(epilog="Example: pressroom privacy --page > content/pages/privacy.md")
def privacy(
    context: typer.Context,
    page: Annotated[
        bool, typer.Option("--page", help="Write the text of a page for readers, as Markdown in their language.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print what is kept about people, why, for how long and who receives it: a record of processing (GDPR, Art. 30)."""
    from publisher import privacy

    app = pressroom(context)
    publication, facts = app.act().publication, _facts(app)
    if page:
        output.text([privacy.page(publication)])
        return
    heads, rows = ("what", "why", "basis", "kept for", "where"), privacy.record(publication, facts)
    if as_json:
        receivers = [{"who": who, "what": what} for who, what in privacy.receivers(facts)]
        output.data({"kept": [dict(zip(heads, row, strict=True)) for row in rows], "receivers": receivers})
        return
    output.table(heads, rows)
    output.text(["\n"])
    output.table(("who receives it", "what"), privacy.receivers(facts))
    output.say("basis: articles of the GDPR. Whether they fit what you do, you have to judge")


def _facts(app: App) -> Facts:
    """Return what the settings say, without users and passwords."""
    from publisher.privacy import Facts

    settings = app.settings
    models = (settings.model_url, settings.second_model_url, settings.third_model_url)
    return Facts(
        mail_server=_mail_server(settings),
        database=_host(app.database_url),
        redis=_host(settings.redis_url.get_secret_value()) if settings.redis_url else "",
        model=", ".join(dict.fromkeys(_host(url.get_secret_value()) for url in models if url)),
    )


def _mail_server(settings: Settings) -> str:
    if settings.provider_url:
        from publisher.provider_url import ProviderUrl  # slow to import

        return _host(ProviderUrl.parse(settings.provider_url).api)
    return _host(settings.smtp_url.get_secret_value()) if settings.smtp_url else "(PRESSROOM_SMTP_URL is not set)"


def _host(url: str) -> str:
    """Return the host of a URL, which may hold a password; one without a host means this machine."""
    try:
        return split_url(url, (url.partition(":")[0],), "").hostname or ""
    except ValueError:
        return "on this machine"
