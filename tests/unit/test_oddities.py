"""What will look otherwise than its author seems to mean is named with its line, and good texts are left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.content import emoji
from publisher.content.emoji import ONLY_ON_GITHUB, with_emoji
from publisher.content.links import Links
from publisher.content.markdown import parse, plain
from publisher.errors import Problem, Severity

PATH = Path("content/concepts/a.md")


def problems(text: str, *, top: int = 2) -> list[Problem]:
    return list(parse(text, path=PATH, line=1, links=Links.none(), top=top).problems)


ODD = [
    ("One.\nTwo ==marked== words.", 2, "«==marked=="),
    ("One ++inserted++ word.", 1, "«++inserted++»"),
    ("See [[another page]].", 1, "«[[another page]]»"),
    ("Text.\n{: .lead }", 2, "«{: .lead }»"),
    ('[x](https://example.com){:target="_blank"}', 1, "«{:target="),
    ("*x*{.red}", 1, "«{.red}»"),
    ("| a | b |\n|---|---|\n| `x|y` | 2 |", 3, "a row has more cells than its table's head, and «2» is not shown"),
    ("> a | b\n> -|-\n> 1 | 2 | 3 | 4", 3, "and «3 | 4» is not shown"),
    ("- a | b\n  -|-\n  1 | 2 \n  |1|2||\n  1\n  |1|2|3", 6, "and «3» is not shown"),
    ("{% include note.html %}", 1, "a tag of a site generator"),
    ("One.\nSee [the docs][docs].", 2, "«[the docs][docs]» has no definition"),
    ("See [docs][].", 1, "«[docs][]» has no definition"),
    ("One.\nSee [this](https://example.com/a b).", 2, "«[this](…)» has a space"),
    ("One.\nH~2~O and\nCO~2~.", 2, "a single tilde strikes out: «~2~»"),
    ("一。\n这不会变粗：**强调。**后面。", 2, "«**强调。**»"),
    ("前面**“引号”**后面", 1, "«**“引号”**»"),
    ("~~旧的。~~新的", 1, "«~~旧的。~~»"),
    ("见 https://example.com/a，后面。", 1, "goes on behind «，»"),
    (":octocat:", 1, "only GitHub has the picture"),
    ("##Title\ntext", 1, "a heading needs a space"),
    ("One:\n\n-two\n-three", 3, "lines that begin like «-two»"),
    ("1.one\n2.two", 1, "lines that begin like «1.one»"),
    ("• one\n• two", 1, "lines that begin like «• one»"),
    ("### A\n\n##### B", 3, "a heading of level 5 below one of level 3"),
    ("#### A", 1, "a heading of level 4 below one of level 2"),
    ("One\n===", 1, "a heading of level 1"),
    ("One\n\nTwo\n---", 3, "a heading of level 2"),
    ("> ## Quoted", 1, "a heading of level 2"),
    ("One.\n\n<!-- a\n\ntext\n\n<!-- b -->", 3, "a comment hides the text up to the end of the next one"),
    ("One.\n\n<!-- a\n\ntext", 3, "a comment that never ends"),
    ("One[^1].\n\n[^1]: A.\n[^1]: B.", 4, "a second footnote [^1]"),
    ("[x].\n\n[x]: https://example.com/1\n[X]: https://example.com/2", 4, "a second definition of the link [x]"),
    ("One.\n\n```py\nx", 3, "a code fence that is never closed"),
    ("- a\n\n  ~~~\n  x\n\nText.", 3, "a code fence that is never closed"),
    ("> ```\n> x\n\nText.", 1, "a code fence that is never closed"),
    (":::note\ntext\n:::", 1, "boxes of colons"),
    ("*[HTML]: a language", 1, "abbreviations"),
]


@pytest.mark.parametrize(("text", "line", "what"), ODD)
def test_each_oddity_is_named_with_its_line_and_a_fix(text: str, line: int, what: str) -> None:
    found = [problem for problem in problems(text) if problem.rule == "dialect"]
    assert found
    assert found[0].line == line
    assert what in found[0].what
    assert found[0].fix


@pytest.mark.parametrize("text", [text for text, _, what in ODD if "fence" not in what])
def test_in_code_nothing_is_odd(text: str) -> None:
    assert problems(f"````\n{text}\n````") == []


@given(
    st.text(st.characters(codec="ascii", exclude_characters="\r"), max_size=60),
    st.sampled_from([text for text, _, _ in ODD]),
)
def test_lines_lie_within_the_text(before: str, odd: str) -> None:
    text = f"{before}\n\n{odd}"
    assert all(1 <= (problem.line or 1) <= text.count("\n") + 1 for problem in problems(text))


@pytest.mark.parametrize(
    "text",
    [
        "a == b == c, x==y, C++ and G++, a[0][1], [[1]](https://example.com), matrix[i][j].",
        "It takes ~5 to ~10 ms; ~all of it~ and ~~two words~~.",
        r"\==x\==, \[[x]], \[a][b], H\~2\~O, \:octocat:",
        "`==x==` and `[[x]]` and `H~2~O`",
        "-5 degrees, then\n-6 degrees",
        "-f is an option",
        "*one*\n*two*",
        "1.5 times\n2.5 times",
        "In #golang and ##python, issue #12.\n##taproot-activation is a channel.",
        "### A\n\n#### B\n\n##### C\n\n### D",
        "<!-- a note -->\n\nText <!-- another --> text.",
        "[a][b] and [b] and [b][]\n\n[b]: https://example.com",
        "```\nx\n```\n\n- a\n\n  ```\n  x\n  ```\n\n> ~~~\n> x\n> ~~~",
        "At 10:30:00 and 12:45.",
        "{name} and {1: 2}",
    ],
)
def test_what_is_meant_is_left_alone(text: str) -> None:
    assert problems(text) == []


def test_the_text_of_a_page_begins_a_level_higher() -> None:
    assert problems("## One\n\n### Two", top=1) == []
    assert [problem.line for problem in problems("### One", top=1)] == [1]


def test_what_hides_words_is_an_error_and_what_only_looks_odd_a_warning() -> None:
    assert {problem.severity for problem in problems("<!-- x") + problems("```\nx")} == {Severity.ERROR}
    assert {problem.severity for problem in problems("==x==")} == {Severity.WARNING}


def test_the_names_of_emoji_are_shown_as_emoji_outside_of_code() -> None:
    root = parse("Done :tada: and `:tada:`, \\:tada:\n\n### :+1: up", path=PATH, line=1, links=Links.none()).root
    assert [plain(block) for block in root] == ["Done 🎉 and :tada:, :tada:", "👍 up"]


def test_every_name_of_the_table_is_replaced_and_no_other() -> None:
    table = json.loads(Path(emoji.__file__).with_name("emoji.json").read_text("utf-8"))
    assert len(table) > 1800
    assert not ONLY_ON_GITHUB & table.keys()
    assert all(with_emoji(f"a :{name}: b") == f"a {sign} b" for name, sign in table.items())
    assert with_emoji("x:tada:y :nothing: 1:2:3") == "x:tada:y :nothing: 1:2:3"


def test_of_two_pictures_in_a_paragraph_each_has_its_own_line() -> None:
    text = "One ![](a.png)\ntwo ![](a.png)\n\n- ![](b.png)\n  ![x]()\n\n| a |\n|---|\n| ![](c.png) |\n"
    assert [problem.line for problem in problems(text)] == [1, 2, 4, 5, 9]
