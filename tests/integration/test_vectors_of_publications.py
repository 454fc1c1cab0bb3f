"""Vectors in a publication: what a draft asks for, and what editors are told and can run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from publisher.app import App
from publisher.cli import cli
from publisher.content.issue_file import read_issue
from publisher.errors import ModelUnavailable
from tests.vectors import ROOT, asked, drafted, publication


def test_a_draft_compares_vectors_with_two_calls_and_says_nothing_of_it(tmp_path: Path, address: str, run: str) -> None:
    made, outcomes = drafted(*publication(tmp_path, address, run, "meanings"))
    assert made.note.fallbacks == ()
    assert made.claims
    calls = asked(address, run, "meanings")
    assert outcomes == ["answered"] * len(calls)
    texts = [len(one["body"]["input"]) for one in calls]
    assert len(calls) == -(-sum(texts[:-1]) // 32) + 1 or texts[-2] == 32  # passages in batches, then all queries
    assert {one["headers"]["authorization"] for one in calls} == {"bearer sk-embedding"}


def test_when_the_endpoint_fails_the_section_is_drafted_by_words_and_its_note_says_so(
    tmp_path: Path, address: str, run: str
) -> None:
    folder, variables, clock = publication(tmp_path, address, run, "503")
    made, outcomes = drafted(folder, variables, clock)
    assert made.claims
    said = "vectors: HTTP 503 (3 attempts); past issues were searched by words alone"
    assert (made.note.search, made.note.fallbacks) == (said, ())
    assert outcomes == ["server error"] * 3
    path = folder / "content/issues/0011.md"
    note = read_issue(path, path.read_bytes()).draft
    assert note is not None
    assert note.of("archive").search == said
    plain, _ = drafted(*publication(tmp_path / "plain", address, run, "unused")[:1], {}, clock)
    assert [claim.text for claim in plain.claims] == [claim.text for claim in made.claims]


def test_a_refused_key_of_the_endpoint_for_vectors_is_named_like_any_other(
    tmp_path: Path, address: str, run: str
) -> None:
    folder, variables, clock = publication(tmp_path, address, run, "wrong-key")
    drafted(folder, variables, clock)
    with App(folder, clock=clock, variables=variables) as app:
        (problem,) = app.models.problems()
    assert "PRESSROOM_EMBEDDING_KEY" in str(problem)
    assert "HTTP 401" in str(problem)
    with App(folder, clock=clock, variables={"PRESSROOM_EMBEDDING_URL": "local"}) as app:
        assert app.models.problems() == ()


def test_the_command_makes_what_is_missing_and_looks_whether_the_model_is_the_same(
    tmp_path: Path, address: str, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, variables, _ = publication(tmp_path, address, run, "meanings")
    said = CliRunner().invoke(cli, ["--publication", str(folder), "vectors"])
    assert "PRESSROOM_EMBEDDING_URL is not set" in str(said.exception)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    first = json.loads(CliRunner().invoke(cli, ["--publication", str(folder), "vectors", "--json"]).stdout)
    assert first["made"] == first["texts"] > 30
    second = json.loads(CliRunner().invoke(cli, ["--publication", str(folder), "vectors", "--json"]).stdout)
    assert (second["made"], second["texts"], second["anew"]) == (0, first["texts"], False)
    monkeypatch.setenv("PRESSROOM_EMBEDDING_URL", f"{address}/{run}/other-meanings/v1")
    third = json.loads(CliRunner().invoke(cli, ["--publication", str(folder), "vectors", "--json"]).stdout)
    assert (third["made"], third["anew"]) == (first["texts"], True)
    monkeypatch.setenv("PRESSROOM_EMBEDDING_URL", f"{address}/{run}/wrong-key/v1")
    with pytest.raises(ModelUnavailable):
        CliRunner().invoke(cli, ["--publication", str(folder), "vectors"], catch_exceptions=False)


def test_retrieval_is_measured_with_vectors_or_not_at_all(
    tmp_path: Path, address: str, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, variables, _ = publication(tmp_path, address, run, "meanings")
    files = ROOT / "tests" / "data" / "optech_2018"
    words = ["--publication", str(folder), "eval", "retrieval", "--passages", str(files / "passages.jsonl"), "--queries", str(files / "citations.jsonl")]  # fmt: skip
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = json.loads(CliRunner().invoke(cli, [*words, "--vectors", "--json"], catch_exceptions=False).stdout)
    plain = json.loads(CliRunner().invoke(cli, [*words, "--json"], catch_exceptions=False).stdout)
    assert found["queries"] == plain["queries"] == 23
    assert found["ndcg@10"] != plain["ndcg@10"]
    monkeypatch.setenv("PRESSROOM_EMBEDDING_URL", f"{address}/{run}/wrong-key/v1")
    with pytest.raises(ModelUnavailable, match="HTTP 401"):
        CliRunner().invoke(cli, [*words, "--vectors"], catch_exceptions=False)
