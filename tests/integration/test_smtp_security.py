"""STARTTLS, TLS from the start, and logins, against a real server with a certificate of its own."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from publisher.adapters.smtp import SmtpCourier, SmtpUrl
from publisher.adapters.smtp_sink import Sink
from publisher.deliver.dispatch import hand_over
from publisher.errors import ConfigurationError, TransportUnavailable
from publisher.ports import Envelope, Reply

MESSAGE = Envelope("a@example.com", "b@example.com", b"Message-ID: <one@example.com>\r\n\r\nHello\r\n", "one")


def check(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=(data.login, data.password) == (b"ada", b"hunter2"), handled=False)


@contextmanager
def secure_sink(folder: Path, certificate: Path) -> Iterator[Sink]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with Sink(folder, tls_context=context, require_starttls=True, authenticator=check, auth_required=True) as sink:
        yield sink


def send(url: str) -> int:
    return hand_over(SmtpCourier(SmtpUrl.parse(url)), MESSAGE).code


def test_mail_goes_over_starttls_after_a_login(tmp_path: Path, certificate: Path) -> None:
    with secure_sink(tmp_path, certificate) as sink:
        address = f"ada:hunter2@127.0.0.1:{sink.port}?starttls=required&cafile={certificate}"
        assert send(f"smtp://{address}") == 250
    assert (tmp_path / "one_example.com.eml").read_bytes() == MESSAGE.message


def test_an_authority_may_be_named_by_the_environment(
    tmp_path: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with secure_sink(tmp_path, certificate) as sink:
        assert send(f"smtp://ada:hunter2@127.0.0.1:{sink.port}?starttls=required") == 250


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path, certificate: Path) -> None:
    with (
        secure_sink(tmp_path, certificate) as sink,
        pytest.raises(ConfigurationError, match=r"not trusted.*cafile"),
    ):
        send(f"smtp://ada:hunter2@127.0.0.1:{sink.port}?starttls=required")


def test_a_certificate_for_another_name_is_refused(tmp_path: Path, certificate: Path) -> None:
    with secure_sink(tmp_path, certificate) as sink, pytest.raises(ConfigurationError, match="not trusted"):
        send(f"smtp://ada:hunter2@localhost:{sink.port}?starttls=required&cafile={certificate}")


def test_a_server_without_starttls_gets_no_password(tmp_path: Path) -> None:
    with Sink(tmp_path) as sink, pytest.raises(ConfigurationError, match="does not offer STARTTLS"):
        send(f"smtp://ada:hunter2@127.0.0.1:{sink.port}?starttls=required")


def test_a_refused_login_names_the_user_and_never_the_password(tmp_path: Path, certificate: Path) -> None:
    with (
        secure_sink(tmp_path, certificate) as sink,
        pytest.raises(ConfigurationError, match="login of 'ada'") as caught,
    ):
        send(f"smtp://ada:wrong-secret@127.0.0.1:{sink.port}?starttls=required&cafile={certificate}")
    seen: BaseException | None = caught.value
    while seen is not None:
        assert "wrong-secret" not in str(seen)
        seen = seen.__cause__


def test_a_server_that_wants_a_login_is_a_matter_of_configuration(tmp_path: Path, certificate: Path) -> None:
    with secure_sink(tmp_path, certificate) as sink, pytest.raises(ConfigurationError, match="requires a login"):
        send(f"smtp://127.0.0.1:{sink.port}?starttls=required&cafile={certificate}")


def test_a_server_that_is_not_there_may_come_back() -> None:
    with pytest.raises(TransportUnavailable, match="could not be reached"):
        send("smtp://127.0.0.1:1")


def over_one_connection(sink: Sink, *envelopes: Envelope) -> list[Reply]:
    """Send messages over one connection; return the final answer to each."""

    async def send() -> list[Reply]:
        connection = await SmtpCourier(SmtpUrl.parse(sink.url)).connect()
        replies = []
        for envelope in envelopes:
            reply = await connection.hand_over(envelope)
            replies.append(await connection.finish() if reply.accepted else reply)
        connection.close()
        return replies

    return asyncio.run(send())


def test_an_address_that_needs_smtputf8_is_refused_for_good_where_the_server_lacks_it(tmp_path: Path) -> None:
    envelope = Envelope("a@example.com", "jörg@example.com", MESSAGE.message, "one")
    with Sink(tmp_path / "a", enable_SMTPUTF8=False) as sink:
        assert [reply.code for reply in over_one_connection(sink, envelope, MESSAGE)] == [553, 250]
    with Sink(tmp_path / "b") as sink:
        assert [reply.code for reply in over_one_connection(sink, envelope)] == [250]


def test_a_message_that_the_server_calls_too_large_is_not_sent(tmp_path: Path) -> None:
    with Sink(tmp_path, data_size_limit=10) as sink:
        (reply,) = over_one_connection(sink, MESSAGE)
    assert (reply.code, reply.step) == (552, "mail")


def test_a_large_message_travels_over_tls_beside_others(tmp_path: Path, certificate: Path) -> None:
    large = [
        Envelope(
            "a@example.com",
            "b@example.com",
            f"Message-ID: <{name}@example.com>\r\n\r\n".encode() + b"word\r\n" * 100_000,
            name,
        )
        for name in ("one", "two", "three")
    ]

    async def send(courier: SmtpCourier, envelope: Envelope) -> int:
        connection = await courier.connect()
        assert (await connection.hand_over(envelope)).accepted
        code = (await connection.finish()).code
        connection.close()
        return code

    async def send_all(courier: SmtpCourier) -> list[int]:
        return await asyncio.gather(*(send(courier, each) for each in large))

    with secure_sink(tmp_path, certificate) as sink:
        url = f"smtp://ada:hunter2@127.0.0.1:{sink.port}?starttls=required&cafile={certificate}"
        assert asyncio.run(send_all(SmtpCourier(SmtpUrl.parse(url)))) == [250] * 3
    assert [(tmp_path / f"{each.name}_example.com.eml").read_bytes() == each.message for each in large] == [True] * 3
