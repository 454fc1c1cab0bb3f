"""Signed mail on its way: through a real Postfix, as dkimpy and OpenDKIM find it there, and what is wrong with settings."""

from __future__ import annotations

import asyncio
import json
import re
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from typer.testing import CliRunner

from publisher.adapters.clock import SystemClock
from publisher.adapters.dkim import DkimKey
from publisher.adapters.mail_folder import FolderCourier
from publisher.adapters.signed_mail import SigningCourier, threads
from publisher.adapters.smtp import SmtpCourier, SmtpUrl
from publisher.adapters.smtp_sink import Sink
from publisher.app import App
from publisher.cli import cli
from publisher.deliver import dispatch
from publisher.deliver.dispatch import hand_over
from publisher.doctor import txt_record
from publisher.errors import Refused, SettingsError, Severity
from publisher.ports import AnyCourier, Claimed, Envelope, Reply
from publisher.publication import Delivering
from publisher.setting_up import SettingUp
from tests import signatures
from tests.mailroom import message_builder, started
from tests.postfix import postfix
from tests.publication import FakeClock, example, variables

HEAD = b"From: notes@notes.example.com\r\nTo: a@example.com\r\nDate: Tue, 01 Dec 2026 08:00:00 +0000\r\nMessage-ID: <%d@notes.example.com>\r\n"
ODD = {
    "empty": b"Subject: nothing\r\n\r\n",
    "only empty lines": b"Subject: nothing\r\n\r\n\r\n\r\n\r\n",
    "folded": b"Subject: a\r\n  long\r\n\tsubject \r\nX-Note: 1\r\nX-Note: 2\r\n\r\nx\r\n",
    "repeated": b"Subject: one\r\nReply-To: a@example.com\r\nReply-To: b@example.com\r\n\r\nx\r\n",
    "8 bit": "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße  由紀\r\n".encode(),
    "long lines": b"Subject: x\r\n\r\n" + b"x" * 997 + b"\r\n" + b"y " * 490 + b"\r\n",
    "white space": b"Subject: x\r\n\r\n a \t b  \r\n\t\r\n \r\n\r\n",
}
"""Messages that a mail server may be tempted to change."""


def signing(courier: AnyCourier, *kinds: str) -> SigningCourier:
    return SigningCourier(courier, signatures.signer(*kinds), SystemClock(), threads())


def test_signatures_survive_a_real_postfix_as_dkimpy_and_opendkim_find() -> None:
    _, mailing = started("sqlite://", ["reader@example.com"])
    issue = message_builder().issue(mailing)(Claimed(1, "subject1", "r1@example.com", "Ada  Löve\u00a0", 1))
    assert issue is not None
    bare = [HEAD % number + message for number, message in enumerate(ODD.values())]
    envelopes = [issue] + [
        Envelope("notes@notes.example.com", "a@example.com", message, str(number))
        for number, message in enumerate(bare)
    ]
    # Not in pytest's own folder: Postfix's user has to get in.
    with TemporaryDirectory(prefix="pressroom-") as made, Sink(Path(made) / "mail") as sink:
        folder = Path(made)
        folder.chmod(0o711)
        relay = SmtpUrl.parse(sink.url).port
        with postfix(folder / "postfix", relay) as port:
            courier = signing(SmtpCourier(SmtpUrl.parse(f"smtp://127.0.0.1:{port}")))
            assert [hand_over(courier, envelope).code for envelope in envelopes] == [250] * len(envelopes)
            until = time.monotonic() + 30
            while sink.received < len(envelopes) and time.monotonic() < until:
                time.sleep(0.05)
        arrived = [path.read_bytes() for path in (folder / "mail").glob("*.eml")]
        assert len(arrived) == len(envelopes)
        for message in arrived:
            assert message.startswith(b"Received: "), "it went through Postfix"
            assert signatures.by_dkimpy(message) == signatures.BOTH, message
            assert signatures.by_opendkim(message, folder / "opendkim") == signatures.BOTH, message
            forged = re.sub(rb"\r\nSubject: ", b"\r\nSubject: not ", message)
            wrong = [(algorithm, False) for algorithm, _ in signatures.BOTH]
            assert signatures.by_opendkim(forged, folder / "opendkim") == wrong


def test_a_line_that_begins_with_a_dot_is_signed_as_it_arrives(tmp_path: Path) -> None:
    body = b".profile\r\n..\r\n"  # what our messages never have, since they leave without stuffing
    message = HEAD % 1 + b"Subject: x\r\n\r\n" + body
    assert hand_over(
        signing(FolderCourier(tmp_path)), Envelope("a@example.com", "b@example.com", message, "x")
    ).accepted
    (arrived,) = (path.read_bytes() for path in tmp_path.glob("*.eml"))
    assert signatures.by_dkimpy(arrived) == signatures.BOTH


def test_every_message_of_an_issue_is_signed_and_a_second_try_is_the_same_but_for_its_signature(tmp_path: Path) -> None:
    ledger, mailing = started(f"sqlite:///{tmp_path / 'x.db'}", [f"r{number}@example.com" for number in range(12)])
    tried: list[Envelope] = []

    class SecondTime(FolderCourier):
        """Refuses everybody once, for now."""

        def connect(self) -> object:  # type: ignore[override]
            inner = super().connect()
            seen = [one.rcpt_to for one in tried]

            class Connection:
                finish, alive, abandon, close = inner.finish, inner.alive, inner.abandon, inner.close

                def hand_over(self, envelope: Envelope) -> Reply:
                    tried.append(envelope)
                    if envelope.rcpt_to in seen:
                        return inner.hand_over(envelope)
                    return Reply(451, "4.2.0 try again", "rcpt")

            return Connection()

    clock = FakeClock(mailing.started)
    courier = SigningCourier(SecondTime(tmp_path / "mail"), signatures.signer(), clock, threads())
    builder = message_builder()
    for hours in (0, 3):
        clock.advance(60 * hours)
        sums = dispatch(
            mailing, ledger, courier, builder.issue(mailing), policy=Delivering(connections=3), clock=clock, patience=0
        )
    assert not sums.open
    by_reader: dict[str, list[bytes]] = {}
    for envelope in tried:
        by_reader.setdefault(envelope.rcpt_to, []).append(envelope.message)
    assert {len(messages) for messages in by_reader.values()} == {2}
    for first, second in by_reader.values():
        assert first != second
        assert first.partition(b"\r\nDate: ")[2] == second.partition(b"\r\nDate: ")[2]
        assert signatures.by_dkimpy(first) == signatures.by_dkimpy(second) == signatures.BOTH


def test_without_a_key_the_courier_is_the_transport_itself(tmp_path: Path) -> None:
    with App(example(tmp_path / "news"), variables=variables("smtp://127.0.0.1:1")) as app:
        assert app.courier_of("notes@notes.example.com") is app.courier
        assert not app.act().message_builder.signed
    with App(tmp_path / "news", variables=variables("smtp://127.0.0.1:1") | signatures.variables()) as app:
        assert isinstance(app.act().courier, SigningCourier)
        assert app.act().message_builder.signed


def _said(folder: Path, **more: str | None) -> list[str]:
    """Return what `check` says of settings and of a key's file."""
    given = variables("smtp://127.0.0.1:1") | signatures.variables()
    for name, value in more.items():
        given.pop(f"PRESSROOM_DKIM_{name}", None)
        if value is not None:
            given[f"PRESSROOM_DKIM_{name}"] = value
    with App(folder, variables=given) as app:
        problems = (
            *app.as_it_is.setting_problems(),
            *app.as_it_is.misaligned("notes@news.example.co.uk"),
            *app.as_it_is.exposed(),
        )
        wrong = [one for one in problems if one.severity is Severity.ERROR]
        if wrong:
            with pytest.raises(SettingsError):
                app.courier_of("notes@news.example.co.uk")
        else:
            assert isinstance(app.courier_of("notes@news.example.co.uk"), SigningCourier) or "KEY" in more
        return [str(one) for one in problems]


def _rsa(bits: int) -> str:
    return DkimKey(generate_private_key(65537, bits)).pem.decode()


K = "environment: PRESSROOM_DKIM_"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, []),
        ({"ED25519_KEY": None, "ED25519_SELECTOR": None}, []),
        ({"SELECTOR": None}, [f"{K}KEY: it needs PRESSROOM_DKIM_SELECTOR, which is not set; "]),
        ({"KEY": None}, [f"{K}SELECTOR: nothing is signed with it, because PRESSROOM_DKIM_KEY is not set; ", f"{K}ED25519_KEY: many receivers cannot check Ed25519 alone; "]),
        ({"SELECTOR": "e1"}, [f"{K}ED25519_SELECTOR: it is also the selector of the RSA key, and a record holds one key; "]),
        ({"SELECTOR": "a_b"}, [f"{K}SELECTOR: 'a_b' is no name as DNS has it; "]),
        ({"KEY": "hunter2!"}, [f"{K}KEY: it is no private key; "]),
        ({"KEY": signatures.key("ed25519").pem.decode()}, [f"{K}KEY: it is a key for Ed25519; give it as PRESSROOM_DKIM_ED25519_KEY"]),
        ({"ED25519_KEY": signatures.key("rsa").pem.decode()}, [f"{K}ED25519_KEY: it is a key for RSA; give it as PRESSROOM_DKIM_KEY"]),
        ({"KEY": _rsa(1024)}, [f"{K}KEY: an RSA key of 1024 bits is weak, and receivers may come to refuse it; "]),
        ({"DOMAIN": "example.co.uk"}, []),
        ({"DOMAIN": "mail.news.example.co.uk"}, []),
        ({"DOMAIN": "example.com"}, [f"{K}DOMAIN: signatures for example.com count for nothing in mail from news.example.co.uk; "]),
        ({"DOMAIN": "co.uk"}, [f"{K}DOMAIN: signatures for co.uk count for nothing in mail from news.example.co.uk; "]),
        ({"KEY": None, "KEY_FILE": "there.pem"}, ["there.pem: others on this machine can read it; run: chmod 600 there.pem"]),
        ({"KEY": None, "KEY_FILE": "nowhere.pem"}, [f"{K}KEY_FILE: the file cannot be read (No such file or directory); "]),
    ],
)  # fmt: skip
def test_each_mistake_is_one_sentence_and_nothing_leaves_while_it_is_there(
    tmp_path: Path, more: dict[str, str | None], said: list[str]
) -> None:
    folder = example(tmp_path / "news")
    (folder / "there.pem").write_bytes(signatures.key("rsa").pem)
    (folder / "there.pem").chmod(0o644)
    found = _said(folder, **more)
    for beginning in said:
        assert any(one.startswith(beginning) for one in found), found
    assert said or not found
    assert "hunter2" not in "".join(found)


def test_a_key_of_few_bits_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # The library makes no key so small, so one that is just above the limit meets a higher limit.
    monkeypatch.setattr("publisher.adapters.dkim.LEAST_BITS", 1536)
    found = _said(example(tmp_path / "news"), KEY=_rsa(1024))
    assert found[0].startswith(f"{K}KEY: receivers refuse RSA keys of 1024 bits; make one of 2048 bits"), found


def test_signing_leaves_the_loop_free() -> None:
    class Slow:
        def sign(self, envelope: Envelope, now: object) -> Envelope:
            time.sleep(0.2)
            return envelope

    async def meanwhile() -> int:
        courier = SigningCourier(FolderCourier(Path("unused")), Slow(), SystemClock(), threads())
        waits = asyncio.create_task(courier.signed(Envelope("a@example.com", "b@example.com", b"", "x")))
        turns = 0
        while not waits.done():
            await asyncio.sleep(0.01)
            turns += 1
        return turns

    assert asyncio.run(meanwhile()) > 3


def test_a_new_key_is_for_its_owner_alone_is_never_written_over_and_signs_with_the_settings_that_are_printed(
    tmp_path: Path,
) -> None:
    folder = example(tmp_path / "news")
    runner = CliRunner()
    given = variables("smtp://127.0.0.1:1")
    texts = []
    for kind in signatures.SELECTORS:
        made = runner.invoke(cli, ["--publication", str(folder), "dkim", "new", kind, "--selector", kind[0], "--json"])
        assert made.exit_code == 0, made.output
        said = json.loads(made.stdout)
        given |= said["settings"]
        texts.append(said["record"])
        path = folder / said["file"]
        assert path.stat().st_mode & 0o777 == 0o600
        before = path.read_bytes()
        again = runner.invoke(cli, ["--publication", str(folder), "dkim", "new", kind, "--selector", kind[0]])
        assert isinstance(again.exception, Refused)
        assert path.read_bytes() == before
    with App(folder, variables=given) as app:
        assert not [
            one
            for one in (*app.as_it_is.setting_problems(), *app.as_it_is.exposed())
            if "DKIM" in str(one) or "pem" in str(one)
        ]
        signer = app.signer("notes@notes.example.com")
        assert signer is not None
        names = [f"{one.selector}._domainkey.{signer.domain}" for one in signer.keys]
        assert texts == [txt_record(name, one.key.text) for name, one in zip(names, signer.keys, strict=True)]


def test_setup_refuses_keys_that_cannot_sign_before_it_writes(tmp_path: Path) -> None:
    given = variables("smtp://127.0.0.1:1") | signatures.variables()
    folder = example(tmp_path / "news")
    assert [one.selector for one in SettingUp(folder, given).own_keys()] == ["s1", "e1"]
    with pytest.raises(SettingsError, match="it is no private key"):
        SettingUp(folder, given | {"PRESSROOM_DKIM_KEY": "hunter2!"})
