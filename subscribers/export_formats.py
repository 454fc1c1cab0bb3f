"""The files that other systems import: which columns each of them takes, and how it learns who must not be mailed. Only data.

Where a system has no way to import addresses that must not be mailed, there is no such file: an import that overlooked
a column would mail them.

Source: the systems' documentation and code, read 2026-11: docs.buttondown.com/api-imports-introduction,
ghost.org/help/import-members, mailcoach.app/docs (email lists), mailchimp.com/help/format-guidelines-for-your-import-file,
beehiiv.com/support (import free subscribers), `internal/subimporter` of listmonk, `lib/keila/contacts/import.ex` of Keila.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from subscribers.subscriber import Reason, Subscriber

Cell = Callable[[Subscriber], str]
SuppressedCell = Callable[[str, Reason], str]


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One system's import. `columns` make the cells of a reader; `suppressed` those of an address that must not be mailed,
    with its reason, and is None if the system cannot import them. `note` and `suppressed_note` are for the editor.
    """

    system: str
    columns: Mapping[str, Cell]
    note: str
    suppressed: Mapping[str, SuppressedCell] | None = None
    suppressed_note: str = ""


def _address(reader: Subscriber) -> str:
    return reader.address


def _name(reader: Subscriber) -> str:
    return reader.name


def _nothing(_: Subscriber) -> str:
    return ""


def _tags(delimiter: str) -> Cell:
    return lambda reader: delimiter.join(tag.replace(delimiter.strip(), " ") for tag in reader.tags)


def _since(reader: Subscriber) -> str:
    return reader.created.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _attributes(reader: Subscriber) -> str:
    known = {"tags": list(reader.tags), "source": reader.source, "zone": reader.zone}
    return json.dumps({key: value for key, value in known.items() if value}, ensure_ascii=False)


def _always(cell: str) -> Cell:
    return lambda _: cell


def _bare(address: str, _: Reason) -> str:
    return address


_NO_WAY = (
    "has no documented way to import addresses that must not be mailed; import readers only, and keep the file from "
    "`export --suppressed` to check every later list against"
)

FORMATS: Mapping[str, ExportFormat] = {
    "beehiiv": ExportFormat(
        "beehiiv",
        {"email": _address, "name": _name, "tags": _tags(", ")},
        "map name to a custom field, and tags to subscriber tags",
        suppressed_note=_NO_WAY,
    ),
    "buttondown": ExportFormat(
        "Buttondown",
        {"email": _address, "name": _name, "tags": _tags(", ")},
        "Buttondown recognises these columns by their names",
        suppressed_note=_NO_WAY,
    ),
    "ghost": ExportFormat(
        "Ghost",
        {
            "email": _address,
            "name": _name,
            "subscribed_to_emails": _always("true"),
            "labels": _tags(", "),
            "created_at": _since,
        },
        "import this file of members",
        {
            "email": _bare,
            "subscribed_to_emails": lambda _, __: "false",
        },
        "import this file of members after the readers: subscribed_to_emails is false for all of them",
    ),
    "keila": ExportFormat(
        "Keila",
        {"Email": _address, "First name": _name, "Last name": _nothing, "Data": _attributes},
        "the whole name is the first name; tags are in the custom data",
        suppressed_note=_NO_WAY,
    ),
    "listmonk": ExportFormat(
        "listmonk",
        {"email": _address, "name": _name, "attributes": _attributes},
        "import this file with the mode Subscribe, and the subscription status Confirmed",
        {
            "email": _bare,
            "name": lambda _, __: "",
            "attributes": lambda _, reason: json.dumps({"reason": reason.value}),
        },
        "import this file with the mode Blocklist",
    ),
    "mailchimp": ExportFormat(
        "Mailchimp",
        {"Email Address": _address, "First Name": _name, "Last Name": _nothing, "Tags": _tags(", ")},
        "import this file with the status Subscribed; the whole name is the first name",
        {"Email Address": _bare, "Tags": lambda _, reason: reason.value},
        "import this file with the status Unsubscribed (or Cleaned, for a part that bounced)",
    ),
    "mailcoach": ExportFormat(
        "Mailcoach",
        {"email": _address, "first_name": _name, "last_name": _nothing, "tags": _tags(";")},
        "the whole name is the first name",
        suppressed_note=_NO_WAY,
    ),
    "substack": ExportFormat(
        "Substack",
        {"email": _address},
        "Substack takes addresses only",
        suppressed_note=_NO_WAY,
    ),
}
"""By the name that `--for` takes."""
