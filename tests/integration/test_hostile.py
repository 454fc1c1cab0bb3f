"""A hostile run against the whole web application, with a real server, database and mail sink: what comes of it is counted."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from publisher import pipeline
from publisher.adapters.smtp_sink import Sink
from publisher.app import App
from publisher.web import AbuseLimits, Limits, View, WebContext, create_app, make_server
from subscribers import State
from subscribers.adapters import tables
from tests.house import LOOSE, wait_for
from tests.long import some
from tests.publication import FakeClock, example

ROOT = Path(__file__).parents[2]
SECRET = "a secret that is used for tests and for nothing else"


@dataclass
class Fort:
    """The web application as `pressroom run` serves it, with a clock that a test sets."""

    url: str
    app: App
    outbox: Path
    clock: FakeClock

    def token(self) -> str:
        return str(requests.get(f"{self.url}/api/form", timeout=10).json()["form"])

    def knock(self, forms: Iterable[str]) -> Counter[str]:
        """Send many forms from a process of its own; return how many answers had which status."""
        port = self.url.rpartition(":")[2]
        made = subprocess.run(
            [sys.executable, str(ROOT / "bench" / "knock.py"), port, "50"], input="\n".join(forms),
            capture_output=True, text=True, check=True, timeout=240,
        )  # fmt: skip
        return Counter(json.loads(made.stdout)["statuses"])

    def post(self, **fields: str) -> requests.Response:
        return requests.post(f"{self.url}/subscribe", data={"form": self.token(), **fields}, timeout=10)

    def mails(self) -> list[Message]:
        return [message_from_bytes(path.read_bytes()) for path in sorted(self.outbox.glob("*.eml"))]

    def settled(self) -> list[Message]:
        """Return the mails when none is due or on its way any more."""
        wait_for(lambda: not self.count(tables.email, tables.email.c.state.in_(("queued", "claimed", "at_dot"))), 30)
        return self.mails()

    def count(self, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
        with self.app.engine.connect() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0

    def link(self, kind: str, address: str) -> str:
        """Return the link of the newest mail to an address, on this server."""
        [mail] = [mail for mail in self.settled() if address in str(mail["To"])][-1:]
        text = mail.get_payload(0).get_payload(decode=True).decode()  # type: ignore[union-attr]
        found = re.search(rf"https://notes\.example\.com/({kind}/\S+)", text)
        assert found, text
        return f"{self.url}/{found[1]}"

    def press(self, link: str) -> requests.Response:
        page = requests.get(link, timeout=10)
        token = re.search(r'name="form" value="([^"]+)"', page.text)
        return requests.post(link, data={"form": token[1] if token else ""}, timeout=10)


@contextmanager
def fort(folder: Path, limits: Limits) -> Iterator[Fort]:
    home, clock = example(folder / "home"), FakeClock()
    with Sink(folder / "outbox") as sink:
        variables = {"PRESSROOM_SMTP_URL": sink.url, "PRESSROOM_SECRET_KEY": SECRET}
        with App(home, clock=clock, variables=variables) as app:
            asgi = create_app(WebContext(
                subscribers=app.subscribers, look=lambda: View.of(app.content_store.read(), app.templates),
                site=folder / "site", clock=clock, post=lambda _enough: pipeline.post(app.act()).sent, abuse_limits=AbuseLimits(limits, answer_every=0, youngest_form=0),
            ))  # fmt: skip
            server = make_server(asgi, "127.0.0.1", 0)
            thread = threading.Thread(target=server.run)
            thread.start()
            wait_for(lambda: server.started)
            port = server.servers[0].sockets[0].getsockname()[1]
            try:
                yield Fort(f"http://127.0.0.1:{port}", app, folder / "outbox", clock)
            finally:
                server.should_exit = True
                thread.join(20)


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Fort]:
    """A fort with the budgets that publications have by default."""
    with fort(tmp_path, Limits()) as made:
        yield made


@pytest.fixture
def loose(tmp_path: Path) -> Iterator[Fort]:
    """A fort whose budgets are wide open, so that what is behind them is tried."""
    with fort(tmp_path, LOOSE) as made:
        yield made


MANY = some(10_000)


def test_thousands_of_sign_ups_for_one_address_from_everywhere_make_one_reader_and_one_mail(loose: Fort) -> None:
    statuses = loose.knock(f"victim@example.com\t10.{n >> 8}.{n & 255}.7" for n in range(MANY))
    assert statuses == {"200": MANY}
    assert len(loose.settled()) == 1
    assert loose.count(tables.subscriber) == 1
    assert loose.count(tables.consent) == 1


PROVIDERS = ["gmail.com", "googlemail.com"]


def variants(count: int) -> Iterator[str]:
    """Yield so many addresses of one mailbox, each from a network of its own."""
    for n in range(count):
        dots = "".join(letter + "." * (n >> place & 1) for place, letter in enumerate("ada")) + "b"
        yield f"{dots}+{n}@{PROVIDERS[n % 2]}\t2001:{n >> 8:x}:{n & 255:x}::7"


def test_thousands_of_variants_of_one_mailbox_from_as_many_networks_make_one_mail_a_day(loose: Fort) -> None:
    for day in range(1, 4):
        statuses = loose.knock(variants(MANY if day == 1 else 500))
        assert set(statuses) == {"200"}
        assert len(loose.settled()) == loose.count(tables.consent) == day
        loose.clock.advance(24 * 3600)
    assert loose.count(tables.subscriber) <= 3


def test_variants_of_one_mailbox_take_nothing_from_others_with_the_same_provider(tmp_path: Path) -> None:
    with fort(tmp_path, replace(Limits(), everyone="100000 per minute")) as made:
        assert made.knock(variants(1_000)) == {"200": 1_000}
        assert len(made.settled()) == 1
        family = [f"{name}.x@gmail.com" for name in ("ann", "ben", "cleo", "dan", "eve")]
        assert made.knock(f"{each}\t192.0.2.7" for each in family) == {"200": 5}
        assert {str(mail["To"]) for mail in made.settled()} > set(family)


def test_a_family_of_five_behind_one_address_signs_up_within_a_minute(strict: Fort) -> None:
    begun = time.monotonic()
    names = ("ann", "ben", "cleo", "dan", "eve")
    assert [strict.post(email=f"{name}@family.example.com").status_code for name in names] == [200] * 5
    for name in names:
        assert "You are subscribed" in strict.press(strict.link("confirm", f"{name}@family.example.com")).text
    assert time.monotonic() - begun < 60
    assert strict.app.subscribers.queries.counts()[State.ACTIVE] == 5


def test_thousands_of_addresses_from_one_client_make_six_mails_in_a_minute(strict: Fort) -> None:
    begun = time.monotonic()
    statuses = strict.knock(f"reader{n}@example{n % 500}.com" for n in range(MANY))
    minutes = 1 + int((time.monotonic() - begun) // 60)
    taken = statuses["200"]
    assert statuses == {"200": taken, "429": MANY - taken}
    assert 6 <= taken <= 6 * (minutes + 1)
    assert len(strict.settled()) == strict.count(tables.subscriber) == taken


def test_a_whole_64_of_ipv6_counts_as_one_client_and_a_lying_proxy_as_itself(strict: Fort) -> None:
    near = strict.knock(f"r{n}@example{n}.com\t2001:db8:1:2::{n:x}" for n in range(100))
    assert near == {"200": 6, "429": 94}
    far = strict.knock(f"f{n}@example{n}.com\t2001:db8:{n:x}::1" for n in range(16, 26))
    assert far == {"200": 10}


HEADERS = "Bcc: everybody@example.com"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x00", "\u2028", "\x0b", "%0d%0a"])
def test_no_header_and_no_word_of_the_form_reaches_a_mail(end: str, loose: Fort) -> None:
    injected = f"{end}{HEADERS}"
    assert loose.post(email=f"ada@example.com{injected}").status_code == 422
    answer = loose.post(
        email="grace@example.com", source=f"s{injected}", campaign=f"BUY NOW{injected}", path=injected, name=injected
    )
    assert answer.status_code == 200
    [mail] = loose.settled()
    raw = next(loose.outbox.glob("*.eml")).read_text("utf-8")
    assert mail["To"] == "grace@example.com"
    assert "Bcc" not in mail
    assert "everybody" not in raw
    assert "BUY" not in raw
    [reader] = loose.app.subscribers.queries.find()
    assert "\n" not in reader.source
    assert "\x00" not in reader.source


def test_a_field_of_a_megabyte_is_refused_unread_and_one_below_the_limit_is_cut(loose: Fort) -> None:
    assert loose.post(email="ada@example.com", source="x" * 1_000_000).status_code == 413
    assert loose.post(email="a" * 60_000 + "@example.com").status_code == 422
    assert loose.post(email="ada@example.com", source="x" * 60_000).status_code == 200
    [reader] = loose.app.subscribers.queries.find()
    assert len(reader.source) <= 200


def test_emails_that_look_alike_are_other_mailboxes_and_the_same_letters_are_one(loose: Fort) -> None:
    latin, cyrillic = "ada@example.com", "аda@example.com"
    composed, decomposed = "zo\u00eb@example.com", "zoe\u0308@example.com"
    wide = "\uff41da@example.com"
    for address in (latin, "ADA@EXAMPLE.COM", " ada@example.com ", cyrillic, composed, decomposed, wide):
        assert loose.post(email=address).status_code in (200, 422)
    found = Counter(reader.canonical for reader in loose.app.subscribers.queries.find())
    assert found[latin] == 1
    assert found[cyrillic] == 1
    assert found[composed] == 1
    assert set(found.values()) == {1}
    assert decomposed not in found
    for homograph in ("ada@exаmple.com", "ada@example.com\u200b", "ada@example。com"):
        assert loose.post(email=homograph).status_code in (200, 422)
    domains = {reader.canonical.rpartition("@")[2] for reader in loose.app.subscribers.queries.find()}
    assert all(domain.isascii() for domain in domains)
    to_others = [mail for mail in loose.settled() if "xn--" in str(mail["To"])]
    assert all("example.com" not in str(mail["To"]) for mail in to_others)


def _spoilt(token: str) -> Iterator[str]:
    """Yield what is nearly a token."""
    for place in (0, 1, 10, len(token) // 2, len(token) - 1):
        yield token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
    yield from (token[:-1], token + "A", token + "=", token.swapcase(), "A" * len(token), "..", "%00", token * 50)


def test_expired_foreign_and_tampered_tokens_do_nothing(loose: Fort) -> None:
    loose.post(email="ada@example.com")
    confirm = loose.link("confirm", "ada@example.com")
    before = _everything(loose)
    token = confirm.rpartition("/")[2]
    counted: Counter[int] = Counter()
    for other in _spoilt(token):
        for page in ("confirm", "unsubscribe", "preferences", "move"):
            for call in (requests.get, requests.post):
                counted[call(f"{loose.url}/{page}/{other}", timeout=10).status_code] += 1
    for page in ("unsubscribe", "preferences", "move"):  # genuine, but for another purpose
        counted[requests.post(f"{loose.url}/{page}/{token}", timeout=10).status_code] += 1
    assert set(counted) <= {400, 404, 405}, counted
    loose.clock.advance(49 * 3600)
    assert loose.press(confirm).status_code == 410
    assert _everything(loose) == before
    loose.clock.advance(-2 * 3600)
    assert loose.press(confirm).status_code == 200
    assert loose.app.subscribers.queries.counts()[State.ACTIVE] == 1


def test_two_confirmations_at_once_are_one(loose: Fort) -> None:
    loose.post(email="ada@example.com")
    link = loose.link("confirm", "ada@example.com")
    answers: list[int] = []
    _at_once(8, lambda: answers.append(loose.press(link).status_code))
    assert answers == [200] * 8
    assert [str(mail["Subject"]).split()[0] for mail in loose.settled()].count("You") == 1
    assert loose.count(tables.consent) == 2
    [reader] = loose.app.subscribers.queries.find()
    assert reader.state is State.ACTIVE


def test_leaving_and_confirming_at_once_never_leaves_a_suppressed_reader_active(loose: Fort) -> None:
    for round_ in range(5):
        address = f"ada{round_}@example.com"
        loose.post(email=address)
        confirm = loose.link("confirm", address)
        token = loose.app.subscribers.links.unsubscribe_token(
            loose.app.subscribers.queries.find(query=address)[0].subject_id
        )
        leave = f"{loose.url}/unsubscribe/{token}"
        work = iter([lambda link=confirm: loose.press(link), lambda link=leave: requests.post(link, timeout=10)])
        _at_once(2, lambda work=work: next(work)())  # type: ignore[misc]
    both = tables.subscriber.join(tables.suppression, tables.suppression.c.canonical == tables.subscriber.c.canonical)
    with loose.app.engine.connect() as connection:
        wrong = sa.select(sa.func.count()).select_from(both).where(tables.subscriber.c.state == State.ACTIVE.value)
        assert connection.scalar(wrong) == 0


def test_a_flood_that_nobody_confirms_opens_the_breaker_and_the_form_says_so(loose: Fort) -> None:
    loose.knock(f"stranger{n}@example{n}.com" for n in range(150))
    sent = len(loose.settled())  # only mails that have left count
    loose.clock.advance(30 * 60)
    opened = loose.app.subscribers.watch.watch_sign_ups(loose.clock.now())
    assert opened is not None
    assert (opened.asked, opened.confirmed) == (150, 0)
    time.sleep(0.1)

    def stopped() -> bool:
        return loose.post(email="new@example.com").status_code == 503

    wait_for(stopped, 15)
    answer = loose.post(email="another@example.com")
    assert int(answer.headers["Retry-After"]) > 3600
    assert "Sign-ups are stopped" in answer.text
    assert len(loose.settled()) <= sent + 1, "but for one that came before it looked again"


def _at_once(count: int, work: Callable[[], object]) -> None:
    barrier = threading.Barrier(count)

    def run() -> None:
        barrier.wait()
        work()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def _everything(made: Fort) -> list[object]:
    chosen = (tables.subscriber, tables.consent, tables.suppression, tables.email, tables.course, tables.history)
    with made.app.engine.connect() as connection:
        return [tuple(row) for table in chosen for row in connection.execute(sa.select(table))]
