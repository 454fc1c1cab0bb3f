"""Tags: the names that editors give to groups of readers."""

from __future__ import annotations

from subscribers.address import parse_name
from subscribers.cells import TAG_LENGTH
from subscribers.errors import InvalidName, InvalidTag


def parse_tag(text: str) -> str:
    """Return a tag without white space around it, if an exported list can hold it.

    >>> parse_tag(" early bird ")
    'early bird'

    Raises InvalidTag.
    """
    try:
        tag = parse_name(text)
    except InvalidName as error:
        raise InvalidTag(text, f"it {error.why}") from None
    if not tag:
        raise InvalidTag(text, "it is empty")
    if len(tag) > TAG_LENGTH:
        raise InvalidTag(text, f"it is longer than {TAG_LENGTH} characters")
    if set(tag) & set(';,"'):
        raise InvalidTag(text, "commas, semicolons and quotation marks separate tags in a list")
    return tag
