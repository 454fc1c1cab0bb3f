"""Content that costs much to read: it takes bounded time and memory, is reported with its line, and the web goes on."""

from __future__ import annotations

import contextlib
import json
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher import isolation
from publisher.adapters.publication_file import parse_publication
from publisher.content import converted
from publisher.content.bounds import MOST_TEXT
from publisher.content.frontmatter import take_apart
from publisher.content.links import Links
from publisher.content.markdown import parse
from publisher.errors import ContentError, Problem
from publisher.render import render_issue
from publisher.render.pictures import Images
from publisher.render.reading import read
from subscribers import InvalidSegment, parse_segment
from tests.hostile import hostile
from tests.house import ROOT, open_house
from tests.long import LONG, some
from tests.press import content, issue, line_of, templates

CASES = ROOT / "tests/data/hostile"
HERE = Path("content/concepts/x.md")
MOST = 2.0
"""Seconds of computing."""

CLIENT = """
import json, sys, threading, time, urllib.request
waits, stop = [], threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
while not stop.is_set():
    begun = time.perf_counter()
    urllib.request.urlopen(sys.argv[1], timeout=30).read()
    waits.append(time.perf_counter() - begun)
    time.sleep(0.01)
    if len(waits) == 1:
        print("ready", flush=True)
print(json.dumps(waits))
"""


def problems(text: str) -> list[Problem]:
    """Return what `check` says of a text."""
    with isolation.one_file():
        prose = parse(text, path=HERE, line=1, links=Links.none())
        return [*prose.problems, *Images(lambda _: None).illustrate(prose, HERE)]


def computing() -> float:
    """Return the seconds that this process and the workers that have ended have computed."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def test_inputs_of_every_kind_stay_within_two_seconds_and_200_mb() -> None:
    """`python bench/hostile.py` measures all of them; they take minutes."""
    words = [sys.executable, "bench/hostile.py", "--all", "--every", "37" if LONG else "189"]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


SLOW = {
    "mermaid-bomb.md": ("too large to draw|takes (more|too)", 8), "slow-cpp.md": (r"c\+\+ takes more than", 8),
    "slow-table.md": ("cells|takes more than", 7),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(SLOW))
def test_a_case_that_took_long_is_done_in_time(name: str) -> None:
    text = (CASES / name).read_text(encoding="utf-8").split("\n---\n", 1)[1]
    isolation.end_workers()
    begun = computing()
    problems(text)
    one = issue(3, concept=text)
    render_issue(one, content(one), templates())
    isolation.end_workers()
    assert computing() - begun < 2 * MOST + 1, "checked, rendered, and two workers begun"


def test_code_that_takes_too_long_to_colour_is_reported_on_its_line_and_shown_plain() -> None:
    source = "a" + " " * 50_000 + "b"
    one = issue(3, concept=f"One.\n\n```c++\n{source}\n```\n")
    made = render_issue(one, content(one), templates())
    (found,) = [problem for problem in made.problems if problem.rule == "code"]
    line = one.source.decode().split("\n").index("```c++") + 1
    assert (found.line, found.what) == (line, "to colour this c++ takes more than 1.4 seconds of computing")
    assert "```text" in found.fix
    assert source in made.web


def test_many_blocks_of_one_file_share_their_time() -> None:
    found = problems("".join(f"```c++\na{' ' * 6_000}{n}\n```\n\n" for n in range(8)))
    assert found
    assert all(problem.rule == "code" for problem in found)
    assert "with what is before it in the file" in found[-1].what


def test_a_diagram_that_takes_too_long_is_reported_and_shown_as_its_source() -> None:
    text = next(one.data.decode() for one in hostile("diagram") if one.id == "diagram: label of many lines")
    (found,) = problems(text)
    assert (found.line, found.rule) == (1, "diagram")
    assert re.match("the diagram (takes|is) (more than|too)", found.what)


def test_a_text_that_takes_too_long_names_its_longest_paragraph(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "One.\n\n" + "1) a\n" * 12_000 + "\n\nTwo.\n"
    (found,) = problems(text)
    assert (found.line, found.rule) == (3, "bounds")


@pytest.mark.parametrize("costs", [0.0, 0.4], ids=["each takes too much", "together they take too much"])
def test_texts_of_an_issue_that_take_long_are_converted_alone_and_named(
    costs: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(converted.all_converted, "_seconds", costs)
    hard = "One.\n\n" + "1) a\n" * 12_000 + "\n\nTwo.\n"
    made = issue(concept="Easy, *really*.", architecture=hard, question="Easy.")
    reading = read(made, content(made))
    found = [one for one in reading.problems if one.rule == "bounds"]
    assert found[0].line == line_of(made, "1) a")
    assert all("with what is before it" in one.what for one in found[1:])
    assert [part.root.find(".//em") is not None for part in reading.parts] == [True, False, False]
    assert "".join(reading.parts[1].root.itertext()) == hard


UNITS = st.text("ab \n[]()!<>&*_~`|#-+=.:\\\"'{}/^@01\t", min_size=1, max_size=6)


@settings(max_examples=some(25), deadline=None)
@given(
    st.lists(st.tuples(UNITS, st.integers(1, 8)), min_size=1, max_size=3),
    st.sampled_from(["", "> ", "- ", "a|b\n-|-\n", "<div>\n", "```c++\n", "```python\n"]),
)
def test_any_text_made_of_repetitions_is_read_in_time(parts: list[tuple[str, int]], before: str) -> None:
    whole = sum(weight for _, weight in parts)
    room = MOST_TEXT - 1_000
    text = before + "".join(unit * (room * weight // whole // len(unit)) for unit, weight in parts)
    isolation.end_workers()
    begun = computing()
    problems(text)
    isolation.end_workers()
    assert computing() - begun < 2 * MOST, "for the text, the colours and the beginning of a worker"


def test_the_web_answers_while_hostile_content_is_read(tmp_path: Path) -> None:
    """On an idle machine every answer comes within 100 ms; here most have to, since tests run beside each other."""
    house, close = open_house(f"sqlite:///{tmp_path / 'pressroom.db'}", tmp_path)
    every = list(hostile(*READ_HERE, *(one.partition(": ")[0] for one in WORST)))
    texts = [one.data.decode() for one in every if one.id in WORST]
    assert len(texts) == len(WORST)
    read_here = [one for one in every if one.kind in READ_HERE]
    read_here = read_here[:: len(read_here) // some(len(read_here))]
    assert {one.kind for one in read_here} == set(READ_HERE)
    texts += [path.read_text(encoding="utf-8").split("\n---\n", 1)[1] for path in sorted(CASES.iterdir())]
    client = subprocess.Popen([sys.executable, "-c", CLIENT, f"{house.url}/healthz"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
    try:
        assert client.stdout
        assert client.stdout.readline() == "ready\n"
        for text in texts:
            problems(text)
        for one in read_here:
            with contextlib.suppress(ContentError, InvalidSegment):
                READ_HERE[one.kind](one.data)
        said, _ = client.communicate(timeout=30)
    finally:
        client.kill()
        close()
    waits = sorted(json.loads(said))
    assert len(waits) > 50
    assert waits[len(waits) * 95 // 100] < 0.1, waits[-10:]


READ_HERE: dict[str, Callable[[bytes], object]] = {
    "front matter": lambda data: take_apart(HERE, b"---\n" + data + b"\n---\n"),
    "publication.toml": lambda data: parse_publication(data.decode(), Path("content/publication.toml")),
    "segment": lambda data: parse_segment(data.decode()),
    "merge field": lambda data: take_apart(HERE, b"---\ntitle: x\n---\n" + data),
}
"""What is read in the process of the web itself, by kind."""

WORST = {
    "raw HTML: only <b><p> in a line", "raw HTML: only <dl><dt> in a block", "Markdown: only '[^[^'", "Markdown: headings of one name",
    "diagram: very long timeline", "diagram: flowchart of all with all", "code: c++, spaces", "code: make, brackets",
}  # fmt: skip
