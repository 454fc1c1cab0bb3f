"""Every word, link, code block and nested item of an archive arrives in page, mail and text part; GitHub's parser reads the source."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

import pytest

from publisher.adapters.files import Folder
from publisher.archive_import import ArchiveReport, Reading, import_archive
from publisher.check import check
from publisher.content.archived_matter import take_apart
from publisher.content.markdown import plain
from publisher.content.tree import clean, is_a, tree_of
from publisher.errors import Severity
from publisher.issue import Issue
from publisher.render.mail import Mail
from publisher.render.page import Page
from publisher.render.reading import read
from publisher.render.text import Text
from publisher.scaffold import scaffold
from tests.press import templates
from tests.unit.test_dialect import github
from tests.unit.test_every_word import shown

ARCHIVES = Path(__file__).parents[1] / "data" / "archives"
ORIGIN = "https://old.example.com"
OWN = ("betriebsnotizen", "yunwei")


WITH_HTML = {"2019-05-14-newsletter.md"}
"""Files with tables in raw HTML, of which an import keeps the words and not the table, and with pictures that are not here."""


def bring_in(name: str, folder: Path, shared: str) -> tuple[Folder, ArchiveReport]:
    scaffold(folder / "news")
    store = Folder(folder / "news")
    (folder / "shared.md").write_text(shared, encoding="utf-8")
    how = Reading(dt.date(2016, 5, 1), origin=ORIGIN, definitions=(folder / "shared.md",) if shared else ())
    return store, import_archive(store, ARCHIVES / name, how, dry_run=False)


def definitions(name: str) -> str:
    """Return a definition for each link that the site had defined in another file."""
    text = "\n".join(path.read_text("utf-8") for path in (ARCHIVES / name).glob("*.m*"))
    known = {label.casefold() for label in re.findall(r"(?m)^\[([^]]+)\]:", text)}
    used = re.findall(r"\]\[([^]^@]+)\]|\[([^]^@]+)\]\[\]", text)
    missing = {" ".join((one or other).split()).casefold() for one, other in used} - known
    return "".join(f"[{label}]: {ORIGIN}/{number}\n" for number, label in enumerate(sorted(missing)))


@pytest.mark.parametrize("name", [*OWN, "lwkd", "haskell-weekly", "optech"])
def test_what_an_archive_says_is_what_page_mail_and_text_part_say(tmp_path: Path, name: str) -> None:
    shared = definitions(name)
    store, report = bring_in(name, tmp_path, shared)
    assert report.skipped == ()
    content = store.read()
    assert [one for one in check(content, templates()) if one.severity is Severity.ERROR] == []
    issues = {store.issue_path(issue.number).relative_to(store.root): issue for issue in content.issues}
    for foreign, written in report.written:
        if foreign.name in WITH_HTML:
            continue
        issue = issues[written]
        theirs, ours = Parts(source(foreign, shared)), Parts(whole(issue, store))
        assert theirs.links == ours.links, foreign.name
        assert theirs.code == ours.code, foreign.name
        assert theirs.depths == ours.depths, foreign.name
        said = theirs.words("page")
        assert said in (ours.words("page"), [*letters(issue.title), *ours.words("page")]), foreign.name
        assert ours.words("mail") == ours.words("text") == ours.words("page"), foreign.name
        assert theirs.apart("page") == ours.apart("page") == ours.apart("mail") == ours.apart("text"), foreign.name


def test_our_own_archives_hold_what_newsletters_hold() -> None:
    for name in OWN:
        found = sorted((ARCHIVES / name).glob("*.md"))
        assert len(found) >= 12
        everything = "\n".join(path.read_text("utf-8") for path in found)
        for construct in ("\n+++", "\n    - ", "\n| ", "[^", "> [!", "- [x]", "$$", "> > ", "```sql", "~~~", "===", "  \n", "\\\n", "](img/|bilder/", "<kbd>", "mermaid", "]: <"):  # fmt: skip
            assert any(one in everything for one in construct.split("|")), construct


def test_check_names_the_emphasis_that_github_does_not_show_beside_chinese_punctuation(tmp_path: Path) -> None:
    store, _ = bring_in("yunwei", tmp_path, "")
    odd = {one.what for one in check(store.read(), templates()) if one.rule == "dialect"}
    for mark in ("**强调。**", "**“引号”**", "~~旧的。~~"):
        assert any(f"GitHub shows «{mark}» as written" in what for what in odd), odd


def source(path: Path, shared: str) -> Element:
    """Return a foreign file as GitHub shows it, without what only a site generator would fill in."""
    body = re.sub(r"(?m)^```math$", "```mermaid", take_apart(path, path.read_bytes()).body)  # both become pictures
    body = re.sub(r"\{%-?\s*comment.*?endcomment\s*-?%\}|<!--.*?-->|\{%.*?%\}|\{:.*?\}", "", body, flags=re.DOTALL)
    body = re.sub(r"\$\$[^$]+\$\$|\$`[^`]+`\$|(?<![\\$])\$[^$\s][^$\n]*(?<=[^$\s])\$(?!\d)", "", body)
    body = re.sub(r"\[!\w+\]|:tada:", "", body)  # the titles of alerts, and an emoji
    html = github(f"{body}\n\n{shared}").replace('<section class="footnotes"', '<div class="footnote"')
    html = html.replace("</section>", "</div>").replace('<sup class="footnote-ref"><a', '<sup><a class="footnote-ref"')
    root = tree_of(clean(html.replace("<pre lang=", "<pre data-lang="))).root
    for link in root.iter("a"):
        if link.get("href", "").startswith("/"):
            link.set("href", ORIGIN + link.get("href", ""))
    for image in root.iter("img"):  # each lies beside the issues
        image.set("alt", "")
    return root


def whole(issue: Issue, store: Folder) -> Element:
    """Return an issue as one tree, titles included; one that has more than words stands below itself anyway."""
    made = read(issue, store.read())
    root = Element("div")
    root.extend(made.lead)
    for part in made.parts:
        title = SubElement(root, "h2")
        title.text, again = plain(part.title), len(part.root) and plain(part.root[0]) == plain(part.title)
        if again or (part.id == "notes" and title.text == "Notes"):
            root.remove(title)
        root.extend(part.root)
    return root


class Parts:
    """A text taken apart: notes and tables are compared by themselves, since they move or repeat their headings."""

    def __init__(self, root: Element) -> None:
        self._notes = [
            note for element in root.iter() if is_a(element, "footnote") for note in element.findall("ol/li")
        ]
        _prune(root, lambda element: is_a(element, "footnote") or is_a(element, "admonition-title"))
        self.depths = Counter(_depths(root, 0))
        self._tables = list(root.iter("table"))
        self.code = ["".join(pre.itertext()) for pre in root.iter("pre") if pre.get("data-lang") != "mermaid"]
        self.links = [link.get("href") for link in root.iter("a") if not is_a(link, "footnote-ref")]
        _prune(root, lambda element: element.tag == "table" or element.get("data-lang") == "mermaid")
        self._root = root

    def words(self, form: str) -> list[str]:
        return letters(FORMS[form](self._root))

    def apart(self, form: str) -> set[tuple[str, ...]]:
        """Return the words of each note and table, in the order of the alphabet."""
        return {tuple(sorted(set(letters(FORMS[form](one))))) for one in (*self._notes, *self._tables)}


def _depths(element: Element, depth: int) -> Iterator[int]:
    for child in element:
        if child.tag == "li":
            yield depth
        yield from _depths(child, depth + (child.tag in ("ul", "ol")))


def _prune(root: Element, gone: Callable[[Element], bool]) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            if gone(child):
                parent.remove(child)


def letters(text: str) -> list[str]:
    """Return the words of a text; where lines break between any two letters, each is one. Digits do not count: lists have them in text."""
    return re.findall(r"[^\W\d_\u2e80-\uffff]+|[\u2e80-\u2fff\u3001-\uffff]", re.sub(r"[*_~`]", "", text))


def _page(root: Element) -> str:
    back = r'<a class="footnote-backref".*?</a>'
    return shown(re.sub(rf"<math.*?</math>|{back}", "", Page(str, str).inside(root)))


def _mail(root: Element) -> str:
    return shown("".join(block.html for block in Mail(str, str, 1).blocks(root)))


def _text(root: Element) -> str:
    for element in root.iter():
        if element.tag == "img":
            element.set("alt", "")
        elif element.tag in ("formula", "equation"):
            element.text = ""
    written = re.sub(r"\[(?:Picture|Diagram):\s*\]", "", Text(str, str).write(root))
    return re.sub(r" \[\d+\]| \(\d+\)", "", written)  # the numbers of links and notes


FORMS = {"page": _page, "mail": _mail, "text": _text}
