"""Claims <-> the Markdown of a drafted section, and what is wrong with one that a person has edited.

A claim is a paragraph that ends in the id of the passage, then the words it rests on as a quotation. A lead-in before it is
in bold type and ends in a full stop or a bracket. Where the passage has the sentence itself, the lead-in stands alone,
and the sentence is the quotation; a year in square brackets belongs to neither:

    Some of this week's topics have come up here before.

    **Golden sets, this week's concept: No. 4 (October 2026)** [@0004-concept-2]

    > In June [2026] fifty labelled questions caught most regressions.

    **Retries: No. 2 (June 2026)** A retry budget caps what an outage can cost. [@0002-concept-3]

    > at most 10 percent of requests may be retries

Above the first claim, a paragraph that cites nothing is the section's opening.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from publisher.content.prose import escape, one_line, plain
from publisher.draft.ground import verdicts
from publisher.draft.leads import without_years
from publisher.draft.quotation import find_quotation
from publisher.errors import Problem, Severity
from publisher.issue import Claim, Passage, Section

_CITATION = re.compile(r"(?<!\\)\[@([^\[\]\s]+)\]")
_QUOTED = re.compile(r"\s*>\s?")
_LEAD = re.compile(r"\s*\*\*((?:\\.|[^*\\]){1,400}[.:)）。：])\*\*(?=\s|$)")
_SAYS_NUMBER = re.compile(r"(\d+)号?\s*[(（][^()（）]*\d{4}[^()（）]*[)）]")


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """A paragraph or a block quotation as written; `line` counts from 0 in the section's body."""

    line: int
    quoted: bool
    text: str


def to_markdown(claims: Sequence[Claim], opening: str = "") -> str:
    """Write claims as the body of a drafted section. Inverse of read_claims()."""
    parts = [escape(one_line(opening))] if opening else []
    for claim in claims:
        text, quote, lead = one_line(claim.text), one_line(claim.quote), one_line(claim.lead)
        itself = without_years(text) == quote
        said = [f"**{escape(lead)}**"] if lead else []
        text, quote = (_with_code(words, claim.codes) for words in (text, quote))
        parts.append(" ".join((*said, *([] if lead and itself else [text]), f"[@{claim.passage}]")))
        if lead and itself:
            parts.append(f"> {text}")
        elif not itself:
            parts.append(f"> {quote}")
    return "\n\n".join(parts) + "\n" if parts else ""


def _with_code(words: str, codes: Sequence[str]) -> str:
    """Return the Markdown of plain words, with those of `codes` as code."""
    if not codes or "`" in words:
        return escape(words)
    parts = re.split(rf"(?<!\w)({'|'.join(map(re.escape, codes))})(?!\w)", words)
    return "".join(f"`{part}`" if place % 2 else escape(part) for place, part in enumerate(parts))


def read_claims(section: Section) -> tuple[Claim, ...]:
    """Read the claims of a drafted section, in plain text; paragraphs without a citation are not claims."""
    return tuple(claim for _, claim in _read(section.body) if claim is not None)


def check_claims(
    section: Section,
    passages: Mapping[str, Passage],
    *,
    path: Path,
    before: dt.date | None = None,
    language: str = "en",
) -> tuple[Problem, ...]:
    """Report what in a drafted section does not rest on a passage, with its line and how to fix it.

    `passages` are those that may be cited (publisher.draft.citable); `before` is the issue's date. A sentence that fails a
    check of its words is a warning: an editor who wrote it may know better, and sees it beside its quotation.
    """
    entries = list(_read(section.body))
    found = [
        Problem(path, _line(section, line), what, fix, rule="citation")
        for line, claim in entries
        for what, fix in _faults(claim, passages, before)
    ]
    found += [
        Problem(path, _line(section, line), what, _COMPARE, Severity.WARNING, rule="citation")
        for line, claim in entries
        if claim is not None and not list(_faults(claim, passages, before))
        for what in _doubts(claim, passages[claim.passage], language)
    ]
    if not entries:
        found.append(
            Problem(
                path, section.line or None, f"the section {section.title!r} has no claims", _REDRAFT, rule="citation"
            )
        )
    return tuple(found)


_REDRAFT = "run `pressroom draft --force` for this issue (it keeps a backup)"


_COMPARE = "compare it with its quotation, and change it or remove it if it says something else"


def _doubts(claim: Claim, passage: Passage, language: str) -> Iterator[str]:
    """Yield what the checks say against a sentence whose quotation stands in its passage."""
    shown = Claim(without_years(claim.text), claim.passage, claim.quote)
    for verdict in verdicts(shown, passage, language):
        if verdict.fault is not None:
            yield f"the sentence before [@{claim.passage}] fails the check {verdict.check!r}: it {verdict.fault}"
    numbers = [int(number) for number in _SAYS_NUMBER.findall(claim.lead)]
    if numbers and numbers[-1] != passage.number:
        yield f"the lead-in before [@{claim.passage}] names issue {numbers[-1]}, and the passage is of {passage.number}"


def _faults(claim: Claim | None, passages: Mapping[str, Passage], before: dt.date | None) -> Iterator[tuple[str, str]]:
    if claim is None:
        yield (
            "this paragraph cites no passage, so it would not be shown",
            "end it with an id such as [@0003-concept-2], or remove it",
        )
        return
    passage = passages.get(claim.passage)
    if passage is None:
        yield (
            f"[@{claim.passage}] is not a passage of a published, earlier issue",
            f"cite one that is, remove the sentence, or {_REDRAFT}",
        )
    elif before is not None and passage.date >= before:
        yield f"[@{claim.passage}] is not earlier than this issue", "cite an earlier issue or remove the sentence"
    elif not claim.text:
        yield f"there is no sentence before [@{claim.passage}]", "write one or remove the citation"
    elif find_quotation(claim.quote, passage.text) is None:
        words = "the quotation" if claim.quote != claim.text else "the sentence"
        fix = (
            "quote the passage word for word"
            if claim.quote != claim.text
            else "put words of the passage below it as a quotation (> ...)"
        )
        yield f"{words} is not in [@{claim.passage}]", f"{fix}, or remove the claim"


def _line(section: Section, offset: int) -> int | None:
    """Turn a line of the body into a line of the file: the body begins below the heading and a blank line."""
    return section.line + 2 + offset if section.line else None


def _read(body: str) -> Iterator[tuple[int, Claim | None]]:
    """Yield (line in the body, claim), None for a paragraph or quotation that belongs to no claim."""
    paragraphs = list(_paragraphs(body))
    pending: tuple[int, Claim] | None = None
    for paragraph in paragraphs[_opens(paragraphs) :]:
        if paragraph.quoted:
            if pending is None:
                yield paragraph.line, None
            else:
                yield pending[0], _quoting(pending[1], plain(paragraph.text))
            pending = None
            continue
        if pending is not None:
            yield pending
        *complete, pending = _claims(paragraph) or [None]
        yield from (entry for entry in complete if entry is not None)
        if pending is None:
            yield paragraph.line, None
    if pending is not None:
        yield pending


def _opens(paragraphs: Sequence[_Paragraph]) -> bool:
    """Whether the first paragraph is the opening: it cites nothing, and a later one does."""
    citing = [not one.quoted and _CITATION.search(one.text) is not None for one in paragraphs]
    return any(citing) and not citing[0] and not paragraphs[0].quoted


def _quoting(claim: Claim, quoted: str) -> Claim:
    """Return the claim of a paragraph with the quotation below it, which says it all if there is only a lead-in."""
    if claim.lead and not claim.text:
        return Claim(quoted, claim.passage, without_years(quoted), claim.lead)
    return Claim(claim.text, claim.passage, quoted, claim.lead)


def _claims(paragraph: _Paragraph) -> list[tuple[int, Claim] | None]:
    """Cut a paragraph at its citations; the list ends in None when words after the last one cite nothing."""
    parts = _CITATION.split(paragraph.text)
    found: list[tuple[int, Claim] | None] = []
    for text, passage, after in zip(parts[::2], parts[1::2], parts[2::2], strict=False):
        stop = re.match(r"\s*([.!?]+)", after)  # «Sentence [@id].» is what many people write
        said = re.sub(r"^\s*[.!?]+", "", text) if found else text
        lead = _LEAD.match(said)
        sentence = plain(said[lead.end() :] if lead else said) + (stop[1] if stop else "")
        claim = Claim(sentence, passage, without_years(sentence), plain(lead[1]) if lead else "")
        found.append((paragraph.line, claim))
    if re.search(r"\w", parts[-1]):
        found.append(None)
    return found


def _paragraphs(body: str) -> Iterator[_Paragraph]:
    lines: list[str] = []
    start, quoted = 0, False
    for number, line in enumerate([*body.split("\n"), ""]):
        quote = _QUOTED.match(line)
        if lines and (not line.strip() or bool(quote) != quoted):
            yield _Paragraph(start, quoted, "\n".join(lines))
            lines = []
        if line.strip():
            if not lines:
                start, quoted = number, bool(quote)
            lines.append(line[quote.end() :] if quote else line)
