"""Every other kind of mail than the issue, as it came over the wire; see test_wire.py, whose rows these are.

A confirmation, a welcome, a step of a course, the link to one's page, a change of address at the new and at the former
one, a proof and a notice for editors. Each is made by what makes it in earnest, and handed to a real SMTP server.
"""

from __future__ import annotations

import re
import urllib.parse
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime

import pytest

from publisher import mail_round, scheduler
from subscribers import SignUpRequest, parse_address
from tests import signatures
from tests.e2e.test_wire import DOMAIN, Page, bodies, parsed, raw, raw_headers
from tests.office import WORDING, Bureau, bureau, token_in

READER = "Ada.Lovelace@Bücher.test"
WIRE_ADDRESS = "Ada.Lovelace@xn--bcher-kva.test"
ELSEWHERE = "ada@elsewhere.example.com"
ONE_CLICK = {"welcome", "step", "stay"}
EDITORS = {"proof", "notice"}
KINDS = ("confirmation", "welcome", "step", "link", "move", "moved", "stay", "proof", "notice")

Mail = dict[str, list[bytes]]


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Mail:
    """Let everything happen for which there is an email; return the raw mail by its kind."""
    folder = tmp_path_factory.mktemp("wire")
    with bureau(f"sqlite:///{folder}/x.db", folder, more=signatures.variables()) as news:
        scheduler.tick(news.app.act())  # the proof
        _reader(news)
        _list_bombing(news)
        found: Mail = {}
        for path in news.sink.folder.glob("*.eml"):
            message = path.read_bytes()
            kind = raw(message, "Feedback-ID").decode("ascii").split(":")[-2]
            found.setdefault(kind, []).append(message)
    assert set(found) == set(KINDS)
    return found


def _reader(news: Bureau) -> None:
    readers = news.app.subscribers

    def email(words: str) -> EmailMessage:
        news.clock.advance(1)
        mail_round.round_of_mail(news.app.act())
        (mail,) = [mail for mail in news.mails() if words in mail["Subject"]]
        return mail

    news.mails()
    readers.sign_ups.sign_up_all([SignUpRequest(parse_address(READER), "form", WORDING, "backend")], news.clock.now())
    readers.sign_ups.confirm(token_in(email("Confirm"), "confirm"), now=news.clock.now())
    email("1 of 5")
    readers.page.ask_link(READER, now=news.clock.now())
    readers.page.ask_move(token_in(email("Your page"), "preferences"), ELSEWHERE, now=news.clock.now())
    readers.page.confirm_move(token_in(email("address"), "move"), now=news.clock.now())
    email("has moved")
    news.clock.advance(1)
    readers.staying.ask(news.clock.now(), now=news.clock.now())
    email("Do you still want")


def _list_bombing(news: Bureau) -> None:
    requests = [SignUpRequest(parse_address(f"victim{number}@example.com"), "form", WORDING) for number in range(120)]
    news.app.subscribers.sign_ups.sign_up_all(requests, news.clock.now())
    for minutes in (0, 16):
        news.clock.advance(60 * minutes)
        mail_round.round_of_mail(news.app.act())


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_1_lines_are_short_and_end_in_crlf_only(wire: Mail, kind: str) -> None:
    for message in wire[kind]:
        assert not re.search(rb"\r(?!\n)|(?<!\r)\n", message)
        assert max(map(len, message.split(b"\r\n"))) <= 998
        assert message.endswith(b"\r\n")


def test_2_the_headers_that_every_mail_has_stand_exactly_once(wire: Mail, kind: str) -> None:
    for message in wire[kind]:
        names = [name.lower() for name, _ in raw_headers(message)]
        for wanted in ("from", "to", "subject", "date", "message-id", "mime-version", "content-type"):
            assert names.count(wanted) == 1, wanted
        read = parsed(message)
        assert len(getaddresses([read["From"]])) == 1
        assert parsedate_to_datetime(read["Date"]).tzinfo is not None


def test_3_message_ids_are_valid_ours_and_distinct(wire: Mail) -> None:
    ids = [raw(message, "Message-ID") for messages in wire.values() for message in messages]
    for one in ids:
        assert re.fullmatch(rb"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@" + DOMAIN.encode() + rb">", one), one
    assert len(set(ids)) == len(ids)


def test_4_and_5_only_what_a_reader_can_leave_has_the_one_click_button_and_it_is_literal(wire: Mail, kind: str) -> None:
    for message in wire[kind]:
        names = {name.lower() for name, _ in raw_headers(message)}
        if kind not in ONE_CLICK:
            assert not names & {"list-unsubscribe", "list-unsubscribe-post"}
            continue
        assert raw(message, "List-Id") == b"<weekly.notes.example.com>"
        value = raw(message, "List-Unsubscribe")
        assert re.fullmatch(rb"<https://notes\.example\.com/unsubscribe/[A-Za-z0-9_.-]+>", value), value
        assert raw(message, "List-Unsubscribe-Post") == b"List-Unsubscribe=One-Click"
        link = value.strip(b"<>").decode()
        text, source = bodies(message)
        assert link in text
        assert link in Page(source).links


def test_4_no_address_and_no_name_is_readable_in_a_link(wire: Mail, kind: str) -> None:
    for message in wire[kind]:
        text, source = bodies(message)
        links = [*Page(source).links, *re.findall(r"https?://\S+", text)]
        for link in (each for each in links if not each.startswith("mailto:")):
            assert "lovelace" not in urllib.parse.unquote(link).lower()
            assert "elsewhere.example.com" not in urllib.parse.unquote(link)


def test_6_8_and_9_every_mail_is_signed_by_both_keys_for_the_sender(wire: Mail, kind: str) -> None:
    for message in wire[kind]:
        assert signatures.by_dkimpy(message) == signatures.BOTH
        names = [name.lower() for name, _ in raw_headers(message)]
        for value in (value for name, value in raw_headers(message) if name == "DKIM-Signature"):
            tags = dict(part.split("=", 1) for part in b"".join(value.split()).decode("ascii").split(";"))
            assert tags["d"] == signatures.DOMAIN == DOMAIN
            assert "l" not in tags
            named = tags["h"].lower().split(":")
            for oversigned in ("from", "to", "subject", "date", "message-id"):
                assert named.count(oversigned) == 2
            for listed in ("list-id", "list-unsubscribe", "list-unsubscribe-post"):
                assert named.count(listed) == (2 if kind in ONE_CLICK else 0)
            assert set(names) - {"dkim-signature"} <= set(named), "what we write is covered"


def test_10_only_what_comes_because_one_is_on_the_list_is_list_mail(wire: Mail, kind: str) -> None:
    # What answers a person's own act, or an editor, is no list's: filters that file lists would hide it.
    for message in wire[kind]:
        assert ("list-id" in {name.lower() for name, _ in raw_headers(message)}) == (kind in ONE_CLICK)


def test_11_what_no_person_wrote_says_so(wire: Mail, kind: str) -> None:
    for message in wire[kind]:
        marks = [value for name, value in raw_headers(message) if name.lower() == "auto-submitted"]
        assert marks == ([] if kind in ONE_CLICK else [b"auto-generated"])
        assert not {"in-reply-to", "references"} & {name.lower() for name, _ in raw_headers(message)}


def test_12_the_feedback_id_names_no_reader(wire: Mail, kind: str) -> None:
    values = {raw(message, "Feedback-ID").decode("ascii") for message in wire[kind]}
    assert len(values) == 1
    fields = values.pop().split(":")
    assert len(fields) <= 4
    assert 5 <= len(fields[-1]) <= 15


def test_13_text_comes_first_and_has_all_links_of_the_page(wire: Mail, kind: str) -> None:
    for message in wire[kind]:
        read = parsed(message)
        assert read.get_content_type() == "multipart/alternative"
        rich = "multipart/related" if kind == "proof" else "text/html"  # a proof has its pictures in it
        assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", rich]
        text, source = bodies(message)
        assert len(text.split()) > 25
        for link in Page(source).links:
            if link.startswith(("http:", "https:")):
                assert link in text, link


def test_13_a_reader_is_told_how_not_to_get_more_of_it(wire: Mail) -> None:
    for message in wire["confirmation"]:
        text, source = bodies(message)
        assert "/confirm/" in text
        assert any("/confirm/" in link for link in Page(source).links)
        assert "do nothing" in text, "who did not ask need not act"
    for kind in ONE_CLICK:
        for message in wire[kind]:
            assert all("unsubscribe" in body.lower() for body in bodies(message))


def test_14_encodings_decode_charsets_are_declared_and_boundaries_are_unique(wire: Mail, kind: str) -> None:
    for message in wire[kind]:
        read = parsed(message)
        boundary = read.get_boundary()
        assert boundary
        assert message.count(b"--" + boundary.encode("ascii")) == 3, "two parts and the end"
        for part in (part for part in read.walk() if not part.is_multipart()):
            assert isinstance(part, EmailMessage)
            assert part.get_content_charset() == ("utf-8" if part.get_content_maintype() == "text" else None)
            assert part["Content-Transfer-Encoding"] in ("quoted-printable", "base64")
            encoded = part.get_payload(decode=False)
            assert isinstance(encoded, str)
            assert encoded.isascii()
            assert max(map(len, encoded.splitlines())) <= 76
            assert part.get_content_maintype() != "text" or "\N{REPLACEMENT CHARACTER}" not in part.get_content()


def test_15_recipients_are_ascii_on_the_wire_and_each_is_the_one_whom_it_is_for(wire: Mail) -> None:
    to = {kind: {raw(message, "To").decode("ascii") for message in messages} for kind, messages in wire.items()}
    for kind in ("welcome", "step", "link", "moved"):
        assert to[kind] == {WIRE_ADDRESS}
    assert WIRE_ADDRESS in to["confirmation"]
    assert to["move"] == {ELSEWHERE}
    for kind in EDITORS:
        assert to[kind] == {"Robin <robin@notes.example.com>", "Sam <sam@notes.example.com>"}


def test_16_no_message_carries_a_return_path_of_its_own(wire: Mail, kind: str) -> None:
    for message in wire[kind]:
        assert not {"return-path", "received", "bcc"} & {name.lower() for name, _ in raw_headers(message)}


def test_17_the_page_is_small_and_shows_what_it_says(wire: Mail, kind: str) -> None:
    for message in wire[kind]:
        _, source = bodies(message)
        page = Page(source)
        assert len(source.encode()) < 102 * 1024
        assert page.hidden == ""
        assert not re.search(r"javascript:|vbscript:|<script|<form|<iframe|<object", source, re.IGNORECASE)
        assert not [name for name, _ in page.attributes if name.startswith("on")]
        for image in page.images:
            assert image["alt"].strip()
            assert int(image["width"]) > 1
            assert int(image["height"]) > 1
            assert image["src"].startswith("cid:" if kind == "proof" else f"https://{DOMAIN}/")


def test_17_nothing_is_fetched_by_itself_but_the_publications_own_pictures(wire: Mail, kind: str) -> None:
    for message in wire[kind]:
        _, source = bodies(message)
        found = [value for name, value in Page(source).attributes if name in ("src", "srcset", "background", "poster")]
        found += re.findall(r"""(?:url\(|@import\s+(?!url\())\s*["']?([^"')\s;]+)""", source)
        assert "<link" not in source.lower()
        assert {urllib.parse.urlsplit(address).hostname for address in found} <= {None if kind == "proof" else DOMAIN}


def test_18_no_header_decodes_to_a_control_character_and_no_merge_field_is_left_open(wire: Mail, kind: str) -> None:
    for message in wire[kind]:
        for name, value in parsed(message).items():
            assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f\u2028\u2029]", str(value)), name
        assert b"\0" not in message
        assert b"PRESSROOMFIELD" not in message
