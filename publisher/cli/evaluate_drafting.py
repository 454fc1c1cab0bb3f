"""pressroom eval drafting: how well sections are drafted without a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli import output
from publisher.cli.evaluating import evaluating
from publisher.cli.root import Json, pressroom

if TYPE_CHECKING:  # slow to import: only when it is used
    from publisher.evaluation.drafting import Redrafted


@evaluating.command("drafting", epilog="Example: pressroom eval drafting --last 30")
def drafting(
    context: typer.Context,
    publication: Annotated[
        Path | None, typer.Option("--publication", metavar="DIR", help="The publication's folder. Default: this one.")
    ] = None,
    last: Annotated[int, typer.Option("--last", min=1, metavar="N", help="How many of the newest issues.")] = 30,
    as_json: Json = False,
) -> None:
    """Draft published issues again without a model, as if each were the next one, and count what came of it.

    Links to earlier issues are hidden from the writer; then it counts the sentences that cite an issue which the
    editors linked to in the same week.
    """
    from publisher.adapters.extractive_writer import ExtractiveWriter
    from publisher.evaluation.drafting import figures, redraft

    root = context.find_root()
    if publication is not None and isinstance(root.obj, tuple):
        root.obj = (publication.absolute(), root.obj[1])
    act = pressroom(context).act()
    each: list[Redrafted] = []
    for one in redraft(act.content, last, act.index, [ExtractiveWriter()]):
        each.append(one)
        if not as_json:
            output.say(_line(one))
    found = figures(each)
    if as_json:
        output.data(found)
        return
    share = f"{found.cited_as_editors_did / found.claims:.0%}" if found.claims else "none"
    output.line(
        f"{found.drafted} of {output.count(found.issues, 'issue')} drafted, {output.count(found.claims, 'sentence')}; "
        f"{found.cited_as_editors_did} of them ({share}) cite an issue that the editors linked to"
    )


def _line(one: Redrafted) -> str:
    if one.draft is None:
        return f"issue {one.issue.number}: left out"
    cited = ", ".join(
        f"{claim.passage}{' *' * linked}" for claim, linked in zip(one.draft.claims, one.as_editors_did, strict=True)
    )
    return f"issue {one.issue.number}: {cited}"
