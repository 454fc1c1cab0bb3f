"""Doubling an input at most about doubles the time, for each kind of text that repeats one unit.

No count of lines or calls sees what a regular expression or libyaml does within one call, so the processor's time is
compared. Four times the text takes 4 times as long if each part is read once, and 16 times if each is read again for each
other one. The bound lies between, a factor of two from both, and whoever is beyond it is measured twice more.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from publisher import merge_fields
from publisher.adapters.publication_file import parse_publication
from publisher.content.bounds import MOST_TEXT
from publisher.content.converted import Unconverted, converted
from publisher.content.frontmatter import MAX_FILE, MAX_FRONT_MATTER, take_apart
from publisher.content.issue_file import read_issue
from publisher.content.tree import clean, tree_of
from publisher.errors import ContentError
from subscribers import InvalidSegment, parse_segment
from subscribers.cells import addresses_in, without_addresses
from tests.hostile import hostile
from tests.long import LONG

MOST_GROWTH = 8.0
SOON = 0.05
"""Seconds that nobody notices, and in which a clock's steps and a collection of garbage count for too much: growth shows from twice as many on."""

HEAD = '---\nnumber: 1\ntitle: "X"\ndate: 2026-11-26\nweek: 2026-W48\npreheader: "Words of a preview."\n---\n'
FIELDS = ("PRESSROOMFIELD", "PRESSROOMFIELDfrom.", "PRESSROOMFIELDupto+a", "PRESSROOMFIELDa_", "FIELDfrom.a.b")


def units(kind: str) -> list[str]:
    """Return what the inputs of a kind repeat, some of them many times; all of them only with LONG_TESTS=1."""
    found = [
        one.data.decode("utf-8", "replace")[:40]
        for one in hostile()
        if one.kind == kind and one.name.startswith("only ")
    ]
    return found if LONG else found[::4]


MARKDOWN, HTML = [*units("Markdown"), *FIELDS, "[^[^", "x"], units("raw HTML")


def filled(unit: str, size: int) -> str:
    return unit * max(1, size // len(unit.encode()))


def growth(read: Callable[[str], object], unit: str, size: int) -> float:
    """Return how many times longer a text takes than a quarter of it; 1 if both are read soon."""

    def seconds(text: str) -> float:
        begun = time.process_time()
        with contextlib.suppress(ContentError, InvalidSegment):
            read(text)
        return time.process_time() - begun

    text, quarter = filled(unit, size), filled(unit, size // 4)
    found = []
    for _ in range(3):
        long = seconds(text)
        found.append(long / max(seconds(quarter), SOON / 4) if long > SOON else 1.0)
        if found[-1] <= MOST_GROWTH:
            break
    return min(found)


def as_front_matter(text: str) -> object:
    return take_apart(Path("content/concepts/x.md"), f"---\ntitle: {text}\n---\n".encode())


def as_filled(text: str) -> object:
    return merge_fields.filled(text, greeting="Hello,")


READ_HERE: dict[str, tuple[Callable[[str], object], int]] = {
    "issue": (lambda text: read_issue(Path("content/issues/0001.md"), f"{HEAD}{text}".encode()), MAX_FILE - 1_000),
    "front matter": (as_front_matter, MAX_FRONT_MATTER - 100),
    "publication.toml": (lambda text: parse_publication(f'name = "{text}', Path("content/publication.toml")), 60_000),
    "segment": (parse_segment, 60_000),
    "mail": (as_filled, 400_000),
    "cell of a list": (lambda text: (addresses_in(text), without_addresses(text)), 10_000),
}
"""What is read in our own process, where the web waits meanwhile, and the bytes that it may have."""


@pytest.mark.parametrize("kind", READ_HERE)
def test_four_times_the_text_takes_about_four_times_as_long_to_read(kind: str) -> None:
    read, size = READ_HERE[kind]
    found = {unit: growth(read, unit, size) for unit in (*MARKDOWN, *HTML)}
    assert {unit: times for unit, times in found.items() if times > MOST_GROWTH} == {}


def test_four_times_the_html_of_a_worker_takes_about_four_times_as_long_to_read() -> None:
    """nh3 itself is quadratic for elements that are never closed, as browsers are; it runs where its time is limited."""
    cleaned = {filled(unit, size): clean(filled(unit, size)) for unit in HTML for size in (MOST_TEXT, MOST_TEXT // 4)}
    found = {unit: growth(lambda text: tree_of(cleaned[text]), unit, MOST_TEXT) for unit in HTML}
    assert {unit: times for unit, times in found.items() if times > MOST_GROWTH} == {}


def test_the_measure_finds_what_is_quadratic() -> None:
    pattern = re.compile("a[a-z]+?b")
    assert growth(pattern.search, "a", 8_000) > MOST_GROWTH


def test_four_times_the_markdown_takes_about_four_times_as_long_to_convert() -> None:
    found = {
        unit: growth(lambda text: converted.function(Unconverted(text)), unit, MOST_TEXT - 200) for unit in MARKDOWN
    }
    assert {unit: times for unit, times in found.items() if times > MOST_GROWTH} == {}
