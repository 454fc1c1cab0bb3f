"""Lists by section, topic and author, the questions to rehearse, and the first page: each shows what issues have, and nothing else."""

from __future__ import annotations

import dataclasses
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.issue import Facts, Issue, Level
from publisher.publication import Publication
from publisher.site import site_files, site_parts
from tests.press import DIAGRAM, PUBLICATION, Tags, content, issue, templates

ATOM = "{http://www.w3.org/2005/Atom}"
TAGS = ("ci", "rag", "sql-2")
OURS = Publication.model_validate(
    PUBLICATION.model_dump(by_alias=True)
    | {
        "section": [plan.model_dump() | {"answers_next_week": plan.id == "question"} for plan in PUBLICATION.sections],
        "author": [
            {"id": "ada", "name": "Ada <A.>", "about": "Writes."},
            {"id": "bob", "name": "Bob", "about": "Reads."},
        ],
        "welcome": {"issues": [2, 1]},
    }
)
FACTS = st.builds(
    Facts,
    author=st.sampled_from([None, "ada", "bob", "nobody"]),
    tags=st.lists(st.sampled_from(TAGS), unique=True).map(tuple),
    level=st.sampled_from([None, *Level]),
    minutes=st.none() | st.integers(5, 600),
    stack=st.lists(st.sampled_from(["Python", "SQL & co"]), unique=True).map(tuple),
)
SECTIONS = ("concept", "architecture", "question")


def built(*issues: Issue, publication: Publication = OURS) -> Mapping[str, bytes]:
    return dict(
        site_files(content(*issues, publication=publication), [one for one in issues if one.published], templates())
    )


def listed(html: bytes) -> list[str]:
    """Return where the rows of a list, or the headings of its questions, lead."""
    page = html.decode()
    start = page.index("</header>\n", page.index('<header class="head">'))
    tags = Tags(page[start : page.index('<section class="invite"')])
    places = [attributes["href"] for tag, attributes in tags.all if tag == "a" and "href" in attributes]
    return [place for place in places if "issues/" in place and "#" in place]


@given(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(SECTIONS, FACTS)), min_size=1, max_size=4))
def test_each_part_that_is_out_is_on_the_pages_of_its_section_its_topics_and_its_author(
    said: list[dict[str, Facts]],
) -> None:
    issues = [dataclasses.replace(issue(number), facts=facts) for number, facts in enumerate(said, 1)]
    hidden = dataclasses.replace(issue(9, published=False), facts={"concept": Facts("ada", tags=("hidden",))})
    site = built(*issues, hidden)
    wanted: dict[str, list[str]] = {f"sections/{section}/": [] for section in SECTIONS}
    wanted |= {"authors/ada/": [], "authors/bob/": []}
    for one in reversed(issues):
        for section in SECTIONS:
            facts, place = one.facts_of(section), f"../../issues/{one.number}/#{section}"
            by = [f"authors/{facts.author}/"] if facts.author in ("ada", "bob") else []
            for page in (f"sections/{section}/", *by, *(f"topics/{tag}/" for tag in facts.tags)):
                wanted.setdefault(page, []).append(place)
    lists = {
        name.removesuffix("index.html")
        for name in site
        if name.startswith(("sections/", "topics/", "authors/")) and name.endswith(".html")
    }
    assert lists == set(wanted)
    places = site["sitemap.xml"].decode()
    for page, links in wanted.items():
        assert listed(site[f"{page}index.html"]) == links, page
        assert OURS.url(page) in places
        ids = [entry.findtext(f"{ATOM}id") for entry in ET.fromstring(site[f"{page}feed.xml"]).iter(f"{ATOM}entry")]
        assert ids == [OURS.lasting_id(link.removeprefix("../../")) for link in links]
        assert [one["id"] for one in json.loads(site[f"{page}feed.json"])["items"]] == ids


def test_a_part_says_who_wrote_it_and_what_it_is_about() -> None:
    facts = Facts("ada", Level.ADVANCED, 240, ("Python",), ("rag",))
    page = built(dataclasses.replace(issue(1), facts={"concept": facts}))["issues/1/index.html"].decode()
    assert 'href="../../authors/ada/" rel="author">Ada &lt;A.&gt;</a>' in page
    assert 'href="../../topics/rag/">rag</a>' in page
    assert "4 h · advanced · Python" in page


def test_a_question_stands_with_its_answer_which_the_next_issue_had() -> None:
    asked = "Why?[^1]\n\nThe interviewer listens for *doubt*.\n\n[^1]: A [note](0001.md#concept)."
    answer = "When?\n\n### Last week's answer\n\nBecause **it** is. See [above](#question)."
    site = built(issue(1, question=asked), issue(2, question=answer))
    room = site["sections/question/index.html"].decode()
    newest, older = room.split("<li ")[-2:]
    assert "When?" in newest
    assert "The answer comes with the next issue." in newest
    assert "Because" not in newest
    assert re.search(
        r"<details>\s*<summary>What they listen for</summary>.*?<em>doubt</em>.*?</details>", older, re.DOTALL
    )
    assert re.search(
        r"<details>\s*<summary>Show the answer</summary>.*?Because <strong>it</strong> is\..*?</details>",
        older,
        re.DOTALL,
    )
    assert "doubt" not in older.partition("<details>")[0]
    assert 'href="../../issues/2/#question"' in older
    for name in ("sections/question/index.html", "index.html"):
        ids = [attributes["id"] for _, attributes in Tags(site[name].decode()).all if "id" in attributes]
        assert len(ids) == len(set(ids)), name


def test_the_first_page_shows_a_diagram_a_question_with_its_answer_and_what_is_promised() -> None:
    answer = "When?\n\n### Last week's answer\n\nBecause it is."
    site = built(issue(1, architecture=DIAGRAM), issue(2, question=answer))
    home = site["index.html"].decode()
    picture = re.search(r'<img[^>]* src="(issues/1/[^"]+)"', home)
    assert picture
    assert picture[1] in site
    assert re.search(r"<summary>Show the answer</summary>.*?Because it is\.", home, re.DOTALL)
    begin = home[home.index('id="chosen"') : home.index('id="latest"')]
    assert re.findall(r'href="issues/(\d)/', begin) == ["2", "1"]
    assert "Ada &lt;A.&gt;" in home
    assert "Sell or lend your address" in home


def test_a_first_page_without_issues_promises_and_shows_nothing_that_is_not_there() -> None:
    home = built()["index.html"].decode()
    assert "What we never do" in home
    assert not re.search(r'id="(sample|chosen|latest)', home)


def test_a_list_is_made_again_when_a_diagram_that_it_shows_may_have_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("publisher.site.feed.NEWEST", 2)
    rag = Facts(tags=("rag",))

    def made_from(drawn: str) -> str:
        issues = [
            dataclasses.replace(issue(1, architecture=drawn), facts={"architecture": rag}),
            dataclasses.replace(issue(2), facts=dict.fromkeys(SECTIONS, rag)),
        ]
        found = site_parts(content(*issues, publication=OURS), issues, templates())
        return next(part.made_from for part in found if part.name == "topics/rag/")

    assert made_from(DIAGRAM) != made_from(DIAGRAM.replace("Question", "Doubt"))
    assert made_from(DIAGRAM) == made_from(DIAGRAM)
