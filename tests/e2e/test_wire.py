"""The demo's messages as they came over the wire, read by a program that knows nothing of this project.

Only the standard library stands here. The numbers are the rows of the publisher's checklist for messages, made from
RFCs 2045 to 2047, 2369, 2919, 3834, 5321, 5322, 6531, 8058 and the large mailbox providers' rules for senders.
"""

from __future__ import annotations

import base64
import email
import email.policy
import html.parser
import quopri
import re
import urllib.parse
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path

import pytest

READERS = 25
DOMAIN = "notes.example.com"
NAMES = {
    "o.brien@example.com": "O'Brien, Pat",
    "jose@example.com": "José",
    "yuki@example.com": "由紀",
    "linus@example.com": "",
}


@pytest.fixture
def wire(demo: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted((demo / "run" / "outbox").glob("*.eml"))]


def raw_headers(message: bytes) -> list[tuple[str, bytes]]:
    """Return (name, raw value with its folding) of every header, as the bytes say."""
    head = message.partition(b"\r\n\r\n")[0]
    fields = re.split(rb"\r\n(?![ \t])", head)
    return [(field.partition(b":")[0].decode("ascii"), field.partition(b":")[2].lstrip(b" ")) for field in fields]


def raw(message: bytes, name: str) -> bytes:
    (value,) = [value for key, value in raw_headers(message) if key.lower() == name.lower()]
    return value


def parsed(message: bytes) -> EmailMessage:
    read = email.message_from_bytes(message, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    assert not read.defects
    return read


def bodies(message: bytes) -> tuple[str, str]:
    text, page = parsed(message).get_body(("plain",)), parsed(message).get_body(("html",))
    assert text
    assert page
    return text.get_content(), page.get_content()


class Page(html.parser.HTMLParser):
    """Collects links, images, text, and the text inside elements whose inline style hides them."""

    VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
    HIDDEN = re.compile(r"display:none|visibility:hidden|opacity:0(?![.\d])|max-height:0")
    SIZE = re.compile(r"font-size:([\d.]+)")

    def __init__(self, source: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.images: list[dict[str, str]] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.hidden = ""
        self._open: list[tuple[str, bool, float | None]] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        self.attributes += values.items()
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag == "img":
            self.images.append(values)
        if tag not in self.VOID:
            style = values.get("style", "").replace(" ", "")
            size = self.SIZE.search(style)
            self._open.append((tag, bool(self.HIDDEN.search(style)), float(size[1]) if size else None))

    def handle_endtag(self, tag: str) -> None:
        while self._open and any(name == tag for name, _, _ in self._open):
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if any(name in ("style", "title", "head") for name, _, _ in self._open):
            return
        size = next((size for _, _, size in reversed(self._open) if size is not None), 16.0)
        if any(hides for _, hides, _ in self._open) or size == 0:
            self.hidden += data.strip()
        self.text += data


def test_every_reader_got_exactly_one_message(wire: list[bytes]) -> None:
    addresses = [getaddresses([parsed(message)["To"]])[0][1] for message in wire]
    assert len(addresses) == READERS
    assert len({address.lower() for address in addresses}) == READERS


def test_1_lines_are_short_and_end_in_crlf_only(wire: list[bytes]) -> None:
    for message in wire:
        assert not re.search(rb"\r(?!\n)|(?<!\r)\n", message)
        assert max(map(len, message.split(b"\r\n"))) <= 998
        stuffed = re.sub(rb"(?m)^\.", b"..", message)
        assert re.sub(rb"(?m)^\.\.", b".", stuffed) == message
        assert message.endswith(b"\r\n")


def test_2_the_headers_that_every_mail_has_stand_exactly_once(wire: list[bytes]) -> None:
    for message in wire:
        names = [name.lower() for name, _ in raw_headers(message)]
        for wanted in ("from", "to", "subject", "date", "message-id", "mime-version", "content-type"):
            assert names.count(wanted) == 1, wanted
        read = parsed(message)
        assert len(getaddresses([read["From"]])) == 1
        assert parsedate_to_datetime(read["Date"]).tzinfo is not None
        assert read["MIME-Version"] == "1.0"


def test_3_message_ids_are_valid_ours_and_distinct(wire: list[bytes]) -> None:
    ids = [raw(message, "Message-ID").decode("ascii") for message in wire]
    for one in ids:
        match = re.fullmatch(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@([A-Za-z0-9.-]+)>", one)
        assert match, one
        assert match[1] == DOMAIN
    assert len(set(ids)) == READERS


def test_4_and_5_one_click_unsubscribe_is_literal_and_personal(wire: list[bytes]) -> None:
    seen = set()
    for message in wire:
        value = raw(message, "List-Unsubscribe")
        assert value.isascii()
        assert b"=?" not in value
        assert b"\r" not in value
        uris = re.findall(rb"<([^>]*)>", value)
        web = [uri.decode() for uri in uris if uri.startswith(b"https://")]
        assert len(web) == 1
        assert urllib.parse.urlsplit(web[0]).hostname == DOMAIN
        assert raw(message, "List-Unsubscribe-Post") == b"List-Unsubscribe=One-Click"
        seen.add(web[0])
    assert len(seen) == READERS


def test_4_no_address_and_no_name_is_readable_in_the_unsubscribe_link(wire: list[bytes]) -> None:
    for message in wire:
        link = raw(message, "List-Unsubscribe").strip(b"<>").decode()
        address = getaddresses([parsed(message)["To"]])[0][1]
        token = urllib.parse.unquote(link.rpartition("/")[2])
        decoded = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        for secret in (address, address.partition("@")[0]):
            assert secret not in link
            assert secret.encode() not in decoded


def test_10_the_list_id_is_ascii_and_the_same(wire: list[bytes]) -> None:
    values = {raw(message, "List-Id") for message in wire}
    assert len(values) == 1
    assert re.fullmatch(rb"(?:[\x20-\x7e]* )?<[a-z0-9.-]+\.[a-z]+>", values.pop())


def test_11_an_issue_is_no_automatic_reply(wire: list[bytes]) -> None:
    for message in wire:
        names = {name.lower() for name, _ in raw_headers(message)}
        assert not names & {"auto-submitted", "in-reply-to", "references"}


def test_12_the_feedback_id_names_no_reader(wire: list[bytes]) -> None:
    values = {raw(message, "Feedback-ID").decode("ascii") for message in wire}
    assert len(values) == 1, "what differs between readers could name one"
    fields = values.pop().split(":")
    assert len(fields) <= 4
    assert 5 <= len(fields[-1]) <= 15


def test_13_text_comes_first_and_has_all_links_of_the_page(wire: list[bytes]) -> None:
    for message in wire:
        read = parsed(message)
        assert read.get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
        text, source = bodies(message)
        page = Page(source)
        assert len(text.split()) > 200
        for link in page.links:
            if link.startswith(("http:", "https:")):
                assert link in text, link


def test_13_both_bodies_show_the_unsubscribe_link_of_the_header(wire: list[bytes]) -> None:
    for message in wire:
        link = raw(message, "List-Unsubscribe").strip(b"<>").decode()
        text, source = bodies(message)
        page = Page(source)
        assert link in text
        assert link in page.links
        assert "unsubscribe" in page.text.lower()
        assert "unsubscribe" in text.lower()


def test_14_encodings_decode_charsets_are_declared_and_boundaries_are_unique(wire: list[bytes]) -> None:
    for message in wire:
        read = parsed(message)
        boundary = read.get_boundary()
        assert boundary
        mark = b"--" + boundary.encode("ascii")
        assert message.count(mark) == 3, "two parts and the end"
        for part in read.iter_parts():
            assert part.get_content_charset() == "utf-8"
            encoding = part["Content-Transfer-Encoding"]
            assert encoding in ("quoted-printable", "base64")
            encoded = part.get_payload(decode=False)
            assert isinstance(encoded, str)
            assert boundary not in encoded
            assert encoded.isascii()
            if encoding == "quoted-printable":
                assert max(map(len, encoded.splitlines())) <= 76
                assert quopri.decodestring(encoded.encode()).decode("utf-8")
            assert boundary not in part.get_content()
            assert "�" not in part.get_content()


def test_15_recipients_are_ascii_on_the_wire_and_international_domains_are_a_labels(wire: list[bytes]) -> None:
    found = set()
    for message in wire:
        value = raw(message, "To")
        assert value.isascii()
        address = re.search(rb"<([^<>]+)>\s*$", value) or re.fullmatch(rb"(\S+)", value)
        assert address
        found.add(address[1].decode())
    assert "info@xn--bcher-kva.test" in found


def test_16_no_message_carries_a_return_path_of_its_own(wire: list[bytes]) -> None:
    # The envelope's sender is the server's to write down (RFC 5321 4.4); test_sending_cli looks at the envelope itself.
    for message in wire:
        assert not {"return-path", "received"} & {name.lower() for name, _ in raw_headers(message)}


def test_17_the_page_is_small_shows_what_it_says_and_describes_its_images(wire: list[bytes]) -> None:
    for message in wire:
        _, source = bodies(message)
        page = Page(source)
        assert len(source.encode()) < 102 * 1024
        assert page.hidden == ""
        assert not re.search(r"javascript:|vbscript:|<script|<form|<iframe|<object", source, re.IGNORECASE)
        assert not [name for name, _ in page.attributes if name.startswith("on")]
        assert page.images, "the diagram"
        for image in page.images:
            assert image["alt"].strip()
            assert image["width"].isdigit()
            assert image["height"].isdigit()
            assert int(image["width"]) > 1, "no tracking pixel"
            assert image["src"].startswith(f"https://{DOMAIN}/")


def test_17_nothing_is_fetched_by_itself_but_the_publications_own_pictures(wire: list[bytes]) -> None:
    for message in wire:
        _, source = bodies(message)
        found = [value for name, value in Page(source).attributes if name in ("src", "srcset", "background", "poster")]
        found += re.findall(r"""(?:url\(|@import\s+(?!url\())\s*["']?([^"')\s;]+)""", source)
        assert "<link" not in source.lower()
        assert {urllib.parse.urlsplit(address).hostname for address in found} == {DOMAIN}


def test_18_no_header_decodes_to_a_control_character(wire: list[bytes]) -> None:
    for message in wire:
        for name, value in parsed(message).items():
            assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f\u2028\u2029]", str(value)), name
        assert b"\0" not in message
        assert b"PRESSROOMFIELD" not in message


def test_every_reader_is_greeted_by_their_own_name_in_both_bodies(wire: list[bytes]) -> None:
    checked = set()
    for message in wire:
        name, address = getaddresses([str(parsed(message)["To"])])[0]
        expected = NAMES.get(address)
        if expected is None:
            continue
        assert name == expected
        line = f"Hello {expected}," if expected else "Hello,"
        text, source = bodies(message)
        assert line in text
        assert line in Page(source).text
        assert address in text
        checked.add(address)
    assert checked == set(NAMES)


def test_the_markup_in_a_readers_name_stays_text(wire: list[bytes]) -> None:
    (message,) = [one for one in wire if b"xn--bcher-kva" in raw(one, "To")]
    text, source = bodies(message)
    assert "Hello Bücher <Laden>," in text
    assert "<laden>" not in source.lower()
    assert "Hello Bücher <Laden>," in Page(source).text
