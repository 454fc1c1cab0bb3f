"""The dialect is GitHub's: the examples of the CommonMark and GFM specifications, and what they do not speak of."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import tostring

import pytest

from publisher.content.dialect import convert
from publisher.content.tree import sanitised

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "tests/data/markdown"
SPECIFICATIONS = {"CommonMark 0.31.2": "commonmark-0.31.2.json", "GFM 0.29": "gfm-0.29-extensions.json"}

MISSED = {
    ("CommonMark 0.31.2", 173): "a <style> that does not end takes no words with it",
    ("CommonMark 0.31.2", 608): "GFM makes a link of a bare address",
    ("CommonMark 0.31.2", 611): "GFM makes a link of a bare address",
    ("CommonMark 0.31.2", 612): "GFM makes a link of a bare address",
    ("GFM 0.29", 628): "an address that begins with ftp: is no link, because mail programs do not open it",
    ("GFM 0.29", 652): "tags that GitHub shows as text are removed, and reported",
}
"""The examples that read otherwise, and why; docs/content.md has the same list."""


def examples(name: str) -> list[dict[str, Any]]:
    return json.loads((EXAMPLES / SPECIFICATIONS[name]).read_text(encoding="utf-8"))


def normal(html: str) -> str:
    """Return what HTML shows, in one spelling: sanitised, without white space between blocks, boxes as characters."""
    html = re.sub(r"<input ([^>]*)>", lambda box: "☑" if "checked" in box[1] else "☐", html)
    html = re.sub(r'<pre><code class="language-([^"]*)">', r'<pre data-lang="\1"><code>', html)
    root = sanitised(html).root
    for element in root.iter():
        for name in ("class", "data-line"):
            element.attrib.pop(name, None)
        if not element.get("data-lang"):
            element.attrib.pop("data-lang", None)
    blocks = "p|ul|ol|li|blockquote|h[1-6]|pre|hr|div|table|thead|tbody|tr|t[dh]"
    written = tostring(root, encoding="unicode", method="html")
    return re.sub(rf"\s*(</?(?:{blocks})(?=[\s>])[^>]*>)\s*", r"\1", written)


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_the_examples_of_the_specifications_read_as_on_github(name: str) -> None:
    missed = {
        (name, example["example"])
        for example in examples(name)
        if normal(convert(example["markdown"]).html) != normal(example["html"])
    }
    assert missed == {miss for miss in MISSED if miss[0] == name}


def test_the_table_in_the_docs_has_the_figures_of_the_specifications() -> None:
    rows = dict(re.findall(r"^\| ([^|]+?) \| (\d+ of \d+) \|", (ROOT / "docs/content.md").read_text("utf-8"), re.M))
    for name in SPECIFICATIONS:
        sections = Counter(example["section"] for example in examples(name))
        missed = Counter(e["section"] for e in examples(name) if (name, e["example"]) in MISSED)
        for section, count in sections.items():
            assert rows.pop(section.replace(" (extension)", ", GFM")) == f"{count - missed[section]} of {count}"
    assert not rows
