from __future__ import annotations

import contextlib
import datetime as dt
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.content.archived_addresses import Surroundings
from publisher.content.archived_issue import ForeignIssue, read_foreign, to_text
from publisher.content.archived_plan import plan_import
from publisher.content.issue_file import read_issue
from publisher.draft import cut
from publisher.errors import ContentError, Severity
from publisher.issue import Issue
from tests.long import some

ARCHIVES = Path(__file__).parents[1] / "data" / "archives"
JEKYLL = b"---\ntitle: One\ndate: 2024-05-29 15:00:00 -0000\n---\n"


def read(text: str | bytes, name: str = "issue.md", origin: str | None = None) -> ForeignIssue:
    return read_foreign(Path(name), text if isinstance(text, bytes) else text.encode(), Surroundings(origin))


def imported(text: str | bytes, name: str = "2024-05-29-issue.md", origin: str | None = None) -> Issue:
    """Read a foreign file, write it in our format, and read the result."""
    ((number, foreign),) = plan_import([read(text, name, origin)], [])
    return read_issue(Path(f"{number:04d}.md"), to_text(foreign, number).encode())


def archive(folder: str, first_date: dt.date | None = None) -> list[Issue]:
    files = sorted(path for path in (ARCHIVES / folder).iterdir() if path.suffix in (".md", ".markdown"))
    plan = plan_import([read(path.read_bytes(), path.name) for path in files], [], first_date=first_date)
    return [read_issue(Path(f"{number:04d}.md"), to_text(foreign, number).encode()) for number, foreign in plan]


def test_a_jekyll_archive_becomes_issues_with_passages() -> None:
    issues = archive("lwkd")
    assert [issue.number for issue in issues] == [1, 2, 3]
    assert [str(issue.date) for issue in issues] == ["2026-05-14", "2026-05-28", "2026-07-11"] or issues[
        0
    ].date == dt.date(2026, 5, 14)
    assert issues[0].title == "Week Ending May 10, 2026"
    assert issues[0].published == issues[0].date
    assert [section.id for section in issues[0].sections][:3] == ["developer-news", "release-schedule", "featured-prs"]
    assert all(len(cut(issue)) > 10 for issue in issues)


def test_an_archive_without_any_front_matter_takes_dates_from_the_numbers_in_its_names() -> None:
    issues = archive("haskell-weekly", dt.date(2016, 5, 5))
    assert [issue.date for issue in issues] == [dt.date(2016, 5, 5), dt.date(2016, 7, 21), dt.date(2022, 1, 27)]
    assert [issue.title for issue in issues] == ["Issue 1", "Issue 12", "Issue 300"]
    assert [section.id for section in issues[0].sections] == ["notes"]
    assert issues[2].lead.startswith("Welcome to another issue of Haskell Weekly!")


def test_a_pelican_issue_is_read_with_its_reference_links_written_out() -> None:
    (issue,) = archive("rust")
    assert (issue.title, issue.date) == ("This Week in Ferrous Things 12", dt.date(2024, 5, 29))
    assert "[Send us a pull request](https://github.com/example/this-week)" in issue.lead
    assert [(section.id, section.title) for section in issue.sections][:2] == [
        ("updates-from-the-community", "Updates from the Community"),
        ("crate-of-the-week", "Crate of the Week"),
    ]
    updates = issue.sections[0].body
    assert "### Official" in updates
    assert "// <b>not markup</b> {{ not a template }}\n# let hidden = [submit];" in updates
    assert "Vec&lt;u8>" in updates
    assert updates.rstrip().endswith("[^1]: Unless the type is `Copy`.")
    assert "Thanks to [Ferris](https://users.example.com/t/1) for the suggestion!" in issue.sections[1].body


def test_each_warning_names_the_line_of_the_foreign_file() -> None:
    path = ARCHIVES / "rust" / "2024-05-29-this-week.md"
    lines = path.read_text("utf-8").split("\n")
    warnings = read(path.read_bytes(), path.name).warnings
    found = {warning.what.split(" (")[0]: lines[(warning.line or 0) - 1] for warning in warnings}
    assert all(warning.severity is Severity.WARNING for warning in warnings)
    assert found == {
        "a link to another file was made plain text": "* [Last week's issue](/2024/05/22/this-week.html)",
        "the template tag '{% include nominations.html %}' was removed": "{% include nominations.html %}",
        "raw HTML was removed and its text kept": lines[30],
        "a picture was replaced by a link or its description": "![A map](/images/map.png)",
    }


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("date: 2024-05-29", 29),
        ("date: 2024-05-29T23:30:00+14:00", 29),
        ("Date: 2024/5/29", 29),
        ("date: Wed, 29 May 2024 10:00:00 GMT", 29),
        ("date: May 29th, 2024", 29),
        ("publishDate: 2024-05-29", 29),
        ("title: Undated", 1),
    ],
)
def test_dates_are_read_as_they_were_written(said: str, day: int) -> None:
    assert read(f"---\n{said}\n---\nText.", "2024-05-01-name.md").date == dt.date(2024, 5, day)


def test_hugos_toml_front_matter_is_read() -> None:
    found = read('+++\ntitle = "One: two"\ndate = 2024-05-29T10:00:00Z\ndraft = false\n+++\nText.')
    assert (found.title, found.date) == ("One: two", dt.date(2024, 5, 29))


def test_the_title_comes_from_the_first_heading_or_else_from_the_name() -> None:
    assert read("# The *title*\n\nText.\n\n## One\n\nMore.").title == "The title"
    assert read("Text.", "2024-05-29-hello-world.md").title == "Hello world"
    assert read("The title\n=========\n\nText.").title == "The title"


def test_a_title_stays_one_line() -> None:
    assert read('---\ntitle: "One\\r\\nBcc: two"\n---\nText.').title == "One Bcc: two"


@pytest.mark.parametrize(
    ("written", "title"),
    [("“All of it”", "“All of it”"), ("One # two", "One"), ('"One\\ttwo"', "One two"), ("'«x»'", "«x»")],
)
def test_front_matter_means_what_it_meant_on_the_old_site_and_is_written_so_that_we_read_it(
    written: str, title: str
) -> None:
    assert imported(f"---\ntitle: {written}\n---\nText.").title == title


@pytest.mark.parametrize(
    ("data", "words", "line"),
    [
        (b"---\ntitle: a: b: c\n---\nText.", "not valid YAML", 2),
        (b"+++\ntitle = \n+++\nText.", "not valid TOML", 1),
        (b"+++\ntitle = 1\nText.", "does not end", 1),
        (b"one\ntwo \xff\xfe", "is not UTF-8", 2),
        (b"x" * 2_000_000, "2,000,000 bytes", None),
        (b"# x\n\ny\n\n" * 301, "301 sections", None),
        (b"---\ntitle: x\n---\n<!-- nothing -->\n", "no text", None),
        (b"", "no text", None),
        (b"---\ntitle: x\ndate: someday\n---\nText.", "cannot be read", 1),
        (b"---\ntitle: x\ndate: 2024-02-31\n---\nText.", "cannot be read", 1),
        (b"---\ntitle: x\ndraft: true\n---\nText.", "draft", 1),
        (b"---\ntitle: x\npublished: false\n---\nText.", "draft", 1),
    ],
)
def test_a_file_that_cannot_be_imported_is_one_problem_with_its_line(data: bytes, words: str, line: int | None) -> None:
    with pytest.raises(ContentError) as raised:
        read(data)
    (problem,) = raised.value.problems
    assert words in problem.what
    assert problem.line == line
    assert problem.fix


def test_undated_files_need_a_first_date_and_all_are_named_at_once() -> None:
    files = [read("Text.", "a.md"), read("Text.", "b.md")]
    with pytest.raises(ContentError) as raised:
        plan_import(files, [])
    assert [problem.path.name for problem in raised.value.problems] == ["a.md", "b.md"]
    assert "--first-date" in raised.value.problems[0].fix
    plan = plan_import(files, [], first_date=dt.date(2024, 1, 1), every_days=14)
    assert [(number, foreign.date) for number, foreign in plan] == [(1, dt.date(2024, 1, 1)), (2, dt.date(2024, 1, 15))]


def test_numbers_follow_the_dates_after_the_existing_issues_and_nothing_is_imported_twice() -> None:
    files = [read("Text.", f"2024-05-{day}-part.md") for day in (29, 15, 22)]
    first = plan_import(files[:2], [])
    existing = [read_issue(Path(f"{number:04d}.md"), to_text(foreign, number).encode()) for number, foreign in first]
    assert [(number, str(foreign.date)) for number, foreign in first] == [(1, "2024-05-15"), (2, "2024-05-29")]
    second = plan_import(files, existing)
    assert [(number, str(foreign.date)) for number, foreign in second] == [(3, "2024-05-22")]
    assert plan_import(files[:2], existing) == ()


def test_two_issues_of_one_week_are_both_imported() -> None:
    plan = plan_import([read("A.", "2024-05-28-a.md"), read("B.", "2024-05-29-b.md")], [])
    assert [number for number, _ in plan] == [1, 2]


def test_section_ids_are_unique_slugs_and_never_the_drafted_sections() -> None:
    body = "# T\n\n## Archive\n\na\n\n## News\n\nb\n\n## News!\n\nc\n\n## 2024\n\nd\n\n## 日本\n\ne\n\n## Own {#Own_Id}\n\nf\n\n## Empty\n"
    assert [section.id for section in imported(body).sections] == [
        "archive-2",
        "news",
        "news-2",
        "part-2024",
        "part-5",
        "own-id",
        "empty",
    ]


def test_headings_are_moved_to_the_levels_of_an_issue() -> None:
    issue = imported("Lead.\n\n### One\n\na\n\n#### Deep\n\nb\n\n### Two\n\nc")
    assert [section.title for section in issue.sections] == ["One", "Two"]
    assert "### Deep" in issue.sections[0].body
    assert issue.lead == "Lead."


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("{% highlight python %}\n<b>x</b> = {{ y }}\n{% endhighlight %}", "```python\n<b>x</b> = {{ y }}\n```"),
        ("a {% comment %}gone\n\ngone{% endcomment %}b", "a b"),
        ('a {{< ref "x" >}}b', "a b"),
        ("a <script>alert(1)\n</script>b", "a b"),
        ("foo <!--> foo <!---> bar <!-- gone --> b", "foo  foo  bar  b"),
        ("a `<b>` and `{{ x }}` b", "a `<b>` and `{{ x }}` b"),
        ("[x](javascript:alert(1)) [y](data:text/html,z) [z](//h.test/a)", "x y z"),
        ("<https://x.test/> <jobs@x.test> 1 < 2", "<https://x.test/> <jobs@x.test> 1 < 2"),
        ("[![badge](b.svg)](https://x.test/)", "[badge](https://x.test/)"),
        ("![pic](https://x.test/a.png)", "[pic](https://x.test/a.png)"),
        ("[a\nb][c\nd] end\n\n[c d]: https://x.test/ 'Title'", "[a\nb](https://x.test/) end"),
        (
            "[`code`][] and [`code`]\n\n[`code`]: https://x.test/",
            "[`code`](https://x.test/) and [`code`](https://x.test/)",
        ),
        ("text[^n] [^m]\n\n[^n]: note\n    more", "text[^n] \\[^m]\n\n[^n]: note\n    more"),
        ("{:.class}\ntext {:#id}", "text"),
        ("    indented <b>code</b>", "```text\nindented <b>code</b>\n```"),
    ],
)
def test_the_imported_body_is_complete(markdown: str, expected: str) -> None:
    assert imported(f"Before.\n\n{markdown}").sections[0].body.removeprefix("Before.\n\n").strip() == expected


def test_relative_links_and_pictures_are_completed_from_an_origin() -> None:
    body = imported("[a](../b.md) ![p](/p.png) [c](#here)", origin="https://x.test/posts/one/").sections[0].body
    assert body.strip() == "[a](https://x.test/posts/b.md) [p](https://x.test/p.png) c"


def test_the_preheader_is_the_description_or_the_first_sentence_cut_at_a_word() -> None:
    assert read(JEKYLL.replace(b"date", b"description: Said so.\ndate") + b"Text.").preheader == "Said so."
    assert read(JEKYLL + b"## H\n\nThis is the opening sentence. More.").preheader == "This is the opening sentence."
    long = read(JEKYLL + b"word " * 60).preheader
    assert len(long) <= 110
    assert long.endswith("word…")


@settings(deadline=None, max_examples=some(60))
@given(st.text(max_size=300) | st.text("[](){}%<>!#`~-=_*:\n ab^/&;'\"", max_size=120))
def test_any_text_becomes_a_valid_issue_or_a_problem(text: str) -> None:
    try:
        issue = imported(text)
    except ContentError as error:
        issue, problems = None, error.problems
    else:
        problems = ()
    assert problems or (issue is not None and (issue.sections or issue.lead))


BLOCKS = [
    "Words with *stars*, _lines_, `code`, ~~struck~~, a\\*b, \\[not a link\\](x) and 1 < 2 & 3 > 2.",
    '[inline](https://x.test/a_(b)?c=d&e "Title") and <https://x.test/> and https://x.test/bare and <a@x.test>',
    "- one\n- two\n  - deep\n    - deeper\n\n      more\n- three",
    "1. one\n   - two\n\n     ```python\n     # no heading\n     ```\n2. three",
    "1) one\n2) two",
    "- [ ] open\n- [x] done",
    "| a | b |\n|---|:-:|\n| `x \\| y` | [l](https://x.test/) |",
    "> quoted\n> > twice\n>\n> - listed",
    "> [!NOTE]\n> Mind this.",
    "```rust,ignore\nlet x = &[1][0];  // {{ no tag }} <b>\n\n\n# no heading\n```",
    "~~~\n<b>[x][y]</b>\n~~~",
    "````md\n```\n[x]: y\n```\n````",
    "### Deeper heading\n\n#### {1, 2, 3} and {id}",
    "Hard  \nbreak and\\\nanother",
    "![A dot](img/dot.png)",
    "A note.[^n]\n\n[^n]: Its `words`.\n\n    - listed",
    "***",
    "```mermaid\nflowchart TD\n    accDescr: Words\n    A --> B\n```",
    "H<sub>2</sub>O, <kbd>Ctrl</kbd>, <del>old</del> and a<br>break",
    "日本語の文。 Ελληνικά, кириллица, עברית.",
]


@settings(deadline=None, max_examples=some(60))
@given(
    sections=st.lists(st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=6, unique=True), min_size=1, max_size=4)
)
def test_markdown_as_github_shows_it_passes_through_unchanged(sections: list[list[str]]) -> None:
    bodies = ["\n\n".join(sorted(blocks, key=lambda block: "[^n]:" in block)) for blocks in sections]
    text = "Lead.\n\n" + "\n\n".join(f"## Title `{n}`\n\n{body}" for n, body in enumerate(bodies)) + "\n"
    around = Surroundings(picture=lambda address: address)
    found = read_foreign(Path("2024-05-29-x.md"), text.encode(), around)
    assert found.warnings == ()
    assert [section.title for section in found.sections] == [f"Title `{n}`" for n in range(len(bodies))]
    assert [section.body.rstrip("\n") for section in found.sections] == bodies


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ("2 3 3 2 1", "2 3 3 2 2"),  # a late # begins a section
        ("2 1 2 2", "2 2 2 2"),
        ("2 2 2 1 1", "2 2 2 2 2"),
        ("1 2 2 1 2", "2 3 3 2 3"),
        ("1 1 1", "2 2 2"),
        ("1 2 2 2", "2 2 2 2"),  # a page's title that says something else than the front matter
        ("1 2 3 2", "2 2 3 2"),
        ("3 2 3 3 2", "2 2 3 3 2"),
        ("2 3 3 3", "2 3 3 3"),
        ("2 4 2", "2 4 2"),
        ("4 5 6 4", "2 3 4 2"),
        ("2 3 3 1 1 1", "2 3 3 2 2 2"),
        ("6 6", "2 2"),
    ],
)
def test_the_level_of_sections_is_found_in_each_file(levels: str, expected: str) -> None:
    body = "\n\n".join(f"{'#' * int(level)} H{n}\n\nText {n}." for n, level in enumerate(levels.split()))
    written = to_text(read(f"---\ntitle: Named\ndate: 2024-05-29\n---\n{body}\n"), 1)
    found = re.findall(r"^(#+) H(\d+)", written, re.MULTILINE)
    assert [(len(marks), int(n)) for marks, n in found] == [(int(one), n) for n, one in enumerate(expected.split())]


@pytest.mark.parametrize("levels", ["1 2 2", "2 1 2", "2 2 1", "1 2 3 2"])
def test_the_only_heading_of_level_1_leaves_every_section_one_of_its_own(levels: str) -> None:
    body = "\n\n".join(f"{'#' * int(level)} H{n}\n\nText {n}." for n, level in enumerate(levels.split()))
    found = read(f"---\ntitle: Named\ndate: 2024-05-29\n---\nSome words above.\n\n{body}\n")
    assert len(found.sections) == sum(int(level) <= 2 for level in levels.split())


@settings(deadline=None, max_examples=some(100))
@given(st.lists(st.tuples(st.integers(1, 6), st.booleans(), st.booleans()), max_size=12), st.booleans())
def test_no_heading_and_no_text_below_one_is_lost(headings: list[tuple[int, bool, bool]], named: bool) -> None:
    parts = []
    for n, (level, underlined, filled) in enumerate(headings):
        parts.append(f"Head{n}x\n{'=-'[level - 1] * 3}" if underlined and level < 3 else f"{'#' * level} Head{n}x")
        parts += [f"Text{n}x and words."] if filled else []
    head = "---\ntitle: Named\ndate: 2024-05-29\n---\n" if named else "---\ndate: 2024-05-29\n---\n"
    written = to_text(read(head + "Lead0x.\n\n" + "\n\n".join(parts) + "\n"), 1)
    assert re.findall(r"(?:Lead|Head|Text)\d+x", written.partition("\n---\n")[2]) == re.findall(
        r"(?:Lead|Head|Text)\d+x", "\n".join(["Lead0x", *parts])
    )


@pytest.mark.parametrize(
    ("heading", "title", "body"),
    [
        ("# Named", None, None),
        ("# *named*!", None, None),
        ("# Another", "Another", ""),
        (
            "## [Linked](https://x.test/) title[^1]",
            "Linked title",
            "[Linked](https://x.test/) title[^1]\n\n[^1]: Note.",
        ),
        ("## Vec<u8>", "Vec&lt;u8>", ""),
        ("## C# {#sharp}", "C#", ""),
    ],
)
def test_a_heading_is_a_title_of_words_and_its_links_stay(heading: str, title: str | None, body: str | None) -> None:
    text = f"---\ntitle: Named\n---\n{heading}\n\nText.\n\n## Last\n\nMore.\n\n[^1]: Note.\n"
    issue = imported(text)
    assert [section.title for section in issue.sections] == [*([title] if title else []), "Last"]
    if title is None:
        assert issue.lead == "Text."
    else:
        assert issue.sections[0].body.replace("Text.", "").replace("\n\n\n\n", "\n\n").strip() == body


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("    a\n\n        b\n    c", "```text\na\n\n    b\nc\n```"),
        ("    ```\n    a\n    ```", "````text\n```\na\n```\n````"),
        ("\ta\n\t\tb", "```text\na\n    b\n```".replace("    b", "\tb")),
        ("- one\n\n      code\n\n  two", "- one\n\n  ```text\n  code\n  ```\n\n  two"),
        ("> quoted\n>\n>     code", "> quoted\n>\n>     code"),
        ("<pre><code>a &lt;b&gt;\n  <b>c</b></code></pre>", "```text\na <b>\n  c\n```"),
        ("<div>\n    words\n</div>", "words"),
        ("```\nnever closed", "```\nnever closed\n```"),
        ("```mermaid\nflowchart TD\n```", "```text\nflowchart TD\n```"),
        ("{% raw %}{{ shown }}{% endraw %}", "{{ shown }}"),
        ("{% assign u = 'https://x.test/' %}[a]({{ u }}b)", "[a](https://x.test/b)"),
        ("{% capture u %}word{% endcapture %}a {{u}}", "a word"),
        ("The set {1, 2, 3} and {:x}", "The set {1, 2, 3} and {:x}"),
        ("[a][b]: words\n\n[b]: https://x.test/ 'T'", "[a](https://x.test/): words"),
        ("[a]\n\n[a]: <https://x.test/a b(>", "[a](https://x.test/a%20b%28)"),
        ("> [a]\n> \n> [a]: https://x.test/", "> [a](https://x.test/)\n>\n>"),
        ("`[a][b]` \\[a] [a]\n\n[a]: https://x.test/", "`[a][b]` \\[a] [a](https://x.test/)"),
        ("see [@0001-news-1]", "see \\[@0001-news-1]"),
        ("bell &#7; rings", "bell  rings"),
        ("a [^1] b\n\n[^1]: see [^2]\n\n[^2]: more", "a [^1] b\n\n[^1]: see [^2]\n\n[^2]: more"),
    ],
)
def test_nothing_is_lost_on_the_way(markdown: str, expected: str) -> None:
    assert imported(f"Before.\n\n{markdown}").sections[0].body.removeprefix("Before.").strip("\n") == expected


@pytest.mark.parametrize(
    "unit", ["<!-- ", "<script>", "<a href='x'>", "{% raw %}", "{% capture x %}", "[", "![", "[a](", "`` ` ", "[a\n", "<b ", "|a", "> ", "[^1] ", "{{ x "],
)  # fmt: skip
def test_a_hostile_text_takes_time_in_proportion_to_its_size(unit: str) -> None:
    def seconds(size: int) -> float:
        text = (unit * (size // len(unit) + 1))[:size].encode()
        start = time.process_time()
        with contextlib.suppress(ContentError):
            read_foreign(Path("2024-05-29-x.md"), text)
        return time.process_time() - start

    seconds(1000)
    assert seconds(80_000) < max(2.0, 16 * seconds(10_000))
