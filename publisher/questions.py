"""What `pressroom setup` asks of publication.toml: each question, what is set now, and what an answer changes (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from publisher.examples import is_example
from publisher.publication import WEEKDAYS, Publication
from publisher.values import is_loopback

Values = Mapping[tuple[str, ...], object]

_PERSON = re.compile(r"\s*(?:(?P<name>[^<>,]*?)\s*<\s*(?P<address>[^<>,]*?)\s*>|(?P<alone>[^<>,]*?))\s*")


@dataclass(frozen=True, slots=True)
class Question:
    """`name` is the option that answers it: `--base-url`. `now` says what is set, in the form of an answer."""

    name: str
    asks: str
    now: Callable[[Publication], str]
    values: Callable[[Publication, str], Values]
    """What an answer sets, by its place in publication.toml. Raises ValueError for one that cannot be read."""


def _name(publication: Publication, answer: str) -> Values:
    follows = publication.sender.name == publication.name
    return {("name",): answer} | ({("sender", "name"): answer} if follows else {})


def _base_url(publication: Publication, answer: str) -> Values:
    url = answer if "://" in answer else f"https://{answer}"
    values: dict[tuple[str, ...], object] = {("base_url",): url.rstrip("/")}
    try:
        host = urlsplit(url).hostname
    except ValueError:  # a bracket that is not closed, which the validation of base_url says
        host = None
    if host and is_example(publication.list_id) and not is_loopback(host):  # afterwards, it stays what it is for ever
        values["list_id",] = f"weekly.{host}"
    return values


def _sender(_publication: Publication, answer: str) -> Values:
    name, address = person(answer)
    values: dict[tuple[str, ...], object] = {("sender", "address"): address}
    if name:
        values["sender", "name"] = name
    return values


def _editors(_publication: Publication, answer: str) -> Values:
    editors = [person(one) for one in answer.split(",")]
    rows = [{"name": name or address.partition("@")[0].title(), "address": address} for name, address in editors]
    return {("editor",): rows}


def without_examples(publication: Publication) -> Values:
    """Return what takes away the mailboxes that are still examples beside a sender who is none.

    Nobody has them, no question asks for them, and mail does without: not every server can have one for bounces.
    """
    if is_example(publication.sender.domain):
        return {}
    mailboxes = {
        ("sender", "reply_to"): publication.sender.reply_to, ("sender", "bounces"): publication.sender.bounces,
        ("delivery", "unsubscribe_mailbox"): publication.delivery.unsubscribe_mailbox,
    }  # fmt: skip
    return {place: None for place, address in mailboxes.items() if address and is_example(address.rpartition("@")[2])}


def person(text: str) -> tuple[str, str]:
    """Read a name and an address from `Ada <ada@example.com>`; the name may be missing.

    >>> person("Ada L. <ada@example.com>"), person("ada@example.com")
    (('Ada L.', 'ada@example.com'), ('', 'ada@example.com'))
    """
    found = _PERSON.fullmatch(text)
    if not found:
        raise ValueError(f"{text.strip()!r} is not a person such as Ada <ada@example.com>")
    return found["name"] or "", found["address"] or found["alone"] or ""


def _said(name: str, address: str) -> str:
    return f"{name} <{address}>"


def _send(publication: Publication) -> str:
    moment = publication.schedule.send
    return f"{WEEKDAYS[moment.weekday]} {moment.time:%H:%M}"


QUESTIONS = (
    Question("name", "Name of the publication", lambda p: p.name, _name),
    Question("base-url", "Address of its web pages", lambda p: p.base_url, _base_url),
    Question("sender", "Sender of its mail", lambda p: _said(p.sender.name, p.sender.address), _sender),
    Question(
        "postal-address", "Postal address below each mail", lambda p: p.postal_address, lambda _, a: {("postal_address",): a}
    ),
    Question("zone", "Time zone", lambda p: p.schedule.zone, lambda _, a: {("schedule", "zone"): a}),
    Question("send", "Day and hour of sending", _send, lambda _, a: {("schedule", "send"): a}),
    Question(
        "editors", "Editors", lambda p: ", ".join(_said(one.name, one.address) for one in p.editors), _editors
    ),
)  # fmt: skip
"""Those about publication.toml. Mail server, its password and database, which go into .env, make ten."""
