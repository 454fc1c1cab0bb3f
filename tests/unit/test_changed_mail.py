"""Which parts of a frozen mail differ from those of another."""

from __future__ import annotations

import pytest

from publisher.changed_mail import parts_changed
from publisher.deliver.message import ISSUE, compose
from publisher.merge_fields import ADDRESS, GREETING, PREFERENCES, UNSUBSCRIBE, around
from tests.publication import publication

HTML = (
    f'<html><head><style>p {{ color: red }}</style></head><body style="margin:0"><p>{GREETING}</p>{around("concept").begins}'
    '<img src="https://n.test/issues/3/load-0123abcd.png" alt="Load"><a href="https://n.test/a">A link</a>'
    f'{around("concept").ends}<p>1 Example Street {ADDRESS} <a href="{UNSUBSCRIBE}">x</a> <a href="{PREFERENCES}">y</a></p></body></html>'
)
TEXT = f"{GREETING}\n\nA link. Füße.\n\n1 Example Street\n"


def frozen(html: str = HTML, text: str = TEXT, subject: str = "Token buckets – a start", **changes: object) -> bytes:
    return compose(publication(**changes), ISSUE, subject=subject, html=html, text=text, number=3)


def parts(after: bytes) -> list[str]:
    return [str(one) for one in parts_changed(frozen(), after)]


SENDER = {
    "name": "Ex – Notes",
    "address": "notes@notes.example.com",
    "reply_to": "editors@notes.example.com",
    "bounces": "bounces@notes.example.com",
}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (frozen(), []),
        (frozen(subject="Üben"), ["subject: Token buckets – a start -> Üben"]),
        (frozen(sender=SENDER), [
            "sender: Example Notes <notes@notes.example.com> -> Ex – Notes <notes@notes.example.com>",
            "reply address: Example Notes <editors@notes.example.com> -> Ex – Notes <editors@notes.example.com>",
        ]),
        (frozen(sender=SENDER | {"name": "Example Notes", "reply_to": None}), ["reply address: gone: Example Notes <editors@notes.example.com>"]),
        (frozen(text=TEXT.replace("Füße", "Hände")), ["text part: A link. [-Füße.-] {+Hände.+}"]),
        (frozen(HTML.replace("Example Street", "Other Street")), ["words of the HTML part: 1 [-Example-] {+Other+} Street [address]"]),
        (frozen(HTML.replace("0123abcd", "ffffffff")), ["picture load.png"]),
        (frozen(HTML.replace("load-", "other-")), ["picture: gone: load.png", "picture: new: other.png"]),
        (frozen(HTML.replace("n.test/a", "n.test/b")), ["link: gone: https://n.test/a", "link: new: https://n.test/b"]),
        (frozen(HTML.replace("margin:0", "margin:1px")), ["HTML frame: how it looks, from the templates"]),
        (frozen(HTML.replace("red", "blue")), ["HTML frame: how it looks, from the templates"]),
        (frozen(HTML.replace("<p>1", "<p>1 ")), ["how the mail is written"]),
    ],
)  # fmt: skip
def test_each_part_that_differs_is_named(after: bytes, expected: list[str]) -> None:
    assert parts(after) == expected


def test_another_list_is_named_with_what_follows_from_it() -> None:
    assert (
        parts(frozen(list_id="other.notes.example.com"))[0]
        == "list id: <weekly.notes.example.com> -> <other.notes.example.com>"
    )
