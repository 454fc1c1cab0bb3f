"""Write docs/drafted-sections.md: sections that were drafted without a model, and what each check said of their sentences.

    .venv/bin/python tools/drafted_sections.py [--optech FOLDER]

The first part is about the example publication; the second about ten issues of the Bitcoin Optech newsletter, whose
Markdown is in FOLDER. Without that folder, the second part stays as it is.
"""

from __future__ import annotations

import argparse
import dataclasses
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from publisher.adapters.extractive_writer import ExtractiveWriter
from publisher.adapters.files import Folder
from publisher.content.prose import one_line
from publisher.draft import citable, draft_section, to_markdown, verdicts, weigh
from publisher.draft.brief import brief_of
from publisher.draft.checks import CHECKS
from publisher.draft.leads import without_years
from publisher.draft.linked_passages import linked_passages
from publisher.draft.ranking import rank
from publisher.draft.recently import ISSUES
from publisher.errors import NothingToDraft
from publisher.evaluation.drafting import with_draft, without_addresses
from publisher.issue import ARCHIVE, Draft, Issue, Passage
from publisher.ports import Content, Hit, Proposal, Retriever

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs/drafted-sections.md"
OPTECH: Final = ROOT.parent / "shared/data/optech/issues"
TEN: Final = (88, 90, 97, 98, 99, 101, 104, 109, 111, 121)
"""The files of the issues that are shown: of 2020 and 2021 by lot (`random.Random(20261201)`), without one that had been read before."""

SECOND: Final = "## The Bitcoin Optech newsletter\n"

HEAD: Final = """\
# Drafted sections to look at

What `pressroom draft` wrote without a model, for issues that were published long ago, as if each were the next one. `tools/drafted_sections.py` makes this page;
nobody edited a word. No passage comes twice within eight issues. Below each section stands what the [checks](drafting.md#what-is-enforced) said: of the sentences that were taken, and of those that were
proposed and dropped. The checks of one sentence are {checks}.

"""
FIRST: Final = "## The example publication\n\n"
ABOUT_OPTECH: Final = """\

Ten issues of 2020 and 2021, drawn by lot. Their links to past issues were hidden from the writer, as `pressroom eval drafting` does. The newsletter began with #0, so the passages of its #170 are called 0171 here; readers see the number that its title says. The sentences are quoted from the newsletter, copyright 2018
Bitcoin Optech contributors, under the [MIT licence](../tests/data/optech_2018/LICENSE.txt).

"""


def page(optech: Path | None) -> str:
    """Return the page, with the second part as it stands when there is no folder of Optech's issues."""
    second = PAGE.read_text(encoding="utf-8").partition(SECOND)[2] if optech is None else about_optech(optech)
    return "".join(
        (HEAD.format(checks=", ".join(f"`{name}`" for name in CHECKS)), FIRST, about_example(), "\n", SECOND, second)
    )


def about_example() -> str:
    content = Folder(ROOT).read()
    return "\n".join(sections(content, [issue.number for issue in _published(content)[-2:]]))


def about_optech(issues: Path) -> str:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "content").mkdir()
        settings = (ROOT / "content/publication.toml").read_text(encoding="utf-8")
        (root / "content/publication.toml").write_text(settings.partition("\n[welcome]")[0] + "\n", encoding="utf-8")
        command = (
            sys.executable,
            "-m",
            "publisher.cli",
            "archive",
            "import",
            issues.absolute(),
            "--origin",
            "https://optech.example.com",
        )
        subprocess.run(
            command,
            cwd=root,
            env={"PYTHONPATH": str(ROOT)},
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return ABOUT_OPTECH + "\n".join(sections(Folder(root).read(), TEN, hidden=True))


def _published(content: Content) -> list[Issue]:
    return sorted((issue for issue in content.issues if issue.published), key=lambda issue: issue.date)


def sections(content: Content, shown: Sequence[int], *, hidden: bool = False) -> Iterator[str]:
    """Yield what is drafted for the issues of these numbers, without what was drafted for them when they were the next ones.

    Those of the eight weeks before are drafted, too: what they cite is not cited again. Links may be `hidden` from the writer.
    """
    first = min(shown) - ISSUES
    for issue in (one for one in _published(content) if first <= one.number <= max(shown)):
        passages = citable(content.issues, before=issue.date)
        language = content.publication.language
        links = linked_passages(passages.values(), content)
        retriever = rank(passages.values(), language=language, links=links)
        written = tuple(one for one in issue.sections if one.id != ARCHIVE and one.id not in issue.drafted)
        bare = without_addresses(issue) if hidden else dataclasses.replace(issue, sections=written, drafted=())
        head = f"### {one_line(issue.title)} ({issue.date:%-d %B %Y})\n"
        try:
            draft = draft_section(bare, ARCHIVE, retriever, [ExtractiveWriter()], content=content)
        except NothingToDraft as error:
            if issue.number in shown:
                yield f"{head}\nLeft out: {error.problems[0].what.rpartition(': ')[2]}.\n"
            continue
        if issue.number in shown:
            yield _section(head, draft, bare, retriever, passages, content)
        content = with_draft(draft, bare, content)


def _section(
    head: str, draft: Draft, issue: Issue, retriever: Retriever, passages: dict[str, Passage], content: Content
) -> str:
    body = to_markdown(draft.claims, draft.opening)
    said = [*_taken(draft, passages, content.publication.language), *_dropped(issue, retriever, content)]
    return f"{head}\n{body}\nWhat the checks said:\n\n" + "\n".join(f"- {line}" for line in said) + "\n"


def _taken(draft: Draft, passages: dict[str, Passage], language: str) -> Iterator[str]:
    for claim in draft.claims:
        plain = dataclasses.replace(claim, text=without_years(claim.text))
        each = verdicts(plain, passages[claim.passage], language)
        failed = ", ".join(f"`{one.check}`: it {one.fault}" for one in each if one.fault is not None)
        yield f"`{claim.passage}`: {failed or f'passes all {len(each)} checks'}"


def _dropped(issue: Issue, retriever: Retriever, content: Content) -> Iterator[str]:
    """Yield what is said of all that the writer proposed and that no check would let through."""
    brief = brief_of(issue, ARCHIVE, retriever, content)
    proposal = ExtractiveWriter().write(brief)
    hits = {hit.passage.id: Hit(hit.passage, 0.0) for item in brief.items for hit in item.hits}
    failed = []
    for sentence in dict.fromkeys(proposal.sentences):
        (one,) = weigh(
            Proposal((sentence,), "extractive"), list(hits.values()), own_text=brief.own_text, language=brief.language
        )
        if one.check:
            failed.append(f"dropped, `{one.passage}`: `{one.check}`, it {one.reason}")
    yield f"proposed: {len(dict.fromkeys(proposal.sentences))}, of which dropped: {len(failed)}"
    yield from failed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--optech", type=Path, default=OPTECH if OPTECH.is_dir() else None, help="Optech's issues as Markdown."
    )
    PAGE.write_text(page(parser.parse_args().optech), encoding="utf-8")


if __name__ == "__main__":
    main()
