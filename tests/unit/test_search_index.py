"""The index that readers search: what it finds first, and that it is the same every time."""

from __future__ import annotations

import dataclasses
import json

import pytest

from publisher.draft.passages import cut
from publisher.draft.terms import words
from publisher.site.found import search
from publisher.site.parts import site_parts
from publisher.site.search import SHARDS, fold, shard
from tests.press import content, issue, templates


def indexed(*issues, language: str = "en") -> dict[str, bytes]:
    found = content(*issues)
    found = dataclasses.replace(found, publication=found.publication.model_copy(update={"language": language}))
    shown = [one for one in issues if one.published is not None]
    parts = [part for part in site_parts(found, shown, templates()) if part.name.startswith("search/")]
    return {name.removeprefix("search/"): data for part in parts for name, data in part.make()}


def first(files: dict[str, bytes], query: str) -> str:
    found = search(files.__getitem__, query)
    return found[0].row[0] if found else ""


RETRIES = issue(1, concept="Every retry needs a budget, or a slow service gets three times the load it had before.")
CACHES = issue(2, concept="A cache that is filled by one caller at a time survives the moment when its entry expires.")


@pytest.mark.parametrize(
    ("whole", "from_letter", "place"),
    [
        ("budgets", 3, "issues/1/"), ("retries", 3, "issues/1/"), ("retrying", 3, "issues/1/"), ("RÉTRY", 3, "issues/1/"),
        ("slow services", 4, "issues/1/"), ("cache", 3, "issues/2/"), ("the caches expiring", 7, "issues/2/"), ("filled", 4, "issues/2/"),
    ],
)  # fmt: skip
def test_each_letter_typed_keeps_first_what_is_meant(whole: str, from_letter: int, place: str) -> None:
    files = indexed(RETRIES, CACHES)
    for end in range(from_letter, len(whole) + 1):
        assert first(files, whole[:end]) == place, whole[:end]


def test_what_nobody_wrote_and_what_is_no_word_is_not_found() -> None:
    files = indexed(RETRIES, CACHES)
    for query in ("", "?", "%$&", "\0", "zebra", "x" * 5000, "\ud83d\ude00", "️"):
        assert search(files.__getitem__, query) == [], query


def test_german_is_found_in_other_forms_and_without_its_accents() -> None:
    files = indexed(
        issue(1, concept="Die Schlüssel liegen in den großen Häusern der Stadt, wo sie niemand findet."),
        issue(2, concept="Eine Warteschlange wächst, solange mehr Aufträge ankommen, als erledigt werden."),
        language="de",
    )
    assert {first(files, query) for query in ("Häuser", "haus", "hausern", "schlussel", "GROSSE")} == {"issues/1/"}
    assert {first(files, query) for query in ("Warteschl", "auftrage", "wächst")} == {"issues/2/"}


def test_writing_without_spaces_is_found_by_two_characters() -> None:
    files = indexed(
        issue(1, concept="重试预算限制了调用次数。"), issue(2, concept="缓存击穿会压垮数据库。"), language="zh"
    )
    assert (first(files, "预算"), first(files, "缓存"), first(files, "数据库")) == (
        "issues/1/",
        "issues/2/",
        "issues/2/",
    )


def test_an_issue_that_may_not_be_shown_is_not_in_the_index() -> None:
    files = indexed(RETRIES, issue(3, concept="Nobody may read about the zebra yet.", published=False))
    assert not any(b"zebra" in data for data in files.values())


def test_every_word_of_every_passage_is_in_the_shard_where_it_is_looked_for() -> None:
    files = indexed(RETRIES, CACHES)
    for one in (RETRIES, CACHES):
        for passage in cut(one):
            for word in map(fold, words(passage.text)):
                known = json.loads(files[f"0/{shard(word)}.json"])["terms"].values()
                assert shard(word) in SHARDS
                assert word in json.loads(files["index.json"])["stop"] or any(word in row[0].split() for row in known)


def test_an_edit_makes_no_segment_anew_but_its_own() -> None:
    def made_from(*issues) -> dict[str, str]:
        parts = site_parts(content(*issues), issues, templates())
        return {part.name: part.made_from for part in parts if part.name.startswith("search/")}

    before, after = made_from(RETRIES, issue(30)), made_from(CACHES, RETRIES, issue(30))
    assert {name for name in before if before[name] != after[name]} == {"search/index.html", "search/0/"}


def test_no_two_files_have_one_name() -> None:
    parts = site_parts(content(RETRIES, CACHES), [RETRIES, CACHES], templates())
    names = [name for part in parts if part.name.startswith("search/") for name, _ in part.make()]
    assert len(names) == len(set(names)) > len(SHARDS)
