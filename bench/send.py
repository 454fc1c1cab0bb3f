"""How fast a whole send is, compared with the fastest that is possible: Postfix's own smtp-source.

    python bench/send.py [--messages 5000] [--sessions 20] [--runs 3] [--dkim]

Both send to Postfix's smtp-sink, messages of the same size, in turns. Ours are personalised and every one is in the
ledger (SQLite, synchronous=FULL) before and after its dot; half of the readers leave out one or two short sections.
Prints JSON, with the memory of a mailing of a million rows of which a part is sent; with --dkim, also what signing costs,
beside what `openssl speed rsa2048` signs on one core.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import sqlalchemy as sa

from publisher import merge_fields
from publisher.adapters.clock import SystemClock
from publisher.adapters.database import database_ledger, migrate
from publisher.adapters.smtp import SmtpCourier, SmtpUrl
from publisher.deliver import ISSUE, MessageBuilder, compose, dispatch
from publisher.issue import Approved, DeliveryState
from publisher.ports import AnyCourier, Claimed, Ledger, Mailing
from publisher.publication import Delivering, Publication
from subscribers.database import open_engine
from tests.free_ports import free_port

if TYPE_CHECKING:  # a send that signs nothing loads nothing of it, and its memory is measured here
    from publisher.adapters.dkim import DkimSigner

SIZE = 40_000


def publication() -> Publication:
    return Publication.model_validate(
        {
            "name": "Bench Notes",
            "tagline": "Measured.",
            "base_url": "https://bench.example.com",
            "postal_address": "1 Example Street",
            "list_id": "weekly.bench.example.com",
            "sender": {
                "name": "Bench Notes",
                "address": "notes@bench.example.com",
                "bounces": "bounces@bench.example.com",
            },
            "section": [{"id": "concept", "folder": "concepts", "label": "concept"}],
            "editor": [{"name": "Robin", "address": "robin@bench.example.com"}],
        }
    )


def message() -> bytes:
    """Return an issue of about SIZE octets on the wire."""
    paragraph = "Retries multiply load: three layers of three tries each make 27 calls of one. "
    text = f"{merge_fields.GREETING}\n\n{paragraph * 60}\n\n{merge_fields.ADDRESS}: {merge_fields.UNSUBSCRIBE}\n"
    html = f"<p>{merge_fields.GREETING}</p>{{}}<p>{merge_fields.ADDRESS} <a href='{merge_fields.UNSUBSCRIBE}'>Unsubscribe</a></p>"
    left = SIZE - len(_compose(html.format("<p></p>"), text))
    body = _section("concept", f"<p>{paragraph * (left // (len(paragraph) + 2))}</p>")
    brief = "".join(_section(name, f"<p>{paragraph}</p>") for name in ("project", "question"))
    return _compose(html.format(body + brief), text)


def _section(name: str, html: str) -> str:
    marks = merge_fields.around(name)
    return f"{marks.begins}{html}{marks.ends}"


def _compose(html: str, text: str) -> bytes:
    return compose(publication(), ISSUE, subject="Bench Notes 1", html=html, text=text, number=1)


def filled_ledger(folder: Path, readers: int) -> Ledger:
    """Return a ledger over `readers` active subscribers."""
    engine = open_engine(f"sqlite:///{folder / 'bench.db'}")
    migrate(engine)
    columns = "subject_id, address, canonical, name, state, created, confirmed, without"
    without = """CASE i % 4 WHEN 1 THEN '["project"]' WHEN 2 THEN '["project", "question"]' ELSE '[]' END"""
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :readers) "
                f"INSERT INTO subscriber (id, {columns}) SELECT i, 'subject-' || i, 'reader' || i || '@example.com', "
                f"'reader' || i || '@example.com', 'Reader ' || i, 'active', '2026-01-01', '2026-01-01', {without} FROM n"
            ),
            {"readers": readers},
        )
    return database_ledger(engine)


@contextmanager
def sink() -> Iterator[int]:
    """Run Postfix's smtp-sink on a free port."""
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    program = shutil.which("smtp-sink", path=f"{os.environ['PATH']}:/usr/sbin") or "smtp-sink"
    process = subprocess.Popen([program, *user, f"127.0.0.1:{port}", "256"], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait()


def ours(port: int, messages: int, sessions: int, signer: DkimSigner | None = None) -> tuple[float, float]:
    """Return the messages a second of one whole send, and the processor time of each in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = filled_ledger(Path(folder), messages)
        now = dt.datetime.now(dt.UTC)
        mailing = ledger.deliveries.start(Approved(1, "digest", "Bench Notes 1", message(), ()), now)
        message_builder = MessageBuilder(
            publication(),
            b"secret",
            "https://bench.example.com/unsubscribe/{}".format,
            "https://bench.example.com/preferences/{}".format,
            signed=signer is not None,
        )
        courier: AnyCourier = SmtpCourier(SmtpUrl.parse(f"smtp://127.0.0.1:{port}"))
        if signer:
            from publisher.adapters.signed_mail import SigningCourier, threads

            courier = SigningCourier(courier, signer, SystemClock(), threads())
        begun, used = time.perf_counter(), time.process_time()
        sums = dispatch(
            mailing,
            ledger,
            courier,
            message_builder.issue(mailing),
            policy=Delivering(connections=sessions),
            clock=SystemClock(),
        )
        seconds = time.perf_counter() - begun
        assert sums[DeliveryState.SENT] == messages, sums
        return messages / seconds, (time.process_time() - used) / messages


def signed(port: int, messages: int, sessions: int, runs: int) -> dict[str, float]:
    """Return what signing costs, all of it in the same turns: openssl, the signatures alone, and whole sends."""
    from publisher.adapters.dkim import DkimSigner, Signing, new_key

    rsa, ed25519 = (Signing(new_key(kind), kind) for kind in ("rsa", "ed25519"))
    by_rsa, by_both = (DkimSigner("bench.example.com", keys) for keys in ((rsa,), (rsa, ed25519)))
    found: dict[str, list[float]] = {}
    for _ in range(runs):
        off, rsa_only, both = (ours(port, messages, sessions, signer) for signer in (None, by_rsa, by_both))
        turn = {
            "openssl_rsa2048_per_second": openssl(), "signatures_rsa_per_cpu_second": 1 / _signature(by_rsa),
            "signatures_both_per_cpu_second": 1 / _signature(by_both), "rsa_per_second": rsa_only[0], "both_per_second": both[0],
            "unsigned_cpu_us": off[1] * 1e6, "rsa_cpu_us": rsa_only[1] * 1e6, "both_cpu_us": both[1] * 1e6,
        }  # fmt: skip
        turn["signatures_ratio"] = turn["signatures_rsa_per_cpu_second"] / turn["openssl_rsa2048_per_second"]
        turn["sends_ratio"] = turn["rsa_per_second"] / turn["openssl_rsa2048_per_second"]
        for name, value in turn.items():
            found.setdefault(name, []).append(value)
    return {
        name: round(statistics.median(values), 2 if name.endswith("ratio") else None) for name, values in found.items()
    }


def openssl() -> float:
    """Return how many RSA-2048 signatures openssl makes in a second of one core's time."""
    made = subprocess.run(["openssl", "speed", "-seconds", "2", "rsa2048"], check=True, capture_output=True, text=True)
    return float(made.stdout.split()[-2])


def _signature(signer: DkimSigner) -> float:
    """Return the processor time, in seconds, of signing one reader's copy, the hash of its body included."""
    now = dt.datetime.now(dt.UTC)
    url = "https://bench.example.com/{}".format
    mailing = Mailing(1, "digest", "Bench Notes 1", message(), now, None)
    spent = []
    for ready in (False, True):
        build = MessageBuilder(publication(), b"secret", url, lambda *_: url("x"), signed=ready).issue(mailing)
        used = time.process_time()
        for number in range(600):
            envelope = build(Claimed(number, f"subject-{number}", f"reader{number}@example.com", "Ada", 1))
            assert envelope
            if ready:
                signer.sign(envelope, now)
        spent.append((time.process_time() - used) / 600)
    return spent[1] - spent[0]


def theirs(port: int, messages: int, sessions: int) -> float:
    program = shutil.which("smtp-source", path=f"{os.environ['PATH']}:/usr/sbin") or "smtp-source"
    command = [program, "-d", "-s", str(sessions), "-l", str(len(message())), "-m", str(messages)]
    begun = time.perf_counter()
    subprocess.run([*command, "-f", "a@example.com", "-t", "b@example.com", f"127.0.0.1:{port}"], check=True)
    return messages / (time.perf_counter() - begun)


def memory(rows: int, messages: int) -> dict[str, float]:
    """Return the peak memory of a process that freezes `rows` deliveries and sends some of them, and its times."""
    code = f"import send; send.remember({rows}, {messages})"
    here = Path(__file__).resolve().parent
    made = subprocess.run([sys.executable, "-c", code], cwd=here, check=True, capture_output=True, text=True)
    return dict(json.loads(made.stdout))


def remember(rows: int, messages: int) -> None:
    """Print what memory() returns; runs in its own process."""
    with tempfile.TemporaryDirectory() as folder, sink() as port:
        ledger = filled_ledger(Path(folder), rows)
        approved = Approved(1, "digest", "Bench Notes 1", message(), ())
        begun = time.perf_counter()
        mailing = ledger.deliveries.start(approved, dt.datetime.now(dt.UTC))
        frozen = time.perf_counter() - begun
        import threading

        stop = threading.Event()

        def enough(sums: object) -> None:
            if sums[DeliveryState.SENT] >= messages:  # type: ignore[index]
                stop.set()

        message_builder = MessageBuilder(
            publication(),
            b"secret",
            "https://bench.example.com/unsubscribe/{}".format,
            "https://bench.example.com/preferences/{}".format,
        )
        begun = time.perf_counter()
        courier = SmtpCourier(SmtpUrl.parse(f"smtp://127.0.0.1:{port}"))
        sums = dispatch(
            mailing,
            ledger,
            courier,
            message_builder.issue(mailing),
            policy=Delivering(connections=20),
            clock=SystemClock(),
            progress=enough,
            stop=stop,
        )
        seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = sums[DeliveryState.SENT] / seconds
    print(json.dumps({"rows": rows, "peak_mb": round(peak, 1), "freeze_s": round(frozen, 2), "rate": round(rate)}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the memory measurement; 0 leaves it out")
    parser.add_argument("--dkim", action="store_true", help="measure signing as well")
    options = parser.parse_args()
    pairs = []
    with sink() as port:
        for _ in range(options.runs):
            reference = theirs(port, options.messages, options.sessions)
            pairs.append((ours(port, options.messages, options.sessions)[0], reference))
    result: dict[str, object] = {
        "message_octets": len(message()),
        "messages": options.messages,
        "sessions": options.sessions,
        "pressroom_per_second": round(statistics.median(own for own, _ in pairs)),
        "smtp_source_per_second": round(statistics.median(reference for _, reference in pairs)),
        "ratio": round(statistics.median(own / reference for own, reference in pairs), 3),
    }
    if options.dkim:
        with sink() as port:
            result["signed"] = signed(port, options.messages, options.sessions, options.runs)
    if options.rows:
        result["memory"] = memory(options.rows, min(options.messages, 5000))
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
