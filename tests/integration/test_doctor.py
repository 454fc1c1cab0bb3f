"""`pressroom doctor` against a real name server, mail server, mailbox and web server on this machine."""

from __future__ import annotations

import http.server
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from publisher.adapters import examined
from publisher.adapters.clock import SystemClock
from publisher.adapters.mailboxes import mailbox_at
from publisher.adapters.name_server import NameServer
from publisher.adapters.smtp_sink import Sink
from publisher.app import App
from publisher.diagnosis import Asked, diagnose
from publisher.doctor import RecordState
from publisher.doctor.finding import txt_record
from tests import signatures
from tests.certificates import write_certificate
from tests.e2e.command import Ran, pressroom
from tests.free_ports import free_port
from tests.integration.test_smtp_security import secure_sink
from tests.providers import SAMPLES, Api, serving
from tests.publication import FakeClock, example, variables
from tests.zones import Records, name_server

NOW = SystemClock().now()
KEY = signatures.key("rsa")
GOOD: dict[tuple[str, str], list[str]] = {
    ("post.pressroom.dev.", "TXT"): ['"something else"', '"v=spf1 include:_spf.pressroom.dev -all"'],
    ("_spf.pressroom.dev.", "TXT"): ['"v=spf1 ip4:192.0.2.0/28 ~all"'],
    ("s1._domainkey.post.pressroom.dev.", "TXT"): [txt_record("x", KEY.text).partition(" TXT ")[2]],
    ("_dmarc.pressroom.dev.", "TXT"): ['"v=DMARC1; p=quarantine; rua=mailto:robin@pressroom.dev"'],
    ("post.pressroom.dev.", "MX"): ["10 mail.pressroom.dev."],
    ("mail.pressroom.dev.", "A"): ["192.0.2.7"],
    ("7.2.0.192.in-addr.arpa.", "PTR"): ["mail.pressroom.dev."],
}


@contextmanager
def web(certificate: Path, status: int = 200, location: str = "") -> Iterator[str]:
    """Serve one answer over TLS; yield its address."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # type: ignore[method-assign, assignment]  # a client that hangs up
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls") / "lasting.pem", days=90)


class Patient:
    """A publication on pressroom.dev, with everything that can be looked at."""

    def __init__(self, folder: Path, certificate: Path, sink: Sink, site: str) -> None:
        self.folder, self.certificate = folder, certificate
        (folder / "bounces" / "new").mkdir(parents=True)
        (folder / "key.pem").write_bytes(KEY.pem)
        (folder / "key.pem").chmod(0o600)
        made = pressroom(
            "setup", "news", "--yes", "--no-dns", "--no-test-mail", "--base-url", site, "--sender",
            "Notes <notes@post.pressroom.dev>", "--editors", "Robin <robin@pressroom.dev>", cwd=folder,
        )  # fmt: skip
        assert made.code == 0, made.talk
        toml = folder / "news/content/publication.toml"
        lines = [line for line in toml.read_text().splitlines() if not line.startswith(("bounces", "reply_to"))]
        lines.insert(lines.index("[sender]") + 1, 'bounces = "bounces@post.pressroom.dev"')
        toml.write_text("\n".join(lines) + "\n")
        self.variables = {
            "PRESSROOM_SMTP_URL": f"smtp://ada:hunter2@127.0.0.1:{sink.port}?starttls=required&cafile={certificate}",
            "PRESSROOM_BOUNCES_URL": f"maildir:{folder}/bounces", "PRESSROOM_DKIM_SELECTOR": "s1",
            "PRESSROOM_DKIM_KEY_FILE": str(folder / "key.pem"), "SSL_CERT_FILE": str(certificate),
        }  # fmt: skip

    def examined(self, records: Records, *more: str, **how: Any) -> Ran:
        with name_server(records, **how) as server:
            words = (
                "--publication",
                "news",
                "doctor",
                "--name-server",
                server.address,
                "--sends-from",
                "192.0.2.7",
                *more,
            )
            return pressroom(*words, cwd=self.folder, env=self.variables)


@pytest.fixture
def patient(tmp_path: Path, lasting: Path) -> Iterator[Patient]:
    with secure_sink(tmp_path / "mail", lasting) as sink, web(lasting) as site:
        yield Patient(tmp_path, lasting, sink, site)


def levels(ran: Ran) -> dict[str, str]:
    return {one["what"].partition(" of ")[0].partition(" 127")[0]: one["level"] for one in ran.json["findings"]}


def test_a_sender_with_everything_is_well(patient: Patient) -> None:
    ran = patient.examined(GOOD, "--json")
    assert ran.code == 0, ran.out
    assert [one for one in ran.json["findings"] if one["level"] != "ok"] == []
    assert list(levels(ran)) == [
        "SPF", "DKIM", "DMARC", "alignment", "MX", "reverse DNS", "mail server", "bounce mailbox",
        f"pages at https://{patient_site(ran)}", "clock",
    ]  # fmt: skip
    says = {one["what"].partition(" ")[0]: one["says"] for one in ran.json["findings"]}
    assert "1 of 10 look-ups" in says["SPF"]
    assert says["DMARC"].endswith("(of pressroom.dev)")
    assert says["mail"].endswith("it offers AUTH LOGIN PLAIN, and took the login of ada")
    plainly = patient.examined(GOOD)
    assert (plainly.code, plainly.talk) == (0, "0 errors, 0 warnings\n")
    assert plainly.out.splitlines()[0].startswith("ok       SPF of post.pressroom.dev: v=spf1 include:")


def patient_site(ran: Ran) -> str:
    return next(str(one["what"]) for one in ran.json["findings"] if one["what"].startswith("pages")).partition("//")[2]


def test_what_is_wrong_comes_with_the_record_to_paste_and_exit_code_1(patient: Patient) -> None:
    wrong = GOOD | {
        ("post.pressroom.dev.", "TXT"): ['"v=spf1 -all"', '"v=spf1 mx -all"'],
        ("s1._domainkey.post.pressroom.dev.", "TXT"): ['"v=DKIM1; k=rsa; p=MIGf"'],
        ("_dmarc.pressroom.dev.", "TXT"): ['"v=DMARC1; p=reject; pct=10"'],
        ("7.2.0.192.in-addr.arpa.", "PTR"): ["other.pressroom.dev."],
    }
    del wrong["post.pressroom.dev.", "MX"]
    ran = patient.examined(wrong, "--json")
    assert (ran.code, ran.json["errors"], ran.json["warnings"]) == (1, 4, 1)
    records = {one["what"]: one["record"] for one in ran.json["findings"] if one["record"]}
    assert records == {
        "DKIM of post.pressroom.dev, s1": txt_record("s1._domainkey.post.pressroom.dev", KEY.text),
        "DMARC of post.pressroom.dev": '_dmarc.pressroom.dev. IN TXT "v=DMARC1; p=reject"',
        "MX of post.pressroom.dev": "post.pressroom.dev. IN MX 10 YOUR-MAIL-SERVER.",
        "reverse DNS of 192.0.2.7": "other.pressroom.dev. IN A 192.0.2.7",
    }
    plainly = patient.examined(wrong)
    assert "error    SPF of post.pressroom.dev: 2 records, so none counts" in plainly.out
    assert "\n         enter: post.pressroom.dev. IN MX 10 YOUR-MAIL-SERVER.\n" in plainly.out
    assert (plainly.code, plainly.talk) == (1, "4 errors, 1 warning\n")


@pytest.mark.parametrize("takes_the_key", [True, False])
def test_a_providers_key_is_tried_where_one_is_used(tmp_path: Path, takes_the_key: bool) -> None:
    sample = SAMPLES["resend"]()
    folder = example(tmp_path / "news")
    with serving(Api(sample.usual, sample.checked if takes_the_key else sample.key_refused)) as api:
        given = {"PRESSROOM_PROVIDER_URL": f"resend://?api={api.url}", "PRESSROOM_PROVIDER_KEY": "re_key", "PRESSROOM_SECRET_KEY": "k" * 32}  # fmt: skip
        with name_server({}) as server, App(folder, variables=given) as app:
            found = {each.what: each for each in diagnose(app, Asked(NameServer(server.resolver)))}
    assert found["provider"].state is (RecordState.FOUND if takes_the_key else RecordState.WRONG)
    assert "mail server" not in found
    assert not api.sent


def test_names_that_cannot_be_looked_up_are_warnings_and_hide_nothing_else(patient: Patient) -> None:
    circle = GOOD | {
        ("_spf.pressroom.dev.", "CNAME"): ["_spg.pressroom.dev."], ("_spg.pressroom.dev.", "CNAME"): ["_spf.pressroom.dev."],
    }  # fmt: skip
    del circle["_spf.pressroom.dev.", "TXT"]
    ran = patient.examined(circle, "--json", broken=["s1._domainkey.post.pressroom.dev."])
    assert (ran.code, ran.json["errors"]) == (0, 0)
    assert {what for what, level in levels(ran).items() if level == "warning"} == {"SPF", "DKIM"}
    assert "no name server could answer for _spf.pressroom.dev" in ran.json["findings"][0]["says"]


def test_a_silent_name_server_costs_one_wait(patient: Patient) -> None:
    begun = time.monotonic()
    ran = patient.examined({}, "--json", silent=True)
    assert time.monotonic() - begun < 60, "one wait of 4 s, however long a busy machine makes it"
    assert ran.code == 0
    unknown = {what for what, level in levels(ran).items() if level == "warning"}
    assert unknown == {"SPF", "DKIM", "DMARC", "alignment", "MX", "reverse DNS"}


def test_a_look_that_has_no_end_is_left_behind(patient: Patient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        patient.variables["PRESSROOM_SMTP_URL"] = f"smtp://127.0.0.1:{mute.getsockname()[1]}"
        patient.variables["PRESSROOM_BOUNCES_URL"] = f"imap://ada:x@127.0.0.1:{mute.getsockname()[1]}"
        ran = patient.examined(GOOD, "--seconds", "2", "--json")
    assert {one["what"]: one["says"] for one in ran.json["findings"]}["bounce mailbox"].startswith(
        "no answer within 2 s"
    )
    assert levels(ran)["clock"] == "ok"


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("SMTP", "smtp://ada:wrong@{sink}?starttls=required&cafile={certificate}", "refuses the login of 'ada'"),
        ("SMTP", "smtp://{sink}?starttls=required&cafile={certificate}", "write user and password into PRESSROOM_SMTP_URL"),
        ("SMTP", "smtp://{closed}", "could not be reached"),
        ("SMTP", "smtps://ada:hunter2@{sink}", "could not be reached"),
        ("SMTP", "", "PRESSROOM_SMTP_URL is not set"),
        ("BOUNCES", "maildir:{folder}/nowhere", "is not a Maildir"),
        ("BOUNCES", "imap://ada:x@{closed}", "cannot be read"),
    ],
)  # fmt: skip
def test_servers_are_really_asked(patient: Patient, variable: str, value: str, says: str) -> None:
    sink = patient.variables["PRESSROOM_SMTP_URL"].partition("@")[2].partition("?")[0]
    places = {
        "sink": sink,
        "certificate": patient.certificate,
        "closed": f"127.0.0.1:{free_port()}",
        "folder": patient.folder,
    }
    patient.variables[f"PRESSROOM_{variable}_URL"] = value.format(**places)
    ran = patient.examined(GOOD, "--json")
    wrong = [one for one in ran.json["findings"] if one["level"] == "error"]
    assert [one["what"].partition(" 1")[0] for one in wrong] == [
        "mail server" if variable == "SMTP" else "bounce mailbox"
    ]
    assert says in wrong[0]["says"]
    assert "hunter2" not in ran.out + ran.talk


def test_pages_have_to_answer_themselves_over_tls(
    lasting: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(lasting))

    def found(url: str) -> tuple[RecordState, str]:
        finding = examined.pages(url, NOW, 10)
        return finding.state, finding.says

    for status, location, says in ((200, "", "the first page is there"), (301, "/de/", "sends readers on to /de/"), (502, "", "answers 502")):  # fmt: skip
        with web(lasting, status, location) as url:
            state, said = found(url)
            assert (state is RecordState.FOUND, says in said) == (status == 200, True), said
    with web(certificate) as url:
        state, said = found(url)
        assert (state, "is not trusted" in said) == (RecordState.WRONG, True)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        state, said = found(url)
        assert (state, "renew it" in said) == (RecordState.WEAK, True)
    assert "nobody can reach it" in found(f"https://127.0.0.1:{free_port()}")[1]
    assert found("http://127.0.0.1:8025")[0] is RecordState.WEAK


def test_a_look_at_the_mailbox_marks_nothing(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1.x").write_text("From: a@example.com\n\nhello\n")
    mailbox = mailbox_at(f"maildir:{tmp_path}")
    for _ in range(2):
        assert examined.mailbox(mailbox).says == "it can be opened, and has mail that was not read yet"


@pytest.mark.both_databases
def test_the_clock_is_compared_with_the_databases(tmp_path: Path, database_url: str) -> None:
    folder = example(tmp_path / "publication")
    for clock, state in ((FakeClock(), RecordState.WRONG), (SystemClock(), RecordState.FOUND)):
        with App(folder, database=database_url, clock=clock, variables=variables("smtp://127.0.0.1:9")) as app, name_server({}) as server:  # fmt: skip
            app.engine.dispose()
            found = {
                one.what: one for one in diagnose(app, Asked(NameServer(server.resolver), sends_from=["192.0.2.7"]))
            }["clock"]
        assert found.state is (RecordState.FOUND if database_url.startswith("sqlite") else state)


def test_examples_are_named_and_not_looked_up(tmp_path: Path) -> None:
    assert pressroom("init", "news", cwd=tmp_path).code == 0
    with name_server({}) as server:
        ran = pressroom("--publication", "news", "doctor", "--name-server", server.address, "--json", cwd=tmp_path)
    assert server.asked == []
    assert ran.json["findings"][0]["says"].startswith("news.example.com: an example, which nobody can look up")
    wrong = pressroom("--publication", "news", "doctor", "--name-server", "dns.pressroom.dev", cwd=tmp_path)
    assert (wrong.code, "is no name server; write its address" in wrong.talk.replace("\n", " ")) == (2, True)
