"""What is kept of people, why, for how long, and who receives it: as a record of processing, as text, as data (pure).

`HELD` is made by hand, and a test holds that it names every column of the database. The periods are those of the code and
of `[privacy]` in publication.toml.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from publisher.language import Language, Phrase, language_of
from publisher.publication import Publication

PAGE = "privacy"
"""The slug of the page that `pressroom init` writes."""


class Until(StrEnum):
    """When something is deleted."""

    DELETED = "deleted"
    UNCONFIRMED = "unconfirmed"
    NETWORK = "network"
    MAILED = "mailed"
    CLEARED = "cleared"
    ALWAYS = "always"


class Basis(StrEnum):
    """The article of the GDPR that allows to keep something."""

    CONSENT = "Art. 6 (1) a"
    PROOF = "Art. 7 (1)"
    INTEREST = "Art. 6 (1) f"


@dataclass(frozen=True, slots=True)
class Held:
    """One kind of data about readers, and the columns that have it: `table: column column`."""

    what: Phrase
    why: Phrase
    basis: Basis
    until: Until
    columns: tuple[str, ...]


SEND = Phrase("to send you what you asked for")
PROVE = Phrase("to prove that you did")

HELD = (
    Held(
        Phrase("your address, and your name if you gave one"), SEND, Basis.CONSENT, Until.DELETED,
        ("subscriber: id subject_id address canonical mailbox name", "former_subject: subject_id canonical"),
    ),
    Held(
        Phrase("when you signed up, confirmed, changed something or left, and where you came from"),
        Phrase("to show you what happened, and to limit mail that others could cause"), Basis.INTEREST, Until.DELETED,
        ("subscriber: state source tags created confirmed left confirmations asked seen linked moved undo_until asked_to_stay",
         "history: id canonical at what detail former"),
    ),
    Held(
        Phrase("what you chose: sections, learning paths, a time zone, a pause, another address"), SEND, Basis.CONSENT,
        Until.DELETED,
        ("subscriber: without zone paused_until moving_to moving_since",
         "course: subscriber_id path started every_days sent due ended"),
    ),
    Held(
        Phrase("what you agreed to: when, on which page and in which words"), PROVE, Basis.PROOF, Until.DELETED,
        ("consent: id subscriber_id act at source wording course", "consent_wording: version text"),
    ),
    Held(
        Phrase("the network address that you agreed from"), PROVE, Basis.PROOF, Until.NETWORK, ("consent: client",),
    ),
    Held(
        Phrase("an address that was typed into a form and that nobody confirmed"), Phrase("to wait for the confirmation"),
        Basis.INTEREST, Until.UNCONFIRMED, ("subscriber: state moving_to",),
    ),
    Held(
        Phrase("which issues were sent to you, and what your mail server answered"),
        Phrase("to send each issue once, and none to a mailbox that is gone"), Basis.INTEREST, Until.DELETED,
        ("delivery: id issue subscriber_id subject_id address canonical name state attempt sender due changed reply without "
         "bounce bounce_told bounce_returned dated",
         "returned_mail: id at digest source issue delivery email canonical cause effect code words undone why",
         "subscriber: bounces bounced"),
    ),
    Held(
        Phrase("other mail that you are to get or got, such as a confirmation"),
        Phrase("to send it, and to send it once"), Basis.CONSENT, Until.MAILED,
        ("email: id subscriber_id kind detail address reference priority since state due attempt sender changed reply "
         "provider_id",),
    ),
    Held(
        Phrase("your reason for leaving, if you gave one"), Phrase("to learn from it"), Basis.CONSENT, Until.DELETED,
        ("subscriber: left_why",),
    ),
    Held(
        Phrase("after you left, moved, were deleted, or mail to you came back: the bare address, and why it gets no mail"),
        Phrase("so that no list and no form brings it back against your will"), Basis.INTEREST, Until.ALWAYS,
        ("suppression: canonical reason at subject_id words deleted mailbox",),
    ),
    Held(
        Phrase("after a deletion, your addresses once more"), Phrase("until every record is cleared"), Basis.INTEREST,
        Until.CLEARED, ("erasure: id asked canonicals subject_ids",),
    ),
)  # fmt: skip

OF_EDITORS = (
    "approval: issue digest person at", "approval_record: id issue digest person at what how", "email: address",
    "content/publication.toml: editor",
)  # fmt: skip
"""Where the names and addresses of editors are."""
OF_NOBODY = (
    "list_import: id digest name begun addresses done counts finished",
    "breaker: id opened until since asked confirmed told",
    "mailing: number digest subject message started segment finished halted halts rests_until early_until paused paused_why sample_digest",
    "sending_hold: id issue cause what since holds told lifted why",
    "sender_process: id host pid born heartbeat machine since per_minute",
    "sending_rate: name free",
    "issue_slot: publication week due state number told why report_due",
    "shown_issue: id issue occasion digest at source message",
    "tool_call: id run step key tool digest at intent result",
    "lease: name holder host pid born until",
    "passage_terms: hash terms",
    "passage_vector: hash model cutter dimension vector",
    "model_call: id at purpose issue endpoint model prompt request form outcome status milliseconds input_tokens output_tokens "
    "estimated micros",
    "model_answer: key answer seal at",
)
"""Columns that say nothing about a person."""

SOURCE = Phrase(
    "All of it comes from you: from our forms, from what your mail server answers, or from a list that you joined before and "
    "that we took over."
)
RECIPIENTS = (
    Phrase("The mail server that sends our mail, and your own: your address, your name and the mail."),
    Phrase("Whoever runs our server, on our behalf."),
    Phrase("Nobody else. We do not track what you open or click."),
)
RIGHTS = (
    Phrase("You can see, take with you, change and delete what we keep, on your own page; every mail links to it."),
    Phrase("You can leave at any time, by the link in every mail. What was sent before that remains lawful."),
    Phrase("You can object, or ask us to correct your data or to stop using it: write to %(address)s."),
    Phrase("You can complain to a data protection authority."),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What only the machine's settings say, for the record: who runs what."""

    mail_server: str
    database: str
    redis: str = ""
    model: str = ""


def until(publication: Publication, end: Until, language: Language) -> str:
    """Return in words for how long something is kept."""
    match end:
        case Until.DELETED:
            return language.say(Phrase("until you delete it"))
        case Until.UNCONFIRMED:
            return language.count(
                Phrase("%(num)s day, or 30 for each mail in a row that was not answered, if that is longer"),
                Phrase("%(num)s days, or 30 for each mail in a row that was not answered, if that is longer"),
                publication.privacy.unconfirmed_days,
            )
        case Until.NETWORK:
            return _days(language, publication.privacy.network_days)
        case Until.MAILED:
            return language.count(
                Phrase("up to %(num)s week after it was sent"),
                Phrase("up to %(num)s weeks after it was sent"),
                _weeks_of_mail(),
            )
        case Until.CLEARED:
            return language.say(Phrase("about an hour"))
        case Until.ALWAYS:
            return language.say(Phrase("for as long as this publication exists"))


def processing(publication: Publication) -> Mapping[str, Any]:
    """Return what Art. 15 of the GDPR asks for, for my-data.json, in the publication's language."""
    language, address = language_of(publication), _address(publication)
    return {
        "controller": {"name": publication.name, "postal_address": publication.postal_address, "address": address},
        "data": [
            {
                "what": language.say(each.what),
                "why": language.say(each.why),
                "basis": each.basis.value,
                "until": until(publication, each.until, language),
            }
            for each in HELD
        ],
        "source": language.say(SOURCE),
        "recipients": [language.say(each) for each in RECIPIENTS],
        "rights": [language.say(each, address=address) for each in RIGHTS],
    }


def page(publication: Publication) -> str:
    """Return a page for readers in Markdown, with its front matter, in the publication's language."""
    known, language = processing(publication), language_of(publication)
    rows = [f"| {each['what']} | {each['why']} | {each['until']} | {each['basis']} |" for each in known["data"]]
    who = known["controller"]
    summary = language.say(Phrase("What we keep about you, why and for how long, and who receives it."))
    heads = (Phrase("What"), Phrase("Why"), Phrase("For how long"))
    lines = [
        "---", f'title: "{language.say(Phrase("Privacy"))}"', f'summary: "{summary}"', "---",
        _heading(language, Phrase("Who is responsible")),
        f"{who['name']}, {who['postal_address']}, {who['address']}",
        _heading(language, Phrase("What we keep")),
        f"| {' | '.join(map(language.say, heads))} | {language.say(Phrase('GDPR'))} |", "|---|---|---|---|", *rows, "",
        known["source"],
        _heading(language, Phrase("Who receives it")), *_list(known["recipients"]),
        _heading(language, Phrase("Your rights")), *_list(known["rights"]),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def record(publication: Publication, facts: Facts) -> Sequence[tuple[str, str, str, str, str]]:
    """Return the rows of a record of processing (Art. 30), for editors: what, why, basis, for how long, where."""
    english = Language()
    rows = [
        (each.what, each.why, each.basis.value, until(publication, each.until, english), "; ".join(each.columns))
        for each in HELD
    ]
    editors = (
        "editors' names and addresses",
        "to ask them and to tell them",
        Basis.INTEREST.value,
        "until you remove them",
    )
    counted = (
        "network addresses, and mail addresses as digests",
        "to limit sign-ups",
        Basis.INTEREST.value,
        "at most two days",
    )
    return [
        *rows,
        (*editors, "; ".join(OF_EDITORS)),
        (*counted, facts.redis or "memory"),
        ("nothing about a person", "", "", "", "; ".join(OF_NOBODY)),
    ]


def receivers(facts: Facts) -> Sequence[tuple[str, str]]:
    """Return who receives data about readers, as the settings say: who, and what."""
    return [
        (f"mail server {facts.mail_server}", "address, name and mail of each reader and editor"),
        (f"database {facts.database}", "everything in the record"),
        *([(f"Redis {facts.redis}", "counters of sign-ups, for at most two days")] if facts.redis else []),
        *([(f"model {facts.model}", "texts of issues and pieces, and nothing about a reader")] if facts.model else []),
    ]


def columns() -> frozenset[tuple[str, str]]:
    """Return every (table, column) that is named here."""
    named = (*(line for each in HELD for line in each.columns), *OF_EDITORS, *OF_NOBODY)
    pairs = (line.partition(": ") for line in named)
    return frozenset((table, column) for table, _, found in pairs for column in found.split())


def _days(language: Language, num: int) -> str:
    return language.count(Phrase("%(num)s day"), Phrase("%(num)s days"), num)


def _address(publication: Publication) -> str:
    return publication.sender.reply_to or publication.sender.address


def _heading(language: Language, words: Phrase) -> str:
    return f"\n## {language.say(words)}\n"


def _list(lines: Sequence[str]) -> list[str]:
    return [f"- {line}" for line in lines]


def _weeks_of_mail() -> int:
    from subscribers import RULES

    kept = max(each.kept for each in RULES.values() if not each.to_editors)
    return -(-kept.days // 7)
