"""What our own export says of an address beside its readable columns: the cell `more`. Pure.

The cell is a JSON object: all other fields of the reader (confirmation mails, courses, a move under way …), their acts
of consent, their history, and what the suppression has beside its reason and time. So a list comes back as it was, also
in another database. Fields that a later release adds to these nouns travel by themselves.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from subscribers.address import parse_address
from subscribers.consent import Consent
from subscribers.errors import InvalidAddress
from subscribers.history import Happened
from subscribers.noun_json import fields_from_json, from_json, to_json
from subscribers.subscriber import Subscriber, Suppression
from subscribers.tokens import is_subject_id

OWN_COLUMNS = frozenset((
    "subject_id", "address", "canonical", "created", "state", "name", "source", "tags", "confirmed", "left", "without",
    "zone", "paused_until",
))  # fmt: skip
"""The fields of a reader that have a column of their own in the list."""
_KEYS = frozenset(("reader", "suppression", "consents", "history"))
_SUPPRESSION_COLUMNS = ("canonical", "reason", "at")


@dataclass(frozen=True, slots=True)
class More:
    """What the cell `more` holds. `reader` and `suppression` are fields; a suppression's id is a reader's unless given."""

    reader: Mapping[str, Any]
    suppression: Mapping[str, Any]
    consents: Sequence[Consent]
    history: Sequence[Happened]


NOTHING_MORE = More({}, {}, (), ())


def more_cell(
    reader: Subscriber | None,
    suppression: Suppression | None,
    consents: Sequence[Consent] = (),
    history: Sequence[Happened] = (),
) -> dict[str, Any]:
    """Return what `read_more` reads, without what is empty."""
    found: dict[str, Any] = {}
    if reader is not None:
        found["reader"] = to_json(reader, OWN_COLUMNS)
    if suppression is not None:
        found["suppression"] = to_json(suppression, _SUPPRESSION_COLUMNS)
        found["suppression"].pop("subject_id", None)
        if reader is not None and suppression.subject_id != reader.subject_id:
            found["suppression"]["subject_id"] = suppression.subject_id
    found["consents"] = [to_json(each, ("subject_id",)) for each in consents]
    found["history"] = [to_json(each) for each in history]
    return {key: value for key, value in found.items() if value}


@functools.lru_cache(maxsize=16)  # a row is asked for it several times
def read_more(cell: str, subject_id: str = "") -> More:
    """Read the cell of the reader with this id. Raises ValueError, with a message for a person."""
    if not cell:
        return NOTHING_MORE
    try:
        known = json.loads(cell)
    except (ValueError, RecursionError):
        known = None
    if not isinstance(known, dict) or not known.keys() <= _KEYS:
        raise ValueError("more is not the JSON that an export writes; restore the cell, or empty it")
    reader = _only(fields_from_json(Subscriber, known.get("reader", {})), _FIELDS)
    suppression = _only(fields_from_json(Suppression, known.get("suppression", {})), _SUPPRESSION_FIELDS)
    if reader.get("moving_to"):
        _check_address(reader["moving_to"])
    if suppression.get("subject_id") and not is_subject_id(suppression["subject_id"]):
        raise ValueError("more holds an id that none of ours is like")
    return More(
        reader,
        suppression,
        [from_json(Consent, each, subject_id=subject_id) for each in _list(known, "consents")],
        [from_json(Happened, each) for each in _list(known, "history")],
    )


def _check_address(written: str) -> None:
    try:
        parse_address(written)
    except InvalidAddress as error:
        raise ValueError(str(error)) from None


def _list(known: Mapping[str, Any], key: str) -> list[Any]:
    found = known.get(key, [])
    if not isinstance(found, list):
        raise ValueError(f"the {key} in more are not a list")  # noqa: TRY004 - a file
    return found


def _only(found: Mapping[str, Any], names: frozenset[str]) -> Mapping[str, Any]:
    wrong = sorted(found.keys() - names)
    if wrong:
        raise ValueError(f"more holds {wrong[0]!r}, which has a column of its own")
    return found


_FIELDS = frozenset(field.name for field in fields(Subscriber)) - OWN_COLUMNS
_SUPPRESSION_FIELDS = frozenset(field.name for field in fields(Suppression)) - {*_SUPPRESSION_COLUMNS}
