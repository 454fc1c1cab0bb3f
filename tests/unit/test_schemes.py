"""Two images for two schemes become one, in each of GitHub's spellings."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring, tostring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.render.schemes import DARK_SOURCE, join_schemes

JOINED = f'<img src="a.png#light" alt="A" {DARK_SOURCE}="b.png#dark" />'


def joined(html: str) -> str:
    root = fromstring(f"<div>{html}</div>")
    join_schemes(root)
    return tostring(root, encoding="unicode").removeprefix("<div>").removesuffix("</div>")


@pytest.mark.parametrize(
    ("html", "there"),
    [
        ('<p>x <img src="a.png#light" alt="A"/>\n<img src="b.png#dark" alt="B"/> y</p>', f"<p>x {JOINED} y</p>"),
        ('<p><img src="b.png#dark" alt="B"/><img src="a.png#light" alt="A"/></p>', f"<p>{JOINED}</p>"),
        ('<p><img src="a.png#light" alt="A"/></p>\n<p><img src="b.png#dark" alt="B"/></p>', f"<p>{JOINED}</p>"),
        ('<p><a href="x"><img src="a.png#light" alt="A"/></a> <a href="x"><img src="b.png#dark"/></a></p>', f'<p><a href="x">{JOINED}</a></p>'),
        (
            '<img src="a.png#gh-light-mode-only"/><img src="b.png#gh-dark-mode-only"/>',
            f'<img src="a.png#gh-light-mode-only" {DARK_SOURCE}="b.png#gh-dark-mode-only" />',
        ),
        (
            '<picture> <source media="(prefers-color-scheme: dark)" srcset="b.png 2x, c.png"/> <img src="a.png"/> </picture> y',
            f'<img src="a.png" {DARK_SOURCE}="b.png" /> y',
        ),
        (
            '<picture><source media="(prefers-color-scheme:dark)" srcset="b.png"/>'
            '<source media="(prefers-color-scheme: light)" srcset="l.png"/><img src="a.png"/></picture>',
            f'<img src="l.png" {DARK_SOURCE}="b.png" />',
        ),
        (
            '<picture><source media="(prefers-color-scheme: light)" srcset="l.png"/><img src="a.png"/></picture>',
            f'<img src="l.png" {DARK_SOURCE}="a.png" />',
        ),
        ('<picture><source media="print" srcset="b.png"/><img src="a.png"/></picture>', '<img src="a.png" />'),
        ('<picture><img src="a.png"/>words</picture> y', '<img src="a.png" /> words y'),
    ],
)  # fmt: skip
def test_a_pair_becomes_one_image(html: str, there: str) -> None:
    assert joined(html) == there


@pytest.mark.parametrize(
    "html",
    [
        '<p><img src="a.png#light" /> or <img src="b.png#dark" /></p>', '<p><img src="a.png#light" /><img src="b.png" /></p>',
        '<p><img src="a.png#light" /></p>', '<p><img src="a.png#dark" /><img src="b.png#dark" /></p>',
        '<p><img src="a.png#section" /><img src="b.png#dark" /></p>',
    ],
)  # fmt: skip
def test_what_is_no_pair_stays(html: str) -> None:
    assert joined(html) == html


_IMAGES = st.sampled_from(["a.png", "a.png#light", "b.png#dark", "b.png#gh-dark-mode-only"])
_TREES = st.recursive(
    st.tuples(st.just("img"), _IMAGES, st.sampled_from(["", " ", " words "])),
    lambda inner: st.tuples(
        st.sampled_from(["p", "a", "div"]), st.lists(inner, max_size=4), st.sampled_from(["", "w"])
    ),
    max_leaves=12,
)


@given(_TREES)
def test_no_word_and_no_image_is_lost(tree: tuple) -> None:
    def build(tag: str, inside: object, tail: str) -> Element:
        made = Element(tag, {"src": inside} if isinstance(inside, str) else {})
        made.extend([build(*one) for one in inside] if isinstance(inside, list) else [])
        made.tail = tail
        return made

    def images(root: Element) -> list[str]:
        return sorted(name for one in root.iter("img") for name in (one.get("src"), one.get(DARK_SOURCE)) if name)

    root = Element("div")
    root.append(build(*tree))
    before = images(root), "".join(root.itertext()).replace(" ", "")
    join_schemes(root)
    assert (images(root), "".join(root.itertext()).replace(" ", "")) == before
