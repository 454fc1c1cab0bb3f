"""pressroom suggest: what to write next, by our own assistant."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from publisher.cli import output
from publisher.cli.root import Json, cli, pressroom


@cli.command(epilog='Example: pressroom suggest concept --about "what slow model calls cost"')
def suggest(
    context: typer.Context,
    section: Annotated[
        str | None, typer.Argument(metavar="[SECTION]", help="A section's id, as in publication.toml; default: any.")
    ] = None,
    about: Annotated[str, typer.Option("--about", metavar="TEXT", help="What it should be about.")] = "",
    drafts: Annotated[int, typer.Option("--drafts", min=1, max=5, help="How many drafts, at most.")] = 1,
    steps: Annotated[int, typer.Option("--steps", min=1, max=50, help="How many steps, at most.")] = 12,
    tokens: Annotated[int, typer.Option("--tokens", min=1000, help="How many tokens of the model, at most.")] = 80_000,
    minutes: Annotated[float, typer.Option("--minutes", min=0.1, max=60, help="How long it works, at most.")] = 5,
    dollars: Annotated[
        float | None,
        typer.Option("--dollars", min=0, help="What the model may cost, at most; the price has to be known."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Let a model look into past issues and pieces, and propose what to write next: drafts with their sources, for an editor.

    It approves, sends and publishes nothing. Run again after an interruption, it goes on where it was.
    """
    from publisher.suggest import Bounds, Wanted
    from publisher.suggest import suggest as run

    app = pressroom(context)
    bounds = Bounds(steps, tokens, 60 * minutes, None if dollars is None else round(dollars * 1_000_000))
    made = run(
        app.act, app.act().chat, Wanted(section, about.strip()[:1000], drafts), bounds,
        new_run=secrets.token_hex(6), steady=app.clock.steady,
    )  # fmt: skip
    if as_json:
        output.data(made)
        return
    for draft in made.drafts:
        output.line(draft)
    cost = f", {made.micros / 1_000_000:.4f} dollars" if made.micros else ""
    output.say(
        f"{output.count(len(made.drafts), 'draft')} in {output.count(made.steps, 'step')} with {made.tokens:,} tokens{cost}"
        + ("" if made.ended == "done" else f"; it ended after {made.ended}")
    )
