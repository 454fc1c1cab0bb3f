"""What an editor sees beside an issue that waits for approval: what changed since the last proof, and the sources of drafts."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.changed_mail import PartChange
from publisher.changed_words import Change, Fate, Run
from publisher.draft.sources import Source

MOST_CHANGES = 12
MOST_WORDS = 40
"""Words of one run: a new section is seen in the mail itself."""


@dataclass(frozen=True, slots=True)
class ReviewedChange:
    """One change and where it is; without words, `said` is all of it."""

    where: str
    runs: tuple[Run, ...]
    said: str


@dataclass(frozen=True, slots=True)
class Review:
    """`since` says with what it is compared; `changes` has the first, and `more` is how many others there are."""

    since: str
    changes: tuple[ReviewedChange, ...] = ()
    more: int = 0
    sources: tuple[Source, ...] = ()


FIRST_PROOF = "First proof: no other text of this issue was sent to the editors before."


def reviewed(
    since: str,
    file: str,
    words: tuple[Change, ...],
    parts: tuple[PartChange, ...],
    unknown: str,
    sources: tuple[Source, ...],
) -> Review:
    """Return a review with the changes shortened to what fits into a mail."""
    found = [_of_words(f"{file}:{one.line}", one) for one in words]
    for part in parts:
        found += [_of_words(part.part, one) for one in part.words] or [ReviewedChange("", (), str(part))]
    if unknown:
        found.append(ReviewedChange("", (), f"not known, whether anything beside the file changed: {unknown}"))
    return Review(since, tuple(found[:MOST_CHANGES]), max(0, len(found) - MOST_CHANGES), sources)


def _of_words(where: str, change: Change) -> ReviewedChange:
    short = change.shortened(MOST_WORDS)
    return ReviewedChange(where, short.runs, str(short))


SAMPLE = Review(
    "Changed since the proof of Mon 2026-11-23 09:00 UTC:",
    (
        ReviewedChange("content/issues/0001.md:9", (Run(Fate.SAME, "a"), Run(Fate.GONE, "b"), Run(Fate.NEW, "c")), "a [-b-] {+c+}"),
        ReviewedChange("", (), "picture a.png"),
    ),
    1,
    (Source("A sentence.", 1, "A section", "issues/1/#concept", "before", "a sentence", "after"), Source("Another.")),
)  # fmt: skip
"""For the templates of proofs to be tried with."""
