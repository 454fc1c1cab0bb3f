"""What each tool may be asked. Every text is bounded, and an unknown field is an error."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MOST_TEXT = 8_000
"""Characters of the longest text that a tool takes."""

Key = Annotated[str, Field(min_length=8, max_length=100, pattern=r"^[A-Za-z0-9._:/-]+$")]
SectionId = Annotated[str, Field(min_length=1, max_length=40)]


class _Input(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SearchIssues(_Input):
    """What to look for in published issues."""

    query: Annotated[str, Field(min_length=1, max_length=1_000, description="Words of the topic, in any order.")]
    limit: Annotated[int, Field(ge=1, le=10, description="How many passages, at most.")] = 5


class ReadIssue(_Input):
    """Which published issue to read."""

    number: Annotated[int, Field(ge=1, le=9999, description="The issue's number.")]
    section: Annotated[SectionId | None, Field(description="One section's id; without it, the whole issue.")] = None


class ListPieces(_Input):
    """Which pieces to list."""

    section: Annotated[SectionId | None, Field(description="One section's id; without it, all sections.")] = None


class FindRepeats(_Input):
    """A text that may say again what went out."""

    text: Annotated[str, Field(min_length=1, max_length=MOST_TEXT, description="A text in Markdown or plain text.")]


class CheckLink(_Input):
    """A link that stands in an issue or a piece."""

    url: Annotated[str, Field(min_length=8, max_length=2_000, description="An http or https URL from the content.")]


class Paragraph(_Input):
    """A paragraph of the assistant's own words, or one sentence that a passage bears out."""

    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=1_500,
            description="Plain sentences, without Markdown and addresses. With `passage`, exactly one sentence.",
        ),
    ]
    passage: Annotated[
        str,
        Field(max_length=60, description="The id of the passage that the sentence rests on, such as 0003-concept-2."),
    ] = ""
    quotation: Annotated[
        str,
        Field(
            max_length=500, description="5 words or more of that passage, word for word, that bear the sentence out."
        ),
    ] = ""


class ProposePiece(_Input):
    """A draft of a piece, for an editor."""

    idempotency_key: Annotated[
        Key,
        Field(description="A key of your own for this one proposal. Repeating a call with it has no second effect."),
    ]
    base_revision: Annotated[
        str, Field(min_length=1, max_length=64, description="The `revision` of the last answer that you got.")
    ]
    section: Annotated[SectionId, Field(description="The id of the section that the piece is for.")]
    title: Annotated[str, Field(min_length=3, max_length=120, description="The piece's title, in plain words.")]
    summary: Annotated[str, Field(min_length=3, max_length=240, description="One line that says what is in it.")]
    paragraphs: Annotated[tuple[Paragraph, ...], Field(min_length=1, max_length=20)]
