"""Old addresses of issues: pages that lead to them, and never anything else of the site or outside of it."""

from __future__ import annotations

import dataclasses
import posixpath
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.check import check
from publisher.content.aliases import place, redirects
from publisher.content.issue_file import read_issue
from publisher.errors import ContentError
from publisher.issue import Issue
from publisher.ports import Content
from publisher.site import site_files
from tests.press import Tags, content, issue, templates


def aliased(*aliases: str, number: int = 3, published: bool = True) -> Issue:
    found = issue(number, published=published)
    source = found.source.replace(b"\n---\n", "".join(f"\n- {alias}" for alias in aliases).encode() + b"\n---\n", 1)
    return dataclasses.replace(found, aliases=aliases, source=source)


def said(of: Content) -> list[str]:
    return [str(problem) for problem in check(of, templates()) if "alias" in problem.what or "address" in problem.what]


def test_an_alias_is_a_page_that_leads_to_the_issue_and_says_that_it_is_the_one_to_remember() -> None:
    old = aliased("/2024/05/31/hello/", "/archive/hello.html", "/caf%C3%A9")
    site = dict(site_files(content(old), [old], templates()))
    for name in ("2024/05/31/hello/index.html", "archive/hello.html", "café/index.html"):
        tags = Tags(site[name].decode())
        (refresh,) = [tag["content"] for tag in tags.of("meta") if tag.get("http-equiv") == "refresh"]
        (link,) = [tag["href"] for tag in tags.of("a")]
        assert refresh == f"0; url={link}"
        assert posixpath.normpath(posixpath.join(posixpath.dirname(name), link)) == "issues/3"
        assert [tag["href"] for tag in tags.of("link")] == ["https://notes.example.com/issues/3/"]


def test_an_issue_that_is_not_public_has_no_page_at_its_old_address() -> None:
    hidden = aliased("/old/", published=False)
    assert "old/index.html" not in dict(site_files(content(hidden), [], templates()))
    assert redirects(content(hidden), []) == {}


@pytest.mark.parametrize(
    "alias",
    [
        "hello", "https://elsewhere.example.com/", "//elsewhere.example.com/x", "/../x", "/a/../../x", "/%2e%2e/x", "/a%2f..%2f..%2fx",
        "/a//b", "/.env", "/a/.htaccess", "/a\\b", "/a?x=1", "/a#b", "/a%00b", "/a%0Ab", "/%ff", "/" + "a" * 200, "/a" * 30, "/x.png", "",
    ],
)  # fmt: skip
def test_an_alias_that_may_lead_out_of_the_site_or_is_no_page_is_refused_with_its_line(alias: str) -> None:
    with pytest.raises(ValueError, match=r"path|\?|UTF-8|part|control|long|page"):
        place(alias)
    head = (
        f"---\nnumber: 3\nweek: 2024-W22\ndate: 2024-05-29\ntitle: A\npreheader: B\naliases:\n- '{alias}'\n---\n\nHi.\n"
    )
    with pytest.raises(ContentError) as raised:
        read_issue(Path("content/issues/0003.md"), head.encode())
    assert [problem.line for problem in raised.value.problems] == [8]


@given(st.text("/.%2eFf5Cc\\ab:", max_size=30) | st.text(max_size=30))
def test_no_alias_becomes_a_file_outside_of_the_site(alias: str) -> None:
    try:
        name = PurePosixPath(place(alias))
    except ValueError:
        return
    assert not name.is_absolute()
    assert not any(part.startswith(".") for part in name.parts)
    assert name.suffix in (".html", ".htm")


@pytest.mark.parametrize(
    ("alias", "whose"),
    [
        ("/", "a page of the site"),
        ("/index.html", "a page of the site"),
        ("/404.html", "a page of the site"),
        ("/issues/", "a page of the site"),
        ("/Issues/3/", "the page of issue 3"),
        ("/about/", "the page 'about'"),
        ("/about/index.html", "the page 'about'"),
        ("/learn", "a page of the site"),
        ("/learn/backend", "the learning path 'backend'"),
        ("/subscribe", "the system"),
        ("/unsubscribe/abc/", "the system"),
    ],
)
def test_an_alias_at_the_address_of_a_page_is_refused_and_the_page_stays(alias: str, whose: str) -> None:
    old = aliased(alias)
    (problem,) = said(content(old))
    assert problem.startswith("content/issues/0003.md:5: the address")
    assert whose in problem
    assert dict(site_files(content(old), [old], templates())) == dict(
        site_files(content(issue(3)), [issue(3)], templates())
    )


@pytest.mark.parametrize(
    ("first", "second"), [("/old/", "/old"), ("/old/", "/OLD/index.html"), ("/old.html", "/old.html/x/")]
)
def test_an_alias_that_two_issues_claim_leads_to_the_first_and_is_reported_at_the_second(
    first: str, second: str
) -> None:
    one, two = aliased(first, number=2), aliased(second, number=3)
    (problem,) = said(content(one, two))
    assert problem.startswith("content/issues/0003.md:5: the address")
    assert "content/issues/0002.md, as an alias" in problem
    assert {issue.number for issue in redirects(content(one, two), [one, two]).values()} == {2}
