"""Reads what nobody wrote: real texts, hostile ones and files of all kinds, cut up, repeated and put together anew.

    python -m tests.fuzz [SECONDS] [--seed N] [--only WORDS]

Whatever comes in, it is read or refused in a sentence: without a traceback, within 2 seconds of computing and 200 MB, and no
word of it is lost on the way to page, mail and text part. Rounds go on until the time is up; each prints what it found, and the
exit code is 1 if it found anything. The same seed makes the same inputs. `make fuzz` runs it for an hour, CI for two minutes.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import os
import re
import resource
import shutil
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from xml.etree.ElementTree import Element, fromstring

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from plaintext import NOT_XML
from publisher import isolation
from publisher.adapters.files import Folder
from publisher.archive_import import Reading, import_archive
from publisher.check import check
from publisher.content.emoji import NAME, with_emoji
from publisher.content.links import Links
from publisher.content.markdown import parse
from publisher.content.tree import clean
from publisher.errors import ContentError, Severity
from publisher.render.mail import Mail
from publisher.render.page import Page
from publisher.render.pictures import Images
from publisher.render.reading import read
from publisher.render.text import Text
from publisher.scaffold import scaffold
from subscribers.adapters.import_file import open_import_file
from subscribers.errors import InvalidSegment, UnreadableList
from subscribers.segment_text import parse_segment
from tests.hostile import hostile
from tests.images import KINDS, drawn, saved
from tests.integration import test_random_lists
from tests.lists import lists_of_known_people
from tests.mermaid import KINDS as DIAGRAMS
from tests.press import templates
from tests.unit import test_dialect, test_every_word

DATA = Path(__file__).parent / "data"
HERE = Path("content/pages/x.md")
NOON = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
MOST_SECONDS = 2.0
MOST_MEMORY = 200
"""MB."""
STARTING = 1.0
"""Seconds of computing that a worker needs until it reads, if the one before it was ended."""

ALERT = re.compile(r"(?i)\[!(?:note|tip|important|warning|caution)\]")
"""The mark of an alert, which GitHub's own parser does not know."""

Data = TypeVar("Data", str, bytes)


@contextmanager
def bounded(what: str) -> Iterator[None]:
    """Fail if something takes too much of the processor, here or in a worker, or of our memory."""
    begun, held = computing(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    seconds = computing() - begun
    assert seconds < MOST_SECONDS + STARTING, f"{what} took {seconds:.2f} s"
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held) / 1024
    assert memory < MOST_MEMORY, f"{what} took {memory:.0f} MB"


def computing() -> float:
    """Return the seconds that this process and its workers, ended or not, have computed."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    ticks = 0
    for task in Path("/proc/self/task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            stat = Path(f"/proc/{child}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            ticks += int(stat[11]) + int(stat[12])
    return time.process_time() + ended.ru_utime + ended.ru_stime + ticks / os.sysconf("SC_CLK_TCK")


# What is read


@cache
def texts() -> list[str]:
    """Return real texts, examples of the specifications, and hostile inputs."""
    found = [path.read_text("utf-8") for path in sorted((DATA / "archives").rglob("*.m*")) if path.name != "README.md"]
    found += [one["markdown"] for name in test_dialect.SPECIFICATIONS for one in test_dialect.examples(name)]
    kinds = ("Markdown", "raw HTML", "code", "diagram")
    return found + [one.data[:4_000].decode("utf-8", "ignore") for one in hostile(*kinds)]


@cache
def files(*kinds: str) -> list[bytes]:
    return [one.data[:20_000] for one in hostile(*kinds)]


TOKENS = [
    *("\n", "\n\n", "    ", "  ", "\t", " ", "> ", "- ", "1. ", "```", "~~~", "`", "*", "**", "_", "~~", "[", "](", "](x)", "]", "[^1]", "[^1]: ", "[x]: y\n"),
    *("<", ">", "<b>", "</b>", "<div>\n", "</div>", "<!--", "-->", "&amp;", "&#0;", "\\", "|", "|---|\n", "# ", "## Title\n", "---\n", "===\n", "$", "$$\n", "!"),
    *("{% x %}", "{{ x }}", "{#a}", "+++\n", "[@0001-a-1]", "\0", "\u200b", "\u202e", "\ufeff", "\r", "\x0b", "字", "。", "é", "👩\u200d💻", "w1w", "PRESSROOMFIELDaddressDLEIF"),
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, pool: list[Data], tokens: list[Data], most: int = 20_000) -> Data:
    """Return a part of something in the pool, changed in up to eight places."""

    def part(data: Data, longest: int) -> Data:
        at = draw(st.integers(0, max(0, len(data) - 1)))
        return data[at : at + draw(st.integers(0, longest))]

    made = draw(st.sampled_from(pool))
    if draw(st.booleans()):
        made = part(made, 3_000)
    for _ in range(draw(st.integers(0, 8))):
        at = draw(st.integers(0, len(made)))
        match draw(st.integers(0, 4)):
            case 0:
                made = made[:at] + made[at + draw(st.integers(1, 200)) :]
            case 1:
                made = made[:at] + draw(st.sampled_from(tokens)) + made[at:]
            case 2:
                again = made[at : at + draw(st.integers(1, 30))]
                times = draw(st.sampled_from([2, 3, 10, 100, 1_000]))
                made = made[:at] + again * min(times, most // max(1, len(again))) + made[at:]
            case 3:
                made = made[:at] + part(draw(st.sampled_from(pool)), 600) + made[at:]
            case _:
                made = made[at:] + made[:at]
    return made[:most]


MARKDOWN = mutated(texts(), TOKENS)
BYTES = [token.encode() for token in TOKENS] + [b"\xff", b"\x80", b"\0" * 8, b"\xff" * 8]


# What becomes of it


def words(markup: str) -> Counter[str]:
    """Return how often each word stands in HTML. Digits do not count: the text part numbers what HTML does not."""
    without = re.sub(
        r"</?(?:span|strong|em|b|i|u|s|del|code|a|kbd|sup|sub|small|abbr|cite|mark|samp|var|ins|q)\b[^>]*>", "", markup
    )
    return spoken(test_every_word.shown(without))


def spoken(text: str) -> Counter[str]:
    """Return how often each word stands in a text, with and without marks of emphasis in it.

    Letters of scripts that are wrapped anywhere count one by one.
    """
    return Counter(re.findall(r"[^\W\d_\u2e80-\uffef]+|[\u2e80-\uffef]", re.sub(r"[*_~`]", "", text)))


def forms(root: Element) -> tuple[str, str, str]:
    """Write a tree as page, mail and text part: well formed, and with the same words."""
    with bounded("the page"):
        page = Page(str, str).inside(root)
    with bounded("the mail"):
        mail = "".join(block.html for block in Mail(str, str, 1).blocks(root))
    with bounded("the text part"):
        text = Text(str, str).write(root)
    for markup in (page, mail):
        fromstring(f"<div>{markup}</div>")
    assert NOT_XML.search(text) is None
    page, text = (
        re.sub(r"<a [^>]*footnote-backref.*?</a>", "", page),
        re.sub(r" \[\d+\]|\[(?:Picture|Diagram):\s", "", text),
    )
    if not any("data-math" in element.attrib or element.tag in ("formula", "equation") for element in root.iter()):
        assert words(page) == words(mail), ("page and mail", words(page) - words(mail), words(mail) - words(page))
        assert not (lost := words(page) - spoken(text)), ("not in the text part", lost)
    return page, mail, text


def on_github(source: str) -> Counter[str]:
    """Return the words that GitHub shows. Its own parser leaves the names of emoji, which are shown as emoji there."""
    names = " ".join(name for name in NAME.findall(source) if with_emoji(f":{name}:") != f":{name}:")
    return words(clean(test_dialect.github(source))) - words(names)


def text_is_read(source: str) -> None:
    root = Element("div")
    with bounded("reading"):
        prose = parse(source, path=HERE, line=1, links=Links.none())
    with bounded("diagrams, formulas and code"), isolation.one_file():
        Images(lambda _: None).illustrate(prose, HERE)
    root = prose.root
    page, _, _ = forms(root)
    if re.search(r"\$|math|mermaid", source):  # shown as pictures
        return
    shown = on_github(ALERT.sub("", NOT_XML.sub("", source)))
    lost = shown - words(page) - spoken(" ".join(element.get("alt", "") for element in root.iter("img")))
    told = (one.rule == "html" or (one.severity is Severity.ERROR and one.rule != "link") for one in prose.problems)
    assert not lost or any(told), ("not on the page", lost)


def picture_is_read(data: bytes) -> None:
    prose = parse("![a](x.png)", path=HERE, line=1, links=Links.none())
    with bounded("an image"), isolation.one_file():
        Images(lambda _: data).illustrate(prose, HERE)
    forms(prose.root)


def diagram_is_read(source: str) -> None:
    text_is_read(f"Before.\n\n````mermaid\n{source}\n````\n\nAfter.")


def formula_is_read(source: str) -> None:
    text_is_read(f"Of ${source[:300]}$ and\n\n```math\n{source}\n```\n")


@cache
def store() -> Folder:
    folder = Path(tempfile.mkdtemp(prefix="fuzz"))
    scaffold(folder / "news")
    (folder / "old").mkdir()
    return Folder(folder / "news")


def file_is_checked(name: str) -> Callable[[bytes], None]:
    def checked(data: bytes) -> None:
        folder = store()
        path = folder.root / name
        before = path.read_bytes() if path.exists() else None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        try:
            with bounded("check"):
                check(folder.read(), templates())
        except ContentError:
            pass
        finally:
            path.write_bytes(before) if before is not None else path.unlink()

    return checked


def archive_is_imported(data: bytes) -> None:
    folder = store()
    old = folder.root.parent / "old"
    (old / "2024-01-02-a.md").write_bytes(data)
    shutil.rmtree(folder.content / "issues", ignore_errors=True)
    with bounded("an import"):
        report = import_archive(folder, old, Reading(first_date=dt.date(2024, 1, 2)), dry_run=False)
    content = folder.read()
    refused = [
        one for one in check(content, templates()) if one.severity is Severity.ERROR and "issues" in one.path.parts
    ]
    assert not refused, refused
    assert bool(report.written) != bool(report.skipped)
    if report.problems or not report.written or b"$" in data or b"{" in data or data[:3] in (b"---", b"+++"):
        return
    source = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    if re.match(r"[A-Za-z][\w-]{0,40}:", source):
        return
    (issue,) = content.issues
    made = read(issue, content)
    parts = [made.lead, *(part for one in made.parts for part in (one.title, one.root))]
    ours = sum((words(Page(str, str).inside(part)) for part in parts), words(issue.title))
    assert not (lost := on_github(source) - ours), ("not imported", lost)


def list_is_imported(data: bytes) -> None:
    path = store().root.parent / "list.csv"
    path.write_bytes(data)
    with bounded("a list"):
        try:
            with open_import_file(path) as opened:
                list(opened.read(NOON))
        except UnreadableList:
            pass


def workbook_is_imported(sheet: bytes) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, sheet if name == SHEET else old.read(name))
    list_is_imported(made.getvalue())


@cache
def workbook() -> bytes:
    book, made = Workbook(), io.BytesIO()
    for row in (["email", "name", "left"], ["ada@example.com", "Ada", NOON.date()], ["bob@example.com", 7, True]):
        book.worksheets[0].append(row)
    book.save(made)
    return made.getvalue()


def segment_is_read(text: str) -> None:
    with bounded("a segment"):
        try:
            assert parse_segment(str(parse_segment(text))) == parse_segment(text)
        except InvalidSegment:
            pass


SHEET = "xl/worksheets/sheet1.xml"
SHEETS = [b'<row r="9">', b"<row>", b"</row>", b'<c r="A9" t="s">', b'<c r="XFD1" t="d">', b'<c t="b">', b'<c s="1">', b"<v>9e999</v>", b"<v>1</v>", b"<f>A1</f>", b"<is><t>a@example.com</t></is>", b"</c>", b'<mergeCell ref="A2:A3"/>', b"<!DOCTYPE", b"&#0;"]  # fmt: skip
SEGMENTS = [
    "tag = beta and not seen < 30d ago",
    '(tag="early bird") or source ~ learn',
    "joined > 2026-01-01 and not (state = active or domain = example.com)",
]
FORMULAS = [
    r"\frac{1}{n} \sum_{i=1}^{n} x_i",
    r"\begin{matrix} a & b \\ c & d \end{matrix}",
    r"O(n \log n) \leq \left\{ x^{2^{k}} \right\} \text{ words}",
]
PIECE = b'---\ntitle: "A title"\nstatus: ready\nadded: 2026-01-02\nsummary: "Words."\ntags: [a, b]\n---\n\nText.\n'

PROPERTIES: dict[str, tuple[st.SearchStrategy[Any], Callable[[Any], None]]] = {
    "documents": (test_every_word.documents(), test_every_word.test_the_words_of_page_mail_and_text_part_are_those_of_the_source.hypothesis.inner_test),
    "documents as on GitHub": (test_every_word.documents(), test_dialect.test_any_text_reads_as_by_githubs_own_parser.hypothesis.inner_test),
    "texts": (MARKDOWN, text_is_read),
    "archives": (MARKDOWN.map(lambda text: text.encode("utf-8", "replace")), archive_is_imported),
    "diagrams": (mutated(list(DIAGRAMS.values()), TOKENS + list("[](){}:;-->\"'%&|")), diagram_is_read),
    "formulas": (mutated(FORMULAS, [*TOKENS, "^", "_", "{", "}", "&", r"\\", r"\frac", r"\left(", r"\right", r"\begin{matrix}", r"\def"]), formula_is_read),
    "images": (mutated([saved(drawn(), kind) for kind in KINDS] + files("image"), BYTES), picture_is_read),
    "pieces": (mutated([PIECE, *files("front matter")], BYTES), file_is_checked("content/concepts/fuzz.md")),
    "issues": (mutated(files("issue"), BYTES), file_is_checked("content/issues/0001.md")),
    "publication.toml": (mutated(files("publication.toml"), BYTES), file_is_checked("content/publication.toml")),
    "lists": (mutated([path.read_bytes() for path in sorted((DATA / "lists").glob("*.csv"))], [*BYTES, b",", b'"', b";"]), list_is_imported),
    "workbooks": (mutated([zipfile.ZipFile(io.BytesIO(workbook())).read(SHEET)], [*BYTES, *SHEETS]), workbook_is_imported),
    "lists of known people": (lists_of_known_people(), test_random_lists.test_nobody_who_left_becomes_a_reader_and_every_line_is_accounted_for.hypothesis.inner_test),
    "segments": (mutated(SEGMENTS, [*TOKENS, "(", ")", " and ", " or ", " not ", "=", "~", '"']), segment_is_read),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("seconds", nargs="?", type=float, default=3_600, help="how long it goes on (an hour)")
    parser.add_argument("--seed", type=int, default=0, help="the first round's seed; each round adds one")
    parser.add_argument("--only", default="", help="only the properties whose names hold this")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # Hypothesis's, about properties that are no tests
    chosen = {name: found for name, found in PROPERTIES.items() if options.only in name}
    end, round_, counts, failed = time.monotonic() + options.seconds, options.seed, Counter[str](), 0
    while time.monotonic() < end:
        for name, (inputs, property_) in chosen.items():
            failed += not holds(name, inputs, property_, round_, end, counts)
        round_ += 1
    shutil.rmtree(store().root.parent)
    print(
        f"{options.seconds:.0f} s from seed {options.seed}: {failed} found; tried "
        + ", ".join(f"{n:,} {name}" for name, n in counts.items())
    )
    sys.exit(bool(failed))


def holds(
    name: str,
    inputs: st.SearchStrategy[Any],
    property_: Callable[[Any], None],
    round_: int,
    end: float,
    counts: Counter[str],
) -> bool:
    """Try a property of fifty inputs, and print the smallest that contradicts it."""

    @seed(round_)
    @settings(
        max_examples=50,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(inputs)
    def tried(made: Any) -> None:
        if time.monotonic() < end:
            counts[name] += 1
            property_(made)

    try:
        tried()
    except Exception:  # noqa: BLE001  # whatever it is, it is what we look for
        print(f"{name}, seed {round_}:\n{traceback.format_exc()}", flush=True)
        return False
    return True


if __name__ == "__main__":
    main()
