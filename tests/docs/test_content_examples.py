"""Every example of Markdown in docs/content.md is read as its heading says, in page, mail and text part."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from publisher.content.links import Links
from publisher.content.markdown import parse
from publisher.render.mail import Mail
from publisher.render.page import Page
from publisher.render.text import Text

ROOT = Path(__file__).resolve().parents[2]
DOCS = (ROOT / "docs/content.md").read_text("utf-8")
EXAMPLES = [
    (before.rpartition("\n### ")[2].partition("\n")[0], after.partition("\n````")[0])
    for before, after in itertools.pairwise(re.split(r"^````markdown\n", DOCS, flags=re.MULTILINE))
]
SHOWN = {
    "Code": ["./pre[@data-lang='python']", "./pre[@data-lang='']", ".//p/code"],
    "Lists": ["./p", "./ol/li/ul/li", "./ol/li/pre[@data-lang='sh']", "./ul/li[@class='task-list-item']"],
    "Tables": ["./table/tbody/tr/td[@align='right']", ".//td/code"],
    "Emphasis and addresses": [".//em", ".//strong", ".//del", ".//a[@href='mailto:editors@example.com']"],
    "Footnotes": ["./p/sup/a[@class='footnote-ref']", "./div[@class='footnote']/ol/li/ul/li"],
    "Alerts": ["./div[@class='admonition'][@data-kind='note']/p[@class='admonition-title']"],
    "Headings": ["./h3[@id='cost']", "./p/a[@href='#cost']", "./p/a[@href='#its-limits']", "./h3[@id='its-limits']"],
    "HTML": [".//kbd", ".//sub"],
    "Formulas": [".//code[@data-math='inline']", ".//pre[@data-math='block']"],
}


def test_each_construct_has_an_example() -> None:
    assert [heading for heading, _ in EXAMPLES] == list(SHOWN)


@pytest.mark.parametrize(("heading", "text"), EXAMPLES, ids=[heading for heading, _ in EXAMPLES])
def test_an_example_is_read_as_its_heading_says(heading: str, text: str) -> None:
    prose = parse(text, path=Path("content/pages/x.md"), line=1, links=Links.none())
    assert prose.problems == ()
    assert [path for path in SHOWN[heading] if prose.root.find(path) is None] == []
    assert "".join(block.html for block in Mail(str, str, 1).blocks(prose.root))
    assert Page(str, str).inside(prose.root)
    assert Text(str, str).write(prose.root)
