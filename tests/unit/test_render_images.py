"""Images of an issue: found beside the text, shown in every size and scheme, each file once; or one sentence with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.errors import ContentError, Problem, Severity
from publisher.issue import Picture, Rendered
from publisher.ports import Content
from publisher.render import render_issue
from publisher.render.check import check_content
from publisher.render.images.rules import MOST_MAIL
from publisher.render.preflight import preflight
from publisher.site import site_files
from tests.images import bomb, drawn, moving, opened, photo, saved, see_through
from tests.press import Tags, content, issue, line_of, templates

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 20"><rect width="30" height="20"/></svg>'


def with_images(text: str, files: Mapping[str, bytes]) -> Content:
    one = issue(3, concept=text)
    return replace(content(one), picture=lambda path: files.get(path.as_posix()))


def rendered(text: str, files: Mapping[str, bytes]) -> Rendered:
    found = with_images(text, files)
    return render_issue(found.issues[0], found, templates())


def problems(text: str, files: Mapping[str, bytes]) -> list[Problem]:
    return list(rendered(text, files).problems)


def images(html: str) -> list[dict[str, str]]:
    return [one for one in Tags(html).of("img") if "favicon" not in one["src"]]


@pytest.mark.parametrize("kind", ["png", "jpg", "gif", "webp", "svg"])
def test_an_image_of_any_kind_is_shown_with_its_size(kind: str) -> None:
    data = SVG if kind == "svg" else saved(drawn(30, 20), kind)
    made = rendered("![A chart](../img/chart.one)", {"img/chart.one": data})
    names = {picture.name for picture in made.pictures}
    for html in (made.html, made.web):
        (image,) = images(html)
        assert (image["width"], image["height"], image["alt"]) == ("30", "20", "A chart")
        assert image["src"].rpartition("/")[2] in names
    assert made.problems == ()
    assert not [name for name in names if name.endswith((".svg", ".webp"))] or kind == "webp"


def test_a_large_photograph_is_small_in_mail_and_has_every_size_on_the_page() -> None:
    data = saved(photo(2400, 1600), "jpg", quality=90)
    made = rendered("![A desk](../img/desk.jpg)", {"img/desk.jpg": data})
    pictures = {picture.name: picture for picture in made.pictures}
    (mail,), (page,) = images(made.html), images(made.web)
    assert (mail["width"], mail["height"]) == ("592", "395")
    assert len(pictures[mail["src"].rpartition("/")[2]].data) <= MOST_MAIL
    assert (page["width"], page["height"]) == ("2400", "1600")
    assert pictures[page["src"]].data == data
    candidates = dict(one.split(" ") for one in page["srcset"].split(", "))
    assert list(candidates.values()) == ["680w", "1360w", "2400w"]
    assert {name: f"{pictures[name].width}w" for name in candidates} == candidates
    assert page["sizes"] == "(max-width: 727px) calc(100vw - 48px), 680px"


def test_the_site_holds_every_file_that_a_page_the_feed_and_the_mail_name() -> None:
    files = {"img/a.jpg": saved(photo(1500, 900), "jpg"), "img/d.png": saved(see_through(900, 600), "png")}
    text = "![A](../img/a.jpg#light) ![A](../img/d.png#dark)"
    found, made = with_images(text, files), rendered(text, files)
    site = dict(site_files(found, found.issues, templates()))
    named = set(re.findall(r"[\w-]+-[0-9a-f]{8}\.\w+", made.html + made.web + made.text + site["feed.xml"].decode()))
    assert named == {picture.name for picture in made.pictures}
    assert all(site[f"issues/3/{name}"] for name in named)
    assert not re.findall(r"src(?:set)?=&quot;(?!https)", site["feed.xml"].decode())


def test_dark_readers_get_their_own_image_on_the_page_and_in_mail() -> None:
    files = {"img/a.png": saved(drawn(1500, 900), "png"), "img/b.png": saved(see_through(1500, 900), "png")}
    for text in (
        "![A](../img/a.png#gh-light-mode-only)\n![A](../img/b.png#gh-dark-mode-only)",
        "![A](../img/a.png#light)\n\n![A](../img/b.png#dark)",
    ):
        made = rendered(text, files)
        assert made.problems == ()
        pictures = {picture.name: picture.data for picture in made.pictures}
        for html in (made.html, made.web):
            (source,) = Tags(html).of("source")
            (image,) = images(html)
            assert source["media"] == "(prefers-color-scheme: dark)"
            assert image["src"].rpartition("/")[2].startswith("a-")
            assert source["srcset"].split(" ")[0].rpartition("/")[2].startswith("b-")
        dark = pictures[Tags(made.html).of("source")[0]["srcset"].rpartition("/")[2]]
        assert opened(dark).getpixel((900, 5)) == (0x13, 0x15, 0x19)
        assert made.text.count("[Picture: A]") == 1


def test_an_image_that_shines_through_stands_on_light_paper_in_dark_pages() -> None:
    made = rendered("![A](../img/a.png)", {"img/a.png": saved(see_through(), "png")})
    assert images(made.web)[0]["class"] == "see-through"
    assert "class" not in images(rendered("![A](../img/a.png)", {"img/a.png": saved(drawn(), "png")}).web)[0]


def test_the_same_picture_is_kept_once_whatever_it_is_called() -> None:
    data = saved(drawn(), "png")
    made = rendered(
        "![A](../img/a.png) ![B](../img/b.png)\n\n![A](../img/a.png)", {"img/a.png": data, "img/b.png": data}
    )
    assert [(picture.name[:2], picture.data) for picture in made.pictures] == [("a-", data)]
    assert len({image["src"] for image in images(made.html)}) == 1
    assert made.pictures == (Picture(made.pictures[0].name, data, 96, 64),)


def test_an_image_is_looked_for_beside_its_text() -> None:
    asked: list[Path] = []
    one = issue(3, concept="![A](img/a%20b.png?raw=true#top) ![B](./../concepts/img/b.png)")
    render_issue(one, replace(content(one), picture=asked.append), templates())
    assert asked == [Path("issues/img/a b.png"), Path("concepts/img/b.png")]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("gone.png", None, "there is no image content/img/gone.png; fix the path, or add the file"),
        ("bomb.png", bomb("png"), "the image '../img/bomb.png' has 30,000 x 30,000 pixels, more than 12,500,000 in all; make it smaller: it is shown at most 680 pixels wide"),
        ("cut.png", saved(drawn(), "png")[:150], "the image '../img/cut.png' is cut off or damaged; export or download it again"),
        ("x.png", b"BM", "the image '../img/x.png' is not a PNG, JPEG, WebP, GIF or SVG; convert it to one of these"),
        ("x.svg", b"<svg/>", "the image '../img/x.svg' is not an SVG file; export it again as SVG"),
        ("x.png#dark", saved(drawn(), "png"), "the image '../img/x.png#dark' is for dark readers only, and none for light ones stands beside it; put ![...](...#gh-light-mode-only) right after it, or remove #dark"),
    ],
)  # fmt: skip
def test_an_image_that_cannot_be_shown_is_one_sentence_with_its_line(name: str, data: bytes | None, said: str) -> None:
    files = {f"img/{name.partition('#')[0]}": data} if data is not None else {}
    text = f"Words.\n\n![First](../img/{name})\n\nWords.\n\n![Second](../img/{name})"
    first = line_of(issue(3, concept=text), "First")
    assert [str(problem) for problem in problems(text, files)] == [
        f"content/issues/0003.md:{line}: {said}" for line in (first, first + 4)
    ]


def test_a_large_or_linked_file_does_not_keep_check_from_the_rest() -> None:
    def fetch(path: Path) -> bytes:
        raise ContentError([Problem(path, None, "the image has more than 5,000,000 bytes", "make it smaller")])

    found = replace(content(issue(3, concept="![A](../img/a.png)\n\n[Dead](0099.md)")), picture=fetch)
    assert sorted(problem.rule for problem in check_content(found)) == ["image", "link"]


def test_a_warning_says_that_an_animation_stands_still_in_mail() -> None:
    (problem,) = problems("![A](../img/a.webp)", {"img/a.webp": moving("webp")})
    assert problem.severity is Severity.WARNING
    assert problem.what.startswith("the image '../img/a.webp' moves on the page and stands still in mail")
    assert problems("![A](../img/a.gif)", {"img/a.gif": moving("gif")}) == []


def test_a_picture_element_means_what_it_means_on_github() -> None:
    files = {"img/a.png": saved(drawn(), "png"), "img/b.png": saved(see_through(), "png")}
    element = '<picture>\n  <source media="(prefers-color-scheme: dark)" srcset="../img/b.png">\n  <img alt="A" src="../img/a.png">\n</picture>'
    for text in (element, f"Words {element.replace(chr(10), '')} and words."):
        made = rendered(text, files)
        assert made.problems == ()
        for html in (made.html, made.web):
            assert Tags(html).of("source")[0]["srcset"].rpartition("/")[2].startswith("b-")
            assert images(html)[0]["alt"] == "A"
    (problem,) = problems(element.replace("b.png", "gone.png"), files)
    assert problem.what == "there is no image content/img/gone.png"


def test_an_image_in_a_line_of_words_stays_in_it_in_mail() -> None:
    files = {"img/a.png": saved(drawn(20, 20), "png")}
    styles = [
        images(rendered(text.format("![A](../img/a.png)"), files).html)[0]["style"]
        for text in ("{}", "[{}](https://example.com/)", "Words {} words.", "- words {}", "| a |\n|---|\n| b {} |")
    ]
    assert ["display:block" in style for style in styles] == [True, True, False, False, False]
    assert all("width:20px" in style for style in styles)


def test_preflight_has_nothing_against_images_for_two_schemes() -> None:
    files = {"img/a.png": saved(drawn(1500, 900), "png"), "img/b.webp": saved(see_through(1500, 900), "webp")}
    found = with_images("![A](../img/a.png#light)\n![A](../img/b.webp#dark) ![A](../img/b.webp) words", files)
    said = preflight(found.issues[0], render_issue(found.issues[0], found, templates()), found)
    assert [problem for problem in said if problem.rule in ("support", "image", "alt", "size")] == []
