"""What editors elsewhere have written comes in whole: sections, code, pictures, links, numbers, old addresses."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from publisher.adapters.files import MAX_PICTURE, Folder
from publisher.archive_import import ArchiveReport, Reading, import_archive
from publisher.check import check
from publisher.errors import ContentError, Problem, Severity
from publisher.issue import Issue
from publisher.render.reading import read
from publisher.scaffold import scaffold
from publisher.stages.publish import site_parts
from tests.long import some
from tests.press import templates

CASES = Path(__file__).parents[1] / "data" / "archive"
ARCHIVES = Path(__file__).parents[1] / "data" / "archives"
TEMPLATES = templates()
PNG = (CASES / "img" / "dot.png").read_bytes()


@pytest.fixture
def store(tmp_path: Path) -> Folder:
    scaffold(tmp_path / "news")
    return Folder(tmp_path / "news")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    (tmp_path / "old").mkdir()
    return tmp_path / "old"


def bring_in(store: Folder, source: Path, **how: object) -> ArchiveReport:
    return import_archive(store, source, Reading(**how), dry_run=False)  # type: ignore[arg-type]


def write(folder: Path, name: str, body: str, *matter: str) -> None:
    head = "\n".join(["---", f"title: {name}", *matter, "---", ""]) if matter else ""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"{head}{body}\n", encoding="utf-8")


def refused(store: Folder) -> list[Problem]:
    """Return what `check` says is wrong with the imported issues."""
    problems = check(store.read(), TEMPLATES)
    return [one for one in problems if one.severity is Severity.ERROR and "issues" in one.path.parts]


def by_title(store: Folder) -> dict[str, Issue]:
    return {issue.title: issue for issue in store.read().issues}


def titles(issue: Issue) -> list[str]:
    return [section.title for section in issue.sections]


def test_the_cases_of_an_archive_come_in_as_they_were_meant(store: Folder) -> None:
    report = bring_in(store, CASES)
    issues = by_title(store)
    assert [(problem.path.name, problem.severity) for problem in report.skipped] == [
        ("2024-01-15-draft.md", Severity.WARNING)
    ]
    assert titles(issues["One late level-1"]) == ["News", "Jobs", "Quote of the week"]
    assert titles(issues["Issue 1"]) == ["News", "Releases", "Quote of the Week"]
    assert titles(issues['He said "x: y"']) == ["Setext one", "Two"]
    assert issues["Code first"].sections[0].body == "```text\n<alice> indented code stays code\n<bob> yes\n```\n"
    assert "[One thing](https://e.com/1): what it does." in issues["Ref colon"].sections[0].body
    assert issues["Control"].sections[0].body == "text [x](https://e.com) more\n"
    assert [(one.path.name, one.line, one.what) for one in report.problems] == [
        ("2024-01-17-control.md", 7, "a control character, U+0002 was removed")
    ]
    shown = read(issues["Pic"], store.read()).pictures
    assert PNG in [
        picture.data for picture in shown
    ]  # the page has the original, the mail a copy without an alpha channel
    assert refused(store) == []


def test_pictures_beside_the_issues_are_copied_once_and_under_names_of_their_own(store: Folder, old: Path) -> None:
    other = PNG + b"\0"
    for place, data in (("2020/a b.png", PNG), ("2021/a b.png", other), ("img/c.png", PNG)):
        (old / place).parent.mkdir(exist_ok=True)
        (old / place).write_bytes(data)
    write(old, "2020/2020-01-01-a.md", "![One](a%20b.png) ![Two](<a b.png>) [![Three](/img/c.png)](https://x.test/)")
    write(old, "2021/2021-01-01-b.md", '![Other][p] <img src="a b.png" alt="Four">\n\n[p]: ./a%20b.png')
    write(old, "2021/2021-01-08-c.md", "![](../2020/a%20b.png)")
    report = bring_in(store, old)
    assert (report.skipped, report.problems) == ((), ())
    names = sorted(path.name for path in (store.content / "issues" / "img").iterdir())
    assert names[0] == "a-b-" + names[0][4:-4] + ".png"
    assert names[1:] == ["a-b.png", "c.png"]
    first, second, third = (issue.sections[0].body for issue in store.read().issues)
    assert first == "![One](img/a-b.png) ![Two](img/a-b.png) [![Three](img/c.png)](https://x.test/)\n"
    assert second == f"![Other](img/{names[0]}) ![Four](img/{names[0]})\n"
    assert third == "![a b](img/a-b.png)\n"
    assert refused(store) == []


def test_no_picture_comes_from_outside_of_the_folder_and_none_is_waited_for(
    store: Folder, old: Path, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PRESSROOM_SECRET_KEY=secret\n")
    (tmp_path / "outside.png").write_bytes(PNG)
    (old / "link.png").symlink_to(tmp_path / "outside.png")
    (old / "env.png").symlink_to(tmp_path / ".env")
    (old / "zero.png").symlink_to("/dev/zero")
    (old / "folder.png").mkdir()
    (old / "text.png").write_text("PRESSROOM_SECRET_KEY=secret\n")
    (old / "huge.png").write_bytes(PNG + bytes(MAX_PICTURE))
    os.mkfifo(old / "pipe.png")
    names = (
        "link.png",
        "env.png",
        "zero.png",
        "folder.png",
        "text.png",
        "huge.png",
        "pipe.png",
        "../outside.png",
        "gone.png",
    )
    absolute = (tmp_path / "outside.png").as_posix()
    write(old, "2020-01-01-a.md", "\n\n".join(f"![Word{n}]({name})" for n, name in enumerate((*names, absolute))))
    report = bring_in(store, old)
    (issue,) = store.read().issues
    assert issue.sections[0].body.split() == [f"Word{n}" for n in range(len(names) + 1)]
    assert [one.line for one in report.problems] == [1, 3, 5, 7, 9, 11, 13, 15, 17]
    assert not (store.content / "issues" / "img").exists()
    assert b"secret" not in b"".join(path.read_bytes() for path in store.content.rglob("*") if path.is_file())
    assert refused(store) == []


def test_an_index_in_a_folder_of_its_own_is_an_issue_with_the_name_of_the_folder(store: Folder, old: Path) -> None:
    (old / "index.md").write_text("Not an issue.")
    write(old, "2020-01-02-hello-world/index.md", "![A dot](dot.png)")
    (old / "2020-01-02-hello-world" / "dot.png").write_bytes(PNG)
    write(old, "issue-7/index.md", "Text.", "date: 2020-01-09")
    report = bring_in(store, old)
    assert (report.skipped, report.problems) == ((), ())
    assert [(issue.title, issue.date.day, issue.sections[0].body) for issue in store.read().issues] == [
        ("Hello world", 2, "![A dot](img/dot.png)\n"),
        ("issue-7/index.md", 9, "Text.\n"),
    ]


def test_a_picture_is_never_written_through_a_link_out_of_content(store: Folder, old: Path, tmp_path: Path) -> None:
    shutil.copytree(CASES, old, dirs_exist_ok=True)
    (store.content / "issues").mkdir(exist_ok=True)
    (tmp_path / "elsewhere").mkdir()
    (store.content / "issues" / "img").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ContentError, match="leads out of the folder"):
        bring_in(store, old)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_template_behind_a_link_out_of_the_folder_is_never_read(store: Folder, tmp_path: Path) -> None:
    (tmp_path / "secret.html").write_text("PRESSROOM_SECRET_KEY=secret")
    (store.root / "templates" / "web").mkdir(parents=True)
    (store.root / "templates" / "web" / "redirect.html").symlink_to(tmp_path / "secret.html")
    from publisher.render.templates import environment

    with pytest.raises(ContentError, match="leads out of the folder"):
        environment(store.root / "templates").get_template("web/redirect.html")


def test_old_numbers_are_kept_when_every_issue_has_its_own(store: Folder, old: Path) -> None:
    write(old, "2020-01-02-issue-7.md", "Text.")
    write(old, "2020-01-09-x.md", "Text.", "number: 8")
    write(old, "2020-01-16-y.md", "Text.", "issue: '#12'")
    assert [ours.name for _, ours in bring_in(store, old).written] == ["0007.md", "0008.md", "0012.md"]
    write(old, "2020-01-23-z.md", "Text.", "number: 9")
    assert [ours.name for _, ours in bring_in(store, old).written] == ["0009.md"]


@pytest.mark.parametrize("number", ["number: 7", "description: None", "number: 0", "number: 12345"])
def test_issues_are_numbered_by_date_when_an_old_number_is_missing_or_there_twice(
    store: Folder, old: Path, number: str
) -> None:
    write(old, "2020-01-09-b.md", "Text.", "number: 7")
    write(old, "2020-01-02-a.md", "Text.", number)
    assert [(path.name, ours.name) for path, ours in bring_in(store, old).written] == [
        ("2020-01-02-a.md", "0001.md"),
        ("2020-01-09-b.md", "0002.md"),
    ]


def test_old_addresses_become_pages_that_lead_to_the_issue(store: Folder, old: Path) -> None:
    write(old, "2020-01-01-a.md", "Text.", "permalink: /old/a/", "redirect_from: [/older/a.html, older/b]")
    write(old, "2020-01-08-b.md", "Text.", "url: https://old.example.com/2020/b/?x=1", "permalink: pretty")
    write(old, "2020-01-15-c.md", "Text.", "permalink: /:year/:title/", "slug: c")
    report = bring_in(store, old, origin="https://old.example.com")
    content = store.read()
    assert [issue.aliases for issue in content.issues] == [
        ("/old/a/", "/older/a.html", "/older/b"),
        ("/2020/b/",),
        (),
    ]
    assert report.problems == ()
    parts = {part.name for part in site_parts(content, content.issues, TEMPLATES)}
    assert parts >= {"old/a/index.html", "older/a.html", "older/b/index.html", "2020/b/index.html"}
    assert refused(store) == []


@pytest.mark.parametrize(
    "address", ["/../x/", "//elsewhere.example.com/x/", "https://elsewhere.example.com/x/", "/issues/", "/about/", "/subscribe/", "/.env/", "/a?b=c/", "/old/b/"],
)  # fmt: skip
def test_an_old_address_that_cannot_be_kept_is_a_warning_and_the_issue_comes_in(
    store: Folder, old: Path, address: str
) -> None:
    write(old, "2020-01-01-a.md", "Text.", "permalink: /old/b/")
    write(old, "2020-01-02-b.md", "Text.", f"permalink: {address}")
    report = bring_in(store, old, origin="https://old.example.com")
    assert [one.path.name for one in report.problems] == ["2020-01-02-b.md"]
    assert "an old address is not kept" in report.problems[0].what
    assert [issue.aliases for issue in store.read().issues] == [("/old/b/",), ()]
    assert refused(store) == []


def test_the_address_that_an_issue_has_anyhow_is_no_alias(store: Folder, old: Path) -> None:
    write(old, "2020-01-02-a.md", "Text.", "number: 5", "permalink: /issues/5/")
    assert bring_in(store, old).problems == ()
    assert store.read().issues[0].aliases == ()


def test_a_diagram_that_cannot_be_drawn_comes_in_as_code(store: Folder, old: Path) -> None:
    good = "```mermaid\nflowchart TD\n    accDescr: Two words\n    A --> B\n```"
    write(old, "2020-01-02-a.md", good)
    write(old, "2020-01-09-b.md", "```mermaid\nno diagram\n    accDescr: Two words\n```")
    report = bring_in(store, old)
    first, second = (issue.sections[0].body.strip() for issue in store.read().issues)
    assert (first, second.split("\n")[0]) == (good, "```text")
    assert [(one.path.name, one.line) for one in report.problems] == [("2020-01-09-b.md", 1)]
    assert refused(store) == []


def test_definitions_that_the_old_site_included_are_read_from_a_named_file(
    store: Folder, old: Path, tmp_path: Path
) -> None:
    references = tmp_path / "references.md"
    references.write_text("[BIP9]: https://bips.example.com/9\n[topic x]: /topics/x/\n")
    body = "See [BIP9][], [BIP9] and [it][topic x]. [own]\n\n{% include references.md %}\n\n[own]: https://own.example.com/"
    write(old, "2020-01-02-a.md", body)
    how = {"definitions": (references,), "origin": "https://old.example.com"}
    report = bring_in(store, old, **how)
    assert store.read().issues[0].sections[0].body == (
        "See [BIP9](https://bips.example.com/9), [BIP9](https://bips.example.com/9) and "
        "[it](https://old.example.com/topics/x/). [own](https://own.example.com/)\n"
    )
    assert len(report.problems) == 1
    references.write_text("No definition.")
    with pytest.raises(ContentError, match="no link definition"):
        bring_in(store, old, **how)


WEEKS = """# All our weeks

Words about all.

## Week of May 29th, 2024

Lead.[^1]

### News

See [one][].

### Jobs

Words.

## 2024-05-22

Only text.

# Older

Between.

## Issue 3, May 15, 2024

### News

Old.

## Empty, May 8, 2024

[one]: https://x.test/
[^1]: Note.
"""


def test_one_file_with_many_weeks_is_cut_at_its_headings(store: Folder, old: Path) -> None:
    write(old, "all.md", WEEKS)
    report = bring_in(store, old, cut_at=2)
    issues = store.read().issues
    assert [(issue.title, issue.date.isoformat()) for issue in issues] == [
        ("Issue 3, May 15, 2024", "2024-05-15"),
        ("2024-05-22", "2024-05-22"),
        ("Week of May 29th, 2024", "2024-05-29"),
    ]
    assert titles(issues[2]) == ["News", "Jobs"]
    assert issues[2].sections[0].body == "See [one](https://x.test/).\n"
    assert issues[2].lead == "Lead.[^1]\n\n[^1]: Note."
    assert titles(issues[1]) == ["Notes"]
    assert [(one.line, one.what.split(" (")[0][:30]) for one in report.problems] == [
        (3, "text above the first heading o")
    ]
    assert refused(store) == []
    assert bring_in(store, old, cut_at=2).written == ()


def test_weeks_without_dates_are_dated_and_numbered_by_their_headings(store: Folder, old: Path) -> None:
    write(old, "all.md", "## Issue 3\n\nC.\n\n## Issue 1\n\nA.\n")
    bring_in(store, old, cut_at=2, first_date=dt.date(2020, 1, 6))
    assert [(issue.number, issue.title, issue.date.isoformat()) for issue in store.read().issues] == [
        (1, "Issue 1", "2020-01-06"),
        (3, "Issue 3", "2020-01-20"),
    ]


def test_a_file_without_such_headings_is_skipped(store: Folder, old: Path) -> None:
    write(old, "all.md", "## One\n\nText.\n")
    assert "no issue begins at a heading of level 3" in bring_in(store, old, cut_at=3).skipped[0].what


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("- a\n" * 240_000, "to import this file takes more than 1.4 seconds of computing"),
        ("\n" * 990_000, "to import this file takes (too much memory|more than)"),
        ("# A\n\n" + "Words and words. " * 20_000, "this file has 340,000 characters of text, more than 300,000"),
    ],
)
def test_a_file_that_takes_too_much_is_skipped_in_one_sentence_and_the_others_come_in(
    store: Folder, old: Path, text: str, why: str
) -> None:
    (old / "2024-01-02-a.md").write_text(text, encoding="utf-8")
    write(old, "2024-01-09-b.md", "![A dot](dot.png)")
    (old / "dot.png").write_bytes(PNG)
    report = bring_in(store, old)
    (problem,) = report.skipped
    assert problem.path.name == "2024-01-02-a.md"
    assert re.search(why, problem.what), problem
    assert [issue.sections[0].body for issue in store.read().issues] == ["![A dot](img/dot.png)\n"]


def test_a_file_of_definitions_that_takes_too_much_is_refused(store: Folder, old: Path, tmp_path: Path) -> None:
    (tmp_path / "shared.md").write_text("- [a]: b\n" * 105_000, encoding="utf-8")
    write(old, "2024-01-02-a.md", "See [a].")
    with pytest.raises(ContentError, match=r"shared\.md: to read this file takes (too much|more than)"):
        bring_in(store, old, definitions=(tmp_path / "shared.md",))


def test_a_file_that_is_skipped_moves_no_date_of_another(store: Folder, old: Path) -> None:
    for name in ("a.md", "b.md", "c.md"):
        write(old, name, "Text.")
    (old / "b.md").write_bytes(b"\xff")
    bring_in(store, old, first_date=dt.date(2020, 1, 6))
    write(old, "b.md", "Text.")
    bring_in(store, old, first_date=dt.date(2020, 1, 6))
    assert {issue.title: issue.date.isoformat() for issue in store.read().issues} == {
        "A": "2020-01-06",
        "B": "2020-01-13",
        "C": "2020-01-20",
    }


PARTS = [
    "Words ", "**bold** ", "`code` ", "`` ` `` ", "\\` ", "[a](https://x.test/) ", "[b](../b.md) ", "[c][ref] ", "[d][] ", "[ref]: word ",
    "![p](dot.png) ", "![q](gone.png) ", "![](https://x.test/y.png) ", "<b>x</b> ", "<img src=dot.png> ", "Vec<u8> ", "{{ x }} ", "{% y %} ",
    "[^1] ", "[^9] ", "[@0001-news-1] ", "&#7; ", "\x08", "PRESSROOMFIELDaddressDLEIF ", "[ ", "] ", "( ", "| ", "$x$ ", "~~z~~ ",
    "\n", "\n\n", "\n\n", "\n# One\n", "\n## Two\n", "\n### Three\n", "\n## Two {#two}\n", "\nUnder\n=====\n", "\nLine\n---\n", "\n- ", "\n  - ",
    "\n1. ", "\n> ", "\n    ", "\n\n        ", "\n```\n", "\n```python\n", "\n~~~\n", "\n  ```\n", "\n```mermaid\nflowchart TD\n", "\n| a | b |\n|---|---|\n",
    "\n[ref]: https://x.test/r\n", "\n[^1]: Note\n", "\n[^1]: Note [^2]\n\n    more\n", "\n<div>\n", "\n</div>\n", "\n<pre>\n", "\n</pre>\n", "\n<!-- ", " -->\n",
    "\n!!! note\n", "\n<<<<<<< HEAD\n", "\n---\n", "\n## \n", "\n## [L](https://x.test/)\n", "\n## Vec<u8> & `<b>`\n", "\n%% \n",
]  # fmt: skip
MATTER = [
    "",
    "---\ntitle: One\n---\n",
    "---\ntitle: 'A <b> [c](d) *e*'\npermalink: /old/\n---\n",
    "Title: T\nDate: 2024-05-29\n\n",
]


@settings(deadline=None, max_examples=some(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.lists(
        st.tuples(st.sampled_from(MATTER), st.lists(st.sampled_from(PARTS), max_size=14)), min_size=1, max_size=3
    )
)
def test_an_import_never_writes_what_check_refuses(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[str, list[str]]]
) -> None:
    folder = tmp_path_factory.mktemp("generated")
    scaffold(folder / "news")
    (folder / "old").mkdir()
    (folder / "old" / "dot.png").write_bytes(PNG)
    for number, (matter, parts) in enumerate(files, 1):
        (folder / "old" / f"2024-01-{number:02d}-x.md").write_text(matter + "".join(parts), encoding="utf-8")
    store = Folder(folder / "news")
    report = bring_in(store, folder / "old")
    assert refused(store) == []
    assert len(report.written) + len({problem.path for problem in report.skipped}) == len(files)
    shutil.rmtree(folder)


def shape(text: str) -> Counter[object]:
    """Return how many items of each depth, code blocks, tables and headings CommonMark sees."""
    found: Counter[object] = Counter()
    depth = 0
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        depth += token.nesting * token.type.startswith(("bullet_list", "ordered_list"))
        if token.type in ("fence", "code_block", "table_open", "heading_open"):
            found[token.type.replace("code_block", "fence")] += 1
        found["item", depth] += token.type == "list_item_open"
    return +found


@pytest.mark.parametrize("name", ["lwkd", "haskell-weekly", "optech"])
def test_a_real_archive_keeps_its_shape_and_check_refuses_nothing_of_it(store: Folder, name: str) -> None:
    report = bring_in(store, ARCHIVES / name, first_date=dt.date(2016, 5, 1))
    assert report.skipped == ()
    assert refused(store) == []
    for foreign, ours in report.written:
        text = foreign.read_text("utf-8")
        body = text.partition("\n---\n")[2] if text.startswith("---\n") else text
        meant = re.sub(r"\{% comment %\}.*?\{% endcomment %\}|<!--.*?-->", "", body, flags=re.DOTALL)
        written = (store.root / ours).read_text("utf-8").partition("\n---\n")[2]
        assert shape(written.replace("## Notes {#notes}\n", "")) == shape(meant), foreign.name
