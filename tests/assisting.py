"""Proposals of assistants, for tests: from the example publication's issues."""

from __future__ import annotations

from typing import Any

QUOTED = "HNSW keeps a graph of neighbors and walks it greedily"
SENTENCE = f"{QUOTED}, which cut the same query to 2 ms at the default ef_search of 40."
OWN = (
    "A team should know how its search behaves before it buys another database. Take the questions that your users asked last "
    "week, and let both ways of searching answer them. Write down which answers differ, and read ten of those pairs aloud."
)


def proposal(passage: str, revision: str, **changes: Any) -> dict[str, Any]:
    """Return the input of a proposal that holds; `passage` is the id of the one that has SENTENCE."""
    return {
        "idempotency_key": "key-0001",
        "base_revision": revision,
        "section": "concept",
        "title": "Measure your own recall",
        "summary": "How to find out what an index leaves out.",
        "paragraphs": [{"text": OWN}, {"text": SENTENCE, "passage": passage, "quotation": QUOTED}],
        **changes,
    }
