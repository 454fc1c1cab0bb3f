"""Mail in Outlook on Windows: nothing is wider than the mail, whatever an editor nests."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.render.word import as_read, width
from tests.long import some
from tests.mails import every_mail, illustrated
from tests.press import Tags

FRAME = '<table width="640"><tr><td style="padding:0 24px">{}</td></tr></table>'


@pytest.mark.parametrize("name", every_mail())
def test_no_mail_is_wider_in_word_than_it_says(name: str) -> None:
    seen = width(every_mail()[name])
    assert (seen.said, seen.needed, seen.tag) == (640, 640, "")


@st.composite
def nested(draw: st.DrawFn) -> str:
    """Return Markdown with a wide picture at some depth of lists, quotations, notes and tables."""
    text = draw(st.sampled_from(["![Wide](wide.png)", "| a | b |\n|---|---|\n| ![Wide](wide.png) | b |"]))
    for kind in draw(st.lists(st.sampled_from(["- ", "1. ", "> ", "!!! note\n"]), max_size=5)):
        lines = text.split("\n")
        if kind == "> ":
            text = "\n".join(f"> {line}" for line in lines)
        elif kind.startswith("!"):
            text = kind + "\n".join(f"    {line}" for line in lines)
        else:
            text = f"{kind}Words.\n\n" + "\n".join(f"    {line}" for line in lines)
    return text


@given(nested())
@settings(max_examples=some(60), deadline=None)
def test_no_picture_widens_the_mail_however_deep_it_stands(text: str) -> None:
    html = illustrated(text)
    assert Tags(html).of("img")
    assert width(html).needed == 640


@pytest.mark.parametrize(
    ("inside", "needed"),
    [
        ('<table width="100%"><tr><td>x</td></tr></table>', 640),
        ('<table width="640px"><tr><td>x</td></tr></table>', 688),
        ('<table width="100%" style="margin:0 10px"><tr><td>x</td></tr></table>', 660),
        ('<img width="592">', 640),
        ('<img width="600">', 648),
        ('<p style="width:700px">x</p>', 640),
        ('<div style="width:700px"><img style="max-width:100%" width="100"></div>', 640),
        ('<ul><li><img width="592"></li></ul>', 680),
        ('<ul style="margin:0 0 0 24px"><li><img width="568"></li></ul>', 640),
        ('<table><tr><td width="300">a</td><td width="300" style="padding:0 4px">b</td></tr></table>', 656),
        ('<table><tr><td width="50%"><table width="100%"><tr><td>a</td></tr></table></td><td>b</td></tr></table>', 640),
        ('<table><tr><td style="border:1px solid #000"><img width="592"></td></tr></table>', 642),
        ('<table><tr><td style="mso-padding-alt:0 300px;padding:0 4px">x</td></tr></table>', 648),
    ],
)
def test_word_adds_what_stands_beside_each_other(inside: str, needed: float) -> None:
    assert width(FRAME.format(inside)).needed == needed


def test_the_first_tag_that_is_too_wide_is_named() -> None:
    seen = width(FRAME.format('<table width="620px"><tr><td>x</td></tr></table>'))
    assert (seen.tag, seen.space) == ('<table width="620px">', 592)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("mso", True), ("mso | IE", True), ("(gte mso 9)|(IE)", True), ("mso 16", True), ("!mso", False), ("IE", False),
        ("lte mso 11", False), ("gt mso 15", True), ("lt mso 16", False), ("(mso)&(!IE)", True), ("!(mso)", False),
    ],
)  # fmt: skip
def test_conditional_comments_are_decided_as_word_does(condition: str, *, holds: bool) -> None:
    assert as_read(f"<!--[if {condition}]>x<![endif]-->") == "x" * holds
    assert as_read(f"<!--[if {condition}]><!-->x<!--<![endif]-->") == "x" * holds


def test_a_mail_that_says_no_width_is_as_wide_as_what_it_holds() -> None:
    seen = width('<table width="100%" style="margin:0 8px"><tr><td><img width="300"></td></tr></table>')
    assert (seen.said, seen.needed) == (0, 316)
