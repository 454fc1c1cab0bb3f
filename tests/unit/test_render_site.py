"""The public site: every link leads somewhere, nothing breaks the policy, the feed is valid."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import posixpath
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from publisher.issue import Level, Row, Step
from publisher.render import render_issue
from publisher.site import site_files
from tests.press import DIAGRAM, PUBLICATION, Tags, content, issue, templates

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def site() -> dict[str, bytes]:
    first, second = (
        issue(2),
        issue(
            3,
            concept=f"{DIAGRAM}\nSee [No. 2](0002.md#concept).[^1]\n\n```python\nx = 'y'\n```\n\n[^1]: Note.",
            question="Why?[^1]\n\n[^1]: Other.",
        ),
    )
    hidden = issue(4, published=False)
    found = content(first, second, hidden)
    return dict(site_files(found, [first, second], templates()))


def pages(site: dict[str, bytes]) -> dict[str, Tags]:
    return {name: Tags(data.decode()) for name, data in site.items() if name.endswith(".html")}


def test_the_pages_that_readers_look_for_exist(site) -> None:
    wanted = {
        "index.html", "issues/index.html", "issues/2/index.html", "issues/3/index.html", "learn/backend/index.html",
        "learn/index.html", "learn/backend/guide/index.html", "progress.js", "about/index.html", "feed.xml", "feed.json", "sitemap.xml", "robots.txt", "style.css", "favicon.svg", "embed.js", "404.html",
    }  # fmt: skip
    assert wanted <= set(site)


def test_an_issue_that_is_not_public_does_not_occur_anywhere(site) -> None:
    assert not any(name.startswith("issues/4/") for name in site)
    assert b"issues/4/" not in b"".join(site.values())


def test_every_link_and_picture_leads_to_a_file_and_an_id_that_exist(site) -> None:
    parsed = pages(site)
    for name, tags in parsed.items():
        if name == "404.html":
            continue
        pictures = [t["src"] for t in tags.of("img")] + [t["srcset"] for t in tags.of("source")]
        for target in (
            [t["href"] for t in tags.of("a") + tags.of("link")]
            + [t["src"] for t in tags.of("script") if "src" in t]
            + pictures
        ):
            parts = urlsplit(target)
            if parts.scheme:
                assert parts.scheme in ("https", "mailto")
                continue
            file = posixpath.normpath(posixpath.join(posixpath.dirname(name), parts.path)) if parts.path else name
            if file == "link":
                continue  # the server's own page, as /subscribe is
            assert not parts.path.endswith("index.html"), f"{name}: {target}"
            if parts.path.endswith("/"):
                file = posixpath.normpath(f"{file}/index.html")
            assert file in site, f"{name}: {target}"
            if parts.fragment:
                assert parts.fragment.partition(":~:")[0] in parsed[file].ids, f"{name}: {target}"


def test_a_citation_leads_to_the_very_words_that_it_rests_on() -> None:
    first, second = (
        issue(2),
        issue(3, archive="It refills. [@0002-concept-1]\n\n> tokens refills at 1,000 tokens a second, so a burst\n"),
    )
    made = dict(site_files(content(first, second), [first, second], templates()))
    (link,) = (t["href"] for t in Tags(made["issues/3/index.html"].decode()).of("a") if ":~:" in t.get("href", ""))
    place, _, words = link.partition(":~:text=")
    assert place == "../../issues/2/#concept"
    assert unquote(words) == "tokens refills at 1,000 tokens a"
    assert unquote(words) in made["issues/2/index.html"].decode()


def test_a_diagram_is_shown_for_the_scheme_of_the_reader(site) -> None:
    html = site["issues/3/index.html"].decode()
    assert '<figure class="diagram both">' in html
    (source,) = Tags(html).of("source")
    assert source["media"] == "(prefers-color-scheme: dark)"
    assert source["srcset"] != Tags(html).of("img")[0]["src"]
    assert b"figure.diagram.both" in site["style.css"]


def test_pages_keep_to_a_strict_policy(site) -> None:
    for name, tags in pages(site).items():
        run = [script for script in tags.of("script") if script.get("type") != "application/ld+json"]  # which is data
        assert all(urlsplit(script["src"]).path and not urlsplit(script["src"]).netloc for script in run), name
        assert not tags.of("style"), name
        assert not [a for _, attributes in tags.all for a in attributes if a == "style" or a.startswith("on")], name


def test_short_words_with_hyphens_stay_on_one_line_of_a_heading() -> None:
    made = dataclasses.replace(issue(2), title="An at-least-once <b> & a-word-with-many-hyphens")
    text = dict(site_files(content(made), [made], templates()))["issues/2/index.html"].decode()
    assert '<h1>An <span class="unbroken">at-least-once</span> &lt;b&gt; &amp; a-word-with-many-hyphens</h1>' in text


def test_without_a_stylesheet_words_of_the_navigation_stand_apart(site) -> None:
    for name, html in site.items():
        if name.endswith(".html"):
            assert b"</a><a" not in html, name


def test_machines_are_told_what_a_page_is_about(site) -> None:
    for name, tags in pages(site).items():
        said = {one["property"]: one["content"] for one in tags.of("meta") if "property" in one}
        if name == "404.html" or b'http-equiv="refresh"' in site[name]:
            assert said == {}, name
            continue
        place = PUBLICATION.url(name.removesuffix("index.html"))
        assert said["og:title"], name
        assert said["og:description"], name
        assert [said["og:url"]] == [link["href"] for link in tags.of("link") if link["rel"] == "canonical"], name
        if name.startswith("issues/") and name != "issues/index.html":
            assert (said["og:type"], said["og:url"]) == ("article", place)


def test_structured_data_ends_no_script_whatever_titles_say() -> None:
    evil = dataclasses.replace(issue(2), title='</script><script>alert("&")</script>', published=dt.date(2026, 11, 26))
    text = dict(site_files(content(evil), [evil], templates()))["issues/2/index.html"].decode()
    (made,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)
    article, way = json.loads(made)["@graph"]
    assert (article["@type"], article["headline"], article["datePublished"]) == ("Article", evil.title, "2026-11-26")
    assert [step["name"] for step in way["itemListElement"]][1:] == ["All issues", evil.title]
    assert "<script>alert" not in text


def test_ids_are_unique_on_every_page(site) -> None:
    for name, tags in pages(site).items():
        assert len(tags.ids) == len(set(tags.ids)), name


def test_the_form_posts_address_and_source_without_javascript(site) -> None:
    for name in ("index.html", "issues/3/index.html", "learn/backend/index.html", "learn/backend/guide/index.html"):
        tags = Tags(site[name].decode())
        (form,) = tags.of("form")
        assert form["method"] == "post"
        assert posixpath.normpath(posixpath.join(posixpath.dirname(name), form["action"])) == "subscribe"
        assert {"email", "source"} <= {field.get("name") for field in tags.of("input")}


def test_issues_link_to_their_neighbours(site) -> None:
    assert [a["href"] for a in Tags(site["issues/3/index.html"].decode()).of("a") if a.get("rel")] == ["../2/"]
    assert [a["href"] for a in Tags(site["issues/2/index.html"].decode()).of("a") if a.get("rel")] == ["../3/"]


def test_every_page_has_a_title_a_description_and_one_heading(site) -> None:
    for name, tags in pages(site).items():
        if any(m.get("http-equiv") == "refresh" for m in tags.of("meta")):
            continue
        assert len(tags.of("h1")) == 1, name
        assert any(m.get("name") == "description" and m["content"] for m in tags.of("meta")), name
        assert re.search(rb"<title>[^<]+</title>", site[name]), name


def test_the_feed_is_atom_with_whole_issues(site) -> None:
    feed = ET.fromstring(site["feed.xml"])
    entries = feed.findall(f"{ATOM}entry")
    assert feed.tag == f"{ATOM}feed"
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == [PUBLICATION.url(f"issues/{n}/") for n in (3, 2)]
    for tag in ("id", "title", "updated", "author"):
        assert feed.find(f"{ATOM}{tag}") is not None
    content = entries[0].find(f"{ATOM}content")
    assert content is not None
    assert content.get("type") == "html"
    links = [
        a["href"]
        for a in Tags(content.text or "").of("a")
        if not a["href"].startswith("#") and not a["href"].endswith(".png")
    ]
    assert links == ["https://notes.example.com/issues/2/#concept"]
    assert all(image["src"].startswith("https://") for image in Tags(content.text or "").of("img"))


def test_the_json_feed_says_what_the_atom_feed_says(site) -> None:
    """Of JSON Feed 1.1, `version`, `title` and `items` are required, and of an item `id` and one of the contents."""
    told, atom = json.loads(site["feed.json"]), ET.fromstring(site["feed.xml"])
    assert (told["version"], told["title"]) == ("https://jsonfeed.org/version/1.1", atom.findtext(f"{ATOM}title"))
    assert {told["home_page_url"], told["feed_url"]} == {PUBLICATION.url(), PUBLICATION.url("feed.json")}
    of_atom = [
        {
            "id": entry.findtext(f"{ATOM}id"), "url": entry.find(f"{ATOM}link").get("href"), "title": entry.findtext(f"{ATOM}title"),
            "summary": entry.findtext(f"{ATOM}summary"), "content_html": entry.findtext(f"{ATOM}content"),
            "date_published": entry.findtext(f"{ATOM}published"), "date_modified": entry.findtext(f"{ATOM}updated"),
        }
        for entry in atom.findall(f"{ATOM}entry")
    ]  # fmt: skip
    assert told["items"] == of_atom
    assert b'<link rel="alternate" type="application/feed+json"' in site["index.html"]


def test_the_sitemap_lists_the_public_pages(site) -> None:
    places = [element.text for element in ET.fromstring(site["sitemap.xml"]).iter() if element.tag.endswith("loc")]
    assert "https://notes.example.com/issues/3/" in places
    assert len(places) == len(set(places))


def test_an_issue_that_went_out_on_another_day_than_planned_has_that_day_everywhere() -> None:
    cited = dataclasses.replace(issue(2), date=dt.date(2026, 11, 26), published=dt.date(2026, 12, 2))
    made = dict(site_files(content(cited), [cited], templates()))
    for name in ("index.html", "issues/index.html", "issues/2/index.html", "sitemap.xml", "feed.xml"):
        text = made[name].decode()
        assert "2026-12-02" in text, name
        assert "2026-11-26" not in text, name
        assert "26 November 2026" not in text, name


def test_the_site_is_the_same_each_time() -> None:
    one = issue(2)
    first, second = (dict(site_files(content(one), [one], templates())) for _ in range(2))
    assert first == second


def test_a_publication_without_content_has_a_site() -> None:
    from publisher.ports import Content

    made = dict(site_files(Content(PUBLICATION, (), (), (), (), ()), [], templates()))
    assert "index.html" in made
    assert not any(name.startswith("learn/") for name in made)


def test_the_headers_of_a_table_say_that_they_are_of_columns() -> None:
    one = issue(3, concept="| store | rows |\n|---|--:|\n| pages | 1 |\n")
    headers = Tags(render_issue(one, content(one), templates()).web).of("th")
    assert headers == [{"scope": "col"}, {"scope": "col", "class": "right"}]


def test_a_text_that_is_a_step_is_at_home_in_the_first_path_and_its_own_address_leads_there() -> None:
    plain = content(issue(3))
    second = dataclasses.replace(plain.paths[0], slug="frontend", path=Path("content/paths/frontend.md"))
    linked = dataclasses.replace(plain.pages[1], body=f"Read [about](about.md), [again](guide.md).\n\n{DIAGRAM}")
    found = dataclasses.replace(plain, paths=(*plain.paths, second), pages=(plain.pages[0], linked))
    made = dict(site_files(found, found.issues, templates()))
    here, there = made["learn/backend/guide/index.html"].decode(), made["learn/frontend/guide/index.html"].decode()
    home = '<link rel="canonical" href="https://notes.example.com/learn/backend/guide/">'
    assert home in here
    assert home in there
    assert "url=../learn/backend/guide/" in made["guide/index.html"].decode()
    assert 'href="../../../learn/frontend/guide/">again' in there, "one stays in the path"
    for image in Tags(there).of("img"):
        assert posixpath.normpath(f"learn/frontend/guide/{image['src']}") in made
    assert b"/learn/frontend/guide/" not in made["sitemap.xml"]
    assert b"/learn/backend/guide/" in made["sitemap.xml"]
    assert b"<loc>https://notes.example.com/guide/" not in made["sitemap.xml"]


def test_a_step_says_where_one_is_and_leads_back_and_on() -> None:
    plain = content(issue(3), issue(4, published=False))
    steps = (
        Step("First", "https://example.com/one", "Begin.", "first", 90, Level.INTRODUCTORY),
        Step("Second", "../issues/0003.md#concept", "Go on.", "second", 240, needs=("first",), exit=("It runs.", "It stops.")),
        Step("Third", "../issues/0004.md#concept", "Not out yet.", "third"),
    )  # fmt: skip
    rows = (Row("Queues", "Agents", ("../issues/0003.md#concept", "../issues/0004.md#concept", "../pages/guide.md")),)
    found = dataclasses.replace(plain, paths=(dataclasses.replace(plain.paths[0], steps=steps, rows=rows),))
    made = dict(site_files(found, found.issues[:1], templates()))
    page = made["learn/backend/second/index.html"].decode()
    assert "02 of 03" in page
    assert "4 h" in page
    assert re.search(r'Before this</dt><dd><a href="\.\./first/">First', page)
    assert {(a["href"], a["rel"]) for a in Tags(page).of("a") if "rel" in a} == {
        ("../first/", "prev"), ("../third/", "next"),
    }  # fmt: skip
    assert page.count("data-tick=") == 2
    assert 'href="../../../issues/3/#concept">No. 3, Exact search</a>' in page
    assert 'name="path" value="backend"' in page, "the form keeps the course"
    assert b"issues/4/" not in b"".join(made.values()), "nothing leads to what is not out"
    overview = made["learn/backend/index.html"].decode()
    assert "No. 3, Exact search" in overview
    assert ">A guide</a></li>" in overview
    assert "90 min · introductory" in overview
