"""What the ledger has and content/ has not: issues and corrections, whose words may go out again, and the list_id of what was sent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email import message_from_bytes, policy
from pathlib import Path

from publisher.errors import Problem
from publisher.numbers import file_of, is_correction, named
from publisher.old_news import Sent
from publisher.ports import Content, Ledger, MailingEntry


def lost(content: Content, mailings: Iterable[MailingEntry]) -> tuple[MailingEntry, ...]:
    """Return the mailings whose issue or correction has no file; one that cannot be read is reported as such."""
    there = {issue.number for issue in (*content.issues, *content.corrections)}
    broken = {problem.path.name for problem in content.problems}
    return tuple(one for one in mailings if one.number not in there and Path(file_of(one.number)).name not in broken)


def problems_of(missing: Iterable[MailingEntry]) -> tuple[Problem, ...]:
    return tuple(
        Problem(
            Path("content") / file_of(one.number),
            None,
            f"{named(one.number)} («{one.subject}») began to be sent on {one.started:%Y-%m-%d}, and its file is gone",
            f"restore it from git or a backup, or write a file with its {_FIELDS[not is_correction(one.number)]}",
            rule="lost",
        )
        for one in missing
    )


_FIELDS = {True: "number, week, date, title, preheader and `published:`", False: "issue, date, title and `published:`"}


def texts_of(missing: Iterable[MailingEntry], ledger: Ledger) -> tuple[Sent, ...]:
    """Return what the frozen mails of lost issues say."""
    issues = (one.number for one in missing if not is_correction(one.number))
    mailings = filter(None, map(ledger.deliveries.mailing, issues))
    return tuple(Sent(mailing.number, _plain(mailing.message)) for mailing in mailings)


def _plain(message: bytes) -> str:
    body = message_from_bytes(message, policy=policy.default).get_body(("plain",))
    return str(body.get_content()) if body else ""


def another_list(content: Content, last: tuple[int, bytes] | None) -> tuple[Problem, ...]:
    """Find a list_id that differs from the one in what went out last (its number and frozen message)."""
    number, message = last or (0, b"")
    before = re.search(rb"^List-Id:[^<]*<([^>]+)>", message, re.MULTILINE)
    present = content.publication.list_id
    if before is None or before[1].decode() == present:
        return ()
    what = f"list_id is {present!r}, but {named(number)} went out as {before[1].decode()!r}: mail programs would take this for another list"
    file = Path("content/publication.toml")
    return (Problem(file, content.declared.get("list_id"), what, "write the former one again", rule="list-id"),)
