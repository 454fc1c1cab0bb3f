"""pressroom eval, the fast part with its floors: on the example's issues and a year of a real newsletter, in one table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from publisher.app import App
from publisher.cli import cli
from publisher.cli.evaluate_all import _options
from tests.publication import example

OPTECH = Path(__file__).parents[1] / "data" / "optech_2018"
FAST = ("--each", "8", "--last", "3")
FLOORS = {
    "retrieval: headings, nDCG@10": 0.75, "retrieval: words, Recall@10": 0.95, "retrieval: links, Recall@10": 0.4,
    "drafting: issues with a section": 1.0, "drafting: sentences cite as editors did": 0.3,
    "repeats: one word in twenty edited, old news": 0.85, "repeats: one word in eight edited, related": 0.95,
    "repeats: one paragraph quoted, related": 0.75, "gateway: scenarios as declared": 1.0,
}  # fmt: skip


def evaluate(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["--publication", str(folder), "eval", *options])


@pytest.mark.timeout(600)
def test_every_figure_holds_its_floor_and_is_shown_beside_the_last_run(tmp_path: Path) -> None:
    folder = example(tmp_path / "notes")
    first = json.loads(evaluate(folder, *FAST, "--json").stdout)
    assert first["last_run"] is None
    assert [f"{one['of']}: {one['name']}" for one in first["figures"] if not one["holds"]] == []
    values = {f"{one['of']}: {one['name']}": one["value"] for one in first["figures"]}
    assert {key: values[key] for key, least in FLOORS.items() if values[key] < least} == {}
    assert {one["of"] for one in first["figures"]} == {"retrieval", "grounding", "drafting", "repeats", "gateway"}
    again = evaluate(folder, *FAST)
    assert again.exit_code == 0
    line = next(line for line in again.stdout.splitlines() if "scenarios as declared" in line)
    assert line.split()[-3:] == ["1.000", "1.000", "1.000"], "now, last run, at least"


@pytest.mark.timeout(600)
def test_queries_of_ones_own_are_kinds_by_the_names_of_their_files_and_a_broken_last_run_counts_as_none(
    tmp_path: Path,
) -> None:
    folder = example(tmp_path / "notes")
    files = ("--passages", str(OPTECH / "passages.jsonl"), "--queries", str(OPTECH / "citations.jsonl"))
    options = (*files, "--each", "3", "--last", "1")
    evaluate(folder, *options, "--json")
    (kept,) = (folder / "var" / "eval").glob("*.json")
    kept.write_text("{")
    found = json.loads(evaluate(folder, *options, "--json").stdout)
    assert found["last_run"] is None
    values = {one["name"]: one["value"] for one in found["figures"] if one["of"] == "retrieval"}
    assert values["citations, nDCG@10"] >= 0.90
    assert values["citations, Recall@10"] >= 0.95


def test_runs_with_another_model_for_vectors_are_not_compared(tmp_path: Path) -> None:
    folder, endpoint = example(tmp_path / "notes"), {"PRESSROOM_EMBEDDING_URL": "http://127.0.0.1:9/v1"}
    settings: list[dict[str, str]] = [
        {}, endpoint | {"PRESSROOM_EMBEDDING_NAME": "one"}, endpoint | {"PRESSROOM_EMBEDDING_NAME": "two"},
        {"PRESSROOM_EMBEDDING_URL": "local"},
    ]  # fmt: skip
    runs = []
    for variables in settings:
        with App(folder, variables=variables) as app:
            runs.append(repr(_options(app, [], 8, 3)))
            assert repr(_options(app, [], 8, 3)) == runs[-1]
    assert len(set(runs)) == len(settings)


def test_passages_and_queries_belong_together(tmp_path: Path) -> None:
    found = evaluate(example(tmp_path / "notes"), "--passages", str(OPTECH / "passages.jsonl"))
    assert found.exit_code == 2
