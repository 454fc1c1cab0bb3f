"""The message on the wire: every row of the checklist that concerns it, checked on the filled bytes."""

from __future__ import annotations

import email
import email.policy
import quopri
import re
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher import merge_fields
from publisher.deliver import ISSUE, MessageBuilder, Template, compose, delivery_of
from publisher.deliver.mime_text import mailbox, quoted_printable, unstructured, wire_address
from publisher.errors import UserError
from publisher.ports import Claimed, Envelope, Mailing
from subscribers import EmailKind
from tests.mailroom import HTML, NOON, SECRET, TEXT, issue_message, message_builder, preferences_url, publication

READER = Claimed(41, "Zk3_subject-id", "ada@example.com", "Ada Lovelace", 1)


def sent(reader: Claimed = READER, message: bytes | None = None) -> Envelope:
    mailing = Mailing(7, "digest", "Retries", message or issue_message(), NOON, None)
    return message_builder().issue(mailing)(reader)


def of_kind(kind: EmailKind, **values: str) -> Envelope:
    text = (
        f"{merge_fields.GREETING}\n\n{merge_fields.ACTION}\n"
        if kind is not EmailKind.NOTICE
        else "Something happened.\n"
    )
    html = (
        f'<p>{merge_fields.GREETING}</p><a href="{merge_fields.ACTION}">Go</a>'
        if kind is not EmailKind.NOTICE
        else "<p>Something.</p>"
    )
    message = compose(publication(), kind, subject="Please confirm", html=html, text=text)
    return message_builder().email(
        kind, message, name="", address="ada@example.com", reference="one", now=NOON,
        values={"action": "https://notes.example.com/confirm/x?a=1&b=2", **values},
    )  # fmt: skip


def parsed(message: bytes) -> EmailMessage:
    read = email.message_from_bytes(message, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    return read


ALL = [
    pytest.param(sent, id="issue"),
    pytest.param(lambda: of_kind(EmailKind.CONFIRMATION), id="confirmation"),
    pytest.param(
        lambda: of_kind(EmailKind.WELCOME, unsubscribe="https://notes.example.com/unsubscribe/x"), id="welcome"
    ),
    pytest.param(lambda: of_kind(EmailKind.PROOF), id="proof"),
    pytest.param(lambda: of_kind(EmailKind.NOTICE), id="notice"),
]


@pytest.mark.parametrize("make", ALL)
def test_lines_are_short_end_in_crlf_and_none_begins_with_a_dot(make: object) -> None:
    message = make().message  # type: ignore[operator]
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", message)
    lines = message.split(b"\r\n")
    assert lines[-1] == b""
    assert max(map(len, lines)) <= 998
    assert max(map(len, message.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76
    assert not [line for line in lines if line.startswith(b".")]
    assert b"\x00" not in message
    assert message.isascii()


@pytest.mark.parametrize("make", ALL)
def test_each_required_header_occurs_once(make: object) -> None:
    read = parsed(make().message)  # type: ignore[operator]
    for name in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Feedback-ID"):
        assert len(read.get_all(name, [])) == 1, name
    assert read["From"].addresses[0].addr_spec == "notes@notes.example.com"
    assert read["Date"].datetime == NOON
    assert read["Message-ID"].endswith("@notes.example.com>")
    fields = read["Feedback-ID"].split(":")
    assert len(fields) <= 4
    assert 5 <= len(fields[-1]) <= 15


@pytest.mark.parametrize("make", ALL)
def test_the_text_comes_first_and_both_parts_decode(make: object) -> None:
    read = parsed(make().message)  # type: ignore[operator]
    assert read.get_content_type() == "multipart/alternative"
    text, html = read.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert {part["Content-Transfer-Encoding"] for part in (text, html)} == {"quoted-printable"}
    assert text.get_content().strip()
    assert html.get_content().strip()


def test_an_issue_has_one_click_unsubscribe() -> None:
    message = sent().message
    url = "https://notes.example.com/unsubscribe/Zk3_subject-id?t=a-b_c"
    assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in message
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in message
    assert b"\r\nList-Id: <weekly.notes.example.com>\r\n" in message
    assert b"Auto-Submitted" not in message
    for part in parsed(message).iter_parts():
        assert url in part.get_content()


def test_a_long_unsubscribe_uri_stays_literal() -> None:
    head = MessageBuilder(
        publication(), SECRET, lambda subject: f"https://notes.example.com/unsubscribe/{'x' * 400}", preferences_url
    )
    mailing = Mailing(7, "digest", "Retries", issue_message(), NOON, None)
    assert b"List-Unsubscribe: <https://notes.example.com/unsubscribe/" + b"x" * 400 + b">\r\n" in (
        head.issue(mailing)(READER).message
    )


@pytest.mark.parametrize("kind", [EmailKind.CONFIRMATION, EmailKind.PROOF, EmailKind.NOTICE])
def test_automatic_mail_says_so_and_does_not_belong_to_a_list(kind: EmailKind) -> None:
    message = of_kind(kind).message
    assert b"\r\nAuto-Submitted: auto-generated\r\n" in message
    assert b"\r\nList-" not in message


def test_a_welcome_has_one_click_unsubscribe() -> None:
    message = of_kind(EmailKind.WELCOME, unsubscribe="https://notes.example.com/unsubscribe/x").message
    assert b"\r\nList-Unsubscribe: <https://notes.example.com/unsubscribe/x>\r\n" in message
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in message
    assert b"Auto-Submitted" not in message


def test_the_message_id_is_unique_to_the_reader_and_the_issue() -> None:
    ids = {
        sent(reader).name
        for reader in (
            READER,
            Claimed(42, "other", "ada@example.com", "Ada", 1),
            Claimed(9, "third", "x@example.com", "", 1),
        )
    }
    assert len(ids) == 3
    assert sent(READER) == sent(Claimed(41, "Zk3_subject-id", "ada@example.com", "Ada Lovelace", 3))


def test_the_envelope_sender_says_which_delivery_came_back() -> None:
    sender = sent().mail_from
    assert sender.startswith("bounces+7-29-")
    assert len(sender.partition("@")[0]) <= 64
    assert delivery_of(sender, SECRET) == (7, 41)
    assert delivery_of(sender.upper(), SECRET) == (7, 41)
    assert delivery_of(sender, b"another secret") is None
    assert delivery_of(sender.replace("-29-", "-2a-"), SECRET) is None
    assert delivery_of("bounces@notes.example.com", SECRET) is None


def test_without_a_mailbox_for_bounces_they_go_to_the_sender() -> None:
    plain = publication(sender={"name": "Notes", "address": "notes@notes.example.com"})
    mailing = Mailing(7, "d", "s", issue_message(), NOON, None)
    assert (
        MessageBuilder(plain, SECRET, str, preferences_url).issue(mailing)(READER).mail_from
        == "notes@notes.example.com"
    )


@pytest.mark.parametrize(
    "name", ["", "Ada", "Ada, Countess", 'a "b" \\c', "Ünal Öz", "李" * 60, "=?utf-8?q?x?=", "x" * 200]
)
def test_any_name_arrives_as_it_was(name: str) -> None:
    read = parsed(sent(Claimed(1, "s", "ada@example.com", name, 1)).message)
    address = read["To"].addresses[0]
    assert address.addr_spec == "ada@example.com"
    # Python 3.11 puts a space between the encoded words of a display name, which RFC 2047 6.2 says to leave out.
    split = len(name) > 60 or len(name.encode()) > 39
    assert (address.display_name.replace(" ", "") if split else address.display_name) == name
    greeting = f"Hello {name}," if name else "Hello,"
    assert all(
        greeting in part.get_content().replace("&quot;", '"').replace("&amp;", "&") for part in read.iter_parts()
    )


def test_a_name_cannot_inject_markup() -> None:
    _, html = parsed(sent(Claimed(1, "s", "ada@example.com", "<b>Ada</b>", 1)).message).iter_parts()
    assert "Hello &lt;b&gt;Ada&lt;/b&gt;," in html.get_content()


@pytest.mark.parametrize("bad", ["\r", "\n", "\r\nBcc: x@example.com", "\0", "\u2028", "\u2029", "\x85", "\x0b"])
def test_text_that_could_forge_a_header_is_refused_with_its_name(bad: str) -> None:
    with pytest.raises(UserError, match="subject"):
        compose(publication(), ISSUE, subject=f"Hello{bad}", html=HTML, text=TEXT, number=7)
    with pytest.raises(UserError, match="name"):
        sent(Claimed(1, "s", "ada@example.com", f"Ada{bad}x", 1))
    with pytest.raises(UserError, match="address"):
        sent(Claimed(1, "s", f"ada{bad}@example.com", "Ada", 1))


def test_an_international_domain_is_sent_as_a_labels() -> None:
    envelope = sent(Claimed(1, "s", "jan@bücher.example.com", "Jan", 1))
    assert envelope.rcpt_to == "jan@xn--bcher-kva.example.com"
    assert b"To: Jan <jan@xn--bcher-kva.example.com>\r\n" in envelope.message
    assert envelope.message.isascii()


def test_an_international_local_part_stays_utf8() -> None:
    envelope = sent(Claimed(1, "s", "jörg@bücher.example.com", "", 1))
    assert envelope.rcpt_to == "jörg@xn--bcher-kva.example.com"
    assert "To: jörg@xn--bcher-kva.example.com\r\n".encode() in envelope.message


@pytest.mark.parametrize("subject", ["Plain", "Größe zählt — 1 = 1", "word " * 40, "=?utf-8?q?x?=", "漢字" * 80])
def test_any_subject_arrives_as_it_was(subject: str) -> None:
    line = unstructured("Subject", subject.strip()) + b"\r\n\r\n"
    assert all(len(part) <= 76 for part in line.split(b"\r\n"))
    assert parsed(line)["Subject"] == subject.strip()


def test_the_boundary_does_not_occur_in_a_body() -> None:
    message = compose(publication(), EmailKind.NOTICE, subject="x", html="<p>--=_</p>", text="--=_0123\n")
    boundary = parsed(message).get_boundary()
    assert boundary is not None
    assert message.count(boundary.encode()) == 4


def test_the_same_issue_gives_the_same_bytes_to_approve() -> None:
    assert issue_message() == issue_message()
    assert issue_message() != issue_message(subject="Another")


def test_a_merge_field_that_cannot_be_filled_is_not_blamed_on_the_template_alone() -> None:
    with pytest.raises(UserError, match="fix the template, or the content if the field is there"):
        compose(publication(), ISSUE, subject="x", html=f"<p>{merge_fields.ACTION}</p>", text="x", number=7)


def test_an_unknown_merge_field_or_an_empty_part_is_refused() -> None:
    with pytest.raises(UserError, match="'action'"):
        compose(publication(), ISSUE, subject="x", html=f"<p>{merge_fields.ACTION}</p>", text="x", number=7)
    with pytest.raises(UserError, match="text part is empty"):
        compose(publication(), ISSUE, subject="x", html="<p>x</p>", text=" \n", number=7)
    with pytest.raises(UserError, match="NUL"):
        compose(publication(), ISSUE, subject="x", html="<p>\0</p>", text="x", number=7)
    with pytest.raises(UserError, match="no value"):
        Template.parse(issue_message()).build({})


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
def test_quoted_printable_decodes_to_the_same_text(text: str) -> None:
    made = quoted_printable(text)
    lines = made.split(b"\r\n")
    assert all(len(line) <= 76 and not line.startswith(b".") and not line.endswith((b" ", b"\t")) for line in lines)
    assert quopri.decodestring(made).replace(b"\r\n", b"\n").decode() == text.replace("\r\n", "\n").replace("\r", "\n")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=120))
def test_any_display_name_survives_the_header(name: str) -> None:
    line = b"To: " + mailbox("name", name, "ada@example.com") + b"\r\n\r\n"
    read = email.message_from_bytes(line, policy=email.policy.default)["To"].addresses[0]
    assert read.addr_spec == "ada@example.com"


@pytest.mark.parametrize("address", ["", "ada", "@example.com", "ada@", "a b@example.com", "ada@-bücher-.example.com"])
def test_anything_that_is_not_an_address_is_refused(address: str) -> None:
    with pytest.raises(UserError):
        wire_address(address)
