"""The marks of a git conflict never reach readers, wherever they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.adapters.publication_file import parse_publication
from publisher.content.frontmatter import take_apart
from publisher.errors import ContentError
from publisher.render import environment
from publisher.render.templates import check_templates
from tests.press import TEMPLATES

PATH = Path("content/concepts/a.md")
CONFLICT = "<<<<<<< HEAD\nOurs.\n=======\nTheirs.\n>>>>>>> main\n"


def found(text: str) -> list[int | None]:
    try:
        take_apart(PATH, text.encode())
    except ContentError as error:
        return [problem.line for problem in error.problems if problem.rule == "conflict"]
    return []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (f"---\ntitle: T\n---\nText.\n\n{CONFLICT}\nMore.\n\n{CONFLICT}", [6, 14]),
        (f"---\n{CONFLICT}title: T\n---\nText.\n", [2]),
        (f"{CONFLICT}---\ntitle: T\n---\nText.\n", [1]),
        ("---\ntitle: T\n---\nText.\n>>>>>>> main\n", [5]),
        ("---\ntitle: T\n---\n<<<<<<<\nText.\n", [4]),
        (f"---\ntitle: T\n---\n```python\n{CONFLICT}```\n", [5]),
        (f"---\ntitle: T\n---\n```\n{CONFLICT}```\n", [5]),
    ],
)
def test_each_conflict_is_named_with_its_line(text: str, lines: list[int]) -> None:
    assert found(text) == lines


@pytest.mark.parametrize(
    "body",
    [
        f"```diff\n{CONFLICT}```\n",
        f'~~~text title="x"\n{CONFLICT}~~~\n',
        "Git writes\n\n    <<<<<<< HEAD\n    Ours.\n    >>>>>>> main\n",
        "`<<<<<<< HEAD` begins it.\n",
        "A title\n=======\n",
        "<<<<<<<< eight\n",
        "> >>>>>>> quoted\n",
    ],
)
def test_code_that_shows_them_on_purpose_is_left_alone(body: str) -> None:
    assert found(f"---\ntitle: T\n---\n{body}") == []


def test_they_are_found_in_publication_toml_and_in_templates(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"publication\.toml:2: a mark of a git conflict"):
        parse_publication(f"\n{CONFLICT}", Path("content/publication.toml"))
    for name in ("web/page.html", "web/style.css"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"\n\n{CONFLICT}")
    problems = check_templates(environment(tmp_path, TEMPLATES))
    assert {(problem.path.as_posix(), problem.line) for problem in problems} == {
        ("templates/web/page.html", 3),
        ("templates/web/style.css", 3),
    }
