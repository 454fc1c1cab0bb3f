"""Nothing that is an example goes to a real reader."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

import pytest

from publisher import pipeline
from publisher.app import App
from publisher.check import check
from publisher.examples import REAL_READERS, examples_in, is_example
from publisher.issue import PieceStatus
from publisher.scaffold import STARTER, scaffold
from subscribers import State, Subscriber, canonical, parse_segment
from tests.press import content, templates
from tests.publication import NOON, publication
from tests.segment_oracle import holds
from tests.unit.test_assemble import piece

REAL: dict[str, Any] = {
    "base_url": "https://news.pressroom.dev",
    "postal_address": "Hauptstraße 5, 10115 Berlin",
    "list_id": "weekly.pressroom.dev",
    "sender": {"name": "Notes", "address": "notes@pressroom.dev"},
    "editor": [{"name": "Robin", "address": "robin@pressroom.dev"}],
}


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, None),
        ({"base_url": "https://news.example.com"}, "base_url"),
        ({"service_url": "https://mail.example.com"}, "service_url"),
        ({"postal_address": "Notes, 1 Example Street"}, "postal_address"),
        ({"list_id": "weekly.example.org"}, "list_id"),
        ({"sender": {"name": "N", "address": "n@example.net"}}, "sender.address"),
        ({"sender": REAL["sender"] | {"reply_to": "n@mail.test"}}, "sender.reply_to"),
        ({"sender": REAL["sender"] | {"bounces": "n@mail.test"}}, "sender.bounces"),
        ({"editor": [*REAL["editor"], {"name": "Sam", "address": "sam@news.example"}]}, "editor.1.address"),
        ({"delivery": {"unsubscribe_mailbox": "off@example.com"}}, "delivery.unsubscribe_mailbox"),
    ],
)
def test_each_example_is_found_where_it_stands(changes: dict[str, Any], name: str | None) -> None:
    assert [one.name for one in examples_in(publication(**REAL | changes))] == ([name] if name else [])


@pytest.mark.parametrize(
    "address",
    ["a@example.com", "a@news.example.org", "a@mail.test", "a@bücher.test", "a@x.example", "a@gmail.com", "a@contest.de"],
)  # fmt: skip
def test_a_reader_is_real_where_their_domain_is_no_example(address: str) -> None:
    reader = Subscriber("s" * 22, address, canonical(address), NOON, State.ACTIVE)
    assert holds(parse_segment(REAL_READERS), reader, NOON) != is_example(address.rpartition("@")[2])


@pytest.mark.parametrize("language", sorted(folder.name for folder in STARTER.iterdir()))
def test_a_new_publication_says_what_to_replace_in_every_language(tmp_path: Path, language: str) -> None:
    scaffold(tmp_path, language)
    with App(tmp_path, variables={}) as app:
        made = app.act().content
    assert {one.status for one in made.pieces} == {PieceStatus.DRAFT}
    taken = dataclasses.replace(
        made, pieces=tuple(dataclasses.replace(p, status=PieceStatus.READY) for p in made.pieces)
    )
    left = [problem for problem in check(taken, templates()) if problem.rule == "leftover"]
    assert {problem.path for problem in left} == {one.path for one in made.pieces}
    written = tomllib.loads((tmp_path / "content/publication.toml").read_text("utf-8"))
    assert written["postal_address"] in [one.value for one in examples_in(made.publication)]


@pytest.mark.parametrize(("server", "leaves"), [("smtp://mail.pressroom.dev", True), ("smtp://mail.example.com", False), ("smtp://127.0.0.1:25", False), ("nonsense", False)])  # fmt: skip
def test_check_names_examples_once_mail_leaves_the_machine(tmp_path: Path, server: str, leaves: bool) -> None:
    scaffold(tmp_path)
    with App(tmp_path, variables={"PRESSROOM_SMTP_URL": server}) as app:
        found = [problem for problem in pipeline.check(app.act_to_check()) if problem.rule == "example"]
    text = (tmp_path / "content/publication.toml").read_text("utf-8").splitlines()
    assert bool(found) == leaves
    assert all("xample" in text[(problem.line or 0) - 1] for problem in found)


@pytest.mark.parametrize(("status", "words", "finds"), [
    (PieceStatus.READY, "Numbers: TODO", True), (PieceStatus.EVERGREEN, "FIXME", True), (PieceStatus.READY, "Lorem Ipsum dolor", True),
    (PieceStatus.READY, "Write `TODO` there.", False), (PieceStatus.DRAFT, "TODO", False), (PieceStatus.READY, "```text\nTODO\n```", False),
])  # fmt: skip
def test_check_names_what_was_left_in_a_piece_that_may_be_taken(status: PieceStatus, words: str, finds: bool) -> None:
    one = dataclasses.replace(piece("concept", "a"), status=status, body=f"First.\n\n{words}\n", line=7)
    found = check(dataclasses.replace(content(), pieces=(one,)), templates())
    assert [(problem.line, problem.rule) for problem in found] == ([(9, "leftover")] if finds else [])
