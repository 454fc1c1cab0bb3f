"""`pressroom sink`: it takes every mail, passes none on, and shows it safely, whatever it is."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from publisher.adapters.smtp_sink import Catcher, file_name
from publisher.errors import OutsideError
from publisher.local import mailbox as mailboxes
from publisher.local.caught import Parts, parts_of, summarise, summary_of, take_apart
from publisher.local.changes import Changes
from publisher.local.guard import LocalGuard
from publisher.local.mailbox import Mailbox
from publisher.local.sink_app import sink_app
from tests.long import some
from tests.press import png
from tests.publication import FakeClock

EVIL = "<script>top.stolen=1</script>"


def opened(mailbox: Mailbox, changes: Changes | None = None) -> TestClient:
    app = sink_app(mailbox, "smtp://127.0.0.1:1025", changes or Changes(), lambda: True)
    return TestClient(LocalGuard(app, "127.0.0.1"), base_url="http://127.0.0.1:8026")


def box(**options: object) -> Mailbox:
    return Mailbox(Changes(), FakeClock(), **options)  # type: ignore[arg-type]


def illustrated() -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "Grüße – 由紀", "Ada <ada@example.com>", "grace@example.com"
    mail.set_content("The text part.\n")
    mail.add_alternative('<p>The HTML.</p><img src="cid:one@x"><img src="https://far.test/a.png">', subtype="html")
    mail.get_payload()[1].add_related(png(), "image", "png", cid="<one@x>")  # type: ignore[index, union-attr]
    mail.add_attachment(b"a,b\n", maintype="text", subtype="csv", filename="../../list.csv")
    return mail


def test_a_mail_that_comes_over_smtp_is_listed_and_shown_with_its_own_pictures_and_no_others(tmp_path: Path) -> None:
    changes = Changes()
    mailbox = Mailbox(changes, FakeClock(), tmp_path / "mail")
    with Catcher(mailbox.keep) as catcher, smtplib.SMTP("127.0.0.1", catcher.port) as smtp:
        smtp.send_message(illustrated())
    web = opened(mailbox, changes)
    assert changes.number == 1
    assert "Grüße – 由紀" in web.get("/").text
    whole = web.get("/mails/1").text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in whole
    assert "../../list.csv" in whole
    frame = web.get("/html/1")
    assert '<img src="data:image/png;base64,' in frame.text
    assert "img-src data:;" in frame.headers["content-security-policy"]
    assert "img-src data: http: https:;" in web.get("/html/1?remote=on").headers["content-security-policy"]
    assert "The text part." in web.get("/mails/1?show=text").text
    assert "<dt>MIME-Version</dt>" in web.get("/mails/1?show=headers").text
    assert "multipart/mixed" in web.get("/mails/1?show=source").text
    (file,) = (tmp_path / "mail").glob("*.eml")
    assert web.get("/source/1").content == file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert web.get("/mails/2").status_code == web.get("/html/2").status_code == web.get("/source/2").status_code == 404


def test_only_the_latest_mails_are_kept_by_number_and_by_size(monkeypatch: pytest.MonkeyPatch) -> None:
    mailbox = box()
    monkeypatch.setattr(mailboxes, "MOST_MAILS", 3)
    monkeypatch.setattr(mailboxes, "MOST_BYTES", 20)
    for size in (1, 1, 1, 1, 15, 10):
        mailbox.keep(b"x" * size, "", ())
    assert [(mail.number, len(mail.octets)) for mail in mailbox.newest_first()] == [(6, 10)]
    assert mailbox.came == 6


def test_a_folder_shows_what_is_there_and_no_mail_replaces_another(tmp_path: Path) -> None:
    for subject in ("first", "second"):
        box(folder=tmp_path).keep(f"Message-ID: <{'../' * 99}same@x>\r\nSubject: {subject}\r\n\r\n".encode(), "", ())
    again = box(folder=tmp_path)
    assert {summary_of(mail.octets).subject for mail in again.newest_first()} == {"first", "second"}
    assert len(list(tmp_path.iterdir())) == 2


def test_a_mail_that_is_too_large_is_refused_and_so_is_one_that_the_folder_cannot_take(tmp_path: Path) -> None:
    mailbox = box(folder=tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with Catcher(mailbox.keep, data_size_limit=1_000) as catcher, smtplib.SMTP("127.0.0.1", catcher.port) as smtp:
        with pytest.raises(smtplib.SMTPSenderRefused, match="552"):
            smtp.sendmail("a@example.com", ["b@example.com"], b"x" * 2_000)
        with pytest.raises(smtplib.SMTPDataError, match="451"):
            smtp.sendmail("a@example.com", ["b@example.com"], b"Subject: x\r\n\r\n")
        with pytest.raises(OutsideError, match=f"port {catcher.port} .*choose another with --smtp-port"):
            Catcher(mailbox.keep, catcher.port).start()


LINES = st.sampled_from([
    b"Subject: " + EVIL.encode(), b"Subject: =?utf-8?q?=3Cscript=3Etop.stolen=3D1=3C/script=3E?=", b"Subject: =?x-none?b?!!!?=",
    b"From: =?utf-8?b?" + b"A" * 5_000 + b"?=", b"To: \xff\xfe\x00 <@>, ,;:", b"Content-Type: multipart/mixed; boundary=b",
    b"Content-Type: multipart/alternative; boundary=\"b\"", b"Content-Type: text/html; charset=no-such", b"Content-Type: text/html",
    b"Content-Type: text/plain; charset=\"utf-16\"", b"Content-Type: message/rfc822", b"Content-Type: image/png; name*0*=utf-8''%zz; name*1=<b>",
    b"Content-Type: ;;;", b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable",
    b"Content-Transfer-Encoding: x-uuencode", b"Content-Disposition: attachment; filename=\"a\r\n Set-Cookie: stolen=1\"",
    b"Content-Disposition: attachment; filename*=utf-8''%0d%0aSet-Cookie:%20stolen=1", b"Content-ID: <one@x>", b" folded", b"no header",
    b"", b"", b"--b", b"--b--", b"begin 644 a\n!!!!\nend", b"=FF=0", b"!!!=", EVIL.encode(), b"<img src=cid:one@x onerror=top.stolen=1>", b"\x00\x1b[2J\x80",
    b"<base href=//far.test><meta http-equiv=refresh content=0;url=//far.test>",
])  # fmt: skip
BROKEN = st.lists(LINES, max_size=25).map(b"\r\n".join) | st.binary(max_size=300)


@settings(max_examples=some(400), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(BROKEN)
@example(b"\r\n".join([b"Content-Type: multipart/mixed; boundary=b", b"", *[b"--b"] * 2_000]))
def test_whatever_a_mail_is_it_can_be_taken_apart_and_its_names_stay_in_one_line(octets: bytes) -> None:
    parts = take_apart.function(octets)
    head = summarise.function(octets)
    shown = [
        parts.summary.subject,
        head.subject,
        head.sender,
        *(one.name for one in parts.attachments),
        *map("".join, parts.headers),
    ]
    assert not any(mark in words for words in shown for mark in "\r\n\x00\x1b")
    assert "/" not in file_name(octets)
    assert len(file_name(octets)) <= 150


@settings(max_examples=some(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(BROKEN)
def test_whatever_a_mail_is_its_pages_run_nothing_of_it(octets: bytes) -> None:
    mailbox = box()
    mailbox.keep(octets, EVIL, [EVIL, "a\r\nb"])
    web = opened(mailbox)
    for path in ("/", *(f"/mails/1?show={show}" for show in ("html", "text", "headers", "source"))):
        got = web.get(path)
        assert got.status_code == 200
        assert EVIL not in got.text
        assert "onerror" not in got.text.replace("&lt;img src=cid:one@x onerror", "")
        assert "script-src 'self'" in got.headers["content-security-policy"]
    frame = web.get("/html/1").headers["content-security-policy"]
    assert "default-src 'none'" in frame
    assert "script" not in frame
    assert "allow-same-origin" not in frame
    assert web.get("/source/1").headers["content-type"] == "text/plain; charset=utf-8"
    assert "set-cookie" not in web.get("/html/1").headers


def test_a_mail_that_is_nested_deeper_than_anybody_reads_is_shown_as_its_source() -> None:
    octets = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(400))
    parts = parts_of(octets)
    assert isinstance(parts, Parts)
    mailbox = box()
    mailbox.keep(octets, "", ())
    assert "boundary=b0" in opened(mailbox).get("/mails/1?show=source").text
