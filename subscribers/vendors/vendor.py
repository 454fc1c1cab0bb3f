"""What is known of a system whose lists are imported: the shape of the tables in this package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from subscribers.leaving_words import plain
from subscribers.subscriber import Reason, State


class Column(StrEnum):
    """The kinds of column that a list can have. The columns of known systems are recognised; `--map` names others."""

    __hash__ = str.__hash__  # Enum's own, in Python, takes a fifth of the time that a list takes to read

    ADDRESS = "address"
    NAME = "name"
    FIRST = "first"
    LAST = "last"
    TAGS = "tags"
    STATUS = "status"
    CREATED = "created"
    """When they joined the list."""
    ASKED = "asked"
    """When they sent the sign-up form."""
    ASKED_FROM = "asked_from"
    """The network address that the form came from."""
    CONFIRMED = "confirmed"
    """When they confirmed, or did what the system counts as confirming."""
    CONFIRMED_FROM = "confirmed_from"
    """The network address that the confirmation came from."""
    LEFT = "left"
    """When they left, or when mail to them bounced for good."""
    SOURCE = "source"
    """Where they came from; the cells of several such columns are joined."""
    ATTRIBUTES = "attributes"
    """A JSON object; names and tags are taken from it if the list has no columns for them."""
    WITHOUT = "without"
    ZONE = "zone"
    PAUSED_UNTIL = "paused_until"
    SUPPRESSED = "suppressed"
    """Why the address must not be mailed; empty if it may be."""
    SUPPRESSED_AT = "suppressed_at"
    """Since when the address must not be mailed."""
    SUBJECT_ID = "subject_id"
    """The id in the links of mail that was sent; the links go on working if it is imported."""
    FORMER_IDS = "former_ids"
    """The ids in the links of older mail to the same address."""
    SHA256 = "sha256"
    """The digest of an address that must not be mailed, if the address itself is not given."""
    MORE = "more"
    """What our own export says beside the other columns, as JSON."""


SEVERAL = frozenset((Column.STATUS, Column.LEFT, Column.SOURCE))
"""The kinds of column of which a list may have more than one."""


@dataclass(frozen=True, slots=True)
class Never:
    """A status whose line becomes neither a reader nor a suppression; `why` is a sentence for the editor."""

    why: str


Meaning = State | Reason | Never
"""What a status makes of its line: a reader in a state, an address that must not be mailed, or nothing."""

UNCONFIRMED = Never("never confirmed where the list comes from; ask them to sign up here")

Words = Mapping[str, Meaning]


@dataclass(frozen=True, slots=True)
class Flag:
    """A column, beside the status, that may say that somebody left or never confirmed.

    `words` are the meanings of its cells; the key "" is for an empty one. `other` is the meaning of any other cell, for
    columns of dates, of which an empty one says nothing. Without it, a cell that is not in `words` is an unknown word, and
    so is an empty one. With `date` a cell that is no date is an unknown word, too.
    """

    names: tuple[str, ...]
    words: Words
    other: Meaning | None = None
    date: bool = False


def happened(names: Iterable[str]) -> Flag:
    """Return a column with the date of an act without which nobody is a reader, such as the confirmation."""
    return Flag(tuple(names), {"": UNCONFIRMED}, State.ACTIVE, date=True)


def dated(names: str, reason: Meaning) -> Flag:
    """Return a column with the date on which something happened; it is empty for anybody to whom it did not happen."""
    return Flag(listed(names), {}, reason)


def switch(
    names: str, *, on: Meaning = State.ACTIVE, off: Meaning = State.ACTIVE, empty: Meaning | None = None
) -> Flag:
    """Return a column of yes and no, however they are written."""
    words = dict.fromkeys(("1", "true", "yes", "y", "t"), on) | dict.fromkeys(("0", "false", "no", "n", "f"), off)
    return Flag(listed(names), words if empty is None else {**words, "": empty})


@dataclass(frozen=True, slots=True)
class Silence:
    """What a system's file may not say. Unless it has a column of each group in `unless`, the import stops and asks.

    `why` is a sentence for the editor: what is missing, and which file of that system has it.
    """

    why: str
    unless: tuple[tuple[str, ...], ...] = ((),)


@dataclass(frozen=True, slots=True)
class Vendor:
    """One system's list.

    `signs` are sets of column names (as `plain` writes them); a list that has all names of one set is this system's.
    With `exact` it must have no other columns than `columns`; with `file` the file's name must contain that text.
    `everyone` is what each line means, whatever its cells say. `whole` marks our own export, which restores readers as
    they were, including those who left.
    """

    name: str
    signs: tuple[frozenset[str], ...]
    columns: Mapping[Column, tuple[str, ...]]
    words: Words = field(default_factory=dict)
    everyone: Meaning | None = None
    exact: bool = False
    file: str = ""
    whole: bool = False
    note: str = ""
    bare: bool = False
    """Whether its lines are suppressions without readers."""
    harmless: frozenset[str] = frozenset()
    """Columns that are not read and are known not to say who left."""
    texts: frozenset[str] = frozenset()
    """Columns that are not read and hold what people wrote: only words in them are in doubt, not how few they are."""
    told_by_file: str = ""
    """The text that the file's name must contain if its lines are readers, because another list has the same columns."""
    flags: tuple[Flag, ...] = ()
    silence: Silence | None = None


def signs(*sets: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(listed(each)) for each in sets)


def names(text: str) -> frozenset[str]:
    return frozenset(listed(text))


def listed(text: str) -> tuple[str, ...]:
    """Return names from a text in which commas stand between them, as `plain` writes them."""
    return tuple(dict.fromkeys(plain(part) for part in text.split(",")))


def meaning(means: Meaning, text: str) -> dict[str, Meaning]:
    """Return the words of a text, all with one meaning.

    >>> meaning(State.ACTIVE, "active, Opted-In")
    {'active': <State.ACTIVE: 'active'>, 'opted in': <State.ACTIVE: 'active'>}
    """
    return dict.fromkeys(listed(text), means)


ADDRESS = listed("email, email address, e-mail, e-mail address, address, mail")
NAMES: Mapping[Column, tuple[str, ...]] = {
    Column.NAME: listed("name, full name"),
    Column.FIRST: listed("first name, firstname"),
    Column.LAST: listed("last name, lastname"),
}
CAMPAIGN = listed("utm source, utm medium, utm campaign")
