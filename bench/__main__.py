"""`make bench`: every measurement in one run, as a table with its aim beside it.

    python -m bench [--quick]

Exits with 1 when an aim is missed, so that a slow change is noticed; machines are noisy, so run it twice before you worry.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; `aim` is the goal, `met` says whether it was reached, None when there is no goal."""

    what: str
    value: str
    beside: str = ""
    aim: str = ""
    met: bool | None = None


def run(script: str, *options: str) -> dict[str, Any]:
    """Run one measurement in a process of its own and return what it printed."""
    made = subprocess.run(
        [sys.executable, str(HERE / script), *options], cwd=HERE.parent, check=True, stdout=subprocess.PIPE
    )
    return dict(json.loads(made.stdout))


def sending(*, quick: bool) -> list[Figure]:
    options = ("--messages", "1000", "--runs", "1", "--rows", "100000") if quick else ()
    found = run("send.py", "--dkim", *options)
    memory, signed = found["memory"], found["signed"]
    return [
        Figure(
            f"whole send, {found['message_octets'] / 1000:.0f} KB, personalised, ledger on SQLite",
            f"{found['pressroom_per_second']:,} messages/s",
            f"smtp-source {found['smtp_source_per_second']:,}/s; ratio {found['ratio']:.2f}",
            "ratio >= 0.6",
            found["ratio"] >= 0.6,
        ),
        Figure(
            "signing its messages by RSA-2048 (DKIM), the hash of each body included",
            f"{signed['signatures_rsa_per_cpu_second']:,} in a second of one core",
            f"openssl speed {signed['openssl_rsa2048_per_second']:,}; ratio {signed['signatures_ratio']:.2f}; with Ed25519 beside it "
            f"{signed['signatures_both_per_cpu_second']:,}",
            "ratio >= 0.7",
            signed["signatures_ratio"] >= 0.7,
        ),
        Figure(
            "whole send, signed by RSA-2048",
            f"{signed['rsa_per_second']:,} messages/s",
            f"{signed['rsa_cpu_us']:,} us of processor time each, unsigned {signed['unsigned_cpu_us']:,}, by both keys "
            f"{signed['both_cpu_us']:,}; {signed['sends_ratio']:.2f} of openssl speed",
        ),
        Figure(
            f"peak memory, {memory['rows']:,} rows",
            f"{memory['peak_mb']:.0f} MB",
            f"audience frozen in {memory['freeze_s']:.1f} s; {memory['rate']:,} messages/s",
            "< 80 MB",
            memory["peak_mb"] < 80,
        ),
    ]


def pages(*, quick: bool) -> list[Figure]:
    found = run("pages.py", *(("--runs", "2") if quick else ()))
    return [
        Figure(
            "pieces to rendered issue", f"{found['assembled_to_rendered_s']:.2f} s", "assemble, draft, render", "< 1 s",
            found["assembled_to_rendered_s"] < 1,
        ),
        Figure(
            "Markdown to a sanitised tree", f"{found['markdown_bytes_per_s'] / 1000:.0f} KB/s",
            f"python-markdown, to HTML only; ratio {found['markdown_ratio']:.2f}", "ratio >= 0.5",
            found["markdown_ratio"] >= 0.5,
        ),
        Figure("the site", f"{found['pages_per_s']:.0f} pages/s", f"{found['pages']} pages in {found['site_s']:.2f} s"),
    ]  # fmt: skip


def preview(*, quick: bool) -> list[Figure]:
    found = run("preview.py", *(("--runs", "2") if quick else ()))
    if found["issue_ms"] is None:
        return [Figure("from saving to the browser", "–", "there is no chromium")]
    slower = max(found["issue_ms"], found["piece_ms"])
    return [
        Figure(
            "from saving an issue to the browser, `pressroom preview`", f"{found['issue_ms']:.0f} ms",
            f"a piece {found['piece_ms']:.0f} ms; the longest of {found['runs']} {found['longest_ms']:.0f} ms", "< 300 ms",
            slower < 300,
        )
    ]  # fmt: skip


def site(*, quick: bool) -> list[Figure]:
    found = run("big_site.py", *(("--runs", "1") if quick else ()))
    if not found["issues"]:
        return [Figure("the site of an archive", "–", "the data is missing")]
    beside = "Pelican cannot be installed"
    if found["ratio"] is not None:
        beside = (
            f"Pelican {found['pelican_seconds']:.1f} s; ratio {found['ratio']:.2f}; of CPU {found['cpu_seconds']:.1f} s and "
            f"{found['pelican_cpu_seconds']:.1f} s, ratio {found['cpu_ratio']:.2f}"
        )
    return [
        Figure(
            f"the site of {found['issues']:,} issues, from nothing", f"{found['seconds']:.1f} s", beside,
            "ratio >= 2", None if found["ratio"] is None else found["ratio"] >= 2,
        ),
        Figure(
            "the same after one edit", f"{found['after_one_edit_seconds']:.2f} s",
            f"in a running process; `pressroom publish` without any edit {found['unchanged_cpu_seconds']:.1f} s",
            "< 0.5 s", found["after_one_edit_seconds"] < 0.5,
        ),
        Figure("its peak memory", f"{found['peak_mb']:.0f} MB", "", "< 150 MB", found["peak_mb"] < 150),
    ]  # fmt: skip


def readers(*, quick: bool) -> list[Figure]:
    found = run(
        "readers.py", *(("--forms", "500", "--runs", "1", "--rows", "20000", "--probes", "20") if quick else ())
    )
    form, told = found["sign_ups"], found["timing"]
    figures = [
        Figure(
            "sign-ups", f"{form['per_second']:,} forms/s",
            f"bare FastAPI + SQLite insert {form['bare_per_second']:,}/s; ratio {form['ratio']:.2f}; then "
            f"{form['emails_per_second']:,} emails/s", "ratio >= 0.6", form["ratio"] >= 0.6,
        ),
        Figure(
            "who is on the list? new, pending, confirmed, suppressed",
            f"{told['largest_difference_ms']:.2f} ms between medians",
            f"smallest p {told['smallest_p']} in {told['answers']} answers each; {told['bodies']} body",
            "p >= 0.01, one body", told["smallest_p"] >= 0.01 and told["bodies"] == 1,
        ),
    ]  # fmt: skip
    for database in ("sqlite", "postgresql"):
        one = found[database]
        figures += [
            Figure(
                f"audience of {one['rows']:,}, {database}", f"{one['audience_per_second']:,} rows/s",
                f"in batches; memory grows by {one['audience_grown_mb']:.0f} MB", "< 50 MB", one["audience_grown_mb"] < 50,
            ),
            Figure(
                f"a reader's page among {one['rows']:,}, {database}", f"{one['page_ms']:.1f} ms",
                f"{one['page_ratio']:.2f} of the time among 1,000", "ratio < 2", one["page_ratio"] < 2,
            ),
            Figure(
                f"one-click unsubscribe among {one['rows']:,}, {database}", f"{one['one_click_ms']:.1f} ms",
                f"{one['one_click_ratio']:.2f} of the time among 1,000", "ratio < 2", one["one_click_ratio"] < 2,
            ),
        ]  # fmt: skip
    return figures


def sharing(*, quick: bool) -> list[Figure]:
    found = run("workers.py", *(("--messages", "400", "--connections", "8", "--runs", "1") if quick else ()))
    return [
        Figure(
            f"two workers on PostgreSQL, {found['connections']} connections each, {found['wait_ms']} ms before each answer",
            f"{found['two_per_second']:,} messages/s",
            f"one worker {found['one_per_second']:,}/s; ratio {found['ratio']:.2f}",
            "ratio >= 1.6",
            found["ratio"] >= 1.6,
        )
    ]


def importing(*, quick: bool) -> list[Figure]:
    found = run("import_list.py", *(("--rows", "50000") if quick else ()))
    return [
        Figure(
            f"import of {found['rows']:,} readers, {database}", f"{found[database]['per_second']:,} rows/s",
            f"in {found[database]['seconds']:.0f} s, {found[database]['cpu_seconds']:.0f} s of CPU; peak "
            f"{found[database]['peak_mb']:.0f} MB; who left meanwhile waited {found[database]['longest_wait_s']:.2f} s at most",
            ">= 10,000/s, wait < 1 s",
            found[database]["per_second"] >= 10_000 and found[database]["longest_wait_s"] < 1,
        )
        for database in ("sqlite", "postgresql")
    ]  # fmt: skip


def finding(*, quick: bool) -> list[Figure]:
    found = run("finding.py", *(("--rows", "20000") if quick else ()))
    figures = []
    for database in ("sqlite", "postgresql"):
        for name, one in found[database].items():
            told = one["progress_lines"] > 0 or one["seconds"] < 10
            figures.append(
                Figure(
                    f"{name}, {found['rows']:,} readers, {database}", f"{one['peak_mb']:.0f} MB",
                    f"{one['grown_mb']:.0f} MB more than for 1,000; {one['seconds']:.0f} s; {one['progress_lines']} lines "
                    "of progress", "< 150 MB, + < 30 MB, progress",
                    one["peak_mb"] < 150 and one["grown_mb"] < 30 and told,
                )
            )  # fmt: skip
    return figures


def moving(*, quick: bool) -> list[Figure]:
    found = run("round_trip.py", *(("--rows", "2000") if quick else ()))
    return [
        Figure(
            f"a list of {found['rows']:,} moves from {way}", "equal, row for row",
            f"export {found[way]['export_seconds']:.0f} s, import {found[way]['import_seconds']:.0f} s, once more without a "
            f"change {found[way]['second_import_seconds']:.0f} s", "equal", met=True,
        )
        for way in ("sqlite to postgresql", "postgresql to sqlite")
    ]  # fmt: skip


def whole_databases(*, quick: bool) -> list[Figure]:
    found = run("moving.py", *(("--rows", "2000") if quick else ()))
    return [
        Figure(
            f"{step}, {found['readers']:,} readers, an issue half sent", "equal, row for row",
            f"{found[step]['seconds']:.0f} s, {found[step]['peak_mb']} MB", "equal, < 250 MB", found[step]["peak_mb"] < 250,
        )
        for step in ("move to postgresql", "move to sqlite", "backup of sqlite", "backup of postgresql", "restore in postgresql")
    ]  # fmt: skip


def retrieval(*, quick: bool) -> list[Figure]:
    found = run("retrieval.py", "--sizes", "7000", *(() if quick else ("100000",)))
    if found["passages"] is None:
        return [Figure("retrieval on Optech's passages", "–", "the data is missing")]
    quality = [
        Figure(
            f"retrieval, {kind}: nDCG@10", f"{found[kind]['all']['ndcg']:.3f}",
            f"{found[kind]['all']['queries']} queries, Recall@10 {found[kind]['all']['recall']:.3f}", f">= {aim}",
            found[kind]["all"]["ndcg"] >= aim,
        )
        for kind, aim in (("citations", 0.71), ("citations with links", 0.72), ("topics", 0.59))
    ]  # fmt: skip
    speed = [
        Figure(
            f"retrieval, a query of {int(size):,} passages", f"{one['cpu_ms']:.1f} ms",
            f"p50, processor time; by the clock {one['wall_ms']:.1f} ms", "< 5 ms", one["cpu_ms"] < 5,
        )
        for size, one in found["words"].items()
    ]  # fmt: skip
    for size, databases in found["hybrid"].items():
        for database, one in databases.items():
            built = (
                f"; HNSW built in {one['index_seconds']:.0f} s, finds {one['recall']:.0%}" if "recall" in one else ""
            )
            speed.append(
                Figure(
                    f"retrieval by words and vectors, {int(size):,} passages, {database}", f"{one['cpu_ms']:.1f} ms",
                    f"p50, processor time, vector given; by the clock {one['wall_ms']:.1f} ms{built}", "< 25 ms",
                    one["cpu_ms"] < 25 and one.get("by_hnsw", True),
                )
            )  # fmt: skip
    seconds = found["sync_seconds"]
    return [
        *quality, *speed,
        Figure(
            f"retrieval, indexing {found['passages']:,} passages", f"{seconds:.1f} s", f"{found['load_seconds']:.1f} s when known",
            "< 3 s", seconds < 3,
        ),
    ]  # fmt: skip


MEASUREMENTS: tuple[Callable[..., list[Figure]], ...] = (
    sending, sharing, pages, preview, site, readers, importing, finding, moving, whole_databases, retrieval,
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="fewer messages and runs: shows that it works, not how fast it is"
    )
    quick = parser.parse_args().quick
    figures = [figure for measure in MEASUREMENTS for figure in measure(quick=quick)]
    table = Table(title=f"Pressroom on {platform.machine()}, Python {platform.python_version()}", title_justify="left")
    for column in ("what", "measured", "beside", "aim", ""):
        table.add_column(column, overflow="fold")
    for figure in figures:
        verdict = {True: "met", False: "MISSED", None: ""}[figure.met]
        table.add_row(figure.what, figure.value, figure.beside, figure.aim, verdict)
    Console(width=None if sys.stdout.isatty() else 150).print(table)
    return 0 if quick or all(figure.met is not False for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
