"""Pre-flight on mail programs: what they do not support is reported, with program, place and a way out; our own mail has none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import Problem, Severity
from publisher.render.preflight.mail_features import uses
from publisher.render.preflight.support import ENHANCEMENTS, PARTLY, STYLES, check, support
from tests.mails import every_mail
from tests.press import issue

TEMPLATE = Path("templates/email/issue.mjml")
EVERYWHERE = "Outlook (Windows), Gmail (web), Gmail (app), Yahoo (web), Yahoo (app)"


def found(body: str = "", style: str = "") -> list[Problem]:
    return list(check(f"<html><head><style>{style}</style></head><body>{body}</body></html>", TEMPLATE, issue(3).path))


@pytest.mark.parametrize("name", every_mail())
def test_our_own_mail_uses_nothing_that_is_not_supported(name: str) -> None:
    assert list(check(every_mail()[name], TEMPLATE)) == []


@pytest.mark.parametrize(
    ("body", "what", "fix"),
    [
        ('<div class="grid" style="display:flex">x</div>', 'Outlook (Windows) does not support display:flex (at <div class="grid">)', "table"),
        ('<p>One two.</p><p style="position:absolute">x</p>', "Gmail (app) do not support position:absolute (at <p> after «One two.»)", "table"),
        ('<p style="padding:0 8px">x</p><div style="padding:1px">y</div>', "Outlook (Windows) does not support padding:0 8px outside table cells (at <p>, and 1 more)", "cell"),
        ('<div style="width:300px">x</div>', "Outlook (Windows) does not support width:300px on this element", "attributes"),
        ('<td style="margin:-4px 0">x</td>', f"{EVERYWHERE} do not support margin:-4px 0 with a negative value", "padding"),
        ('<td style="background:url(a.png)">x</td>', "Outlook (Windows) does not support background:url(a.png) with a picture", "bgcolor"),
        ('<p style="text-align:start">x</p>', "Outlook (Windows), Yahoo (web), Yahoo (app) do not support text-align:start with this value", "left"),
        ('<p style="color:red!important">x</p>', "Outlook (Windows) does not support color:red with !important in a style attribute", "!important"),
        ('<p style="font-size:2rem">x</p>', "Outlook (Windows), Yahoo (web), Yahoo (app) do not support font-size:2rem", "px"),
        ('<p style="color:var(--x)">x</p>', "do not support color:var(--x)", "value itself"),
        ('<p style="white-space:pre">x</p>', "Outlook (Windows) does not support white-space:pre (", "reads well without"),
        ("<mark>x</mark>", "Outlook (Windows), Yahoo (web), Yahoo (app) do not support <mark>", "<div>"),
        ("<form><input type=submit></form>", "do not support <form>", "link to a page"),
        ('<video src="a.mp4"></video>', "do not support <video>", "links to it"),
        ('<img srcset="a.png 2x" src="a.png">', "do not support the attribute srcset", "PNG"),
        ('<img src="https://a.test/x.webp?y=1.png">', "Outlook (Windows) does not support the image x.webp", "PNG, JPEG or GIF"),
        ('<a href="#part">x</a>', "Gmail (app), Yahoo (app), Proton (app) do not support a link to #part", "web page"),
    ],
)  # fmt: skip
def test_what_is_not_supported_is_said_with_program_place_and_a_way_out(body: str, what: str, fix: str) -> None:
    matching = [problem for problem in found(body) if what in problem.what]
    assert len(matching) == 1, [problem.what for problem in found(body)]
    assert matching[0].severity is Severity.WARNING
    assert fix in matching[0].fix
    assert "https://www.caniemail.com/features/" in matching[0].fix


@pytest.mark.parametrize(
    ("style", "what"),
    [
        (".a>.b{color:red}", "Outlook (Windows), Proton (web), Proton (app) do not support the selector > (at .a>.b)"),
        ("a:hover{color:red}", "do not support :hover (at a:hover)"),
        ("p::before{content:'x'}", "do not support ::before (at p::before)"),
        ("@font-face{font-family:x}", "do not support @font-face"),
        (".a{display:grid}", "Outlook (Windows) does not support display:grid (at .a)"),
        ("@media (max-width:480px){.a{display:flex;position:fixed}}", "Gmail (web), Gmail (app) do not support position:fixed (at .a)"),
    ],
)  # fmt: skip
def test_style_sheets_are_read_too(style: str, what: str) -> None:
    assert [problem for problem in found(style=style) if what in problem.what]


def test_a_style_concerns_only_programs_that_know_what_is_around_it() -> None:
    assert found(style="@media (prefers-color-scheme:dark){.a>.b,.a:hover{position:fixed}}") == []
    assert found("<!--[if !mso]><!--><div style='display:flex'>x</div><!--<![endif]-->") == []
    assert found("<!--[if mso]><div style='display:flex'>x</div><![endif]-->") == []
    assert len(found("<!--[if !mso]><!-->x<!--<![endif]--><div style='display:flex'>x</div>")) == 1


def test_what_is_written_for_one_program_is_left_to_its_author() -> None:
    assert found("<td style='mso-line-height-rule:exactly;-webkit-text-size-adjust:100%'>x</td>") == []
    assert found("<td style='mso-padding-alt:8px'><a style='padding:8px;mso-padding-alt:0'>x</a></td>") == []
    assert found(style="[data-ogsc] .a{color:red}#outlook a{padding:0}.moz-text-html .a{width:1px}") == []


def test_a_mail_that_word_makes_wider_is_reported_with_the_tag() -> None:
    (problem,) = found(
        '<table width="640"><tr><td style="padding:0 24px"><table width="640px"></table></td></tr></table>'
    )
    assert "688 px wide instead of 640" in problem.what
    assert '<table width="640px"> stands where 592 px are left' in problem.what
    assert "email/rule.mjml" in problem.fix


def test_a_style_sheet_that_gmail_drops_is_reported() -> None:
    rules = ".a{color:#123456}"
    assert found(style=rules) == []
    (problem,) = found(style=rules * (STYLES // len(rules) + 1))
    assert "Gmail drops" in problem.what


def test_every_enhancement_is_in_the_data_and_in_our_own_mail() -> None:
    used = {(one.use.feature, one.use.tag) for html in every_mail().values() for one in uses(html)}
    for feature, (tags, reason) in ENHANCEMENTS.items():
        assert reason
        assert support().no[feature]
        assert any(feature == name and (not tags or tag in tags) for name, tag in used), feature


def test_every_partly_supported_case_is_in_the_data() -> None:
    for case in PARTLY:
        assert set(case.programs) <= support().partly[case.feature], case.feature


EXAMPLES = {
    "css-block-inline-size": "<p style='inline-size:1px;block-size:1px'>", "css-column-layout-properties": "<p style='columns:2'>",
    "css-border-inline-block-individual": "<p style='border-inline-start:0'>", "css-border-inline-block": "<p style='border-block:0'>",
    "css-border-inline-block-longhand": "<p style='border-inline-width:0'>", "css-border-radius-logical": "<p style='border-start-end-radius:0'>",
    "css-conic-gradient": "<p style='background:conic-gradient(red,blue)'>", "css-linear-gradient": "<p style='background:linear-gradient(red,blue)'>",
    "css-radial-gradient": "<p style='background:radial-gradient(red,blue)'>", "css-display-flex": "<p style='display:inline-flex'>",
    "css-display-grid": "<p style='display:grid'>", "css-grid-template": "<p style='grid-template-areas:x'>", "css-inert-attribute": "<p inert>",
    "css-intrinsic-size": "<p style='width:min-content'>", "css-left-right-top-bottom": "<p style='top:0'>",
    "css-margin-block-start-end": "<p style='margin-block-end:0'>", "css-margin-inline-block": "<p style='margin-inline:0'>",
    "css-margin-inline-start-end": "<p style='margin-inline-start:0'>", "css-modern-color": "<p style='color:oklch(1 1 1)'>",
    "css-nesting": "<style>p{&:hover{color:red}}</style>", "css-padding-block-start-end": "<p style='padding-block-end:0'>",
    "css-padding-inline-block": "<p style='padding-inline:0'>", "css-padding-inline-start-end": "<p style='padding-inline-start:0'>",
    "css-rgb": "<p style='color:rgb(1,1,1)'>", "css-rgba": "<p style='color:rgba(1,1,1,1)'>",
    "css-selector-adjacent-sibling": "<style>a + b{}</style>", "css-selector-attribute": "<style>a[href]{}</style>",
    "css-selector-child": "<style>a>b{}</style>", "css-selector-general-sibling": "<style>a~b{}</style>",
    "css-selector-universal": "<style>*{}</style>", "css-sytem-ui": "<p style='font-family:a,system-ui'>",
    "css-unit-calc": "<p style='width:calc(1px + 2px)'>", "css-unit-initial": "<p style='color:initial'>",
    "css-variables": "<p style='--x:1'>", "html-anchor-links": "<a href='#x'>", "html-semantics": "<details>",
    "html-button-reset": "<button type='reset'>", "html-button-submit": "<button>", "html-input-text": "<input>",
    "html-meta-color-scheme": "<meta name='color-scheme' content='dark'>", "html-srcset": "<img sizes='1px'>",
    "html-loading-attribute": "<img loading='lazy'>", "image-base64": "<img src='data:image/png;base64,AA'>",
    "image-heif": "<img src='data:image/heic;base64,AA'>", "image-tiff": "<img src='a.TIF'>", "image-ico": "<img src='a.ico'>",
    "image-svg": "<img src='data:image/svg+xml,x'>",
}  # fmt: skip
NOT_LOOKED_FOR = {
    "amp", "bimi",  # other parts of a message
    "css-comments", "html-doctype",  # say nothing about what is shown
    "css-selector-chaining", "css-selector-class", "css-selector-descendant", "css-selector-grouping", "css-selector-id", "css-selector-type",
    "html-lists",  # only the attributes `reversed` and `value`
    "image-apng", "image-hdr", "image-mp4",  # no other ending than usual images, or a video
}  # fmt: skip


def example(feature: str) -> str:
    """Return HTML that uses a feature whose name is that of an element, an attribute, a property and so on."""
    kind, _, name = feature.partition("-")
    if media := re.fullmatch("at-media-?(.*)", name):
        media_feature = "-webkit-device-pixel-ratio" if media[1] == "device-pixel-ratio" else media[1] or "width"
        return f"<style>@media ({media_feature}:1){{}}</style>"
    if part := re.fullmatch("(at|pseudo-class|pseudo-element|unit|function)-(.+)", name):
        forms = {"at": "<style>@{} x{{}}</style>", "pseudo-class": "<style>a:{}{{}}</style>", "pseudo-element": "<style>a::{}{{}}</style>",
                 "unit": "<p style='x:1{}'>", "function": "<p style='x:{}(1)'>"}  # fmt: skip
        return forms[part[1]].format(part[2])
    if control := re.fullmatch("(input|button)-(.+)", name):
        return f'<{control[1]} type="{control[2]}">'
    pair = {"flex-direction": "column", "flex-wrap": "wrap"}.get(name, "1px")
    return {
        "css": f'<p style="{name}:{pair}">',
        "html": f'<{name} {name}="x">',
        "image": f'<img src="https://a.test/x.{name}">',
    }[kind]


@pytest.mark.parametrize("feature", sorted(support().no.keys() - NOT_LOOKED_FOR))
def test_every_feature_in_the_data_is_recognised(feature: str) -> None:
    assert feature in {one.use.feature for one in uses(EXAMPLES.get(feature, example(feature)))}


@given(st.text("<>'\"=/ !-[]{}:;@.#ap\n", max_size=80))
def test_any_text_can_be_read(html: str) -> None:
    found(html, html)
