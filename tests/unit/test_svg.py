"""An SVG is drawn, bounded and on its own: it runs nothing, loads nothing, and readers get the drawing only."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from publisher.ports import ConvertedImage, UnusableImage
from publisher.render.images.convert import convert
from publisher.render.images.svg import MOST_DEPTH, read_svg
from tests.images import bomb, drawn, opened, saved
from tests.long import some

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="20">'
GREEN = '<rect width="40" height="20" fill="#00ff00"/>'


def svg(inside: str, head: str = HEAD) -> bytes:
    return f"{head}{inside}</svg>".encode()


def converted(data: bytes) -> ConvertedImage:
    made = convert(data, "#ffffff")
    assert isinstance(made, ConvertedImage), made
    return made


def refused(data: bytes) -> str:
    made = convert(data, "#ffffff")
    assert isinstance(made, UnusableImage), made
    return made.what


def embedded(data: bytes, kind: str = "png") -> str:
    return f'<image width="40" height="20" href="data:image/{kind};base64,{base64.b64encode(data).decode()}"/>'


def test_a_drawing_becomes_a_png_of_twice_the_pixels_it_is_shown_at() -> None:
    made = converted(svg(GREEN))
    assert (made.width, made.height) == (40, 20)
    assert (made.original.kind, made.original.width, made.original.height) == ("png", 80, 40)
    assert opened(made.original.data).convert("RGB").getpixel((79, 39)) == (0, 255, 0)
    assert (made.mail.kind, made.mail.width) == ("png", 80)
    wide = converted(svg(GREEN, HEAD.replace('"40"', '"4000"').replace('"20"', '"2000"')))
    assert (wide.width, wide.original.width, wide.mail.width) == (4000, 1360, 1184)


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="1in" height="48pt"', (96, 64)), ('viewBox="0 0 300 150"', (300, 150)), ('viewBox="-5,-5,30,15"', (30, 15)),
        ('width="100%" height="100%" viewBox="0 0 300 150"', (300, 150)), ('width="60" viewBox="0 0 300 150"', (60, 30)),
        ('height="60" viewBox="0 0 300 150"', (120, 60)), ('width="10em" height="5rem"', (160, 80)),
    ],
)  # fmt: skip
def test_a_drawing_has_the_size_that_it_says(attributes: str, size: tuple[int, int]) -> None:
    made = converted(svg(GREEN, f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>'))
    assert (made.width, made.height) == size
    assert made.original.width == 2 * size[0]


@pytest.mark.parametrize("attributes", ["", 'width="0" height="9"', 'width="auto"', 'viewBox="0 0 0 0"', 'width="9"'])
def test_a_drawing_without_a_size_is_refused(attributes: str) -> None:
    assert refused(svg(GREEN, f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>')) == "has no size"


@pytest.mark.parametrize(
    "head",
    [
        '<?xml version="1.0" encoding="UTF-8"?>\n<!-- by hand -->\n',
        '<?xml version="1.0" standalone="no"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">',
        "\ufeff  \n",
    ],
)  # fmt: skip
def test_what_programs_write_before_a_drawing_is_understood(head: str) -> None:
    assert converted(head.encode() + svg(GREEN)).width == 40


def test_what_runs_or_only_tells_is_taken_out() -> None:
    hostile = (
        '<script>alert(1)</script><metadata><x xmlns="urn:x" href="http://x.test/">SECRET</x></metadata>'
        '<a href="https://example.com/"><rect width="40" height="20" fill="#00ff00" onclick="alert(1)"/></a>'
        '<x:y xmlns:x="urn:x">SECRET</x:y><!-- SECRET --><?php SECRET ?>'
    )
    drawing = read_svg(svg(hostile)).svg
    assert not [word for word in ("script", "SECRET", "example.com", "urn:x", "php") if word in drawing]
    assert opened(converted(svg(hostile)).original.data).convert("RGB").getpixel((40, 20)) == (0, 255, 0)


@pytest.mark.parametrize(
    "reference",
    [
        '<image href="{file}" width="40" height="20"/>', '<image xlink:href="file://{file}" width="40" height="20"/>',
        '<image xlink:href="dot.png" width="9" height="9"/>', '<use href="other.svg#a"/>', '<image href="http://x.test/a.png"/>',
        '<filter id="f"><feImage href="{file}"/></filter><rect filter="url(#f)" width="40" height="20"/>',
        '<image href="data:image/svg+xml;base64,PHN2Zy8+"/>', '<image href="data:image/png,abc"/>',
        '<pattern id="p"><image href="{file}"/></pattern>', '<linearGradient href="{file}#a"/>',
    ],
)  # fmt: skip
def test_a_drawing_loads_no_file(reference: str, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(saved(drawn(), "png"))
    said = refused(svg(reference.replace("{file}", str(tmp_path / "secret.png"))))
    assert said.endswith("a drawing may not load anything")


def test_an_entity_is_refused_and_nothing_grows() -> None:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<!DOCTYPE svg [<!ENTITY a0 "ha">{entities}]>' + svg("<text>&a9;</text>").decode()
    assert refused(text.encode()) == "declares entities, which are not read"
    assert refused(text.encode("utf-16")) == "is not a PNG, JPEG, WebP, GIF or SVG"
    external = '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + svg("<text>&x;</text>").decode()
    assert refused(external.encode()) == "declares entities, which are not read"


def test_an_embedded_image_is_drawn_unless_it_is_a_bomb() -> None:
    for kind in ("png", "jpeg", "gif", "webp"):
        data = saved(drawn(40, 20), {"jpeg": "jpg"}.get(kind, kind))
        assert opened(converted(svg(embedded(data, kind))).original.data).convert("RGB").getpixel((2, 2))[0] > 150
    assert refused(svg(embedded(bomb("png")))) == "embeds images of 900,000,000 pixels, more than 4,000,000"
    assert refused(svg(embedded(b"nothing"))) == "embeds an image that is damaged"


def test_html_inside_is_refused_unless_plain_text_stands_beside_it() -> None:
    html = '<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">Lost</p></foreignObject>'
    assert refused(svg(html)) == "has HTML in it (a foreignObject), which cannot be drawn"
    assert converted(svg(f"<switch>{html}{GREEN}</switch>")).width == 40


@pytest.mark.parametrize(
    "inside",
    [
        "<g>" * 50_000 + "</g>" * 50_000,
        "<g>" * (MOST_DEPTH + 1) + "</g>" * (MOST_DEPTH + 1),
        GREEN * 30_000,
        "".join(f'<g id="a{n}">' + f'<use href="#a{n - 1}"/>' * 10 + "</g>" for n in range(1, 12)) + '<rect id="a0"/>',
        "".join(f'<g id="a{n}"><use href="#a{n + 1}"/></g>' for n in range(5000)),
        '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>',
        '<g id="a"><use href="#a"/></g>',
    ],
    ids=["deep", "too deep", "many", "copies", "chain", "circle", "itself"],
)  # fmt: skip
def test_a_drawing_that_would_take_for_ever_is_refused_before_it_is_drawn(
    inside: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("publisher.render.images.svg.draw_png")
    said = refused(svg(inside))
    assert said.startswith(("has more than 20,000 elements", "contains itself"))


@pytest.mark.parametrize("text", ["<svg", "<svg>", "<svg></svg>", '<svg xmlns="http://www.w3.org/2000/svg"><g></svg>'])
def test_a_broken_drawing_is_refused(text: str) -> None:
    assert refused(text.encode()).startswith(("is not", "has no size"))


def test_a_drawing_of_too_many_pixels_is_refused() -> None:
    assert (
        refused(svg(GREEN, HEAD.replace('"20"', '"99999999"')))
        == "has 80 x 199,999,998 pixels, more than 12,500,000 in all"
    )


def test_the_words_of_a_drawing_are_drawn() -> None:
    text = '<text x="2" y="15" font-family="Helvetica, Arial, monospace" font-size="14">{}</text>'
    assert converted(svg(text.format("mmm"))).original.data != converted(svg(text.format(""))).original.data


@pytest.mark.parametrize(
    "style",
    [
        "text{font-family:Arial}", "text{font-family:Arial!important}", "*{font-family:serif!important}", ".a{font:14px fantasy}",
        "#a{font:14px cursive!important}",
    ],
)  # fmt: skip
def test_words_are_drawn_whatever_font_they_ask_for(style: str) -> None:
    text = '<text x="2" y="15" font-size="14"{}>Plan</text>'
    plain = converted(svg(text.format(""))).original.data
    styled = svg(f"<style>{style}</style>" + text.format(' id="a" class="a"'))
    assert converted(styled).original.data == plain
    assert converted(svg(text.format(' style="font-family:Arial!important"'))).original.data == plain


@settings(max_examples=some(20), deadline=None)
@given(tenths=st.tuples(st.integers(10, 20_000), st.integers(10, 3000)), box=st.booleans())
@example(tenths=(10_000, 3340), box=True)
def test_a_drawing_of_any_size_is_drawn(tenths: tuple[int, int], *, box: bool) -> None:
    width, height = (tenth / 10 for tenth in tenths)
    size = f'viewBox="0 0 {width} {height}"' if box else f'width="{width}" height="{height}"'
    made = converted(svg(GREEN, f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'))
    assert (made.width, made.height) == (round(width), round(height))


def test_a_letter_that_no_font_has_is_refused_and_not_left_out() -> None:
    assert converted(svg("<text x='2' y='15'>Очередь → ✓</text>")).width == 40
    assert refused(svg("<text x='2' y='15'>a\U000f1234</text>")).endswith("(U+F1234), which no font here has")
