"""Drafting from past issues (pure): cut, find, ask a writer, keep only what a passage supports.

    issue -> passages          passages.py   what later issues may cite
    passages -> a ranking      ranking.py    with chunks.py, postings.py, standing.py: what the search knows; in numpy, so slow to import
    this week -> topics, hits  brief.py      with terms.py: what to look for, and what a writer gets to see
    hits -> messages           prompt.py     what a model is told
    proposal -> claims         ground.py     what holds: evidence.py sets a sentence beside its source, checks.py has the table of checks
    claims <-> Markdown        drafted_section.py  what is in the issue's file
    whose words these are      redraft.py    our own earlier draft may be replaced, an editor's words may not; provenance.py is what readers hear of it

`draft_section` is the stage; the writers and the search are adapters.
"""

from __future__ import annotations

from publisher.draft.drafted_section import check_claims, read_claims, to_markdown
from publisher.draft.drafting import draft_section
from publisher.draft.ground import ground, verdicts, weigh
from publisher.draft.passages import citable, cut
from publisher.draft.redraft import notes, replaceable, words_of_editors

__all__ = [
    "check_claims", "citable", "cut", "draft_section", "ground", "notes", "read_claims", "replaceable", "to_markdown",
    "verdicts", "weigh", "words_of_editors",
]  # fmt: skip
